"""Commands that an AI runs inside its session: who asks is known whatever it says, and it gets no more than it may."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.model.event import EventType
from controller.settings import self_spawn
from tests.integration.controller_world import FLEET, PATIENCE, ControllerWorld, live
from tests.waiting import wait_for

BOSS = "tier: admin\ncwd: {work}\n"
"""A person's session, on the dearest model."""
OTHER = "tier: family\nchildren: stop\n"
NOT_ALLOWED = 4
LIES = ("env -u MUSTER_NAME -u MUSTER_NONCE", "env -i", "env MUSTER_NAME= MUSTER_NONCE=")


@pytest.fixture
def world(short_path: Path) -> Iterator[ControllerWorld]:
    (short_path / "work").mkdir()
    files = {"boss": BOSS.format(work=short_path / "work"), "other": OTHER}
    with live(short_path, FLEET, files) as made:
        yield made


def inside(world: ControllerWorld, name: str, *words: str, how: str = "") -> tuple[int, str]:
    """Have a session's agent run `muster` as its tool; gives the exit code and what it printed."""
    return shell(world, name, f"{how} {shlex.join(self_spawn(*words))}".strip())


def shell(world: ControllerWorld, name: str, line: str) -> tuple[int, str]:
    """Have a session's agent run a shell's line."""
    script = world.root / "line.sh"  # a turn is one line, and what is run may have more
    script.write_text(line)
    world.talk(name, f"$ sh {script}")
    answer = re.fullmatch(r"\[\S+\] exit (\d+): ?(.*)", world.turns(name, "assistant")[-1])
    assert answer, world.turns(name, "assistant")[-1]
    return int(answer[1]), answer[2]


def refused(world: ControllerWorld, name: str, *words: str, how: str = "") -> str:
    """Have it run what it may not: the exit code is the refusal's, no file changes, an event tells; gives the error."""
    files = {path.name: path.read_bytes() for path in world.sessions.iterdir()}
    told = sum(one["count"] for one in world.events(EventType.REFUSED))
    code, said = inside(world, name, *words, how=how)
    assert code == NOT_ALLOWED, said
    assert {path.name: path.read_bytes() for path in world.sessions.iterdir()} == files
    assert sum(one["count"] for one in world.events(EventType.REFUSED)) == told + 1
    return said


def test_a_session_that_an_ai_starts_is_known_as_one_and_gets_the_cheaper_model(world: ControllerWorld) -> None:
    """Origin and parent are written whatever the environment says; kill and restart of all keep the model."""
    assert world.model("boss") == "maxi"
    for number, lie in enumerate(("", *LIES)):
        code, said = inside(world, "boss", *places(world), "new", f"w{number}", "--tier", "admin", how=lie)
        assert code == 0, said
        text = world.read(f"w{number}.yaml")
        assert "\norigin: ai\n" in text
        assert "\nparent: boss\n" in text
        assert f"\ncwd: {world.root}/work\n" in text
        assert text.startswith("# Made by an AI in the session boss.\n")
    world.up("w0", "w1", "w2", "w3", model="midi")
    world.talk("w0", "remember the milk")
    world.kill()
    pid = world.pid("w0")
    assert pid is not None
    os.kill(pid, 9)
    world.start()
    world.up("w0", model="midi")
    assert world.recalls("w0", "remember the milk")


def places(world: ControllerWorld) -> tuple[str, ...]:
    """Options for a command without the environment: where the files and the state are."""
    return ("--sessions-dir", str(world.sessions), "--state-dir", str(world.state))


def test_a_lie_about_who_asks_is_refused(world: ControllerWorld, tmp_path: Path) -> None:
    """Another session's marker, one of a session that is gone, another state: nothing is had by any of them."""
    theirs = world.record("other").process
    assert theirs is not None
    stolen = f"env MUSTER_NAME=other MUSTER_NONCE={theirs.nonce}"
    assert "it belongs to boss" in refused(world, "boss", "new", "w", how=stolen)
    refused(world, "boss", "new", "w", how="env MUSTER_NAME=gone MUSTER_NONCE=0")
    refused(world, "boss", "new", "w", "--origin", "human")
    refused(world, "boss", "new", "w", "--parent", "other")

    elsewhere = ["--sessions-dir", str(world.sessions), "--state-dir", str(tmp_path)]
    code, said = inside(world, "boss", *elsewhere, "new", "w", how="env -u MUSTER_NAME -u MUSTER_NONCE")
    assert (code, list(tmp_path.iterdir())) == (NOT_ALLOWED, [])
    assert "no session of this state has this process" in said

    ended = tmp_path / "ended"
    muster = shlex.join(self_spawn("new", "w"))
    shell(world, "boss", f"setsid -f sh -c {shlex.quote(f'{muster}; echo $? > {ended}')}")
    wait_for(lambda: ended.exists() and ended.read_text() == f"{NOT_ALLOWED}\n", PATIENCE, "the detached command")
    assert not (world.sessions / "w.yaml").exists()
    world.muster("new", "w")  # a person still may
    assert world.read("w.yaml") == "origin: human\n"


