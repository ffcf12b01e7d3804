"""Questions of permission: by policy, by the first front end that answers, or by nobody in time."""

import json
from typing import Any

import pytest

from tests.integration.keeper.world import Message, World
from tests.waiting import wait_for

ALLOWED = {"outcome": "selected", "optionId": "allow_once"}
DENIED = {"outcome": "selected", "optionId": "reject_once"}
CANCELLED = {"outcome": "cancelled"}


def outcome(world: World) -> Any:
    """What the agent was answered: it says so."""
    update = world.journal("update")[-1]["update"]
    return json.loads(update["content"]["text"])["outcome"]


@pytest.mark.parametrize("policy,expected", [("allow", ALLOWED), ("deny", DENIED)])
def test_a_policy_answers_at_once_and_for_this_time_only(world: World, policy: str, expected: Message) -> None:
    client = world.joined(permissions={"policy": policy, "timeout": 30})

    client.said_and_done("ask")

    assert outcome(world) == expected
    assert world.journal("permission")[0]["tool"]["title"] == "rm"
    assert world.journal("permission_answer")[0]["by"] == "policy"
    assert not [said for said in client.said if said["method"] == "session/request_permission"]


def test_everybody_is_asked_and_the_first_answer_counts(world: World) -> None:
    one = world.joined()
    other = world.client(lambda _: {"outcome": ALLOWED})
    other.call("initialize", protocolVersion=1, clientInfo={"name": "board", "version": "1"})
    turn = one.prompt("ask")
    world.wait(activity="waiting", asks=1)
    question = wait_for(lambda: [said for said in one.said if "id" in said])[0]
    assert question["params"]["sessionId"] == world.conversation

    other.call("session/resume", sessionId=world.conversation)

    one.end(turn)
    one.send({"jsonrpc": "2.0", "id": question["id"], "result": {"outcome": DENIED}})
    assert outcome(world) == ALLOWED
    answers = world.journal("permission_answer")
    assert [(answer["by"], answer["id"]) for answer in answers] == [("board", world.journal("permission")[0]["id"])]
    assert world.wait(activity="idle", asks=0)


@pytest.mark.parametrize(
    "answer",
    [
        {"result": {"outcome": {"outcome": "selected", "optionId": "everything"}}},
        {"result": {"outcome": {"outcome": "maybe"}}},
        {"result": None},
        {"error": {"code": -32601, "message": "method not found"}},
    ],
)
def test_what_is_no_answer_leaves_the_question_open(world: World, answer: Message) -> None:
    client = world.joined()
    turn = client.prompt("ask")
    question = wait_for(lambda: [said for said in client.said if "id" in said])[0]

    client.send({"jsonrpc": "2.0", "id": question["id"], **answer})

    assert client.call("_muster/status")["asks"] == 1
    late = world.client(lambda _: {"outcome": DENIED})
    late.call("_muster/replay", since=0, follow=True)
    client.end(turn)
    assert outcome(world) == DENIED


def test_a_question_that_nobody_answers_in_time_is_cancelled(world: World) -> None:
    client = world.joined(permissions={"policy": "ask", "timeout": 0.3})

    client.said_and_done("ask")

    assert outcome(world) == CANCELLED
    assert world.journal("permission_answer")[0]["by"] == "timeout"


def test_who_does_not_follow_the_conversation_is_not_asked(world: World) -> None:
    client = world.ready(permissions={"policy": "ask", "timeout": 0.3})

    client.said_and_done("ask")

    assert client.said == []
    assert world.statement["front_ends"] == 0


def test_a_cancelled_turn_answers_its_questions(world: World) -> None:
    client = world.joined()
    turn = client.prompt("ask")
    world.wait(activity="waiting")

    client.notify("session/cancel", sessionId=world.conversation)

    assert client.end(turn)["stopReason"] == "cancelled"
    assert outcome(world) == CANCELLED


def test_who_leaves_with_a_question_open_leaves_it_to_the_others(world: World) -> None:
    one = world.joined()
    one.prompt("ask")
    world.wait(activity="waiting", front_ends=1)

    one.close()

    world.wait(activity="waiting", front_ends=0)
    world.client(lambda _: {"outcome": ALLOWED}).call("session/new")
    world.wait(activity="idle", turns=1)
    assert outcome(world) == ALLOWED
