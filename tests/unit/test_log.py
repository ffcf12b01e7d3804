"""The log: one form for people, one for machines, and no secret in either."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from controller import log
from controller.log import LogEvent


@pytest.fixture(params=["people", "machines"])
def said(request: pytest.FixtureRequest) -> Iterator[StringIO]:
    """What the log says, in each form; logging is put back as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = StringIO()
    log.set_up(json=request.param == "machines", stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:], root.level = before


def test_a_line_tells_its_event_and_its_fields(said: StringIO) -> None:
    log.info(LogEvent.ACTION_FINISHED, session="alpha", seconds=0.25)

    line = said.getvalue()
    assert all(word in line for word in ("action_finished", "alpha", "0.25", "info"))
    assert line.count("\n") == 1


def test_developers_lines_are_not_said_unless_asked_for(said: StringIO) -> None:
    log.debug(LogEvent.ACTION_FINISHED)

    assert said.getvalue() == ""


@pytest.mark.parametrize(
    "field",
    [
        {"argv": ["run", "--key", "swordfish"]},
        {"deep": {"er": [("swordfish",)]}},
        {"text": "it said swordfish twice: swordfish"},
        {"error": ValueError("swordfish")},
        {"text": "API_TOKEN=another1 x"},
        {"text": "Authorization: Bearer another1"},
        {"text": "password: another1"},
        {"api_key": "another1"},
        {"env": {"MY_SECRET": "another1"}},
        {"text": "key sk-another1another1another1"},
    ],
    ids=str,
)
def test_no_line_shows_a_secret(said: StringIO, field: dict[str, object]) -> None:
    log.hide(["swordfish"])
    log.warning(LogEvent.ACTION_FAILED, **field)

    assert "swordfish" not in said.getvalue()
    assert "another1" not in said.getvalue()
    assert log.HIDDEN in said.getvalue()


def test_no_traceback_shows_a_secret_or_a_local_variable(said: StringIO) -> None:
    log.hide(["swordfish"])
    try:
        local = "unseen" + "value"
        raise ValueError(f"swordfish {len(local)}")
    except ValueError:
        log.error(LogEvent.PASS_FAILED, exc_info=True)
        logging.getLogger("asyncio").exception("a library with swordfish")

    assert "swordfish" not in said.getvalue()
    assert "unseenvalue" not in said.getvalue()
    assert said.getvalue().count("Traceback") == 2


def test_a_library_speaks_the_same_way_from_warnings_upward(said: StringIO) -> None:
    logging.getLogger("watchfiles.main").info("1 change detected")
    logging.getLogger("watchfiles.main").warning("careful %s", "now")

    assert "change" not in said.getvalue()
    assert "careful now" in said.getvalue()
    assert "watchfiles.main" in said.getvalue()


def test_short_values_are_not_secrets() -> None:
    log.hide(["1", "true"])

    assert log.scrub("1 is true") == "1 is true"


def test_a_secret_inside_another_leaves_no_rest() -> None:
    log.hide(["opensesame", "opensesame-and-more"])

    assert log.scrub("x opensesame-and-more y") == f"x {log.HIDDEN} y"


def test_values_are_secret_by_the_names_of_their_variables() -> None:
    """Not paths and numbers: to hide them would garble every line."""
    log.hide_named(
        {"MY_KEY": "of-my-house", "HOME_TOKEN": "/home/of/tokens", "MAX_TOKENS": "31999", "KEYBOARD": "qwertz"}
    )

    shown = log.scrub("of-my-house /home/of/tokens 31999 qwertz")
    assert shown == f"{log.HIDDEN} /home/of/tokens 31999 qwertz"


def test_figures_are_not_hidden_by_their_name() -> None:
    assert log.scrub({"tokens": 17, "cookie": None}) == {"tokens": 17, "cookie": None}


def test_machines_get_one_object_a_line() -> None:
    code = "from controller import log; log.error(log.LogEvent.PASS_FAILED, why='x\\ny')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    (line,) = done.stderr.splitlines()
    assert json.loads(line) | {"at": ""} == {"event": "pass_failed", "level": "error", "why": "x\ny", "at": ""}
    assert done.stdout == ""


def test_no_line_obeys_a_file_or_an_agent(said: StringIO) -> None:
    """What a name, a title or an error of another program says is shown as what it is."""
    log.error(LogEvent.ACTION_FAILED, session="a\x1b[2Jb\x9bc", why="\u202ed e")

    assert "\x1b[2J" not in said.getvalue()
    assert not {"\x9b", "\u202e"} & set(said.getvalue())


def test_a_log_that_nobody_can_write_to_stops_nothing() -> None:
    code = (
        "import os, sys\n"
        "from controller import log\n"
        "log.set_up(json=True)\n"
        "os.dup2(os.open('/dev/full', os.O_WRONLY), 2)\n"
        "log.error(log.LogEvent.PASS_FAILED)\n"
        "print('alive')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stdout == "alive\n"


def test_a_command_that_says_nothing_does_not_pay_for_the_log() -> None:
    code = "import sys; from controller import log; print({'structlog', 'logging'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_the_log_leaves_rich_alone_and_importable() -> None:
    """The library for logging would bring it along where it is installed, as it is for our own tools: 5 MB."""
    code = "import sys; from controller import log; log.set_up(); print('rich' in sys.modules); import rich.console"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
