"""The model of a running session: set in no turn's middle, checked before and after, or wished for the next prompt."""

import pytest

from tests.integration.keeper.world import LARGE, Client, Message, Refused, World
from tests.waiting import wait_for

SMALL: Message = {"value": "small", "patterns": ["small"], "name": "small", "from_name": "large"}
HUGE: Message = {"value": "huge", "patterns": ["huge"], "name": "huge"}


def refusal(client: Client, method: str, **params: object) -> Refused:
    with pytest.raises(Refused) as refused:
        client.call(method, **params)
    return refused.value


@pytest.mark.parametrize("channel", ["config-option", "legacy"])
def test_the_model_is_set_in_place(world: World, channel: str) -> None:
    client = world.joined(channel)
    agent = world.statement["agent_pid"]

    told = client.call("_muster/set_model", **LARGE, from_name="small")

    assert (told["model"], told["channel"]) == ("large", channel)
    assert 0 <= told["seconds"] < 5
    assert world.statement["model_by"] == "muster"
    client.said_and_done("say:x")
    assert world.heard() == [("say:x", "large")]
    assert world.statement["agent_pid"] == agent
    status = world.journal("status")[0]
    assert status["text"] == "Switching model to large"
    assert (status["status_type"], status["from_model"], status["to_model"]) == ("model_switch", "small", "large")


def test_a_model_that_is_set_already_is_not_set_again(world: World) -> None:
    client = world.joined(model=LARGE)
    wait_for(lambda: len(world.log("set")) == 1)

    assert client.call("_muster/set_model", **LARGE)["model"] == "large"

    assert len(world.log("set")) == 1
    assert world.journal("status") == []


def test_no_model_is_set_while_a_turn_runs(world: World) -> None:
    client = world.joined()
    turn = client.prompt("hold say:x")
    world.wait(activity="busy")

    assert refusal(client, "_muster/set_model", **LARGE).code == -32051

    world.go()
    client.end(turn)
    assert world.log("set") == []


def test_a_prompt_that_comes_while_the_model_is_set_waits_for_it(world: World) -> None:
    client = world.joined("set-slow")
    switch = client.begin("_muster/set_model", **LARGE)
    wait_for(lambda: world.log("set"))
    turn = client.prompt("say:x")
    world.wait(queued=1)

    world.go()

    client.end(switch)
    client.end(turn)
    assert world.heard() == [("say:x", "large")]


@pytest.mark.parametrize("by", ["muster", "front-end"])
def test_a_switch_goes_on_when_who_asked_for_it_has_left(world: World, by: str) -> None:
    """A controller may be killed just then; the agent has been told, and the keeper must know."""
    client = world.joined("set-slow")
    if by == "muster":
        client.begin("_muster/set_model", **LARGE)
    else:
        client.begin("session/set_config_option", **option(world, "large"))
    wait_for(lambda: world.log("set"))

    client.close()
    world.wait(front_ends=0)
    world.go()

    world.wait(model="large", model_by=by)


def test_a_model_that_is_not_offered_is_refused_with_what_is(world: World) -> None:
    client = world.joined()

    refused = refusal(client, "_muster/set_model", **HUGE)

    assert refused.code == -32602
    assert refused.data["offered"] == [["small", "Small One"], ["large", "Large One"], ["secret[1m]", "Secret"]]
    assert world.log("set") == []


@pytest.mark.parametrize("faults,code", [("no-channel", -32601), ("set-unknown", -32601), ("set-ignored", -32052)])
def test_a_switch_that_did_not_happen_is_told_and_written_nowhere(world: World, faults: str, code: int) -> None:
    client = world.joined(faults)

    assert refusal(client, "_muster/set_model", **LARGE).code == code

    assert world.statement["model"] != "large"
    assert world.journal("status") == []


def test_a_refusal_of_the_agents_is_told_with_its_words(world: World) -> None:
    refused = refusal(world.joined("set-refused"), "_muster/set_model", **LARGE)

    assert (refused.code, str(refused)) == (-32052, "the agent does not take large: Invalid params")


@pytest.mark.parametrize(
    "params", [{}, {"value": 1}, {"value": "x", "patterns": ["("]}, {"value": "x", "patterns": "x"}]
)
@pytest.mark.parametrize("method", ["_muster/set_model", "_muster/wish"])
def test_what_is_no_model_is_refused(world: World, method: str, params: Message) -> None:
    client = world.joined()
    if method == "_muster/wish" and not params:
        params = {"value": 1}

    assert refusal(client, method, **params).code == -32602

    assert client.said_and_done("say:x")["stopReason"] == "end_turn"


