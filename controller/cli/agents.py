"""``muster agents``: what is known of each agent, and what of it is here."""

import argparse
from typing import TYPE_CHECKING, Any

from . import offers, parsing, places, reading
from .console import Console

if TYPE_CHECKING:
    from ..model.profile import Profile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which."""
    parser.add_argument("name", nargs="?", metavar="AGENT", help="one agent, with everything that is known of it")
    parsing.add_json(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Look for the programs and ask them for their versions, all at once."""
    from concurrent.futures import ThreadPoolExecutor

    found = reading.loaded(places.settings(args))
    chosen = (
        [offers.profile(found, args.name)] if args.name else [found.profiles[name] for name in sorted(found.profiles)]
    )
    with ThreadPoolExecutor() as pool:
        agents = list(pool.map(_facts, chosen))
    if args.json:
        console.json({"schema_version": 1, "agents": agents})
    elif args.name:
        _print_one(agents[0], console)
    else:
        _print_table(agents, console)
    return 0


def _facts(profile: "Profile") -> dict[str, Any]:
    from ..observe.executables import executable, version_of

    program = executable(profile)
    return {
        "name": profile.name,
        "title": profile.title,
        "executable": list(program) if program else None,
        "version": version_of(profile, program) if program else None,
        "models": [entry.name for entry in profile.models.offered],
        "classes": dict(profile.models.classes),
        "default_model": profile.models.default,
        "default_runtime": profile.default_runtime.value,
        "runtimes": {
            kind.value: {
                "switch": "in-place" if one.in_place else "none" if one.cannot else "restart",
                "proven": one.proven,
                "cannot": one.cannot,
            }
            for kind, one in profile.runtimes.items()
        },
        "quirks": [quirk.says for quirk in profile.quirks],
    }


def _print_table(agents: list[dict[str, Any]], console: Console) -> None:
    rows = [("AGENT", "VERSION", "PROVEN", "RUNTIMES", "MODELS")]
    for agent in agents:
        proven = any(agent["version"] in one["proven"] for one in agent["runtimes"].values())
        version = agent["version"] or ("?" if agent["executable"] else "not here")
        rows.append(
            (agent["name"], version, "yes" if proven else "-", " ".join(agent["runtimes"]), " ".join(agent["models"]))
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        console.line("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _print_one(agent: dict[str, Any], console: Console) -> None:
    console.line(f"{agent['name']}: {agent['title'] or 'an agent'}")
    console.line(f"  program   {' '.join(agent['executable'] or ['not found on PATH'])}")
    console.line(f"  version   {agent['version'] or 'not known'}")
    console.line(f"  models    {' '.join(agent['models'])}")
    console.line(f"  classes   {', '.join(f'{word}: {model}' for word, model in agent['classes'].items())}")
    for kind, one in agent["runtimes"].items():
        proven = f"proven on {', '.join(one['proven'])}" if one["proven"] else "not proven"
        default = ", the default" if kind == agent["default_runtime"] else ""
        console.line(f"  {kind:<9} switches {one['cannot'] or one['switch']}; {proven}{default}")
    for quirk in agent["quirks"]:
        console.line(f"  note      {quirk}")
