"""The controller: one pass after another over the same rooms, for a command or for as long as it runs."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..errors import MusterError
from ..load.source import Source
from ..model.clock import Now
from ..model.event import EventType
from ..model.loaded import Loaded
from ..model.observed import Activity, ObservedModel, ProcessIdentity
from ..model.outcome import End, Outcome
from ..model.plan import WAITING_GUARDS, Change, Guard, Hold, Launch, Leave, Plan, Restart, Start, StartFresh
from ..model.profile import Identify
from ..model.record import Intent, Operation, RolloutState, SessionRecord
from ..model.transaction import Event, Transaction
from ..plan import guards, order
from ..plan.case import Case, World
from ..record.facts import Facts
from ..record.journal import Journal
from ..record.store import Store
from ..runtimes.base import RunFile, StopOrder
from ..runtimes.identity import alive
from ..runtimes.runfile import forget_orders, read_run_file, run_files
from ..settings import Settings
from . import rollout
from .clock import asleep, present
from .picture import Picture
from .sight import Sight, subjects
from .tidings import tidings

if TYPE_CHECKING:  # brings the room that does along
    from .dispatch import Dispatch

_STRANGERS_SECONDS: Final = 0.5
"""How old a scan for strangers may be when a process is about to be started on a conversation."""

_SLEEP_SECONDS: Final = 1.0
"""By how much two clocks drift apart at least when a machine sleeps; they are read one after the other."""


@dataclass(slots=True, kw_only=True)
class Words:
    """What persons said that holds until it is done: never longer than it takes to do it."""

    now: set[str] = field(default_factory=set)
    approved: set[str] = field(default_factory=set)

    def done(self, name: str) -> None:
        """Forget the words about a session."""
        self.now.discard(name)
        self.approved.discard(name)


class Controller:
    """Joins reading, looking, planning and doing. Not the holder of the lock: whoever runs it takes that first."""

    def __init__(
        self, *, settings: Settings, store: Store, source: Source, sight: Sight, state_id: str, writes: bool
    ) -> None:
        """Keep the parts.

        :param writes: false for commands that only look: nothing is remembered and nothing is done.
        """
        self.settings = settings
        self.store = store
        self.source = source
        self.sight = sight
        self.journal = Journal(store)
        self.facts = Facts(store)
        self.words = Words()
        self.outcomes: list[Outcome] = []
        self.on_outcome: Callable[[Outcome], None] = self.outcomes.append
        self.loaded: Loaded | None = None
        self.unsettled = False
        self.rollout = self.facts.rollout()
        self._state_id = state_id
        self._writes = writes
        self._slept = asleep()
        self._cases: dict[str, Case] = {}
        self._running: set[str] = set()
        self._under_way: dict[str, Operation] = {}
        self.dispatch: Dispatch | None = None

    def connect(self, dispatch: "Dispatch") -> None:
        """Take the hands that carry changes out; they need this controller's eyes, so they are made after it."""
        self.dispatch = dispatch

    async def read(self) -> Loaded:
        """Read the files and the facts that commands may have changed."""
        reading = await asyncio.to_thread(self.source.read)
        self.unsettled = reading.unsettled
        self.sight.override = self.facts.override()
        if self._writes:
            self._remember((), tidings(self.loaded, reading.loaded, present()))
        self.loaded = reading.loaded
        self.rollout = rollout.on_files(self.rollout, self.loaded.digest)
        return self.loaded

    async def look(self, names: Collection[str] | None = None) -> Picture:
        """Look at some sessions or at all, remember what is found, and decide."""
        loaded = self.loaded or await self.read()
        now = present()
        self._wake_up(now)
        if not self._writes:  # in this order: what ends in between is shown as under way, never as not begun
            self._under_way = {intent.name: intent.operation for intent in self.journal.open_intents()}
            self.journal.refresh()
        records = self.journal.records() if names is None else self._records(names)
        known = subjects(loaded, records, names)
        # What is being done is not looked at: its end would be taken for a crash, and its record is about to change.
        busy = self.dispatch.names if self.dispatch else frozenset()
        if self._writes and await self._finish(known - busy):
            records = self.journal.records() if names is None else self._records(names)
        noticed = await self.sight.look(loaded, records, known - busy, now)
        if self._writes:
            looks = [(records.get(now.name) or SessionRecord(name=now.name), now) for now in noticed.records]
            self._roll(rollout.doubted(self.rollout, looks, loaded.fleet.spec.rollout))
            self._remember(noticed.records, noticed.events)
        gone = (self._cases.keys() if names is None else set(names)) - known
        self._keep(noticed.cases, gone)
        world = self._world(loaded, now, self._cases)
        if names is None and not busy:
            plan = order.plan(world, problems=loaded.problems, revision=loaded.revision)
        else:
            changes = order.decide_some(world, noticed.cases)
            plan = Plan(plan_id="", digest="", changes=changes, problems=loaded.problems, revision=loaded.revision)
        return Picture(loaded=loaded, world=world, plan=plan)

    def _wake_up(self, now: Now) -> None:
        """After a sleep begin to wait anew for files that are gone: nobody saw that they stayed away (law 7)."""
        before, self._slept = self._slept, asleep()
        if self._slept - before < _SLEEP_SECONDS or not self._writes:
            return
        gone = [record for record in self.journal.records().values() if record.absent_since is not None]
        self._remember([record.model_copy(update={"absent_since": now.moment()}) for record in gone], ())

    def stirred(self, names: Iterable[str]) -> list[str]:
        """Return those sessions that say something else than at their last look, by a glance at each."""
        busy = self.dispatch.names if self.dispatch else frozenset()
        cases = [self._cases[name] for name in names if name in self._cases and name not in busy]
        return self.sight.stirred(self.loaded, cases, present()) if self.loaded and cases else []

    def _records(self, names: Iterable[str]) -> dict[str, SessionRecord]:
        return {name: self.journal.record(name) for name in names}

    def _keep(self, cases: Mapping[str, Case], gone: Collection[str]) -> None:
        """Take in what was looked at. A pass over one session does not go through all the others."""
        self._cases = self._cases | dict(cases)
        for name in gone:
            self._cases.pop(name, None)
        self._running -= {*cases, *gone}
        self._running |= {name for name, case in cases.items() if case.lives}

    def _world(self, loaded: Loaded, now: Now, cases: Mapping[str, Case]) -> World:
        return World(
            cases=cases,
            fleet=loaded.fleet.spec,
            now=now,
            state_id=self._state_id,
            person_said_now=frozenset(self.words.now),
            approved=frozenset(self.words.approved),
            doubtful=loaded.doubtful,
            rollout=self.rollout,
            running=len(self._running),
            starting=self.dispatch.starting if self.dispatch else 0,
            switching=self.dispatch.switching if self.dispatch else 0,
            under_way=self._under_way,
        )

    def _remember(self, records: Iterable[SessionRecord], events: Iterable[Event]) -> None:
        step = Transaction(records=tuple(records), events=tuple(events))
        if step.records or step.events:
            self.journal.believe(step)

    def note_waiting(self, changes: Iterable[Change]) -> None:
        """Remember since when a change has been waiting for a better moment, for ``update.wait_at_most``."""
        now = present().moment()
        later = []
        for change in changes:
            record = self._cases[change.session].record
            waits = isinstance(change.action, Hold) and change.action.guard in WAITING_GUARDS
            if waits and record.pending_since is None:
                later.append(record.model_copy(update={"pending_since": now}))
            elif isinstance(change.action, Leave) and record.pending_since is not None:
                later.append(record.model_copy(update={"pending_since": None}))
        self._remember(later, ())

    async def prove_writable(self) -> None:
        """Write something when the last step could not be written: else nobody would know that the disk is back.

        :raises StateUnwritable: when it is not.
        """
        if self.journal.trouble is not None:
            await asyncio.wrap_future(self.facts.put_rollout(self.rollout))
            self.journal.trouble = None

    async def close(self) -> None:
        """Let go of everything; no session ends by it."""
        await self.sight.runtimes.close()
        self.store.close()

    async def recover(self) -> None:
        """Finish what an earlier controller began, and take over what runs (law 9)."""
        await asyncio.to_thread(forget_orders, self.settings.run_dir)
        found = await asyncio.to_thread(run_files, self.settings.run_dir)
        await self._resolve(self.journal.records(), self.journal.open_intents(), found)
        if why := self.store.rebuilt or (
            "there was none, though sessions were started" if self.store.new and found else ""
        ):
            told = Event(at=present().wall, type=EventType.STATE_REBUILT, data={"why": why})
            self._remember((), (told,))

    async def _finish(self, names: Collection[str]) -> bool:
        """Finish steps of ours that broke off, as another controller's: what they started is else not known."""
        intents = [intent for intent in self.journal.open_intents() if intent.name in names]
        begun = {intent.name for intent in intents}
        if begun:
            found = {name: file for name in begun if (file := read_run_file(self.settings.run_dir, name))}
            await self._resolve(self._records(begun), intents, found)
        return bool(begun)

    async def _resolve(
        self, records: Mapping[str, SessionRecord], intents: Sequence[Intent], found: Mapping[str, RunFile]
    ) -> None:
        from . import recover  # brings the room that does along, which a command that only looks need not pay for

        await self._sweep({intent.name for intent in intents})
        # What cannot be seen is neither taken over nor taken for gone; the passes go on looking at it.
        lives = {name: seen for name, file in found.items() if (seen := _lives(file.process)) is not None}
        found = {name: file for name, file in found.items() if name in lives}
        living = {name for name, seen in lives.items() if seen}
        taken_in = {name: record.process for name, record in records.items() if record.where and record.process}
        gone = {name for name, process in taken_in.items() if _lives(process) is False}
        await self.journal.commit(recover.recover(records, intents, found, living, present(), gone))

    async def _sweep(self, names: Collection[str]) -> None:
        """End what is left of processes whose end an earlier controller began and did not live to see through."""
        for record in self._records(names).values():
            if record.process and record.runtime and _lives(record.process) is False:
                order = StopOrder(name=record.name, process=record.process, ladder=())
                with suppress(MusterError):  # what cannot be ended holds its lock, and the next start says so
                    await self.sight.runtimes[record.runtime].stop(order)

    async def recheck(self, change: Change) -> Hold | None:
        """Ask the guards again on fresh facts, just before something is done."""
        loaded = self.loaded or await self.read()
        if isinstance(change.action, Start | Restart | StartFresh) and _could_be_foreign(change.action.launch, loaded):
            await self.sight.rescan(loaded, self.journal.records(), present(), older=_STRANGERS_SECONDS)
        now = present()
        case = await self._fresh(change.session, loaded, now)
        world = self._world(loaded, now, {**self._cases, change.session: case})
        return guards.recheck(change, case, world) or _overtaken(change, case)

    async def conversation(self, name: str) -> str | None:
        """Return the conversation that the session's agent says it works on."""
        return (await self._fresh(name, self.loaded or await self.read(), present())).observed.conversation

    async def speaks(self, name: str) -> bool:
        """Tell whether the session's agent says what it does."""
        seen = (await self._fresh(name, self.loaded or await self.read(), present())).observed
        return seen.activity is not Activity.UNKNOWN

    async def model(self, name: str) -> ObservedModel | None:
        """Return what the session's agent last reported as its model."""
        return (await self._fresh(name, self.loaded or await self.read(), present())).observed.model

    async def _fresh(self, name: str, loaded: Loaded, now: Now) -> Case:
        return (await self.sight.look(loaded, self._records({name}), {name}, now, fresh=True)).cases[name]

    def ended(self, outcome: Outcome) -> None:
        """Take in how one change ended."""
        self.on_outcome(outcome)
        if outcome.end not in {End.HELD, End.UNABLE}:
            self.words.done(outcome.change.session)
        if outcome.end is End.DONE and isinstance(outcome.change.action, Start):
            self._running.add(outcome.change.session)  # until the next look: it is no longer one that is being started
        limits = self.loaded.fleet.spec.rollout if self.loaded else None
        if limits is None:
            return
        self._roll(rollout.after(self.rollout, outcome, limits, present()))

    def _roll(self, state: RolloutState) -> None:
        if state == self.rollout:
            return
        if state.halted and not self.rollout.halted:
            told = rollout.halted(state, present())
            self._remember((), (told,))
        self.rollout = state
        self.facts.put_rollout(state)


def _lives(process: ProcessIdentity) -> bool | None:
    """Tell whether a process lives; ``None`` when that cannot be seen."""
    try:
        return alive(process)
    except OSError:
        return None


def _could_be_foreign(launch: Launch, loaded: Loaded) -> bool:
    """Tell whether a stranger could be on this conversation, and would be seen there."""
    profile = loaded.profiles.get(launch.agent)
    return launch.conversation is not None and profile is not None and profile.identify != Identify()


def _overtaken(change: Change, case: Case) -> Hold | None:
    """Hold a start when the session turns out to run by now."""
    if isinstance(change.action, Start) and case.lives:
        return Hold(change.action, Guard.UNKNOWN, "it runs by now")
    return None
