"""What apply is given to work with: the controller's journal and eyes, the runtimes, the profiles as they are now."""

from collections.abc import Mapping
from functools import partial

from ..apply.ports import Ports
from ..model.profile import Profile
from ..runtimes import room
from .clock import present
from .controller import Controller


def ports_of(controller: Controller, environ: Mapping[str, str]) -> Ports:
    """Return what apply is given to work with."""

    def profile(agent: str) -> Profile:
        known = controller.loaded.profiles.get(agent) if controller.loaded else None
        return known or Profile(name=agent, runtimes={})

    return Ports(
        journal=controller.journal,
        eyes=controller,
        runtimes=controller.sight.runtimes,
        profile=profile,
        clock=present,
        environ=environ,
        places=controller.settings.said_to_sessions,
        room=partial(room.ask, controller.settings.run_dir),
    )
