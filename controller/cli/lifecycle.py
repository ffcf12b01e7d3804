"""``muster stop``, ``start``, ``suspend``, ``unsuspend``: one word in the session's file; the controller follows it."""

import argparse
from typing import TYPE_CHECKING, Final, Literal

from ..doors import reading
from . import asking, editing, places
from .console import Console

if TYPE_CHECKING:
    from ..model.desired import Declared
    from ..model.loaded import Loaded
    from ..settings import Settings

_WORDS: Final[dict[str, tuple[str, str | Literal[True] | None]]] = {
    "stop": ("state", "stopped"),
    "start": ("state", None),
    "suspend": ("suspend", True),
    "unsuspend": ("suspend", None),
}
"""Verb to key and value; ``None`` takes the key out, so that the default holds."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whose."""
    parser.add_argument("name", metavar="NAME", help="the session")


def run(args: argparse.Namespace, console: Console) -> int:
    """Edit the file; ``stop`` also takes a session whose file is gone."""
    settings = places.settings(args)
    loaded = reading.loaded(settings)
    if args.verb == "stop" and args.name not in loaded.sessions and reading.remembered(settings, args.name):
        return _stop_without_file(settings, args.name, console)
    declared = reading.session(loaded, args.name)
    key, value = _WORDS[args.verb]
    if value is None:
        editing.remove_key(settings, declared, key, console)
    else:
        editing.set_value(settings, declared.file, (key,), value, console)
    if args.verb == "stop":
        _children(loaded, declared, console)
    editing.what_next(settings, console)
    return 0


def _children(loaded: "Loaded", declared: "Declared", console: Console) -> None:
    """Say what becomes of those that the session spawned."""
    from ..model.session import Children
    from ..resolve import kin

    specs = {name: one.spec for name, one in loaded.sessions.items()}
    if not (names := kin.children(declared.name, specs)):
        return
    policy = declared.spec.children or loaded.fleet.spec.defaults.children
    with_it = policy is Children.STOP
    fate = (
        "stop with it" if with_it else f"go on; `muster stop` takes each, `children: {Children.STOP}` in its file all"
    )
    console.line(f"its children ({', '.join(names)}) {fate}")


def _stop_without_file(settings: "Settings", name: str, console: Console) -> int:
    from ..model.control import Ask, RequestKind

    return asking.tell(settings, Ask(kind=RequestKind.STOP, sessions=(name,)), console)
