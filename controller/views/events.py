"""What happened, one line an event."""

import json
from typing import Any

from ..model.event import EventType
from ..model.transaction import Event, LoggedEvent
from .text import Colour, document, moment, painted, safe

_BAD = frozenset(
    {
        EventType.SWITCH_FAILED,
        EventType.START_FAILED,
        EventType.STOP_FAILED,
        EventType.ROLLED_BACK,
        EventType.PARKED,
        EventType.CONFLICT,
        EventType.FILE_INVALID,
        EventType.SOURCE_LOST,
        EventType.ROLLOUT_HALTED,
        EventType.SESSION_FRESH,
        EventType.REFUSED,
    }
)
_GOOD = frozenset(
    {EventType.MODEL_SWITCH, EventType.MODEL_VERIFIED, EventType.SESSION_STARTED, EventType.SESSION_RESUMED}
)


def line(logged: LoggedEvent, *, colour: bool = False) -> str:
    """Return an event for people: when, who, what, and its words."""
    event = logged.event
    kind = EventType(event.type)
    shade = Colour.BAD if kind in _BAD else Colour.GOOD if kind in _GOOD else Colour.STRONG
    words = "  ".join(f"{key}={_word(value)}" for key, value in event.data.items() if value is not None)
    again = f"  (x{logged.count}, last {moment(logged.last)})" if logged.count > 1 else ""
    what = painted(f"{kind.value:<17}", shade, wanted=colour)
    return f"{moment(event.at)}  {safe(event.session or '-'):<20}  {what}  {safe(words)}{again}".rstrip()


def json_line(logged: LoggedEvent) -> str:
    """Return an event for machines, in one line of JSON."""
    return document(as_json(logged.event) | {"count": logged.count, "last": moment(logged.last)})


def as_json(event: Event) -> dict[str, Any]:
    """Return one object of ``events --json``; the words of its type stand beside ``at``, ``session`` and ``type``."""
    return {**event.data, "at": moment(event.at), "session": event.session, "type": event.type.value}


def _word(value: str | float | bool) -> str:  # noqa: FBT001 - one value of an event
    text = f"{value:.3g}" if isinstance(value, float) else str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text else text
