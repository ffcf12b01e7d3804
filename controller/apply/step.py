"""One session's transaction: what was remembered when it began, what is open for it, and how it ends."""

from dataclasses import dataclass, field, replace

from ..errors import MusterError, Starved
from ..model.event import EventType
from ..model.plan import Change, Launch
from ..model.record import Intent, OneShot, Operation, SessionRecord
from ..model.transaction import Event, Transaction
from ..runtimes.base import ResumeRefused
from . import after, backoff, bring_up, environment, take_down
from .ports import Ports


@dataclass(slots=True, kw_only=True)
class Step:
    """A change that is being carried out.

    :ivar record: what was remembered when it began.
    :ivar began: seconds since boot.
    """

    change: Change
    record: SessionRecord
    ports: Ports
    began: float
    _open: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The session's name."""
        return self.record.name

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return self.ports.clock().boot - self.began

    async def intend(self, operation: Operation, expected: SessionRecord, nonce: str) -> None:
        """Make an intent durable, before anything is touched (law 9)."""
        intent = Intent(
            id=bring_up.new_nonce(),
            name=self.name,
            operation=operation,
            nonce=nonce,
            after=expected,
            from_model=self.change.from_model,
            wall=self.ports.clock().wall,
        )
        await self.ports.journal.commit(Transaction(opened=(intent,)))
        self._open.append(intent.id)

    async def intend_launch(self, operation: Operation, launch: Launch) -> str:
        """Make the intent of a launch durable and return its nonce: after a crash its process is known by it."""
        nonce = bring_up.new_nonce()
        await self.intend(operation, after.launched(self.record, launch, self.ports.clock()), nonce)
        return nonce

    async def bring_up(self, launch: Launch, nonce: str) -> SessionRecord | MusterError:
        """Start what was intended; return the record of the process that lives, or why there is none.

        Asked is what it is from now on: what the predecessor reported up to its end says nothing about it.
        """
        asked = after.launched(self.record, launch, self.ports.clock())
        up = await bring_up.try_up(self.name, launch, nonce, self.ports, self.record.ended)
        return up if isinstance(up, MusterError) else after.up(asked, up, self.ports.clock())

    async def bring_down(self, launch: Launch | None = None) -> str | None:
        """Stop what runs; return why that failed, all told and remembered, and then nothing may be started (law 3).

        :param launch: what would have been started: it is not tried again until something else is desired.
        """
        if self.record.where and self.record.process:
            # What a person started keeps the environment that they gave it: their keys, their proxies.
            theirs = environment.of_process(self.record.process)
            self.ports = replace(self.ports, environ=theirs or self.ports.environ)
        try:
            await take_down.stop(self.record, self.ports, final=launch is None)
        except MusterError as error:
            stuck = after.parked(self.record, error.message, after.key_of(launch)) if launch else None
            kept = stuck or self._stop_later(error)
            await self.end(kept, self.event(EventType.STOP_FAILED, error=error.message))
            return error.message
        return None

    def _stop_later(self, error: MusterError) -> SessionRecord:
        """Remember that it could not be stopped: the whole ladder again and again would never let it rest."""
        failures, now = self.record.failures + 1, self.ports.clock()
        wait = now.moment(after=backoff.delay(failures + 1))
        return self.record.model_copy(update={"failures": failures, "retry_at": wait, "last_error": error.message})

    async def end(self, record: SessionRecord, *events: Event) -> None:
        """Write what is true now together with what is told of it, and close every intent of this step."""
        await self.ports.journal.commit(Transaction(records=(record,), closed=tuple(self._open), events=events))

    async def did_not_start(self, launch: Launch, error: MusterError, wanted: str | None = None) -> str:
        """End with nothing running; conversation and model are remembered as they were, for a later try.

        The first conversation of all is remembered too: its prompt may have been heard, and its id be taken by it.

        :param wanted: what was desired (``parked_for``), where the launch was the way back from it.
        :raises Starved: when the machine had no room: it is tried again and again, whatever that takes.
        """
        # Parked for another model than the desired one, it would be unparked at the next look, and for ever (law 12).
        wanted = wanted or self.record.parked_for or after.key_of(launch)
        now, down = self.ports.clock(), after.down(self.record)
        if down.conversation is None:
            first = {"conversation": launch.conversation, "generation": launch.generation}
            down = down.model_copy(update={**first, "agent": launch.agent, "cwd": launch.cwd})
        starved = isinstance(error, Starved)
        failed = backoff.starved if starved else backoff.failed
        later = failed(down, error=error.message, now=now, desired=wanted)
        if isinstance(error, ResumeRefused):  # it would refuse again
            later = after.parked(later, error.message, wanted)
        if self.record.wanted is OneShot.FRESH:  # a person's word: kept until a fresh start is told (law 5)
            later = later.model_copy(update={"wanted": OneShot.FRESH})
        events = [self.event(EventType.START_FAILED, error=error.message, model=launch.model)]
        if later.parked and not self.record.parked:
            events.append(self.event(EventType.PARKED, why=later.parked))
        await self.end(later, *events)
        if starved:
            raise error
        return error.message

    async def did_not_switch(self, why: str, key: str) -> str:
        """End with the process untouched and what was desired parked."""
        kept = after.parked(self.record, why, key)
        await self.end(kept, self.event(EventType.SWITCH_FAILED, error=why))
        return why

    def event(self, kind: EventType, **data: str | float | bool | None) -> Event:
        """Return one event of this session."""
        return after.happened(kind, self.name, self.ports.clock(), **data)

    def moved(self, launch: Launch, strategy: str, *, kept: bool) -> tuple[Event, ...]:
        """Return the event of a switch that is proven on the asked side, if the model is another one."""
        now = self.ports.clock()
        came_from = launch.mends or self.record.asked_model
        if came_from in {None, launch.model}:
            return ()
        seconds = self.seconds
        event = after.switched(
            self.name, came_from, to=launch.model, strategy=strategy, seconds=seconds, kept=kept, now=now
        )
        return (event,)
