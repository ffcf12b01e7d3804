"""Prompts through a keeper: one at a time, all of them, and the same conversation for everybody."""

import pytest

from tests.integration.keeper.world import Message, Refused, World
from tests.waiting import wait_for


def test_a_prompt_is_answered_with_the_end_of_its_turn(world: World) -> None:
    client = world.joined()

    end = client.said_and_done("say:hello say:world")

    assert end == {"stopReason": "end_turn", "_meta": {"muster": {"model": "small"}}}
    assert client.updates() == ["hello", "world"]
    assert world.heard() == [("say:hello say:world", "small")]
    assert world.wait(activity="idle", turns=1, prompted=True, queued=0)
    kinds = ["began", "prompt", "delivered", "update", "update", "turn_end"]
    assert [(entry["n"], entry["kind"]) for entry in world.journal()] == list(enumerate(kinds, start=1))


def test_prompts_are_delivered_one_at_a_time_in_their_order(world: World) -> None:
    one, other = world.joined(), world.client()
    first = one.prompt("hold")
    world.wait(activity="busy")
    later = []
    for number, client in enumerate([one, other, one], start=2):
        later.append((client, client.prompt(f"say:{number}")))
        world.wait(queued=number - 1)
    assert world.heard() == [("hold", "small")]

    world.go()

    assert one.end(first)["stopReason"] == "end_turn"
    for client, number in later:
        client.end(number)
    assert [text for text, _ in world.heard()] == ["hold", "say:2", "say:3", "say:4"]


def test_since_when_is_told_of_the_activity_and_of_nothing_else(world: World) -> None:
    client = world.joined()
    idle = world.wait(activity="idle")["since"]

    client.prompt("hold")
    busy = world.wait(activity="busy", queued=0)["since"]
    client.prompt("say:x")

    assert world.wait(queued=1)["since"] == busy > idle
    world.go()
    assert world.wait(activity="idle", turns=2)["since"] > busy


def test_two_front_ends_see_the_same_conversation(world: World) -> None:
    one, other = world.joined(), world.client()
    other.call("session/load", sessionId=world.conversation)

    one.said_and_done("say:from echo say:one")
    other.said_and_done("say:two")

    wait_for(lambda: one.updates()[-1] == other.updates()[-1] == "two")
    assert one.updates() == other.updates() == ["from", "one", "two"]
    # What one says the other hears, once, though the agent repeats it.
    assert other.updates("user_message_chunk") == ["say:from echo say:one"]
    assert one.updates("user_message_chunk") == ["say:two"]
    late = world.client()
    late.call("session/load", sessionId=world.conversation)
    assert late.updates("user_message_chunk") == ["say:from echo say:one", "say:two"]


def test_one_who_comes_in_mid_turn_hears_all_of_it_once(world: World) -> None:
    one = world.joined()
    turn = one.prompt("say:a say:b hold say:c")
    wait_for(lambda: one.updates() == ["a", "b"])
    late = world.client()
    late.call("session/load", sessionId=world.conversation)

    world.go()
    one.end(turn)

    wait_for(lambda: late.updates()[-1:] == ["c"])
    assert late.updates() == ["a", "b", "c"]
    assert late.updates("user_message_chunk") == ["say:a say:b hold say:c"]


def test_a_turn_outlives_the_front_end_that_began_it(world: World) -> None:
    one = world.joined()
    one.prompt("hold say:done")
    one.prompt("say:queued")
    world.wait(activity="busy", queued=1)

    one.close()
    world.go()

    world.wait(activity="idle", turns=2, front_ends=0)
    assert [text for text, _ in world.heard()] == ["hold say:done", "say:queued"]


def test_a_running_turn_is_cancelled_by_anybody(world: World) -> None:
    one, other = world.joined(), world.client()
    turn = one.prompt("hold")
    world.wait(activity="busy")

    other.notify("session/cancel", sessionId=world.conversation)

    assert one.end(turn)["stopReason"] == "cancelled"
    assert world.wait(activity="idle", turns=1)