def test_a_wish_is_fulfilled_before_the_next_prompt_and_the_last_one_counts(world: World) -> None:
    client = world.joined()

    client.call("_muster/wish", **HUGE)
    client.call("_muster/wish", **LARGE)

    assert world.wait(wish="large", wish_name="large", model="small", queued=0)
    assert world.log("set") == []
    client.said_and_done("say:x")
    assert world.heard() == [("say:x", "large")]
    assert world.wait(wish=None, model="large", model_by="wish")
    assert [entry["kind"] for entry in world.journal()] == [
        "began",
        "prompt",
        "status",
        "delivered",
        "update",
        "turn_end",
    ]


def test_a_wish_in_mid_turn_is_for_the_prompt_that_waits(world: World) -> None:
    client = world.joined()
    turn = client.prompt("hold")
    world.wait(activity="busy")
    queued = client.prompt("say:x")
    client.call("_muster/wish", **LARGE)

    world.go()

    client.end(turn)
    client.end(queued)
    assert world.heard() == [("hold", "small"), ("say:x", "large")]


def test_a_wish_that_cannot_be_fulfilled_holds_the_prompt(world: World) -> None:
    client = world.joined()
    client.call("_muster/wish", **HUGE)
    turn = client.prompt("say:x")

    assert world.wait(wish_failed="the agent does not offer huge", queued=1, activity="idle")
    assert world.heard() == []

    client.call("_muster/wish", **LARGE)
    client.end(turn)
    assert world.heard() == [("say:x", "large")]
    assert world.wait(wish=None, wish_failed=None, queued=0)


def test_a_held_prompt_is_delivered_once_the_model_is_set_at_last(world: World) -> None:
    client = world.joined()
    client.call("_muster/wish", **HUGE)
    turn = client.prompt("say:x")
    world.wait(queued=1, activity="idle")

    client.call("_muster/set_model", **LARGE)

    client.end(turn)
    assert world.heard() == [("say:x", "large")]
    assert world.wait(wish=None, wish_failed=None)


def test_a_wish_can_be_let_go(world: World) -> None:
    client = world.joined()
    client.call("_muster/wish", **LARGE)

    client.call("_muster/wish", value=None)

    client.said_and_done("say:x")
    assert world.heard() == [("say:x", "small")]


def test_a_wish_is_asked_for_again_when_another_comes_while_it_is_set(world: World) -> None:
    client = world.joined("set-slow")
    client.call("_muster/wish", **LARGE)
    turn = client.prompt("say:x")
    wait_for(lambda: world.log("set"))
    client.call("_muster/wish", **SMALL)

    world.go()

    client.end(turn)
    assert world.heard() == [("say:x", "small")]


def option(world: World, value: str) -> Message:
    return {"sessionId": world.conversation, "configId": "model", "value": value}


def test_a_front_end_sets_the_model_and_the_others_hear_of_it(world: World) -> None:
    one, other = world.joined(), world.client()
    opened = other.call("session/new", cwd=str(world.place), mcpServers=[])

    answer = one.call("session/set_config_option", **option(world, "large"))

    assert answer["configOptions"][0]["currentValue"] == "large"
    assert opened["configOptions"][0]["currentValue"] == "small"
    assert world.wait(model="large", model_by="front-end")
    updates = [said["params"]["update"] for said in wait_for(lambda: other.said)]
    assert [update["configOptions"][0]["currentValue"] for update in updates] == ["large"]
    assert world.client().call("session/new")["configOptions"][0]["currentValue"] == "large"


def test_a_front_end_that_sets_the_model_in_mid_turn_waits_for_its_end(world: World) -> None:
    client = world.joined()
    turn = client.prompt("hold")
    world.wait(activity="busy")
    switch = client.begin("session/set_config_option", **option(world, "large"))
    client.call("_muster/status")
    assert world.log("set") == []

    world.go()

    client.end(turn)
    client.end(switch)
    assert world.heard() == [("hold", "small")]


def test_the_legacy_method_of_a_front_end_is_believed(world: World) -> None:
    client = world.joined("legacy")

    client.call("session/set_model", sessionId=world.conversation, modelId="large")

    assert world.wait(model="large", model_by="front-end")
    assert client.call("session/new")["models"]["currentModelId"] == "large"


def test_a_refusal_to_a_front_end_is_the_agents_own(world: World) -> None:
    client = world.joined()

    assert refusal(client, "session/set_config_option", **option(world, "huge")).code == -32602
    assert world.statement["model"] == "small"
