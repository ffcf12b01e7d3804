"""What the controller says while it works: one event a line on stderr, for people or as JSON, never a secret.

structlog takes a tenth of a second to import (facts/performance.md 5), so it comes with the first line, and a command
that says nothing never pays for it.
"""

import os
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from contextlib import suppress
from enum import StrEnum
from functools import cache
from io import TextIOBase
from types import ModuleType
from typing import Any, Final, TextIO, cast

HIDDEN: Final = "[hidden]"

_SHORTEST: Final = 5
"""Shorter values of env files (``1``, ``true``) are no secrets, and hiding them would garble every line."""

_SECRET_KEY: Final = re.compile(r"(?i)token|secret|passw|api_?key|authorization|credential|cookie|private_?key")
_SECRET_NAME: Final = re.compile(r"(?i)(^|_)(key|pat|dsn)$")
"""How variables with secrets are called besides."""
_SECRET_TEXT: Final = re.compile(
    r"(?i)(?P<name>(?<![\w-])[\w-]*(?:token|secret|passw(?:or)?d|api[_-]?key)[\w-]*['\"]?\s*[=:]\s*|\bbearer\s+)\S+"
    r"|\b(?:sk-|gh[pousr]_|xox[abp]-)[\w-]{16,}"
)
"""What gives itself away: ``X_TOKEN=...``, ``Bearer ...`` and keys that begin as their makers' keys do."""

_secrets: tuple[str, ...] = ()


class LogEvent(StrEnum):
    """The names of lines; a log is searched by them."""

    CONTROLLER_STARTED = "controller_started"
    CONTROLLER_STOPPING = "controller_stopping"
    PASS_FINISHED = "pass_finished"  # noqa: S105 - a pass of the loop
    PASS_FAILED = "pass_failed"  # noqa: S105 - the same
    ACTION_FINISHED = "action_finished"
    ACTION_FAILED = "action_failed"
    ACTION_HELD = "action_held"
    FILES_INVALID = "files_invalid"
    SOURCE_DOUBTFUL = "source_doubtful"
    WATCH_FAILED = "watch_failed"
    TRIM_FAILED = "trim_failed"
    CANNOT_OBSERVE = "cannot_observe"
    STATE_REBUILT = "state_rebuilt"
    STATE_UNWRITABLE = "state_unwritable"
    REQUEST_TAKEN = "request_taken"
    REQUEST_ANSWERED = "request_answered"
    TOOLS_ENDED = "tools_ended"


def debug(event: LogEvent, **fields: object) -> None:
    """Say what only a developer asks for."""
    _logger().debug(event, **fields)


def info(event: LogEvent, **fields: object) -> None:
    """Say what happened."""
    _logger().info(event, **fields)


def warning(event: LogEvent, **fields: object) -> None:
    """Say what somebody should look at some time."""
    _logger().warning(event, **fields)


def error(event: LogEvent, **fields: object) -> None:
    """Say what somebody should look at now; ``exc_info=True`` adds the traceback."""
    _logger().error(event, **fields)


def hide(values: Iterable[str]) -> None:
    """Take note of secrets (the values of env files): from now on no line shows them."""
    global _secrets  # noqa: PLW0603 - one process, one log, one set of secrets
    known = {*_secrets, *(value for value in values if len(value) >= _SHORTEST)}
    _secrets = tuple(sorted(known, key=len, reverse=True))  # the longest first: one may be a part of another


def hide_named(env: Mapping[str, str]) -> None:
    """Take note of those values of an environment whose names say that they are secret; paths and numbers are not."""
    named = (value for name, value in env.items() if _SECRET_KEY.search(name) or _SECRET_NAME.search(name))
    hide(value for value in named if not value.startswith("/") and not value.isdecimal())


def scrub(value: Any, key: str = "") -> Any:
    """Return the value without secrets, however deep they stand in it."""
    match value:
        case str():
            return HIDDEN if _SECRET_KEY.search(key) else _scrub_text(value)
        case dict():
            return {name: scrub(item, str(name)) for name, item in value.items()}
        case list() | tuple():
            return [scrub(item, key) for item in value]
        case int() | float() | None:
            return value
        case _:
            return _scrub_text(str(value))


def _scrub_text(text: str) -> str:
    for secret in _secrets:
        text = text.replace(secret, HIDDEN)
    return _SECRET_TEXT.sub(lambda found: (found["name"] or "") + HIDDEN, text)


def set_up(*, json: bool | None = None, verbose: bool = False, stream: TextIO | None = None) -> None:
    """Choose the form of the log: JSON when it is asked for or when no terminal reads it.

    Lines of libraries (asyncio, watchfiles) from warnings upward take the same way.
    """
    import logging

    structlog = _structlog()
    target = stream or sys.stderr
    forgiving = cast("TextIO", _Forgiving(target))
    first, renderer = _form(target, as_json=not target.isatty() if json is None else json)
    shared = [*first, structlog.processors.format_exc_info, _scrub_line]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=forgiving),
    )
    foreign = logging.StreamHandler(forgiving)
    foreign.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[_foreign, *shared, renderer]))
    logging.basicConfig(handlers=[foreign], level=logging.WARNING, force=True)
    _logger.cache_clear()


def _form(target: TextIO, *, as_json: bool) -> tuple[list[Any], Any]:
    """Return the first processors and the renderer for machines or for people."""
    structlog = _structlog()
    if as_json:
        stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")
        return [structlog.processors.add_log_level, stamp], structlog.processors.JSONRenderer()
    stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)
    colors = target.isatty() and not os.environ.get("NO_COLOR")
    # The plain formatter: others print local variables, and with them secrets.
    renderer = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)
    return [structlog.processors.add_log_level, stamp], lambda logger, name, line: renderer(
        logger, name, _printable(line)
    )


def _printable(said: Any) -> Any:
    """Return a line's words without what a terminal would obey: files and agents choose some of them."""
    if isinstance(said, MutableMapping):
        return {key: _printable(one) if isinstance(one, str) else one for key, one in said.items()}
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in said)


def _structlog() -> ModuleType:
    """Import structlog as it is where rich is not installed: nothing here uses rich, and it costs 5 MB for good."""
    if "structlog" in sys.modules or "rich" in sys.modules:
        import structlog
    else:
        sys.modules["rich"] = None  # type: ignore[assignment]  # says to Python that it cannot be imported
        try:
            import structlog
        finally:
            del sys.modules["rich"]
    return structlog


@cache
def _logger() -> Any:
    structlog = _structlog()
    if not structlog.is_configured():
        set_up()
    return structlog.get_logger()


def _scrub_line(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: scrub(value, key) for key, value in line.items()}


def _foreign(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out what structlog carries along, and name the library that speaks."""
    record = line.pop("_record")
    line.pop("_from_structlog")
    return {**line, "library": record.name, "level": record.levelname.lower()}


class _Forgiving(TextIOBase):
    """A stream that never raises: a log that nobody can write to must not stop the controller."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()
