"""The controller that stays: waits for what may matter, makes passes, and survives whatever one of them meets."""

import asyncio
import signal
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Final, assert_never

from .. import log
from ..errors import MusterError
from ..log import LogEvent
from ..model.clock import Now
from ..model.control import Heartbeat
from ..model.event import EventType
from ..model.observed import ProcessIdentity
from ..model.outcome import End, Outcome
from ..model.plan import WAITING_GUARDS, Change, Guard, Hold
from ..model.transaction import Event, Transaction
from ..observe.exits import Exits
from ..record import notify
from ..record.errors import StateDamaged
from ..record.live import LiveFiles
from ..runtimes.identity import identify
from ..runtimes.logs import trim_logs
from . import answers, passes
from .clock import present
from .controller import Controller
from .picture import Picture
from .pulse import BEAT, Pulse
from .queue import ALL, Queue, Turn
from .serving import serve
from .watch import hints

_HELD_SECONDS: Final = 0.5
"""How often a session is looked at that is only held until it is idle."""

_DOUBT_SECONDS: Final = 5.0
"""How often a session is looked at whose process or conversation is in doubt, and a directory that is."""

_TRIM_SECONDS: Final = 5.0
"""Between two looks at the sizes of logs. It costs a stat a session; an agent that prints without end writes a gigabyte
in a second or two."""

_TRIM_AGAIN_SECONDS: Final = 0.5
"""The same while one of them grows too large again and again."""

_FULL_SCAN_SECONDS: Final = 300.0
"""How old the scan for strangers may become without a reason for a new one."""

_AFTER_FAILED_PASS: Final = 1.0

_ALL_AFTER_FEW: Final = 0.2
"""When all are looked at after the few that changed: by then what was begun with them runs."""


class StateLost(MusterError):
    """The state was damaged or taken away under a controller: one that begins anew rebuilds it by looking."""


