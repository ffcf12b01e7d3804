"""The keeper: one process a session, which holds the agent's stdio and outlives the controller.

The launcher made this process the session's own, with the run lock open: the agent inherits it, so no second agent
starts beside an orphaned one. The agent's end ends the keeper, and SIGTERM ends both in order.
"""

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final, assert_never

from ...errors import MusterError
from ...wire.statement import FailureKind, State
from .agent import Agent, connect, spawn
from .ending import Asked, Died, Ending, say_goodbye
from .entrance import listen
from .fronts import FrontEnd
from .methods import Desk
from .opening import Failed, open_talk, other_minute
from .says import complain
from .session import Session
from .spec import Spec, take

_LAST_OUTPUT: Final = 0.5
"""Seconds for an agent that says nothing more to be gone: its exit code is known only then."""


def main(argv: list[str]) -> int:
    """Keep the session that the file describes; return the agent's exit code, 0 when it was asked to stop."""
    try:
        return asyncio.run(Keeper(take(Path(argv[0]))).run())
    except (MusterError, OSError, ValueError, KeyError) as error:
        complain(f"cannot keep the session: {error}")
        return 1


class Keeper:
    """Puts the parts together, and sees to the end."""

    def __init__(self, spec: Spec) -> None:
        """Take up the journal, and say that the conversation is being opened."""
        self._spec = spec
        self._session = session = Session(spec)
        self._says = session.says
        self._desk = Desk(session)
        self._agent: Agent | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> int:
        """Keep the session to its end; return the exit code."""
        loop = asyncio.get_running_loop()
        self._over: asyncio.Future[Ending] = loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._end_with, Asked())
        server = await listen(self._spec.socket, self._came)
        try:
            self._go(self._open())
            return await self._end(await self._over)
        finally:
            server.close()
            self._spec.socket.unlink(missing_ok=True)
            self._session.turns.leave()
            await asyncio.gather(*(front.leave() for front in self._session.fronts.all))
            self._session.journal.close()

    async def _open(self) -> None:
        """Bring the session to where prompts are delivered, and deliver them."""
        spec, session = self._spec, self._session
        if spec.other_minute and session.known:
            await other_minute(session.journal.past.began)
        self._agent = await self._start()
        self._says.say(agent_pid=self._agent.pid)
        self._go(self._watch(self._agent))
        talk = session.speak(self._agent.peer)
        await open_talk(talk, spec)
        session.begin()
        self._says.say(state=State.READY)
        await session.turns.deliver(talk)

    async def _start(self) -> Agent:
        try:
            process = spawn(self._spec)
        except OSError as error:
            why = f"cannot run {error.filename or self._spec.argv[0]}: {error.strerror}"
            raise Failed(FailureKind.NOT_FOUND, why) from error
        return await connect(process, self._session.answer, self._session.hear)

    async def _watch(self, agent: Agent) -> None:
        await agent.gone.wait()
        self._end_with(Died())

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the rest; whatever it fails with is the session's end."""

        async def guarded() -> None:
            try:
                await work
            except Failed as failed:
                self._end_with(failed)
            except ConnectionError:
                self._end_with(Died())
            except Exception as error:  # noqa: BLE001 - a mistake of ours must not leave a session that does nothing
                complain(f"{type(error).__name__}: {error}")
                self._end_with(Failed(FailureKind.DIED, f"the keeper failed: {error}"))

        task = asyncio.get_running_loop().create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _end_with(self, ending: Ending) -> None:
        if not self._over.done():
            self._over.set_result(ending)

    async def _end(self, ending: Ending) -> int:
        """End the agent and say how it went; return the exit code."""
        for task in self._tasks:
            task.cancel()
        match ending:
            case Asked():
                return await self._leave()
            case Died():
                return await self._gone()
            case Failed():
                self._says.say(state=State.FAILED, kind=ending.kind, why=ending.message)
                await self._end_agent(self._spec.grace)
                return 1
            case _:
                assert_never(ending)

    async def _leave(self) -> int:
        self._says.say(state=State.CLOSING)
        await say_goodbye(self._session, self._spec.grace)
        await self._end_agent(self._spec.grace)
        self._says.say(state=State.ENDED)
        return 0

    async def _gone(self) -> int:
        opening = self._says.now.state is State.OPENING
        how = await self._end_agent(_LAST_OUTPUT)
        if opening:
            why = f"the agent ended before its conversation was open: {how}"
            self._says.say(state=State.FAILED, kind=FailureKind.DIED, why=why)
            return 1
        self._session.journal.note("ended", exit=how)
        self._says.say(state=State.ENDED)
        return self._agent.code if self._agent else 1

    async def _end_agent(self, grace: float) -> str | None:
        """End what there is of the agent; return how it ended."""
        if self._agent is None:
            return None
        await self._agent.leave(grace)
        self._says.say(exit=self._agent.exit)
        return self._agent.exit

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        front = FrontEnd(reader, writer, self._desk.answer, self._desk.hear)
        self._session.fronts.all.add(front)
        front.peer.start().add_done_callback(lambda _: self._left(front))

    def _left(self, front: FrontEnd) -> None:
        self._session.fronts.all.discard(front)
        front.peer.abort()
        self._says.say(front_ends=len(self._session.fronts.attending))
