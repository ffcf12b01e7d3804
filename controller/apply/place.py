"""Where an AI's session is to run, judged once more just before its start: links may have been turned meanwhile."""

from pathlib import Path

from ..errors import MusterError
from ..model.plan import Launch


def judged(name: str, launch: Launch) -> str | None:
    """Return the directory with all links followed, for the launcher to prove; ``None`` where any will do.

    :raises MusterError: when it lies outside of what the session is held to.
    """
    if launch.bounds is None or launch.bounds.within is None:
        return None
    place = Path(launch.cwd).resolve()
    allowed = [(Path.home() / Path(said).expanduser()).resolve() for said in launch.bounds.within]
    if not any(place.is_relative_to(one) for one in allowed):
        message = f"cannot start {name}: {launch.cwd} leads to {place} by now, where no AI's session may run"
        raise MusterError(message, hint="a person may widen ai.cwd in _fleet.yaml")
    return str(place)
