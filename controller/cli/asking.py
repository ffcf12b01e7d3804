"""How a command asks the live controller: a durable request, a touch that wakes it, and its answer."""

import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from ..doors import reading
from ..errors import MusterError
from . import passing

if TYPE_CHECKING:
    from ..model.control import Answer, Ask
    from ..record.requests import Requests
    from ..settings import Settings
    from .console import Console

_LOOK_SECONDS: Final = 0.05
_TOUCH_SECONDS: Final = 2.0
"""A wake-up may be lost; asking again costs nothing."""

DONE_SECONDS: Final = 600.0
"""How long a command waits for the controller to come to rest: stops and starts of a slow agent, one after another."""


def note_silence(settings: "Settings", console: "Console") -> None:
    """Say when a controller is up that does not get through its passes: what is shown then does not happen."""
    from ..record.live import silence

    if said := silence(settings.state, time.time()):
        console.note(f"muster: {said}")


def is_live(settings: "Settings") -> bool:
    """Tell whether a controller holds this state."""
    from ..record import lock

    return lock.is_live(settings.state)


def wake(settings: "Settings") -> None:
    """Touch the file that a live controller watches."""
    settings.wake_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    (settings.wake_dir / "now").touch()


def ask(settings: "Settings", question: "Ask", console: "Console", *, seconds: float) -> "Answer":
    """Leave the request, wake the controller and return its answer.

    :raises MusterError: when no answer came in time or the controller ended; the request is taken back.
    """
    from ..record.requests import Requests
    from ..record.store import Store

    with Store(settings.database) as store:
        requests = Requests(store)
        number = requests.ask(question, time.time())
        why = _wait(settings, requests, number, console, seconds)
        if why and requests.withdraw(number):
            raise MusterError(
                f"cannot {question.kind}: {why}", hint="the request was taken back; `muster events` may tell more"
            )
        answer = requests.answer_of(number)
    if answer is None:
        raise MusterError(f"cannot {question.kind}: the answer is gone from the state")
    return answer


def _wait(settings: "Settings", requests: "Requests", number: int, console: "Console", seconds: float) -> str | None:
    """Wait for the answer; return why there is none."""
    begun = touched = time.monotonic()
    wake(settings)
    while requests.answer_of(number) is None:
        now = time.monotonic()
        if now - begun > seconds:
            return f"the controller did not answer within {seconds:g} s"
        if now - touched > _TOUCH_SECONDS:
            if not is_live(settings):
                return "the controller ended"
            wake(settings)
            touched = now
        console.progress(f"waiting for the controller, {now - begun:.0f} s")
        time.sleep(_LOOK_SECONDS)
    return None


def tell(settings: "Settings", question: "Ask", console: "Console") -> int:
    """See a word about sessions done: by the live controller, else by this command; return the exit code.

    :raises MusterError: when a session is known to nobody.
    :raises NotAllowed: when an AI asks for what it may not.
    """
    from ..doors import edits, who
    from ..model.control import Ask, RequestKind

    check_known(settings, question.sessions)
    asker = who.who(settings)
    edits.require_kin(settings, asker, question.sessions)
    if question.kind is RequestKind.FRESH:  # law 5: that is a person's word, or the file's
        edits.unless_ai(asker, "leave a conversation behind")
    if is_live(settings):
        ask(settings, question, console, seconds=DONE_SECONDS)
        rest = Ask(kind=RequestKind.APPLY, sessions=question.sessions, now=question.now)
        answer = ask(settings, rest, console, seconds=DONE_SECONDS)
    else:
        answer = passing.noted(settings, question, console)
    about = {name: answer.sessions[name] for name in question.sessions if name in answer.sessions}
    for name, sentence in about.items():
        console.note(f"{name}: {sentence}")
    if not about:
        console.line(f"{question.kind}: {', '.join(question.sessions)}")
    return answer.exit_code if about else 0


def check_known(settings: "Settings", names: Collection[str]) -> None:
    """Refuse names that neither a file nor the state knows.

    :raises MusterError: for the first of them.
    """
    found = reading.loaded(settings) if names else None
    for name in names:
        if found and name not in found.sessions and not reading.remembered(settings, name):
            raise reading.unknown(name, found.sessions)
