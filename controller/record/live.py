"""Signs of life for whoever watches the controller: files, written only at the end of a pass that succeeded."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from ..model.control import Heartbeat
from .errors import StateUnwritable
from .lock import is_live

_OVERDUE: Final = 120.0
"""Seconds without a good pass after which people are told: passes come every half minute, and take seconds at most."""


class LiveFiles:
    """``live`` is renewed by every good pass, ``ready`` stands from the first one until the controller ends.

    A process that is up but whose loop has died renews nothing: that is what a health check must see.
    """

    def __init__(self, state: Path) -> None:
        self._live = state / "live"
        self._ready = state / "ready"

    def started(self) -> None:
        """Take away what an earlier controller left."""
        self._live.unlink(missing_ok=True)
        self._ready.unlink(missing_ok=True)

    def passed(self, beat: Heartbeat) -> None:
        """Tell of a good pass.

        :raises StateUnwritable: when the disk refuses; the files then still tell of the pass before.
        """
        _replace(self._live, beat.model_dump_json())
        if not self._ready.exists():
            _replace(self._ready, beat.model_dump_json())

    def failed(self) -> None:
        """Say that a pass failed; removing works on a full disk too, and what cannot be removed grows old."""
        with suppress(OSError):
            self._live.unlink(missing_ok=True)

    def stopped(self) -> None:
        """Say that nobody is at work."""
        with suppress(OSError):
            self.started()


def silence(state: Path, now: float) -> str | None:
    """Return the sentence that says that a controller is up and does not get through its passes.

    :param now: wall-clock seconds.
    """
    if not is_live(state):
        return None
    last = last_heartbeat(state)
    if last is None:
        return "the controller is up, and its last pass failed or its first is not over; its log says why"
    overdue = now - last.at - last.seconds
    return f"the controller is up, and its last good pass was {overdue:.0f} s ago" if overdue > _OVERDUE else None


def last_heartbeat(state: Path) -> Heartbeat | None:
    """Return the last sign of life; ``None`` when there is none. The lock, not this, tells who lives."""
    try:
        return Heartbeat.model_validate_json((state / "live").read_bytes())
    except (OSError, ValidationError):
        return None


def _replace(path: Path, text: str) -> None:
    """Replace the file in one step; not synced, for after a power cut nobody is alive."""
    beside = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
        beside.replace(path)
    except OSError as error:
        raise StateUnwritable(f"cannot write {path}: {error.strerror}") from error
