"""What stands in an input line, read from captured screens: hints that nobody typed do not count."""

import pytest

from controller.runtimes.screen import draft, holds, typed_text

BOX = "> an earlier prompt\n● its answer\n────────────\n>\xa0{}\n────────────\n  ? for shortcuts\n"
LINE = r"(?ms)^>\xa0(.*?)\n─{8}"
CURSOR = "\x1b[7m \x1b[0m"


@pytest.mark.parametrize(
    "inside",
    [
        CURSOR,
        "",
        '\x1b[7mT\x1b[0m\x1b[2mry "fix the tests"\x1b[0m',
        '\x1b[7m\x1b[2mT\x1b[0m\x1b[2mry "fix the tests"\x1b[22m',
        '\x1b[38;5;2;2mTry "fix the tests"\x1b[0m',
        '\x1b[2mTry "fix the tests"\n\x1b[0m',
    ],
)
def test_an_input_line_that_holds_nothing_but_hints_is_empty(inside: str) -> None:
    """The sign under the agent's own cursor is the hint's first letter."""
    assert draft(BOX.format(inside), LINE) == ""


@pytest.mark.parametrize(
    "inside",
    [
        f"my draft{CURSOR}",
        "\x1b[7mm\x1b[0my draft",
        f"\x1b[38;5;2mmy\x1b[39m draft{CURSOR}",
        "\x1b[38;2;2;2;2mmy draft\x1b[0m",
        f"my\n  draft{CURSOR}",
        f"\n  my draft{CURSOR}",
        "my draf\x1b[7mt\x1b[0m\x1b[2m\n\x1b[0m",
        "\x1b[2m│\x1b[0m my  │\n│ draft │\u200b",
        "my\n> draft",
    ],
)
def test_what_a_person_typed_is_seen_however_it_is_coloured_and_wrapped(inside: str) -> None:
    """The numbers of a colour are no styles."""
    assert draft(BOX.format(inside), LINE) == "mydraft"


def test_a_screen_without_an_input_line_is_not_an_empty_one() -> None:
    """A question stands where the line was."""
    assert draft("> an earlier prompt\n  > 1. Yes\n    2. No\n", LINE) is None


def test_the_last_input_line_on_the_screen_counts() -> None:
    assert draft(BOX.format("old") + BOX.format("new"), LINE) == "new"


def test_a_text_is_known_however_it_was_wrapped_and_a_long_one_by_its_fold() -> None:
    assert holds("helloworld", "hello world")
    assert not holds("helloworl", "hello world")
    assert not holds("", "hello world")
    assert not holds(None, "hello world")
    assert holds("[Pastedtext#1]", "x" * 1500)


def test_text_without_styles_is_itself() -> None:
    assert typed_text("a\nb") == "a\nb"
