"""A conversation's journal, for people: who said what, in order, and nothing that a terminal would obey."""

import json
from typing import Any

import pytest

from controller.views.conversation import Telling, answer_text, chosen_option, json_line, options
from controller.views.text import prose


def told(*entries: dict[str, Any], **how: bool) -> str:
    telling = Telling(**how)
    return "".join(telling.tell({"n": number, "at": 0.0} | entry) for number, entry in enumerate(entries, start=1))


def update(kind: str, **words: Any) -> dict[str, Any]:
    return {"kind": "update", "update": {"sessionUpdate": kind, **words}}


def said(text: str, kind: str = "agent_message_chunk") -> dict[str, Any]:
    return update(kind, content={"type": "text", "text": text})


PROMPT = {"kind": "prompt", "id": "p1", "text": "My cat is Tom", "by": "front-end 1", "state": "queued"}
DELIVERED = {"kind": "delivered", "id": "p1", "model": "small"}
END = {"kind": "turn_end", "id": "p1", "stop_reason": "end_turn", "model": "small"}
ASKED = {
    "kind": "permission",
    "id": 7,
    "tool": {"toolCallId": "t1", "title": "rm -rf build"},
    "options": [
        {"optionId": "yes", "name": "Allow once", "kind": "allow_once"},
        {"optionId": "no", "kind": "reject_once"},
    ],
}


def test_a_turn_reads_as_it_was_said() -> None:
    """What comes in pieces is one text, and the line of the turn's end stands by itself."""
    text = told(
        {"kind": "began", "conversation": "c1"}, PROMPT, DELIVERED, said("I will "), said("remember.\nTom."), END
    )

    assert text == "== conversation c1\n> My cat is Tom\nI will remember.\nTom.\n-- small\n"


def test_a_prompt_of_several_lines_is_one_prompt() -> None:
    assert told(PROMPT | {"text": "one\ntwo"}) == "> one\n  two\n"
    assert told(
        {"kind": "prompt", "blocks": [{"type": "text", "text": "see"}, {"type": "resource_link", "uri": "f:a"}]}
    ) == ("> see\n  [resource_link f:a]\n")


def test_text_after_a_line_that_was_ended_begins_no_empty_one() -> None:
    assert told(said("one\n"), END) == "one\n-- small\n"


def test_pieces_without_text_leave_the_line_as_it_is() -> None:
    assert told(said("one"), said(""), said(" two"), END) == "one two\n-- small\n"


@pytest.mark.parametrize(
    "end, line",
    [
        ({"stop_reason": "cancelled"}, "-- small, cancelled"),
        ({"stop_reason": "max_tokens"}, "-- small, max tokens"),
        ({"stop_reason": None, "error": "interrupted", "model": None}, "-- failed: interrupted"),
        ({"model": None}, "--"),
    ],
)
def test_a_turn_that_ended_otherwise_says_how(end: dict[str, Any], line: str) -> None:
    assert told(END | end) == f"{line}\n"


def test_a_prompt_that_is_dropped_ends_no_turn() -> None:
    """It waited behind another one, which goes on."""
    echo = said("My cat is Tom", "user_message_chunk")
    dropped = {"kind": "turn_end", "id": "p2", "stop_reason": "cancelled", "model": None}

    assert (
        told(PROMPT, DELIVERED, dropped, echo, END) == "> My cat is Tom\n* a prompt that waited: cancelled\n-- small\n"
    )


def test_a_status_is_told_in_its_words() -> None:
    switch = {"status_type": "model_switch", "from_model": "small", "to_model": "large"}
    status = {"kind": "status", "text": "Switching model to large", **switch}

    assert told(said("half"), status) == "half\n* Switching model to large\n"
    assert {key: json.loads(json_line(status))[key] for key in switch} == switch


def test_a_tool_is_told_when_it_is_called_and_when_it_fails() -> None:
    call = update("tool_call", toolCallId="t1", title="read a.py", status="pending")
    done, failed = (update("tool_call_update", toolCallId="t1", status=status) for status in ("completed", "failed"))

    assert told(call, done) == "+ read a.py\n"
    assert told(call, failed) == "+ read a.py\n+ read a.py: failed\n"


def test_a_piece_that_was_too_long_is_said_to_be() -> None:
    """The journal keeps its kind alone."""
    long = {"_meta": {"muster": {"left_out": 3000000}}}

    assert told(update("agent_message_chunk", **long), END) == "[3000000 bytes, too long to be kept]\n-- small\n"
    assert told(update("tool_call_update", **long), END) == "-- small\n"
    assert answer_text(said("yes")) + answer_text(said("hm", "agent_thought_chunk")) + answer_text(END) == "yes"


