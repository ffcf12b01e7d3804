"""``muster agents``: what is known of each agent, what of it is here, and whether that still fits (``--probe``)."""

import argparse
from functools import partial
from typing import TYPE_CHECKING

from ..doors import offers, reading
from ..errors import MusterError
from . import parsing, places
from .console import Console

if TYPE_CHECKING:
    from ..model.installed import Installed
    from ..model.profile import Profile

_AT_ONCE = 4
"""Programs that are asked at once: some are half a gigabyte large while they print a page."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which, and how closely to look."""
    parser.add_argument("name", nargs="?", metavar="AGENT", help="one agent, with everything that is known of it")
    parser.add_argument(
        "--probe", action="store_true", help="compare the flags that the profile uses with the program's own help"
    )
    parsing.add_json(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Look for the programs and ask them, some at once; what does not fit ends with 1."""
    from concurrent.futures import ThreadPoolExecutor

    from ..views import agents as view

    found = reading.loaded(places.settings(args))
    chosen = (
        [offers.profile(found, args.name)] if args.name else [found.profiles[name] for name in sorted(found.profiles)]
    )
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        agents = list(zip(chosen, pool.map(partial(_installed, probes=args.probe), chosen), strict=True))
    if args.json:
        console.json(view.as_json(agents))
    elif args.name:
        console.line(view.as_text(*agents[0], colour=not console.plain))
    else:
        console.line(view.as_table(agents, colour=not console.plain))
    if args.probe:
        _judge(agents, one=bool(args.name))
    return 0


def _installed(profile: "Profile", *, probes: bool) -> "Installed":
    from ..model.installed import Installed
    from ..observe.executables import executable, version_of
    from ..observe.probe import probe

    program = executable(profile)
    if program is None:
        return Installed()
    probed = probe(profile, program) if probes else None
    return Installed(executable=program, version=version_of(profile, program), probed=probed)


def _judge(agents: "list[tuple[Profile, Installed]]", *, one: bool) -> None:
    """Say what a person must know before they rely on a profile.

    :raises MusterError: when a flag does not fit, a help could not be read, or the one agent asked for is not here.
    """
    if one and agents[0][1].executable is None:
        raise MusterError(f"cannot probe {agents[0][0].name}: none of its programs is on PATH")
    faults = [f"{profile.name}: {here.probed.fault}" for profile, here in agents if here.probed and here.probed.fault]
    if faults:
        raise MusterError(
            f"cannot rely on every profile: {'; '.join(faults)}",
            hint="a newer program wants a newer profile: `agents:` in _fleet.yaml lays one over the built-in",
        )
