"""``muster init``: a commented sessions.d to start from."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..doors import reading
from ..errors import MusterError
from . import places, schema
from .console import Console

if TYPE_CHECKING:
    from ..settings import Settings

SCHEMAS: Final = ".schemas"
"""Hidden, so that it never counts as a session; beside the files, so that editors find it without a network."""

FLEET: Final = """\
# yaml-language-server: $schema={schemas}/fleet.schema.json
# What all sessions share. `muster validate` checks it; `muster plan` shows what an edit would move.

defaults:
  agent: {agent}          # `muster agents` lists what can be used here
  model: powerful      # fast, balanced and powerful mean a model of every agent

# The first that speaks gives a session its model:
#   override, the session's own file, its tier, its origin, the agent's default here, defaults.model, the profile's.
tiers:
  admin: powerful
  wife: powerful
  partner: powerful
  family: balanced
  favorite: balanced
  bots: fast
  unknown: fast
  "*": balanced        # a tier that is not listed

origins:
  ai: balanced         # what an AI asked for: its default, and its ceiling

rollout: {{at_once: 2, pause: 5s, halt_after_failures: 2}}              # how fast switches spread
guards: {{mass_change: {{percent: 30, at_least: 3}}, delete_grace: 60s}}  # how many stops at once need a person
"""

SESSION: Final = """\
# yaml-language-server: $schema={schemas}/session.schema.json
# One file, one session; its name is the file's. `muster why hello` tells where its model comes from.

tier: family
origin: human          # who asked for it: human or ai
state: stopped         # `muster start hello` takes this line out

# model: fast          # its own word, above every default
# cwd: ~/project       # where it runs; a conversation belongs to its directory
# prompt: Say hello.   # said once, on the very first start
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where, and for which agent."""
    parser.add_argument("directory", nargs="?", type=Path, metavar="DIR", help="the directory (else the writable one)")
    parser.add_argument("--agent", metavar="AGENT", help="the agent of every session that says none")


def run(args: argparse.Namespace, console: Console) -> int:
    """Write the files; nothing that is there is touched."""
    if args.directory:
        args.sessions_dir = [args.directory]
    settings = places.settings(args)
    directory = settings.directories[0]
    texts = _texts(args.agent or _agent_here(settings))
    for name in texts:
        if (directory / name).exists():
            raise MusterError(
                f"cannot write {directory / name}: it is there already", hint="muster new NAME adds a session"
            )
    schema.write(directory / SCHEMAS, {name: schema.document(name) for name in ("session", "fleet")})
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8")
        console.line(f"wrote {directory / name}")
    console.note("next: muster validate, muster plan, muster run")
    return 0


def _texts(agent: str) -> dict[str, str]:
    return {
        "_fleet.yaml": FLEET.format(agent=agent, schemas=SCHEMAS),
        "hello.yaml": SESSION.format(schemas=SCHEMAS),
    }


def _agent_here(settings: "Settings") -> str:
    """Return the agent that a newcomer has: the built-in default where it is installed, else another that is."""
    from ..observe.executables import executable

    found = reading.loaded(settings)
    default = found.fleet.spec.defaults.agent
    installed = [name for name, profile in found.profiles.items() if executable(profile)]
    # What comes with Muster is always there; a program that somebody installed is what they mean to use.
    installed.sort(key=lambda name: (name != default, "{muster}" in found.profiles[name].executables, name))
    return installed[0]
