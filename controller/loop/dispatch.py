"""Changes that are being carried out: one at a time a session, many sessions side by side."""

import asyncio
from collections.abc import Callable, Iterable

from ..apply import steps
from ..apply.ports import Ports
from ..errors import MusterError, Starved
from ..model.outcome import End, Outcome
from ..model.plan import Change, Start

Done = Callable[[Outcome], None]


class Dispatch:
    """Runs the steps of changes as tasks of the event loop; a step that raises ends nothing but itself."""

    def __init__(self, ports: Ports, done: Done) -> None:
        """Start with nothing under way.

        :param done: told each outcome, after its session is free again.
        """
        self._ports = ports
        self._done = done
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._starting: set[str] = set()

    @property
    def names(self) -> frozenset[str]:
        """The sessions that something is being done with."""
        return frozenset(self._under_way)

    @property
    def starting(self) -> int:
        """How many are being started."""
        return len(self._starting)

    @property
    def switching(self) -> int:
        """How many are being switched, restarted or stopped."""
        return len(self._under_way) - self.starting

    def begin(self, changes: Iterable[Change]) -> int:
        """Carry out changes of sessions that are free; return how many were begun."""
        begun = 0
        for change in changes:
            if change.session not in self._under_way:
                task = asyncio.create_task(self._carry_out(change), name=f"apply {change.session}")
                self._under_way[change.session] = task
                if isinstance(change.action, Start):
                    self._starting.add(change.session)
                begun += 1
        return begun

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way.values())

    async def _carry_out(self, change: Change) -> None:
        try:
            outcome = await steps.carry_out(change, self._ports)
        except (Starved, OSError) as error:
            sentence = error.message if isinstance(error, Starved) else f"cannot go on: {error}"
            outcome = Outcome(change=change, end=End.UNABLE, sentence=sentence)
        except MusterError as error:
            outcome = Outcome(change=change, end=End.FAILED, sentence=error.message)
        except Exception as error:  # noqa: BLE001 - a bug in one session must not end the others' loop
            outcome = Outcome(change=change, end=End.FAILED, sentence=f"cannot go on: {type(error).__name__}: {error}")
        finally:
            del self._under_way[change.session]
            self._starting.discard(change.session)
        self._done(outcome)
