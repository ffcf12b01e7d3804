"""Requests of commands to the live controller: taken from the state, done by ordinary passes, answered at rest."""

from dataclasses import dataclass, field
from typing import Final, assert_never

from ..errors import GuardHolds, InvalidFiles, PartlyFailed, StalePlan
from ..model.control import Answer, Ask, Request, RequestKind
from ..model.outcome import End, Outcome
from ..model.plan import Hold
from ..model.problem import Severity
from ..record.requests import Requests
from . import once, passes
from .clock import present
from .controller import Controller
from .picture import Picture
from .queue import Queue

_LOOK_AGAIN_SECONDS: Final = 0.05
"""Between two looks whether what a command waits for has come to rest."""


@dataclass(slots=True)
class _Taken:
    request: Request
    failed: dict[str, str] = field(default_factory=dict)


class Answers:
    """Serves requests between passes."""

    def __init__(self, controller: Controller, queue: Queue) -> None:
        """Keep what is needed to do them."""
        self._controller = controller
        self._queue = queue
        self._requests = Requests(controller.store)
        self._taken: dict[int, _Taken] = {}

    def outcome(self, outcome: Outcome) -> None:
        """Remember failures for whoever waits."""
        if outcome.end in {End.FAILED, End.UNABLE}:
            for taken in self._taken.values():
                taken.failed[outcome.change.session] = outcome.sentence

    async def serve(self, picture: Picture, *, everything: bool) -> None:
        """Take what was asked since, and answer what has come to rest.

        :param everything: the picture is of all sessions: only then a request for all can be judged.
        """
        if not everything:
            return
        self._answer_what_rests(picture)
        for request in self._requests.open_requests(present().wall):
            if request.id not in self._taken:
                await self._take(request, picture)

    async def _take(self, request: Request, picture: Picture) -> None:
        ask = request.ask
        match ask.kind:
            case RequestKind.APPLY:
                self._take_apply(request, ask, picture)
            case RequestKind.WAKE:
                self._requests.answer(request.id, Answer(message="awake"))
            case RequestKind.RETRY | RequestKind.RESTART | RequestKind.FRESH | RequestKind.STOP:
                if self._under_way() & set(ask.sessions):
                    self._queue.all_in(_LOOK_AGAIN_SECONDS)  # its record is about to change
                    return
                if ask.kind is RequestKind.STOP:
                    await passes.let_go(self._controller, ask.sessions)
                for name in ask.sessions:
                    record = self._controller.journal.record(name)
                    await self._controller.journal.commit(once.noted(record, ask.kind, present()))
                self._controller.words.now.update(ask.now)
                self._requests.answer(request.id, Answer(message=f"{ask.kind} of {', '.join(ask.sessions)} is noted"))
            case never:
                assert_never(never)
        self._queue.wake_all()

    def _under_way(self) -> frozenset[str]:
        return self._controller.dispatch.names if self._controller.dispatch else frozenset()

    def _take_apply(self, request: Request, ask: Ask, picture: Picture) -> None:
        if ask.digest is not None and not picture.plan.digest:
            return  # something is under way: a saved plan is compared with a whole one
        if ask.digest is not None and ask.digest != picture.plan.digest:
            message = "cannot apply the saved plan: the world has changed since"
            self._requests.answer(request.id, Answer(exit_code=StalePlan.exit_code, message=message))
            return
        self._controller.words.now.update(ask.now)
        self._controller.words.approved.update(ask.approved)
        self._taken[request.id] = _Taken(request)

    def _answer_what_rests(self, picture: Picture) -> None:
        """Nobody waits for what others go through: of a request about some sessions, these alone have to rest."""
        for id_, taken in list(self._taken.items()):
            about = frozenset(taken.request.ask.sessions) or frozenset(picture.cases)
            if self._under_way() & about or self._controller.unsettled or passes.would_move(picture, about):
                self._queue.all_in(_LOOK_AGAIN_SECONDS)
                continue
            failed = {name: why for name, why in taken.failed.items() if name in about}
            self._requests.answer(id_, summary(picture, failed, about))
            del self._taken[id_]


def summary(picture: Picture, failed: dict[str, str], about: frozenset[str] | None = None) -> Answer:
    """Return what a command that applied has to say, with its exit code (design 5).

    :param about: the sessions that it was about; ``None`` for all.
    """
    changes = [change for change in picture.plan.changes if about is None or change.session in about]
    held = {change.session: change.action.sentence for change in changes if isinstance(change.action, Hold)}
    invalid = any(problem.severity is Severity.ERROR for problem in picture.loaded.problems)
    code = PartlyFailed if failed else InvalidFiles if invalid else GuardHolds if held else None
    message = f"{len(failed)} failed, {len(held)} held" if failed or held else "in sync"
    return Answer(exit_code=code.exit_code if code else 0, message=message, sessions={**held, **failed})