def test_thoughts_are_told_once() -> None:
    """What an agent thinks may be longer than what it says."""
    thought = said("hm", "agent_thought_chunk")

    assert told(thought, thought, said("Yes."), thought, END) == "(thinks)\nYes.\n(thinks)\n-- small\n"


def test_a_plan_says_how_far_it_is() -> None:
    steps = [{"content": "look", "status": "completed"}, {"content": "build", "status": "in_progress"}]

    assert told(update("plan", entries=steps)) == "plan: 1 of 2 done, now: build\n"


def test_an_earlier_conversation_is_told_with_both_voices() -> None:
    history = [
        said("Hel", "user_message_chunk"),
        said("lo", "user_message_chunk"),
        said("Hi."),
        said("Bye", "user_message_chunk"),
    ]

    assert told(*history, PROMPT) == "> Hello\nHi.\n> Bye\n> My cat is Tom\n"


def test_a_voice_that_was_interrupted_begins_anew() -> None:
    person = said("Hi", "user_message_chunk")

    assert told(person, {"kind": "status", "text": "Later"}, person) == "> Hi\n* Later\n> Hi"


def test_an_echo_of_the_prompt_is_not_told_twice() -> None:
    """Outside a turn it is no echo."""
    echo = said("My cat is Tom", "user_message_chunk")

    assert told(PROMPT, DELIVERED, echo, said("Ah.")) == "> My cat is Tom\nAh."
    assert told(PROMPT, DELIVERED, END, echo) == "> My cat is Tom\n-- small\n> My cat is Tom"


def test_a_question_numbers_its_answers() -> None:
    answer = {"kind": "permission_answer", "id": 7, "outcome": {"outcome": "selected", "optionId": "no"}, "by": "x"}

    assert told(ASKED, answer) == "? rm -rf build\n  1 Allow once   2 reject_once\n  reject_once (x)\n"
    assert options(ASKED) == [("yes", "Allow once"), ("no", "reject_once")]


def test_an_answer_to_choose_is_one_line() -> None:
    """Else it could look like another number's."""
    assert options({"options": [{"optionId": "x", "name": "Reject\n  2 Allow"}]}) == [("x", "Reject   2 Allow")]


def test_a_question_that_nobody_answered_says_so() -> None:
    cancelled = {"kind": "permission_answer", "id": 7, "outcome": {"outcome": "cancelled"}}

    assert told(ASKED, cancelled).endswith("nobody answered: cancelled\n")
    assert chosen_option(cancelled["outcome"]) is None


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"kind": "later"},
        {"kind": "update"},
        {"kind": "update", "update": {"sessionUpdate": "usage_update", "used": 3}},
        {"kind": "update", "update": {"sessionUpdate": "agent_message_chunk", "content": "odd"}},
    ],
)
def test_what_is_not_known_is_passed_over(odd: dict[str, Any]) -> None:
    """A newer keeper and newer agents say more than we know."""
    assert told(odd, END) == "-- small\n"


def test_an_agent_cannot_move_the_cursor() -> None:
    """Escape sequences of either width, carriage returns and overrides of direction are shown as what they are."""
    evil = "a\x1b[2J\x9b2Jb\rc\u202ed\ue000"

    assert told(said(evil)) == "a\ufffd[2J\ufffd2Jb\ufffdc\ufffdd\ufffd"
    for entry in (
        PROMPT | {"text": evil},
        END | {"error": evil, "model": evil},
        {"kind": "status", "text": evil},
        ASKED | {"tool": evil, "options": [{"optionId": "x", "name": evil}]},
        {"kind": "permission_answer", "outcome": {"optionId": evil}, "by": evil},
        {"kind": "began", "conversation": evil},
        {"kind": "ended", "exit": evil},
        update("tool_call", toolCallId="t", title=evil),
        update("plan", entries=[{"content": evil, "status": "in_progress"}]),
    ):
        assert told(entry).replace("\n", "").isprintable(), entry


def test_a_text_keeps_its_lines_and_its_letters() -> None:
    """A joined emoji is one sign, and half a character that a broken agent sends can be printed."""
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}"

    assert prose(f"a\r\n\tb {family}\ud800") == f"a\n\tb {family}\ufffd"
    assert json_line({"text": "\ud800"}).isascii()


def test_a_log_says_when_prompts_came() -> None:
    assert told(PROMPT | {"at": 1_000_000.0}, said("Ah."), times=True) == "1970-01-12T13:46:40Z  > My cat is Tom\nAh."


def test_colours_are_only_ours() -> None:
    assert told(PROMPT, said("Ah."), colour=True) == "\x1b[1m> My cat is Tom\x1b[0m\nAh."


def test_whoever_interrupts_gets_a_line_of_its_own() -> None:
    telling = Telling()

    assert telling.tell(said("half")) + telling.rest() + telling.rest() == "half\n"
    assert telling.tell(said("more")) == "more"
