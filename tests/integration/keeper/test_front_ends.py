"""Front ends at a keeper's socket: any client of the protocol, late ones, slow ones, and those who are turned away."""

import json
import os
import pwd
import stat
import subprocess
import sys
from typing import Any

import pytest

from tests.integration.keeper.world import Client, Message, Refused, World
from tests.waiting import wait_for

CONNECT = """
import os, pwd, socket
os.setgroups([])
os.setuid(pwd.getpwnam("nobody").pw_uid)
door = socket.socket(socket.AF_UNIX)
door.connect("k")
door.sendall(b"{}")
print(door.recv(1))
"""
AS_ANOTHER = pytest.mark.skipif(os.getuid() != 0, reason="only root can come as another user")


def test_initialize_is_answered_for_the_agent(world: World) -> None:
    said = world.ready("no-load,no-resume").call("initialize", protocolVersion=1, clientCapabilities={})

    assert (said["protocolVersion"], said["agentInfo"]["name"]) == (1, "scripted")
    capabilities = said["agentCapabilities"]
    assert capabilities["loadSession"] is True
    assert capabilities["sessionCapabilities"] == {"list": {}, "resume": {}, "close": {}}
    ours = said["_meta"]["muster"]
    assert ours.pop("version")
    assert ours == {"keeper": 1, "session": "a", "conversation": world.conversation}


def test_there_is_one_session_however_it_is_opened(world: World) -> None:
    client = world.ready()
    ident = world.conversation

    assert client.call("session/new", cwd="/", mcpServers=[])["sessionId"] == ident
    opened = client.call("session/resume", sessionId=ident)
    assert opened == client.call("session/load", sessionId=ident)
    assert opened["configOptions"][0]["currentValue"] == "small"
    expected = [{"sessionId": ident, "cwd": str(world.place), "title": "a"}]
    assert client.call("session/list")["sessions"] == expected
    assert client.call("session/list", cwd=str(world.place))["sessions"] == expected
    assert client.call("session/list", cwd="/elsewhere")["sessions"] == []
    assert len(world.log("start")) == 1


@pytest.mark.parametrize("method", ["load", "resume", "close", "prompt", "set_mode", "set_config_option"])
def test_an_unknown_session_is_not_found(world: World, method: str) -> None:
    with pytest.raises(Refused) as refused:
        world.ready().call(f"session/{method}", sessionId="another", prompt=[{}])

    assert refused.value.code == -32002


@pytest.mark.parametrize("method", ["session/fork", "fs/read_text_file", "_muster/nothing", ""])
def test_an_unknown_method_is_refused(world: World, method: str) -> None:
    with pytest.raises(Refused) as refused:
        world.ready().call(method)

    assert refused.value.code == -32601


def test_who_closes_the_session_leaves_alone(world: World) -> None:
    one, other = world.joined(), world.client()
    other.call("session/resume", sessionId=world.conversation)
    assert world.wait(front_ends=2)

    assert one.call("session/close", sessionId=world.conversation) == {}

    assert world.wait(front_ends=1, state="ready")
    other.said_and_done("say:x")
    assert (one.updates(), other.updates()) == ([], ["x"])


def test_who_never_opened_the_session_hears_nothing(world: World) -> None:
    client = world.ready()

    client.said_and_done("say:x")

    assert client.said == []


def test_a_late_front_end_replays_what_it_missed_and_goes_on(world: World) -> None:
    world.ready().said_and_done("say:x")
    late = world.client()

    assert late.call("_muster/replay", since=2, follow=True) == {"last": 5}
    assert [entry["n"] for entry in late.entries()] == [3, 4, 5]

    late.said_and_done("say:y")
    assert [entry["n"] for entry in late.entries()] == list(range(3, 10))
    assert late.entries() == world.journal()[2:]
    assert world.wait(front_ends=1)


def test_a_replay_that_does_not_follow_ends(world: World) -> None:
    client = world.ready()
    client.call("_muster/replay", since=0, follow=True)
    client.call("_muster/replay", since=0)

    client.said_and_done("say:x")

    assert len(client.entries()) == 2 * len(world.journal("began"))
    assert world.wait(front_ends=0)


def test_nothing_is_missed_or_heard_twice_by_one_who_comes_in_a_burst(world: World) -> None:
    one = world.ready()
    turn = one.prompt("burst:3000:400")
    wait_for(lambda: world.journal_file.stat().st_size > 200_000)
    late, loads = world.client(), world.client()
    replay, load = (
        late.begin("_muster/replay", since=0, follow=True),
        loads.begin("session/load", sessionId=world.conversation),
    )

    one.end(turn)

    late.end(replay)
    loads.end(load)
    wait_for(lambda: late.entries("turn_end") and len(loads.updates()) == 3000)
    assert [entry["n"] for entry in late.entries()] == list(range(1, late.entries()[-1]["n"] + 1))
    assert [int(text[:8]) for text in loads.updates()] == list(range(3000))


