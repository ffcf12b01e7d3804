#!/usr/bin/env python3
"""Run the works for every peer and print the table: see benchmarks/README.md."""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import processes, readme, report, tools
from benchmarks.arena import Arena, Broken, lock
from benchmarks.figures import Figure
from benchmarks.peers import PEERS
from benchmarks.peers.peer import Peer
from benchmarks.works import WORKS, Bounds

HANDFUL = 10
MINUTES = 25.0
QUICK = Bounds(repeats=5, budget=5.0, step=10.0, mass=15.0, steady=6.0)


def main() -> int:
    """Parse, run, report. Ctrl-C and SIGTERM tear down and report what there is."""
    options = _options()
    if options.render:
        readme.write()
        return 0
    held = lock()
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a job in the background inherits "ignore"
        signal.signal(number, signal.default_int_handler)
    processes.sweep(tools.RUN)  # what a killed run left
    tools.compiled()
    figures: list[Figure] = []
    absent: dict[str, str] = {}
    interrupted = False
    try:
        for peer in _peers(options.peers, absent):
            # A peer that takes fewer is measured at what it takes.
            for count in sorted({HANDFUL, *(min(size, peer.most) for size in options.sizes)}):
                figures.extend(_run(peer, count, options, absent))
    except KeyboardInterrupt:
        interrupted = True
        _say("interrupted: what follows is not the whole run")
    text = report.markdown(figures, absent)
    print(text)
    results = {"at": time.time(), "absent": absent, "figures": [f.as_json() for f in figures]}
    (tools.BENCH / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (tools.BENCH / "results.md").write_text(text + "\n")
    if options.write and not interrupted:
        readme.keep()
        readme.write()
    os.close(held)
    return 130 if interrupted else 0


def _run(kind: type[Peer], count: int, options: argparse.Namespace, absent: dict[str, str]) -> Iterator[Figure]:
    """All wanted works of one peer at one size; what fails is told in `absent` and costs no other work its figure."""
    works = _works(kind, count, options.only)
    if not works:
        return
    with Arena(f"{kind.name}-{count}") as arena:
        peer = kind(arena, count)
        peer.declare()
        for work in works:
            place = f"{kind.name}, N={count:,}: {work}"
            _say(place)
            try:
                figures = _in_time(WORKS[work], peer, options)
            except Exception as error:  # noqa: BLE001 - whatever a peer does, the others are measured
                absent[place] = str(error) if isinstance(error, Broken) else f"{type(error).__name__}: {error}"
                _say(f"    {absent[place]}")
                if work == "cold":  # nothing runs that the others could be measured at
                    return
                continue
            for figure in figures:
                _say(f"    {figure.work}: {report.shown(figure)}  {figure.note}")
                if work != "cold" or (count > HANDFUL and "cold" in (options.only or WORKS)):
                    yield figure
        peer.stop()


def _in_time(work: Callable[[Peer, Bounds], list[Figure]], peer: Peer, options: argparse.Namespace) -> list[Figure]:
    """Do a work, unless the whole run's time is up."""
    if time.monotonic() > options.until:
        raise Broken(f"the run's {options.minutes:g} minutes were over")
    return work(peer, options.bounds)


def _works(kind: type[Peer], count: int, only: list[str]) -> list[str]:
    """Which works make sense at this size; the cold start comes always, for the rest needs it."""
    if count > kind.most:
        return []
    if count <= HANDFUL:
        fitting = ["commands"]
    elif count > 1_000:
        fitting = ["cold", "views", "pass"]
    else:
        fitting = [work for work in WORKS if work != "commands"]
    wanted = [work for work in fitting if not only or work in only]
    return ["cold", *(work for work in wanted if work != "cold")] if wanted else []


def _peers(names: list[str], absent: dict[str, str]) -> list[type[Peer]]:
    """The peers that can be had here; the others with the reason why not."""
    chosen = []
    for kind in PEERS:
        if names and kind.name not in names:
            continue
        try:
            kind.ready()
        except tools.Missing as error:
            absent[kind.name] = str(error)
            _say(f"{kind.name} is left out: {error}")
        else:
            chosen.append(kind)
    return chosen


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="N=100, few repeats, short waits")
    parser.add_argument("--only", nargs="+", metavar="WORK", choices=list(WORKS), default=[])
    parser.add_argument("--peers", nargs="+", metavar="PEER", default=[])
    parser.add_argument("--sizes", help="such as 100,1000,10000")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="no work is begun later (default: %(default)g)")
    parser.add_argument("--write", action="store_true", help="keep the results and write the README's table from them")
    parser.add_argument("--render", action="store_true", help="only write the README's table, from the kept results")
    options = parser.parse_args()
    options.until = time.monotonic() + options.minutes * 60
    options.bounds = QUICK if options.quick else Bounds()
    sizes = options.sizes or ("100" if options.quick else "1000,10000")
    options.sizes = [int(size) for size in sizes.split(",")]
    return options


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
