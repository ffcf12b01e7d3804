"""The works: each takes one running peer and gives figures. All are bounded in time."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from benchmarks import processes
from benchmarks.figures import Figure
from benchmarks.peers.peer import FIRST, Peer


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How often and how long the works may try."""

    repeats: int = 15
    budget: float = 20.0
    step: float = 30.0
    mass: float = 110.0
    steady: float = 60.0


def cold_start(peer: Peer, bounds: Bounds) -> list[Figure]:
    """From the controller's start to the last of N programs running. Always the first work."""
    since = peer.start()
    time.sleep(min(1.0, bounds.mass))  # the marks carry their own time; a controller that dies does it now
    peer.arena.check()
    figure = _all_running("cold start", peer, FIRST, since, bounds.mass)
    peer.settled()
    return [figure]


def one_change(peer: Peer, bounds: Bounds) -> list[Figure]:
    """One file replaced (and the peer told) to the new argv running; and to the client's return."""
    returned: list[float] = []

    def once(turn: int) -> float | None:
        name, model = peer.names[(turn * 7919 + peer.count // 2) % peer.count], f"one{turn}"
        change = peer.change(name, model, bounds.step)
        if change.client is not None and change.client.finished:
            returned.append(change.client.seconds)
        return _running(peer, name, model, change.since, bounds.step)

    figures = [_repeated("one change", peer, once, bounds)]
    if returned:
        figures.append(Figure.median("one change, client back", peer, returned))
    return figures


def crash(peer: Peer, bounds: Bounds) -> list[Figure]:
    """SIGKILL of one program to its replacement running. Each turn takes another program.

    What the works before it changed is let come to rest: a program that dies while its change settles is a change that
    failed, which a controller may well take back instead.
    """
    peer.settled()

    def once(turn: int) -> float | None:
        peer.arena.marks.drain()
        name = peer.names[turn * max(1, peer.count // bounds.repeats) % peer.count]
        model = peer.arena.marks.latest[name].model
        since = peer.crash(name)
        return None if since is None else _running(peer, name, model, since, bounds.step)

    return [_repeated("crash to replacement", peer, once, bounds)]


def steady_state(peer: Peer, bounds: Bounds) -> list[Figure]:
    """CPU seconds a minute and memory of the controller's processes while nothing happens."""
    pids = peer.arena.controllers()
    before, began = processes.cost(pids), time.monotonic()
    time.sleep(bounds.steady)
    after, ended = processes.cost(pids), time.monotonic()
    cpu = (after.cpu - before.cpu) * 60 / (ended - began)
    note = f"{len(pids):,} processes" if len(pids) > 1 else ""
    return [
        Figure.once("steady CPU a minute", peer, cpu, "CPU s", note),
        Figure.once("steady memory", peer, after.pss / 2**20, "MiB", note),
    ]


def views(peer: Peer, bounds: Bounds) -> list[Figure]:
    """What would change, and the state of all, as commands."""
    asked = {"what would change": peer.changes(), "status of all": peer.status()}
    return _commands(peer, asked, bounds)


def commands(peer: Peer, bounds: Bounds) -> list[Figure]:
    """The start-up of the command itself, seen on a handful of programs."""
    asked = {"help": peer.help(), "completion": peer.completion(), "status of all": peer.status()}
    return _commands(peer, asked, bounds)


def unchanged_pass(peer: Peer, bounds: Bounds) -> list[Figure]:
    """A pass over N unchanged sessions, by the controller's own word."""
    seconds = peer.unchanged_pass()
    return [] if seconds is None else [Figure.once("unchanged pass", peer, seconds)]


def all_changed(peer: Peer, bounds: Bounds) -> list[Figure]:
    """All N files replaced (and the peer told) to the last new argv running. Always the last work."""
    change = peer.change_all("all1", bounds.mass)
    return [_all_running("all changed", peer, "all1", change.since, bounds.mass)]


WORKS: dict[str, Callable[[Peer, Bounds], list[Figure]]] = {
    "cold": cold_start,
    "commands": commands,
    "one": one_change,
    "crash": crash,
    "steady": steady_state,
    "views": views,
    "pass": unchanged_pass,
    "all": all_changed,
}


def _repeated(work: str, peer: Peer, once: Callable[[int], float | None], bounds: Bounds) -> Figure:
    """The median of some turns inside the budget; a turn that is lost ends it and is the figure."""
    deadline = time.monotonic() + bounds.budget
    seconds: list[float] = []
    for turn in range(bounds.repeats):
        took = once(turn)
        if took is None:
            note = f"{len(seconds)} turns came, the next not within {bounds.step:.0f} s"
            return Figure.cut(work, peer, bounds.step, note)
        seconds.append(took)
        if time.monotonic() > deadline:
            break
        # A peer that looks every few seconds must be met at any moment between two looks.
        time.sleep(random.uniform(0.02, 0.02 + peer.tick))
    return Figure.median(work, peer, seconds)


def _commands(peer: Peer, asked: dict[str, list[str] | None], bounds: Bounds) -> list[Figure]:
    return [_command(work, peer, argv, bounds) for work, argv in asked.items() if argv]


def _command(work: str, peer: Peer, argv: list[str], bounds: Bounds) -> Figure:
    codes: set[int] = set()

    def once(_: int) -> float | None:
        called = peer.arena.call(argv, seconds=bounds.step)
        codes.add(called.code)
        return called.seconds if called.finished else None

    figure = _repeated(work, peer, once, bounds)
    return figure if codes == {0} else replace(figure, note=f"exit code {sorted(codes)}. {figure.note}")


def _running(peer: Peer, name: str, model: str, since: int, cap: float) -> float | None:
    got = peer.arena.marks.wait({name: model}, since=since, seconds=_left(since, cap))
    return (got[name].at - since) / 1e9 if name in got else None


def _all_running(work: str, peer: Peer, model: str, since: int, cap: float) -> Figure:
    wanted = dict.fromkeys(peer.names, model)
    got = peer.arena.marks.wait(wanted, since=since, seconds=_left(since, cap))
    if len(got) == len(wanted):
        last = max(mark.at for mark in got.values())
        return Figure.once(work, peer, (last - since) / 1e9)
    return Figure.cut(work, peer, cap, f"{len(got):,} of {len(wanted):,} after {cap:.0f} s")


def _left(since: int, cap: float) -> float:
    return cap - (time.monotonic_ns() - since) / 1e9
