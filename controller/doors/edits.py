"""One edit of one file, for whoever asks: judged by the loader beside all other files before a byte is written."""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import GuardHolds, NotAllowed
from . import reading
from .signing import signed

if TYPE_CHECKING:
    from ..model.asker import Asker
    from ..model.desired import Declared
    from ..model.loaded import Loaded
    from ..model.problem import Problem
    from ..settings import Settings

_AI_CHANGES: Final = frozenset({"model", "state"})
"""Fields of a file that is there which an AI may change, of its own session or a descendant's."""


class Managed(GuardHolds):
    """The file's directory is managed: the change is given as a patch for its repository."""

    def __init__(self, path: Path, patch: str) -> None:
        """Keep the patch, which ``git apply`` takes."""
        super().__init__(
            f"cannot write {path}: its directory is managed, Muster never writes there",
            hint="apply the patch above in its repository",
        )
        self.patch = patch


def change(settings: "Settings", asker: "Asker", path: Path, edit: Callable[[str], str]) -> bool:
    """Apply an edit to a file's text, which is empty where there is no file yet; tell whether the file changed.

    :raises Managed: when the file's directory is managed.
    :raises NotAllowed: when an AI asks for what only a person may, or for more than its limits.
    :raises EditRefused: when the edit cannot be made, or somebody else changed the file at the same time.
    """
    from ..load import edit as files

    with _one_at_a_time(settings) if asker.is_ai else _nobody_waits():
        old = files.read_text(path)
        new = edit(old)
        if new == old:
            return False
        if asker.is_ai:
            new = signed(new, asker) if old else new
            _judge(settings, asker, path, old, new)
        if not is_writable(settings, path):
            raise Managed(path, files.patch_text(path, old, new))
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace_file(path, old, new)
        return True


def is_writable(settings: "Settings", path: Path) -> bool:
    """Tell whether the file stands in the one directory that requests may write to."""
    first = settings.directories[0]
    managed = {place.resolve() for place in settings.managed}
    return path.parent.resolve() == first.resolve() and first.resolve() not in managed


@contextmanager
def _one_at_a_time(settings: "Settings") -> Iterator[None]:
    """Keep two AIs from passing the same limit at once: what one was allowed, the next one sees."""
    from ..record.files import private_directory

    private_directory(settings.state)
    fd = os.open(settings.state / "doors.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


@contextmanager
def _nobody_waits() -> Iterator[None]:
    yield


def _judge(settings: "Settings", asker: "Asker", path: Path, old: str, new: str) -> None:
    """Refuse what an AI may not have said in a file.

    :raises NotAllowed: with the reason.
    """
    if path.stem.startswith("_"):
        unless_ai(asker, f"change {path.name}")
    before, after = reading.if_said(settings, {path: new})
    if problem := new_problem(path, before, after):
        raise NotAllowed(f"cannot write {path.name}: {problem.message}", hint=problem.hint, asker=asker.session)
    now = _in(path, after)
    if now is None:
        raise NotAllowed(f"cannot write {path.name}: it would be no session of this host", asker=asker.session)
    was = _in(path, before) if old else None
    _kin(asker, now.name, after)
    if was is not None:
        differ = {name for name in type(now.spec).model_fields if getattr(was.spec, name) != getattr(now.spec, name)}
        if beyond := sorted(differ - _AI_CHANGES):
            raise NotAllowed(f"cannot change {', '.join(beyond)}: only a person may", asker=asker.session)
    _ceiling(asker, was, now, before, after)


def new_problem(path: Path, before: "Loaded", after: "Loaded") -> "Problem | None":
    """Return the first error that the edit brings, one of its own file before one of another's."""
    from ..model.problem import Severity

    known = {(one.mark.file, one.code, one.message) for one in before.problems}
    new = [
        one
        for one in after.problems
        if one.severity is Severity.ERROR and (one.mark.file, one.code, one.message) not in known
    ]
    own = [one for one in new if Path(one.mark.file) == path]
    return next(iter([*own, *new]), None)


def _in(path: Path, found: "Loaded") -> "Declared | None":
    return next((one for one in found.sessions.values() if Path(one.file) == path), None)


def _kin(asker: "Asker", name: str, found: "Loaded") -> None:
    from ..resolve.kin import steers

    if not steers(asker, name, {one.name: one.spec for one in found.sessions.values()}):
        raise NotAllowed(
            f"cannot steer {name}: it is neither {asker.session} nor a session that descends from it",
            hint="`muster status --tree` shows who spawned whom",
            asker=asker.session,
        )


def _ceiling(asker: "Asker", was: "Declared | None", now: "Declared", before: "Loaded", after: "Loaded") -> None:
    """Refuse a model above the ceiling of AIs, in whosever file it is, unless the session had it anyway."""
    from ..resolve.allowed import above_ceiling
    from ..resolve.lasting import lasting

    agent = now.spec.agent or after.fleet.spec.defaults.agent or ""
    profile = after.profiles[agent]
    model = lasting(now, after, profile).model
    if was is not None and model == lasting(was, before, profile).model:
        return
    if model and (ceiling := above_ceiling(model, asker.origin, profile, after.fleet.spec)):
        raise NotAllowed(
            f"cannot bring {now.name} to {model}: it is above {ceiling}, the ceiling of AIs",
            hint="a person may raise origins.ai in _fleet.yaml, or set the model themselves",
            asker=asker.session,
        )


def require_kin(settings: "Settings", asker: "Asker", names: "Iterable[str]") -> None:
    """Refuse an AI that would steer a session which is neither its own nor descends from it.

    :raises NotAllowed: for the first of them; a session without a file is nobody's descendant.
    """
    if asker.is_ai:
        found = reading.loaded(settings)
        for name in names:
            if name != asker.session:
                _kin(asker, name, found)


def no_command(asker: "Asker", text: str) -> None:
    """Refuse what an AI would say to a session and its agent would take for a command, or a shell's line.

    :raises NotAllowed: when it begins so: ``/model`` would go past the ceiling, ``!`` past every permission.
    """
    from ..resolve.allowed import command_in

    if asker.is_ai and (sign := command_in(text)):
        message = f"cannot say what begins with {sign}: its agent may take it for a command"
        raise NotAllowed(message, hint="put a word before it", asker=asker.session)


def unless_ai(asker: "Asker", what: str) -> None:
    """Refuse to an AI what only a person may.

    :raises NotAllowed: when an AI asks.
    """
    if asker.is_ai:
        hint = f"an AI steers only its own session ({asker.session}) and what descends from it"
        raise NotAllowed(f"cannot {what}: only a person may", hint=hint, asker=asker.session)
