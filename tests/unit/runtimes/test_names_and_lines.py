"""Names on the tmux server, and texts that may be typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.errors import MusterError
from controller.model.scalars import NAME
from controller.runtimes.lines import checked_line
from controller.runtimes.tmux_panes import session_name, target, tmux_name

NAMES = st.from_regex(NAME, fullmatch=True)


@given(NAMES)
def test_tmux_names_can_be_turned_round(name: str) -> None:
    """No two sessions share a tmux name, and tmux's own separators are in none."""
    assert session_name(tmux_name(name)) == name
    assert not set(".:") & set(tmux_name(name))


@given(NAMES)
def test_target_is_exact(name: str) -> None:
    """Without `=` a target would also mean sessions that begin alike."""
    assert target(name) == f"={tmux_name(name)}:"


@pytest.mark.parametrize("text", ["", "hello", "tab\there", "grüße ☃ \U0001f468‍\U0001f469‍\U0001f467", "ends;"])
def test_text_passes(text: str) -> None:
    """Text is text, in every script."""
    assert checked_line("alice", text) == text


def test_final_line_break_is_the_enter_that_comes_anyway() -> None:
    """A line may be handed over with its end."""
    assert checked_line("alice", "hello\n") == "hello"


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "\x03", "\x1b[A", "\x7f", "\0", "a\n\n"])
def test_keys_do_not_pass(text: str) -> None:
    """What a terminal takes for a key is no text."""
    with pytest.raises(MusterError, match=r"^cannot type to alice: "):
        checked_line("alice", text)