class Run:
    """One controller's life. Ends by SIGTERM or SIGINT, and no session with it (law 8)."""

    def __init__(self, controller: Controller, version: str) -> None:
        """Keep the parts; nothing happens yet."""
        self._controller = controller
        self._version = version
        self._queue = Queue()
        self._stop = asyncio.Event()
        self._pulse = Pulse()
        self._exits = Exits(self._ended)
        self._live = LiveFiles(controller.settings.state)
        self._answers = answers.Answers(controller, self._queue)
        self._held: dict[str, tuple[Guard, str]] = {}
        self._beside: dict[str, str] = {}
        self._passes = 0
        self._few_first = False
        controller.sight.living = self._exits.living
        controller.on_outcome = self.outcome

    async def forever(self) -> None:
        """Recover, then pass after pass until a signal ends it.

        :raises StateLost: when it cannot go on with its state.
        """
        self._live.started()
        self._on_signals()
        await self._tell(EventType.CONTROLLER_STARTED, version=self._version)
        await self._controller.recover()
        self._queue.wake_all(rescan=True)
        beside = [asyncio.create_task(work) for work in self._beside_the_passes()]
        try:
            while not self._stop.is_set():
                await self._turn(await self._queue.next(timeout=self._timeout()))
        finally:
            notify.stopping()
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await self._close()

    def _beside_the_passes(self) -> Iterable[Coroutine[None, None, None]]:
        settings = self._controller.settings
        tools = [] if settings.mcp_port is None else [serve(settings, settings.mcp_port)]
        return (self._watch(), self._glance(), self._trim(), *tools)

    def outcome(self, outcome: Outcome) -> None:
        """Take in how a change ended: look at the session again, and at those that waited for its place."""
        _say(outcome)
        self._answers.outcome(outcome)
        if outcome.end is End.UNABLE:  # nothing holds it back, and nothing would let it rest
            self._live.failed()
            self._queue.all_in(_AFTER_FAILED_PASS)
            return
        self._queue.wake(outcome.change.session, *self._waiting_for_room())

    async def _turn(self, turn: Turn) -> None:
        begun = asyncio.get_running_loop().time()
        try:
            if why := self._controller.store.lost():
                raise StateLost(why)
            if turn.rescan or turn.names is ALL:
                await self._scan(0.0 if turn.rescan else _FULL_SCAN_SECONDS)
            names = turn.names if turn.names is not ALL else await self._read(turn)
            picture = await passes.looked(self._controller, names)
            await self._after(picture, names, asyncio.get_running_loop().time() - begun)
        except StateLost:
            raise
        except StateDamaged as error:
            raise StateLost(error.message) from error
        except (MusterError, OSError) as error:
            self._failed(str(error))
        except Exception as error:  # noqa: BLE001 - the loop outlives a bug; the watchdog starves on a persistent one
            self._failed(f"{type(error).__name__}: {error}", exc_info=True)

    def _failed(self, why: str, **more: bool) -> None:
        """Tell that a pass came to nothing, and make another one soon."""
        log.error(LogEvent.PASS_FAILED, why=why, **more)
        self._live.failed()
        self._queue.all_in(_AFTER_FAILED_PASS)

    async def _read(self, turn: Turn) -> frozenset[str] | None:
        """Read the files; when few sessions changed, look at those now and at all in a moment, and never twice so."""
        changed = await passes.read(self._controller)
        self._few_first = changed is not None and not turn.rescan and not self._few_first
        if not self._few_first:
            return ALL
        self._queue.all_in(_ALL_AFTER_FEW)
        return changed

    async def _scan(self, older: float) -> None:
        controller = self._controller
        if controller.loaded is not None:
            await controller.sight.rescan(controller.loaded, controller.journal.records(), present(), older=older)

    async def _after(self, picture: Picture, names: frozenset[str] | None, seconds: float) -> None:
        self._watch_processes(picture)
        self._pulse.note((picture.cases[change.session] for change in picture.plan.changes), picture.now)
        self._schedule(picture.plan.changes, picture)
        await self._tell_holds(picture)
        await self._answers.serve(picture, everything=names is ALL)
        if names is ALL:
            await self._controller.prove_writable()
            self._passed(picture, seconds)

    def _watch_processes(self, picture: Picture) -> None:
        for change in picture.plan.changes:
            process = picture.cases[change.session].record.process
            if process is not None:
                self._exits.watch(change.session, process)
            else:
                self._exits.unwatch(change.session)

    def _ended(self, name: str) -> None:
        self._queue.wake(name)

    def _schedule(self, changes: Iterable[Change], picture: Picture) -> None:
        loop_now = asyncio.get_running_loop().time()
        for change in changes:
            if isinstance(change.action, Hold):
                wait = self._again(change.action, change.session, picture)
                if wait is not None:
                    self._queue.at(change.session, loop_now + wait)
        if self._controller.unsettled:
            self._queue.all_in(self._controller.settings.settle)
        if picture.loaded.doubtful:
            self._queue.all_in(_DOUBT_SECONDS)
        if (ends := self._controller.sight.override_ends(picture.loaded, picture.now)) is not None:
            self._queue.all_in(ends)

    def _again(self, hold: Hold, name: str, picture: Picture) -> float | None:
        """Return in how many seconds a held session is worth another look; ``None``: something will wake it."""
        now, record = picture.now, self._controller.journal.record(name)
        leftover = hold.guard is Guard.FOREIGN and picture.cases[name].observed.leased  # it ends in a moment
        if hold.guard in WAITING_GUARDS or leftover:
            return _HELD_SECONDS
        if hold.guard is Guard.BACK_OFF and record.retry_at:
            return max(0.0, -now.since(record.retry_at))
        if hold.guard is Guard.DELETE_GRACE and record.absent_since:
            return max(0.1, picture.world.fleet.guards.delete_grace - now.since(record.absent_since))
        if hold.guard is Guard.ROLLOUT and picture.world.rollout.last:
            return max(0.05, picture.world.fleet.rollout.pause - now.since(picture.world.rollout.last))
        return _DOUBT_SECONDS if hold.guard in {Guard.UNKNOWN, Guard.FOREIGN, Guard.CONFLICT, Guard.SOURCE} else None

    def _waiting_for_room(self) -> list[str]:
        room = {Guard.ROLLOUT, Guard.STARTS_LIMIT, Guard.RUNNING_LIMIT}
        return [name for name, (guard, _) in self._held.items() if guard in room]

    async def _tell_holds(self, picture: Picture) -> None:
        """Tell each hold once: the sentence has seconds in it, so the guard is what is compared."""
        events = self._strangers(picture)
        for change in picture.plan.changes:
            held, before = change.action, self._held.get(change.session)
            if not isinstance(held, Hold):
                self._held.pop(change.session, None)
            elif before is None or before[0] is not held.guard:
                self._held[change.session] = (held.guard, held.sentence)
                events.append(_event(EventType.HELD, picture.now, change.session, guard=held.guard, why=held.sentence))
                if held.guard is Guard.UNRESUMABLE:  # what is missing may be a person's, who has not said a word in it
                    self._queue.wake_all(rescan=True)
        if events:
            await self._controller.journal.commit(Transaction(events=tuple(events)))

    def _strangers(self, picture: Picture) -> list[Event]:
        """Return what is to be told of processes that are not ours beside ours: each of them once (law 3)."""
        events = []
        for change in picture.plan.changes:
            found = picture.cases[change.session].observed.strangers
            pids = ", ".join(str(stranger.identity.pid) for stranger in found)
            if not pids:
                self._beside.pop(change.session, None)
            elif self._beside.get(change.session) != pids:
                self._beside[change.session] = pids
                events.append(_event(EventType.CONFLICT, picture.now, change.session, pids=pids))
        return events

    def _passed(self, picture: Picture, seconds: float) -> None:
        self._passes += 1
        beat = Heartbeat(
            process=_ourselves(),
            version=self._version,
            at=picture.now.wall,
            seconds=seconds,
            passes=self._passes,
            sessions=len(picture.cases),
            revision=picture.loaded.revision,
        )
        self._live.passed(beat)
        line = f"{len(picture.cases)} sessions, {len(picture.loaded.problems)} problems"
        if self._passes == 1:
            notify.ready(line)
        notify.watchdog(line)

    def _timeout(self) -> float:
        rescan = self._controller.settings.rescan
        watchdog = notify.watchdog_seconds()
        return min(rescan, watchdog) if watchdog else rescan

    async def _watch(self) -> None:
        settings = self._controller.settings
        settings.wake_dir.mkdir(parents=True, exist_ok=True)
        paths = (*settings.directories, settings.wake_dir)
        async for _ in hints(paths, self._stop, lambda why: log.warning(LogEvent.WATCH_FAILED, why=why)):
            self._queue.wake_all()

    async def _glance(self) -> None:
        """Look again, at once, at sessions that say something new."""
        while True:
            await asyncio.sleep(BEAT)
            try:
                if due := self._pulse.due(present()):
                    self._queue.wake(*self._controller.stirred(due))
            except Exception as error:  # noqa: BLE001 - as in a pass; the passes over everything come anyway
                log.error(LogEvent.PASS_FAILED, why=f"{type(error).__name__}: {error}", exc_info=True)

    async def _trim(self) -> None:
        """Cut the logs of sessions that print too much, in a thread: what is copied aside first is some megabytes."""
        while True:
            cut: Iterable[Path] = ()
            try:
                cut = await asyncio.to_thread(trim_logs, self._controller.settings.log_dir)
            except OSError as error:
                log.error(LogEvent.TRIM_FAILED, why=str(error))
            await asyncio.sleep(_TRIM_AGAIN_SECONDS if cut else _TRIM_SECONDS)

    def _on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._queue.wake_all(rescan=True))

    def _end(self) -> None:
        self._stop.set()
        self._queue.wake_all()

    async def _close(self) -> None:
        """Let what is under way come to its end; a step that cannot is finished by the next controller."""
        self._exits.close()
        if self._controller.dispatch is not None:
            await self._controller.dispatch.drain()
        try:
            await self._tell(EventType.CONTROLLER_STOPPED)
        except MusterError as error:
            log.error(LogEvent.STATE_UNWRITABLE, why=error.message)
        self._live.stopped()

    async def _tell(self, kind: EventType, **data: str | None) -> None:
        await self._controller.journal.commit(Transaction(events=(_event(kind, present(), None, **data),)))


def _say(outcome: Outcome) -> None:
    name, why = outcome.change.session, outcome.sentence
    match outcome.end:
        case End.DONE:
            log.info(LogEvent.ACTION_FINISHED, session=name, why=why, seconds=round(outcome.seconds, 3))
        case End.HELD:
            log.info(LogEvent.ACTION_HELD, session=name, why=why)
        case End.FAILED | End.UNABLE:
            log.error(LogEvent.ACTION_FAILED, session=name, why=why)
        case never:
            assert_never(never)


def _event(kind: EventType, now: Now, session: str | None, **data: str | None) -> Event:
    return Event(at=now.wall, type=kind, session=session, data=dict(data))


def _ourselves() -> ProcessIdentity:
    import os

    mine = identify(os.getpid())
    if mine is None:
        raise MusterError("cannot say who we are: this process cannot be seen in /proc")
    return mine
