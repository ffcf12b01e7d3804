"""From a started keeper to an open conversation on its model, or to the reason why not."""

import time
from typing import Any

import pytest

from tests.integration.keeper.world import LARGE, Message, Refused, World
from tests.waiting import wait_for

HUGE: Message = {"value": "huge", "patterns": ["huge(-.*)?"]}
BY_NAME: Message = {"value": "x", "patterns": ["l", "Lar.*"]}


def failed(world: World, *faults: str, **changes: Any) -> Message:
    """Start a keeper that cannot open its conversation, and return its last statement."""
    world.start(*faults, **changes)
    assert world.ended() == 1
    assert world.members() == []
    assert not world.socket.exists()
    return world.wait(state="failed")


def again(world: World, *faults: str, **changes: Any) -> None:
    """Stop the keeper and open its conversation with another one."""
    conversation = world.conversation
    assert world.stop() == 0
    world.ready(*faults, resume=True, conversation=conversation, **changes)
    assert world.conversation == conversation


@pytest.mark.parametrize("faults", ["", "groups", "provider-first", "legacy", "dribble,banner"])
def test_a_new_conversation_is_on_its_model_before_the_first_prompt(world: World, faults: str) -> None:
    client = world.ready(faults, model=LARGE)

    client.said_and_done("say:x")

    assert world.heard() == [("say:x", "large")]
    said = world.wait(model="large", model_by="muster", channel="legacy" if faults == "legacy" else "config-option")
    assert said["offered"] == [["small", "Small One"], ["large", "Large One"], ["secret[1m]", "Secret"]]


def test_a_model_is_found_by_its_display_name(world: World) -> None:
    world.ready(model=BY_NAME)

    assert world.wait(model="large")


def test_an_agent_that_lists_nothing_is_left_on_what_its_command_line_said(world: World) -> None:
    world.ready("no-channel", model=LARGE)

    assert world.wait(state="ready", channel="none", model=None, offered=[])


def test_a_listed_channel_that_the_agent_does_not_know_is_none(world: World) -> None:
    world.ready("set-unknown", model=LARGE)

    assert world.wait(state="ready", channel="none")


@pytest.mark.parametrize("how", ["resume", "load", "no-resume"])
@pytest.mark.parametrize("faults", ["", "forgets-model"])
def test_a_conversation_that_is_opened_again_is_on_its_model(world: World, how: str, faults: str) -> None:
    """Of the model that an agent comes back with nothing is believed."""
    world.ready(model=LARGE).said_and_done("say:x")

    again(world, how, faults, model=LARGE, load="load" if how == "load" else "either")

    assert world.wait(model="large", prompted=True, turns=1)
    world.client().said_and_done("say:y")
    assert world.heard() == [("say:x", "large"), ("say:y", "large")]


def test_what_a_load_tells_again_is_not_written_again(world: World) -> None:
    world.ready().said_and_done("say:x")
    before = world.journal()

    again(world, load="load")

    assert world.journal() == before


def test_what_a_load_tells_is_written_where_the_journal_does_not_know_it(world: World) -> None:
    world.ready().said_and_done("say:x")
    world.journal_file.unlink()

    again(world, load="load")

    assert [entry["kind"] for entry in world.journal()] == ["began", "update", "update"]
    late = world.client()
    late.call("session/load", sessionId=world.conversation)
    assert (late.updates("user_message_chunk"), late.updates()) == (["say:x"], ["x"])


def test_a_journal_of_another_conversation_is_not_told_as_this_one(world: World) -> None:
    world.ready().said_and_done("say:old")
    world.stop()

    client = world.ready(notices=[{"status_type": "session_fresh", "text": "A new session was started."}])

    client.said_and_done("say:new")
    late = world.client()
    late.call("session/load", sessionId=world.conversation)
    assert late.updates() == ["new"]
    assert [entry["kind"] for entry in world.journal()].count("began") == 2
    assert world.journal("status")[0]["text"] == "A new session was started."
    assert world.wait(turns=1)


@pytest.mark.parametrize("resume,faults", [(False, "auth"), (True, "refuse-load"), (True, "no-load,no-resume")])
def test_a_refusal_is_told_as_what_it_is(world: World, resume: bool, faults: str) -> None:
    said = failed(world, faults, resume=resume, conversation="talk-1" if resume else None)

    assert said["kind"] == ("refused" if resume else "auth")
    assert said["exit"] == "exit 0"
    if faults == "refuse-load":
        assert "no rollout found" in said["why"]


