"""``muster new``: a session's file in the writable directory."""

import argparse
from typing import Final

from ..errors import MusterError, UsageError
from . import editing, init, offers, places, reading
from .console import Console

_KEYS: Final = ("agent", "tier", "model", "effort", "runtime", "cwd", "prompt", "parent")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the name and the fields that one sets at birth."""
    parser.add_argument("name", metavar="NAME", help="the session's name, and the file's")
    parser.add_argument("--origin", choices=["human", "ai"], help="who asks for it (human)")
    for key in _KEYS:
        parser.add_argument(f"--{key}", metavar=key.upper(), help=f"the file's `{key}`")


def run(args: argparse.Namespace, console: Console) -> int:
    """Check the words, then write the file."""
    from ..model.scalars import NAME

    if not NAME.fullmatch(args.name):
        raise UsageError(f"cannot make {args.name!r}: it is no session name", hint="letters, digits and + - _ . @")
    settings = places.settings(args)
    loaded = reading.loaded(settings)
    taken = {name.casefold(): one.file for name, one in loaded.sessions.items()}
    if file := taken.get(args.name.casefold()):
        raise MusterError(f"cannot make {args.name}: {file} has that name")
    agent = args.agent or loaded.fleet.spec.defaults.agent or ""
    offers.profile(loaded, agent)
    if args.model:
        offers.require(loaded, agent, args.model)
    path = settings.directories[0] / f"{args.name}.yaml"
    if path.exists():
        raise MusterError(
            f"cannot make {args.name}: {path} is there already", hint="`muster validate` tells what it says"
        )
    text = _text(args, schemas=(path.parent / init.SCHEMAS).is_dir())
    editing.change(settings, path, lambda _: text, console)
    console.line(f"wrote {path}")
    editing.what_next(settings, console)
    return 0


def _text(args: argparse.Namespace, *, schemas: bool) -> str:
    from ..load import edit as files

    text = f"# yaml-language-server: $schema={init.SCHEMAS}/session.schema.json\n" if schemas else ""
    said = {key: getattr(args, key) for key in (*_KEYS, "origin") if getattr(args, key)}
    for key, value in (said or {"origin": "human"}).items():
        text = files.set_value(text, (key,), value)
    return text
