"""How a command changes files: by splice where we may write, as a patch for their repository where we may not.

An edit is checked before a byte is written: what would make a file invalid is refused.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import GuardHolds
from . import asking
from .console import Console

if TYPE_CHECKING:
    from ..model.desired import Declared
    from ..settings import Settings


def change(settings: "Settings", path: Path, edit: Callable[[str], str], console: Console) -> bool:
    """Apply an edit to a file's text, which is empty where there is no file yet; tell whether the file changed.

    :raises GuardHolds: when the file's directory is managed; the patch has been printed.
    """
    from ..load import edit as files

    old = files.read_text(path)
    new = edit(old)
    if new == old:
        console.note(f"{path} says so already")
        return False
    if not is_writable(settings, path):
        console.line(files.patch_text(path, old, new).rstrip("\n"))
        raise GuardHolds(
            f"cannot write {path}: its directory is managed, Muster never writes there",
            hint="apply the patch above in its repository",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    files.replace_file(path, old, new)
    return True


def is_writable(settings: "Settings", path: Path) -> bool:
    """Tell whether the file stands in the one directory that commands may write to."""
    first = settings.directories[0]
    managed = {place.resolve() for place in settings.managed}
    return path.parent.resolve() == first.resolve() and first.resolve() not in managed


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
        console.line(f"{file}: {'.'.join(path)} is {str(value).lower() if isinstance(value, bool) else value}")


def remove_key(settings: "Settings", declared: "Declared", key: str, console: Console) -> None:
    """Take a key and its value out of a session's file; one that is not there needs nothing."""
    from ..load import edit as files

    if key not in declared.marks:
        console.note(f"{declared.file} does not say {key}")
    elif change(settings, Path(declared.file), lambda text: files.remove_key(text, (key,)), console):
        console.line(f"{declared.file}: {key} is not said any more")
