"""Passes that a command makes itself, where no controller is live: under the lock, until nothing moves any more."""

from typing import TYPE_CHECKING, Final

from ..doors import joining
from ..errors import StalePlan
from .console import Console

if TYPE_CHECKING:
    from ..loop.controller import Controller
    from ..model.control import Answer, Ask
    from ..model.outcome import Outcome
    from ..settings import Settings

_SHOW_SECONDS: Final = 0.2


def applied(settings: "Settings", question: "Ask", console: Console) -> "tuple[Answer, tuple[Outcome, ...]]":
    """Carry out what the files say.

    :raises StalePlan: when the request is of a saved plan, and another one is due by now.
    :raises Locked: when a controller is live after all.
    """

    async def work(controller: "Controller") -> "tuple[Answer, tuple[Outcome, ...]]":
        await controller.recover()
        if question.digest is not None:
            picture = await controller.look()
            if picture.plan.digest != question.digest:
                raise StalePlan("cannot apply the saved plan: the world has changed since", hint="make a new one")
        return await _until_still(controller, question, console)

    return joining.acting(settings, work)


def noted(settings: "Settings", question: "Ask", console: Console) -> "Answer":
    """Write down what a person asks for once, and see it done."""

    async def work(controller: "Controller") -> "Answer":
        from ..loop import clock, once, passes
        from ..model.control import RequestKind

        await controller.recover()
        for name in question.sessions:
            await controller.journal.commit(once.noted(controller.journal.record(name), question.kind, clock.present()))
        if question.kind is RequestKind.STOP:
            await passes.let_go(controller, question.sessions)
        return (await _until_still(controller, question, console))[0]

    return joining.acting(settings, work)


async def _until_still(
    controller: "Controller", question: "Ask", console: Console
) -> "tuple[Answer, tuple[Outcome, ...]]":
    import asyncio

    from ..loop import answers, passes
    from ..model.outcome import End

    controller.words.now.update(question.now)
    controller.words.approved.update(question.approved)
    showing = asyncio.create_task(_show(controller, console))
    try:
        picture, outcomes = await passes.until_still(controller)
    finally:
        showing.cancel()
    failed = {one.change.session: one.sentence for one in outcomes if one.end in {End.FAILED, End.UNABLE}}
    return answers.summary(picture, failed), outcomes


async def _show(controller: "Controller", console: Console) -> None:
    """Show what is being done, for as long as it takes."""
    import asyncio

    while controller.dispatch:
        names = sorted(controller.dispatch.names)
        console.progress(f"{len(controller.outcomes)} done, {len(names)} under way: {', '.join(names)}")
        await asyncio.sleep(_SHOW_SECONDS)
