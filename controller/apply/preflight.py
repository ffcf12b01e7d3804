"""What can be known before the first signal is asked before it: a process that works is not stopped for a typo."""

from pathlib import Path

from ..errors import MusterError
from ..model.plan import Launch
from ..runtimes.base import NoRoom
from . import environment, place
from .step import Step


def trouble(step: Step, launch: Launch) -> str | None:
    """Return why a launch would fail, ``None`` when nothing is known to speak against it or nothing runs.

    :raises NoRoom: when the machine has no room for it now.
    """
    if step.record.process is None:
        return None
    try:
        step.ports.room()
    except OSError as error:
        raise NoRoom(f"cannot restart {step.name}: {error.strerror or error}") from error
    try:
        ports = step.ports
        environment.build(launch, name=step.name, nonce="", inherited=ports.environ, places=ports.places)
        place.judged(step.name, launch)
    except MusterError as error:
        return error.message
    if not Path(launch.cwd).is_dir():
        return f"cannot start {step.name}: its directory {launch.cwd} is not there"
    return None
