"""Waiting ends at the first true answer, and says what never came."""

import asyncio
from pathlib import Path

import pytest

from tests.house.reading import ROOT, files
from tests.waiting import wait_for, wait_for_async


def test_the_first_true_answer_is_returned() -> None:
    answers = iter([None, "", "yes", "later"])

    assert wait_for(lambda: next(answers)) == "yes"


def test_what_never_came_is_named() -> None:
    with pytest.raises(AssertionError, match=r"0\.01 s in vain for: rain; the last answer was 0"):
        wait_for(lambda: 0, deadline=0.01, what="rain")


def test_the_event_loop_goes_on_while_waiting() -> None:
    async def scene() -> str:
        said: list[str] = []
        asyncio.get_running_loop().call_later(0.001, said.append, "hello")
        return (await wait_for_async(lambda: said))[0]

    assert asyncio.run(scene()) == "hello"


def test_every_suite_has_one_way_to_wait() -> None:
    assert [p for p in files(ROOT / "tests", "waiting*.py") if p != Path(ROOT / "tests" / "waiting.py")] == []
