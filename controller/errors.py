"""The errors that reach a person, each with the exit code it ends a command with.

::

    MusterError            1   anything that a person can mend
    ├── InvalidFiles       3   session files or the fleet file do not say something valid
    ├── GuardHolds         4   a guard holds what was asked for
    │   └── NotAllowed     4   an AI asked for more than it may
    ├── StalePlan          5   a saved plan no longer describes the world
    ├── Locked             6   another controller holds the state directory
    ├── PartlyFailed       7   some sessions were applied and others failed
    ├── Starved            1   the machine lacks what it takes: disk, descriptors, processes
    └── UsageError        64   the command line itself is wrong (EX_USAGE of sysexits.h; 2 means "changes")

Messages read "cannot X: why", in lower case, without a full stop. What to do about it is the hint.
"""

from typing import ClassVar


class MusterError(Exception):
    """Something that cannot be done, said so that a person can act on it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Keep the sentence ("cannot X: why") and, apart from it, what to try next."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidFiles(MusterError):
    """Files do not say something valid; every problem has been printed with its place."""

    exit_code: ClassVar[int] = 3


class GuardHolds(MusterError):
    """What was asked for is held back by a guard."""

    exit_code: ClassVar[int] = 4


class NotAllowed(GuardHolds):
    """An AI asked for more than it may, or nobody can tell who asks; it is an event as well."""

    def __init__(self, message: str, *, hint: str | None = None, asker: str | None = None) -> None:
        """Keep besides, for the event, the session that asked; ``None`` when that is not known."""
        super().__init__(message, hint=hint)
        self.asker = asker


class StalePlan(MusterError):
    """A saved plan was made for a world that has since changed, or was used before."""

    exit_code: ClassVar[int] = 5


class Locked(MusterError):
    """Another controller holds the state directory."""

    exit_code: ClassVar[int] = 6


class PartlyFailed(MusterError):
    """Some sessions were applied and others failed; each failure was printed."""

    exit_code: ClassVar[int] = 7


class Starved(MusterError):
    """The machine lacks what it takes; that says nothing against what was tried, which is tried again by itself."""


class UsageError(MusterError):
    """The command line is wrong."""

    exit_code: ClassVar[int] = 64
