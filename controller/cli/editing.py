"""How a command changes files: by splice where we may write, as a patch for their repository where we may not.

Who runs the command is found out for each edit, and what an AI may not is refused (``doors/edits.py``).
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from ..doors import edits, steering, who
from ..doors.edits import is_writable
from . import asking
from .console import Console

if TYPE_CHECKING:
    from ..model.desired import Declared
    from ..settings import Settings

T = TypeVar("T")

__all__ = ["change", "is_writable", "remove_key", "set_value", "shown", "tell", "what_next"]


def change(settings: "Settings", path: Path, edit: Callable[[str], str], console: Console) -> bool:
    """Apply an edit to a file's text, which is empty where there is no file yet; tell whether the file changed.

    :raises GuardHolds: when the file's directory is managed; the patch has been printed.
    :raises NotAllowed: when an AI asks for more than it may.
    """
    changed = shown(lambda: edits.change(settings, who.who(settings), path, edit), console)
    if not changed:
        console.note(f"{path} says so already")
    return changed


def shown(edit: Callable[[], T], console: Console) -> T:
    """Return what an edit returns; where its directory is managed, print the patch before that is said."""
    try:
        return edit()
    except edits.Managed as managed:
        console.exact(managed.patch)
        raise


def what_next(settings: "Settings", console: Console) -> None:
    """Say who makes it so."""
    if asking.is_live(settings):
        asking.wake(settings)
    else:
        console.note("no controller runs here: `muster plan` shows what this means, `muster apply` does it once")


def set_value(
    settings: "Settings", file: str | Path, path: tuple[str, ...], value: "str | Literal[True]", console: Console
) -> None:
    """Put a value at a path of a file; say where it stands."""
    from ..load import edit as files

    if change(settings, Path(file), lambda text: files.set_value(text, path, value), console):
        tell(steering.Said(file=str(file), path=".".join(path), value=steering.shown(value), changed=True), console)


def remove_key(settings: "Settings", declared: "Declared", key: str, console: Console) -> None:
    """Take a key and its value out of a session's file; one that is not there needs nothing."""
    tell(shown(lambda: steering.unsay(settings, who.who(settings), declared, key), console), console)


def tell(said: steering.Said, console: Console) -> None:
    """Say what a file says now."""
    if said.value is None:
        line = f"{said.path} is not said any more" if said.changed else f"does not say {said.path}"
    else:
        line = f"{said.path} is {said.value}"
    if said.changed:
        console.line(f"{said.file}: {line}")
    else:
        console.note(f"{said.file} {line if said.value is None else 'says so already'}")