def test_an_id_that_a_command_line_would_take_for_a_flag_is_none(world: World) -> None:
    """In a terminal the conversation is resumed by its id on the command line."""
    said = failed(world, "flag-id")

    assert (said["kind"], said["why"]) == ("refused", "the agent gave its new conversation no id")


@pytest.mark.parametrize(
    "faults,conversation,why",
    [
        ("", "talk-1", "no rollout found"),
        ("", None, "no earlier conversation is known"),
        ("loads-another", "talk-1", "the agent opened another in its stead"),
    ],
)
def test_no_other_conversation_is_opened_than_the_one_that_was_asked_for(
    world: World, faults: str, conversation: str | None, why: str
) -> None:
    said = failed(world, faults, resume=True, conversation=conversation)

    assert said["kind"] == "refused"
    assert why in said["why"]


def test_a_model_that_is_not_offered_is_never_sent(world: World) -> None:
    said = failed(world, model=HUGE)

    assert (said["kind"], said["why"]) == ("not-offered", "the agent does not offer huge")
    assert said["offered"][0] == ["small", "Small One"]
    assert world.log("set") == []


def test_a_model_that_is_not_listed_is_sent_where_the_agent_takes_others(world: World) -> None:
    """And this one does not take it."""
    said = failed(world, model=HUGE, unlisted=True)

    assert (said["kind"], said["why"]) == ("did-not-take", "the agent does not take huge: Invalid params")


def test_a_model_that_the_agent_does_not_take_is_a_failure(world: World) -> None:
    said = failed(world, "set-ignored", model=LARGE)

    assert (said["kind"], said["why"]) == ("did-not-take", "the agent was told large and goes on with small")


def test_an_agent_that_says_nothing_is_not_waited_for(world: World) -> None:
    said = failed(world, "mute", opening=0.5, grace=0.2)

    assert (said["kind"], said["exit"]) == ("timeout", "signal 15")


def test_an_agent_that_ends_at_once_is_told_with_its_exit(world: World) -> None:
    said = failed(world, "die-at-once")

    assert (said["kind"], said["exit"]) == ("died", "exit 1")
    assert "no provider configured" in (world.place / "log").read_text()


@pytest.mark.parametrize("program", ["no-such-program", "/etc/passwd"])
def test_a_program_that_cannot_be_run_is_told(world: World, program: str) -> None:
    said = failed(world, argv=[program])

    assert said["kind"] == "not-found"
    assert program in said["why"]


def test_whoever_waits_for_a_session_that_fails_is_told_why(world: World) -> None:
    world.start("dribble,auth")
    client = world.client()

    with pytest.raises(Refused, match="Authentication required") as refused:
        client.call("_muster/ready")

    assert refused.value.code == -32050
    assert refused.value.data["kind"] == "auth"


def test_the_file_with_the_secrets_is_gone_at_once(world: World) -> None:
    world.start("mute")

    wait_for(lambda: not (world.place / "spec.json").exists())
    assert world.wait(state="opening")


def test_the_agent_has_its_environment_and_nothing_of_the_keepers(world: World) -> None:
    world.ready(env={"ACP_HOME": str(world.place), "PATH": "/usr/bin:/bin", "SECRET": "s3cret"})

    env = world.log("start")[0]["env"]
    assert env["SECRET"] == "s3cret"
    assert "XDG_STATE_HOME" not in env


def test_an_agent_that_loses_what_it_loads_too_soon_is_started_in_another_minute(world: World) -> None:
    world.ready().said_and_done("say:x")
    conversation = world.conversation
    world.stop()
    if time.time() % 60 > 50:  # else the minute could end within this test
        wait_for(lambda: time.time() % 60 < 50)
    # The journal says when the conversation began; it is made to say: now.
    began, *rest = world.journal_file.read_text().splitlines(keepends=True)
    world.journal_file.write_text(began.replace('"at":', f'"at":{time.time()},"was":') + "".join(rest))

    world.start(resume=True, conversation=conversation, other_minute=True)

    client = world.client()
    said = client.call("_muster/status")
    assert (said["state"], said["agent_pid"]) == ("opening", None)
    assert world.stop() == 0
