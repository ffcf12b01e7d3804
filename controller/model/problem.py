"""What is wrong in a file, and where."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file. Lines and columns count from 1; 0:0 is the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """An error keeps the file's last good word in force; a warning does not stop anything."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """The closed list of what can be wrong; stable, for machines."""

    UNREADABLE = "unreadable"
    NOT_A_FILE = "not-a-file"
    OUTSIDE = "outside"
    UNSAFE_OWNER = "unsafe-owner"
    TOO_LARGE = "too-large"
    NOT_UTF8 = "not-utf8"
    HALF_WRITTEN = "half-written"
    SYNTAX = "syntax"
    TOO_DEEP = "too-deep"
    ALIAS = "alias"
    TAG = "tag"
    DUPLICATE_KEY = "duplicate-key"
    NOT_A_MAPPING = "not-a-mapping"
    UNKNOWN_KEY = "unknown-key"
    MISSING_KEY = "missing-key"
    WRONG_TYPE = "wrong-type"
    WRONG_VALUE = "wrong-value"
    BAD_NAME = "bad-name"
    DUPLICATE_NAME = "duplicate-name"
    SHARED_DIRECTORY = "shared-directory"
    UNKNOWN_AGENT = "unknown-agent"
    UNKNOWN_TIER = "unknown-tier"
    UNKNOWN_MODEL = "unknown-model"
    ABOVE_CEILING = "above-ceiling"
    BEYOND_LIMIT = "beyond-limit"
    UNSUPPORTED = "unsupported"
    SOURCE = "source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    :ivar mark: where it stands.
    :ivar message: "cannot X: why", without the place.
    :ivar hint: what to write instead, when that is known.
    :ivar session: the session's name when it is known.
    """

    mark: Mark
    code: Code
    message: str
    hint: str | None = None
    severity: Severity = Severity.ERROR
    session: str | None = None