def test_a_note_is_written_and_everybody_hears_it(world: World) -> None:
    joined, follows = world.joined(), world.client()
    follows.call("_muster/replay", follow=True)
    note = {"status_type": "resume_failed", "text": "Session could not be resumed", "from_model": "a", "to_model": "b"}

    follows.call("_muster/note", **note)

    assert wait_for(lambda: joined.said)[-1]["params"] == note
    assert note.items() <= follows.entries("status")[0].items()
    assert note.items() <= world.journal("status")[0].items()


def test_the_agents_commands_reach_those_who_come_later(world: World) -> None:
    client = world.ready("commands")

    client.call("session/new")

    update = wait_for(lambda: client.said)[0]["params"]["update"]
    assert update["availableCommands"] == [{"name": "compact", "description": "Compact"}]


def test_a_slow_reader_is_hung_up_on_and_can_come_back(world: World) -> None:
    """It holds nobody up: the turn ends, and what it missed is in the journal."""
    client, slow = world.ready(), world.client(reads=False)
    slow.begin("_muster/replay", since=0, follow=True)
    world.wait(front_ends=1)

    client.said_and_done("burst:60:50000")

    assert world.wait(front_ends=0)
    back = world.client()
    assert back.call("_muster/replay", since=0)["last"] == len(back.entries()) == 64


def test_one_message_of_any_length_is_let_through(world: World) -> None:
    client = world.joined()

    client.said_and_done("burst:1:5000000 say:x")

    assert [len(text) for text in client.updates()] == [5000000, 1]
    # The journal is bounded: of so long an update it keeps the kind.
    assert world.journal("update")[0]["update"]["_meta"]["muster"]["left_out"] > 5000000


def test_one_who_asks_and_reads_no_answers_is_hung_up_on(world: World) -> None:
    world.ready()
    rude = world.client(reads=False)
    rude.socket.settimeout(30)

    def ask_without_end() -> None:
        for _ in range(100_000):
            rude.begin("_muster/status")

    with pytest.raises(OSError, match=r"Broken pipe|reset"):
        ask_without_end()


def test_the_files_are_for_us_alone(world: World) -> None:
    world.ready().said_and_done("say:x")

    for path in (world.socket, world.statement_file, world.journal_file):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for path in (world.socket.parent, world.journal_file.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path


def test_a_directory_of_somebody_elses_is_not_used(world: World) -> None:
    outside = world.place / "outside"
    outside.mkdir()
    (world.place / "keepers").symlink_to(outside)

    world.start()

    assert world.ended() == 1
    assert "not a directory of our own" in (world.place / "log").read_text()
    assert list(outside.iterdir()) == []


@AS_ANOTHER
def test_another_user_is_turned_away(world: World) -> None:
    """Though the modes of the files would let it in."""
    world.ready()
    world.socket.parent.chmod(0o755)
    world.socket.chmod(0o666)

    came = subprocess.run(
        [sys.executable, "-I", "-c", CONNECT],
        cwd=world.socket.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert came.stdout == "b''\n" or "reset" in came.stderr or "Broken pipe" in came.stderr, came
    wait_for(lambda: f"turned away user {pwd.getpwnam('nobody').pw_uid}" in (world.place / "log").read_text())
    assert world.client().call("_muster/status")["state"] == "ready"


def junk_then_status(client: Client, junk: bytes) -> Message:
    client.socket.sendall(junk)
    answer: Any = client.call("_muster/status")
    return dict(answer)


@pytest.mark.parametrize(
    "junk",
    [
        b"\n\n",
        b"hello\n",
        b"{\n",
        b"[1]\n",
        b'{"id":1}\n',
        b"\xff\xfe\n",
        b'{"jsonrpc":"2.0","method":5}\n',
        b"[" * 9999 + b"\n",
    ],
)
def test_junk_of_a_front_end_is_passed_over(world: World, junk: bytes) -> None:
    assert junk_then_status(world.ready(), junk)["state"] == "ready"


def test_a_malformed_request_is_answered(world: World) -> None:
    client = world.ready()

    client.socket.sendall(b'{"jsonrpc":"2.0","id":55,"method":"session/new","params":[]}\n')

    with pytest.raises(Refused) as refused:
        client.end(55)
    assert refused.value.code == -32600
    assert json.dumps(client.call("session/list"))