def test_a_cancel_drops_the_prompts_of_its_front_end_that_wait(world: World) -> None:
    one, other = world.joined(), world.client()
    turn = one.prompt("hold")
    world.wait(activity="busy")
    dropped, kept = other.prompt("say:dropped"), one.prompt("say:kept")
    world.wait(queued=2)

    other.notify("session/cancel", sessionId=world.conversation)

    assert other.end(dropped)["stopReason"] == "cancelled"
    world.go()
    assert one.end(turn)["stopReason"] == "end_turn"
    one.end(kept)
    assert [text for text, _ in world.heard()] == ["hold", "say:kept"]


def test_a_cancel_right_behind_its_prompt_finds_it(world: World) -> None:
    """Both in one piece on the wire: what comes is taken up in its order."""
    one = world.joined()
    asked = {"sessionId": world.conversation, "prompt": [{"type": "text", "text": "hold"}]}
    lines: list[Message] = [
        {"jsonrpc": "2.0", "id": 77, "method": "session/prompt", "params": asked},
        {"jsonrpc": "2.0", "method": "session/cancel", "params": {"sessionId": world.conversation}},
    ]

    one.send_together(lines)

    assert one.end(77)["stopReason"] == "cancelled"


def test_a_turn_that_fails_says_why_and_the_next_one_goes_on(world: World) -> None:
    client = world.joined()

    with pytest.raises(Refused, match="the provider fails") as refused:
        client.said_and_done("error")

    assert (refused.value.code, refused.value.data) == (-32603, {"status": 529})
    assert world.journal("turn_end")[0]["error"] == "the provider fails"
    assert client.said_and_done("say:on")["stopReason"] == "end_turn"


def test_a_prompt_of_a_session_that_opens_waits_for_it(world: World) -> None:
    world.start("dribble", prompt="say:first")
    client = world.client()
    client.begin("initialize", protocolVersion=1)
    ready = client.begin("_muster/ready")

    statement = client.end(ready)

    assert statement["state"] == "ready"
    world.wait(turns=1)
    assert world.heard() == [("say:first", "small")]
    assert world.journal("prompt")[0]["by"] == "file"


def test_the_model_that_answered_is_told_where_the_agent_tells(world: World) -> None:
    client = world.joined("usage")

    client.said_and_done("say:x")

    assert world.wait(used="small")["used_at"] is not None


def test_what_a_turn_failed_with_is_told_until_one_ends_well(world: World) -> None:
    client = world.joined()

    with pytest.raises(Refused, match="the provider fails"):
        client.said_and_done("error")

    assert world.wait(failed="the provider fails")["failed_at"] is not None
    client.said_and_done("say:x")
    assert world.wait(failed=None)["failed_at"] is None


def test_a_prompt_of_many_blocks_reaches_the_agent_whole(world: World) -> None:
    client = world.joined()
    blocks = [
        {"type": "text", "text": "say:a "},
        {"type": "image", "data": "x" * 3_000_000},
        {"type": "text", "text": "say:b"},
    ]

    client.call("session/prompt", sessionId=world.conversation, prompt=blocks)

    assert client.updates() == ["a", "b"]
    assert world.journal("prompt")[0]["blocks"] == blocks


@pytest.mark.parametrize("prompt", [None, [], "text"])
def test_what_is_no_prompt_is_refused(world: World, prompt: object) -> None:
    client = world.joined()

    with pytest.raises(Refused) as refused:
        client.call("session/prompt", sessionId=world.conversation, prompt=prompt)

    assert refused.value.code == -32602


def test_junk_between_an_agents_messages_costs_no_turn(world: World) -> None:
    client = world.joined("banner,dribble")

    end = client.said_and_done("say:a junk say:b")

    assert end["stopReason"] == "end_turn"
    assert client.updates() == ["a", "b"]
    assert "Welcome!" in (world.place / "log").read_text()