def test_an_ai_steers_only_itself_and_its_descendants(world: ControllerWorld) -> None:
    """Its own worker obeys it; the sessions of others, and what is about all of them, do not."""
    inside(world, "boss", "new", "worker")
    world.up("worker", model="midi")
    pid = world.pid("worker")
    assert inside(world, "boss", "set-model", "worker", "mini")[0] == 0
    world.up("worker", model="mini")
    assert world.pid("worker") != pid
    assert inside(world, "boss", "send", "worker", "hello")[0] == 0

    models = [("set-model", "worker", "maxi"), ("set-model", "boss", "maxi"), ("set-model", "other", "mini")]
    about_all = [("set-model", "--default", "mini"), ("set-model", "--tier", "admin", "mini"), ("apply",), ("run",)]
    about_all += [("override", "mini", "--for", "1h"), ("prune", "--yes"), ("adopt", "--all", "--write"), ("init",)]
    persons = [("suspend", "boss"), ("fresh", "boss"), ("restart", "worker", "--now"), ("attach", "worker")]
    commands = [("send", "worker", "/model maxi"), ("send", "boss", "!sh"), ("send", "worker", "hi", "--force")]
    for words in (*models, *about_all, *persons, *commands):
        refused(world, "boss", *words)
    parents = [("stop", "other"), ("stop", "boss"), ("start", "boss"), ("send", "boss", "hi"), ("restart", "boss")]
    for words in parents:
        refused(world, "worker", *words)
    assert inside(world, "boss", "stop", "worker")[0] == 0
    world.down("worker")
    assert inside(world, "boss", "status", "--json")[0] == 0  # everybody may look


def test_nobody_gets_above_the_ceiling_by_taking_a_word_away(world: ControllerWorld) -> None:
    """Without its own cheap word a person's session would be on its tier's dear model: that is a person's to say."""
    world.write("boss.yaml", world.read("boss.yaml") + "model: mini\n")
    world.up("boss", model="mini")
    assert "maxi" in refused(world, "boss", "reset-model", "boss")
    world.muster("reset-model", "boss")
    world.up("boss", model="maxi")


def test_a_session_that_edits_its_own_file_is_switched_at_the_end_of_its_turn(world: ControllerWorld) -> None:
    """The turn in which it says so is answered whole, by the model that began it, and is in the conversation after."""
    pid = world.pid("boss")
    said = shlex.join(self_spawn("set-model", "boss", "mini"))
    code, _ = shell(world, "boss", f"{said} && sleep 2 && echo whole")
    assert code == 0
    answer = world.turns("boss", "assistant")[-1]
    assert answer.startswith("[maxi-1] ")
    assert answer.endswith(" whole")
    world.up("boss", model="mini")
    assert world.pid("boss") != pid
    assert world.recalls("boss", "line.sh")


def test_the_limits_hold_in_a_flood(world: ControllerWorld) -> None:
    """Twenty requests at once make as many sessions as are allowed, not one more."""
    world.write("_fleet.yaml", f"{FLEET}ai: {{sessions: 3}}\n")
    muster = shlex.join(self_spawn("new"))
    shell(world, "boss", f"for i in $(seq 20); do {muster} w$i & done; wait")
    made = [path for path in world.sessions.iterdir() if path.name.startswith("w")]
    assert len(made) == 3
    assert world.muster("validate").code == 0
    assert sum(one["count"] for one in world.events(EventType.REFUSED)) == 17


def test_no_path_leads_out_of_the_directories(world: ControllerWorld) -> None:
    """Dots, links and other homes are followed before they are judged; a link that is turned later moves nothing."""
    work = world.root / "work"
    (work / "in").mkdir()
    (work / "out").symlink_to("/")
    (work / "link").symlink_to("in")
    for place in ("/", "..", "../work/../..", "out", "out/etc", "in/../../..", "~", "~root", f"{work}-not"):
        refused(world, "boss", "new", "w", "--cwd", place)
    assert inside(world, "boss", "new", "w", "--cwd", "link/.")[0] == 0
    assert f"\ncwd: {work}/in\n" in world.read("w.yaml")
    world.write("_fleet.yaml", f"{FLEET}ai: {{cwd: [{work}/in]}}\n")
    refused(world, "boss", "new", "v")


def test_no_word_becomes_another_one(world: ControllerWorld) -> None:
    """Newlines, YAML, flags and commands in names, prompts and models stay what they are, or are refused."""
    for name in ("a\norigin: human", "../x", "-x", "_fleet", ".x", "x: y", "a/b", "x" * 129, ""):
        code, _ = inside(world, "boss", "new", f"--prompt=p{name}", "--", name)
        assert code != 0, name
    for number, prompt in enumerate(("x\norigin: human\nparent:", "a: b # c", "%YAML 1.1\n---\n", "*a &b !c")):
        inside(world, "boss", "new", f"w{number}", f"--prompt={prompt}")
        text = world.read(f"w{number}.yaml")
        assert re.findall(r"(?m)^(origin|parent): (\w+)$", text) == [("origin", "ai"), ("parent", "boss")]
    assert world.muster("validate").code == 0
    for prompt in ("/model maxi", " !sh", "--model=maxi"):
        refused(world, "boss", "new", "x", f"--prompt={prompt}")
    for model in ("maxi\norigin: human", "--model=maxi", "{a: maxi}", "maxi", "powerful"):
        code, _ = inside(world, "boss", "new", "x", f"--model={model}")
        assert code != 0, model
    assert not (world.sessions / "x.yaml").exists()


def test_a_chain_of_workers_ends_where_the_fleet_says(world: ControllerWorld) -> None:
    """A worker's worker is allowed by default, and no deeper; the tree shows who spawned whom."""
    inside(world, "boss", "new", "one")
    world.up("one")
    inside(world, "one", "new", "two")
    world.up("two")
    assert "ai.depth" in refused(world, "two", "new", "three")
    shown = world.muster("status", "--tree").out
    assert re.findall(r"(?m)^(\W*)(boss|one|two|other) ", shown) == [
        ("", "boss"), ("└─ ", "one"), ("   └─ ", "two"), ("", "other")
    ]  # fmt: skip


def test_a_parents_stop_stops_its_line_where_it_says_so_and_start_brings_it_back(world: ControllerWorld) -> None:
    """It takes those below along, however it was stopped; no file of theirs changes. `keep` leaves them running."""
    for parent in ("boss", "other"):
        inside(world, parent, "new", f"of-{parent}")
        world.up(f"of-{parent}", model="midi")
    kept, text = world.pid("of-boss"), world.read("of-other.yaml")
    assert "(of-boss) go on" in world.muster("stop", "boss").out
    assert "(of-other) stop with it" in world.muster("stop", "other").out
    world.down("boss", "other", "of-other")
    assert (world.pid("of-boss"), world.read("of-other.yaml")) == (kept, text)
    assert world.status("of-other")["state"] == "stopped"
    assert "other, which says children: stop" in world.status("of-other")["message"]
    world.muster("start", "other")
    world.up("other", "of-other")


@pytest.mark.parametrize("runtime", ["acp", pytest.param("tmux", marks=pytest.mark.tmux)])
def test_who_asks_is_known_in_every_runtime(runtime: str, short_path: Path) -> None:
    """Behind a keeper and in a pane as in a plain process; a pane may have a tmux of its own inside."""
    made = short_path / "sessions.d" / "w.yaml"
    with live(short_path) as world:
        world.write("boss.yaml", f"tier: admin\nruntime: {runtime}\n")
        world.muster("wait", "boss", "--for", "applied")
        wait_for(lambda: world.status("boss")["activity"] == "idle", PATIENCE, "an idle agent")
        muster = shlex.join(self_spawn(*places(world), "new", "w"))
        world.muster("send", "boss", f"$ env -i {muster}")
        wait_for(made.exists, PATIENCE, "the worker's file")
        assert "\norigin: ai\nparent: boss\n" in made.read_text()
        world.up("w", model="midi")
