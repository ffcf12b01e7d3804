"""`muster import`: another system's records become files that count, once, and their conversations go on."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli_world import World
from tests.unit.imports.formats import FLYNN, KANDEV_NEW, database, teleclaude

pytestmark = pytest.mark.timeout(300)

BUILT_IN = "defaults: {agent: claude, model: powerful}\n"
"""What the fleet says by itself, where nothing else is said."""


@pytest.fixture
def world(short_path: Path) -> Iterator[World]:
    made = World(short_path, BUILT_IN)
    yield made
    made.end_sessions()


def theirs(world: World) -> Path:
    """The directory with the records of the other system."""
    place = world.root / "theirs"
    place.mkdir(exist_ok=True)
    return place


def chats(world: World, **entries: Any) -> Path:
    """A registry of dispatch."""
    usual = {"session_name": "a/b", "tier": "family", "type": "individual"}
    path = theirs(world) / "sessions.json"
    path.write_text(json.dumps({key: {"chat_id": key, **usual, **entry} for key, entry in entries.items()}))
    return path


def picture(place: Path) -> dict[str, tuple[str, int]]:
    """Every file of a directory: bytes and time."""
    return {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in place.iterdir()
    }


def every_system(world: World) -> dict[str, Path]:
    """Records of all four, each in a directory of its own."""
    places = {system: world.root / system for system in ("dispatch", "teleclaude", "flynn", "kandev")}
    for place in places.values():
        place.mkdir()
    entry = {"chat_id": "+1", "session_name": "a/b", "tier": "family", "session_id": "c-1", "transcript_dir": "/w"}
    (places["dispatch"] / "sessions.json").write_text(json.dumps({"+1": entry}))
    row = {"session_id": "s1", "tmux_session_name": "tc_s1", "active_agent": "claude", "native_session_id": "c-2"}
    teleclaude(places["teleclaude"], row)
    setting = {"session_id": "ws:abc", "key": "modelTier", "value": "fast"}
    database(places["flynn"] / "flynn.db", FLYNN, {"session_config": [setting]})
    (places["flynn"] / "preferences.json").write_text('{"modelTier": "complex"}')
    session = {"id": "k1", "task_id": "t", "agent_profile_snapshot": '{"agent_name": "codex", "model": "gpt-5"}'}
    running = {"id": "r", "session_id": "k1", "resume_token": "c-4"}
    rows = {"task_sessions": [session], "executors_running": [running], "tasks": [{"id": "t", "title": "Fix it"}]}
    database(places["kandev"] / "kandev.db", KANDEV_NEW, rows)
    return places


def test_an_import_shows_everything_and_writes_nothing(world: World) -> None:
    path = chats(world, **{"+1": {"model": "sonnet", "session_id": "c-1", "mood": "calm"}})
    ran = world.muster("import", "dispatch", str(path))

    assert [file.name for file in world.sessions.iterdir()] == ["_fleet.yaml"]
    assert "+++ b/+1.yaml" in ran.out
    assert "+model: sonnet" in ran.out
    assert re.search(r"carried over +session_id +conversation: c-1", ran.out)
    assert re.search(r"defaulted +origin +human", ran.out)
    assert re.search(r"dropped +mood +this version of Muster does not know the field; it says calm", ran.out)
    assert "dispatch: 1 session in 1 file: 1 to write" in ran.out


def test_what_is_written_is_valid_and_a_second_time_there_is_nothing_to_do(world: World) -> None:
    """Migration clean on all machines: for each of the four; no byte of theirs changes."""
    places = every_system(world)
    before = {system: picture(place) for system, place in places.items()}
    for system, place in places.items():
        world.muster("import", system, str(place), "--write")
    world.muster("validate")
    written = picture(world.sessions)

    assert set(written) == {"_fleet.yaml", "+1.yaml", "tc_s1.yaml", "ws-abc.yaml", "Fix-it-k1.yaml"}
    for system, place in places.items():
        ran = world.muster("import", system, str(place), "--write")
        assert "nothing to do" in ran.err
        assert "1 there already" in ran.out
    assert picture(world.sessions) == written
    assert {system: picture(place) for system, place in places.items()} == before


def test_a_file_that_a_person_has_changed_is_theirs(world: World) -> None:
    path = chats(world, a={"model": "sonnet"})
    world.muster("import", "dispatch", str(path), "--write")
    changed = world.read("a.yaml").replace("sonnet", "opus") + "# mine \u202e\n"
    world.write("a.yaml", changed)
    ran = world.muster("import", "dispatch", str(path), "--write")

    assert world.read("a.yaml") == changed
    assert "1 there and other by now, left alone" in ran.out
    assert "-model: opus" in ran.out
    assert "-# mine \N{REPLACEMENT CHARACTER}" in ran.out


def test_a_file_of_the_same_name_is_never_touched(world: World) -> None:
    world.write("a.yaml", "tier: admin\n")
    world.muster("import", "dispatch", str(chats(world, a={})), "--write")

    assert world.read("a.yaml") == "tier: admin\n"
    assert "dispatch: a\n" in world.read("a-2.yaml")
    assert "nothing to do" in world.muster("import", "dispatch", str(theirs(world)), "--write").err


def test_seed_0_ais_are_on_sonnet_and_people_on_opus(world: World) -> None:
    """N sessions of a database, after the import: the plan says it, and why says by which layer."""
    rows = [{"session_id": f"s{number}", "initiated_by_ai": number % 2} for number in range(6)]
    world.muster("import", "teleclaude", str(teleclaude(theirs(world), *rows)), "--write")
    plan = world.muster("plan", "--json").json

    models = {change["session"]: change["to_model"] for change in plan["changes"]}
    assert models == {f"tc_s{number}": "sonnet" if number % 2 else "opus" for number in range(6)}
    assert "origin" in world.muster("why", "tc_s1").out


def test_seed_1_an_old_registry_without_models_falls_back_to_its_tiers(world: World) -> None:
    """Test 4 of the seed, and its table of tiers."""
    tiers = ("admin", "wife", "partner", "family", "favorite", "bots", "unknown", "vip")
    path = chats(world, **{tier: {"tier": tier} for tier in tiers})
    world.muster("import", "dispatch", str(path), "--write")
    plan = world.muster("plan", "--json").json

    assert {change["session"]: change["to_model"] for change in plan["changes"]} == {
        "admin": "opus",
        "wife": "opus",
        "partner": "opus",
        "family": "sonnet",
        "favorite": "sonnet",
        "bots": "haiku",
        "unknown": "haiku",
        "vip": "sonnet",
    }


def test_seed_2_the_default_for_all_moves_only_who_has_no_override(world: World) -> None:
    rows = [
        {"session_id": "ws:1", "key": "modelTier", "value": "complex"},
        {"session_id": "telegram:2", "key": "queueMode", "value": "x"},
    ]
    path = database(theirs(world) / "flynn.db", FLYNN, {"session_config": rows})
    world.muster("import", "flynn", str(path), "--write")
    world.muster("set-model", "--default", "fast")
    listed = world.muster("status", "--json").json["sessions"]

    desired = {one["name"]: (one["desired"]["model"], one["desired"]["layer"]) for one in listed}
    assert desired == {"ws-1": ("opus", "session"), "telegram-2": ("haiku", "fleet")}


def test_seed_2_the_preference_for_all_is_a_patch_that_git_applies(world: World) -> None:
    """Shown, not made: it moves sessions that are not part of the import."""
    (theirs(world) / "preferences.json").write_text('{"modelTier": "fast"}')
    before = world.read("_fleet.yaml")
    document = world.muster("import", "flynn", str(theirs(world)), "--json", "--write").json

    assert world.read("_fleet.yaml") == before
    assert (
        "-defaults: {agent: claude, model: powerful}\n+defaults: {agent: claude, model: fast}"
        in (document["fleet"]["patch"])
    )


def test_seed_3_definitions_of_agents_are_a_patch_and_then_their_sessions_come_in(world: World) -> None:
    """An agent that has no profile here: first the patch, then the sessions."""
    definition = {
        "id": "parrot",
        "cmd": ["parrot", "--acp"],
        "protocol": "acp",
        "model_flag": "--model {model}",
        "session_config": {"resume_via_acp": True, "can_recover": True},
        "model_config": {"default_model": "grey", "available_models": [{"id": "green"}, {"id": "grey"}]},
    }
    (theirs(world) / "agents.json").write_text(json.dumps({"agents": [definition]}))
    session = {"id": "k1", "agent_profile_snapshot": '{"agent_name": "parrot", "model": "green"}'}
    database(theirs(world) / "kandev.db", KANDEV_NEW, {"task_sessions": [session]})
    first = world.muster("import", "kandev", str(theirs(world)), "--write", exits=7)

    assert "apply the patch for the fleet's file first" in first.out
    document = world.muster("import", "kandev", str(theirs(world)), "--json", exits=7).json
    added = [line[1:] for line in document["fleet"]["patch"].splitlines() if line.startswith("+") and line[1:2] != "+"]
    world.write("_fleet.yaml", BUILT_IN + "\n".join(added) + "\n")
    second = world.muster("import", "kandev", str(theirs(world)), "--write")
    assert "a patch for" not in second.out
    world.muster("validate")
    assert world.status("kandev-k1")["desired"]["model"] == "green"


def test_an_imported_session_goes_on_with_its_conversation(world: World) -> None:
    """The whole way, with the embedded agent: it still knows what was said before the import."""
    world.write("_fleet.yaml", "defaults: {agent: demo, model: balanced}\n")
    world.write("before.yaml", "prompt: My cat is called Tom\n")
    world.muster("apply")
    world.muster("wait", "before", "--for", "verified")
    conversation = world.status("before")["conversation"]
    world.muster("stop", "before")
    world.muster("apply", "--now", "before")
    (world.sessions / "before.yaml").unlink()
    row = {"session_id": "s1", "tmux_session_name": "after", "active_agent": "demo", "native_session_id": conversation}
    path = teleclaude(theirs(world), row | {"project_path": str(Path(world.env["HOME"]))})
    world.muster("import", "teleclaude", str(path), "--write")

    plan = world.muster("plan", "--json").json
    change = next(one for one in plan["changes"] if one["session"] == "after")
    assert change["action"] == "start"
    assert change["argv"][change["argv"].index("--resume") + 1] == conversation
    world.muster("apply")
    world.muster("send", "after", "What did I tell you?")
    world.muster("wait", "after", "--for", "verified")
    assert "Tom" in world.muster("logs", "after").out


def test_seed_1_the_plan_resumes_with_model_and_conversation(world: World) -> None:
    """The command line that dispatch's session would be started with here."""
    program = world.root / "bin" / "claude"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 97\n")
    program.chmod(0o755)
    path = chats(world, a={"model": "haiku", "session_id": "5c0e8f0e-1f3a", "transcript_dir": str(world.root)})
    place = world.root / "claude" / "projects" / re.sub("[/._]", "-", str(world.root))
    place.mkdir(parents=True)
    (place / "5c0e8f0e-1f3a.jsonl").write_text('{"type": "user", "message": {"content": "hello"}}\n')
    world.muster("import", "dispatch", str(path), "--write")
    path_of_agents = f"{program.parent}:{world.env['PATH']}"
    plan = world.muster("plan", "--json", PATH=path_of_agents, CLAUDE_CONFIG_DIR=str(world.root / "claude")).json

    argv = plan["changes"][0]["argv"]
    assert argv[argv.index("--model") + 1] == "haiku"
    assert argv[argv.index("--resume") + 1] == "5c0e8f0e-1f3a"


def test_bad_records_hide_no_good_ones(world: World) -> None:
    path = chats(world, a={}, b={})
    registry = json.loads(path.read_text()) | {"c": 7, "d": {"chat_id": "d", "tier": [1]}}
    path.write_text(json.dumps(registry))
    ran = world.muster("import", "dispatch", str(path), "--write", exits=7)

    assert f"{path}: c: error: cannot read the entry: 7 is no mapping" in ran.out
    assert {file.stem for file in world.sessions.glob("[!_]*")} == {"a", "b", "d"}
    assert "Traceback" not in ran.out + ran.err


def test_nothing_that_can_be_brought_in_is_an_error(world: World) -> None:
    (theirs(world) / "sessions.json").write_text("{")
    ran = world.muster("import", "dispatch", str(theirs(world)), exits=1)

    assert "sessions.json:1:2: error: cannot read the file: it is no JSON" in ran.out


def test_no_foreign_text_moves_the_cursor(world: World) -> None:
    """Nor does it come into a file: neither by a value, nor by a comment, nor as another line."""
    evil = "x\x1b]0;owned\x07\u202e\nmodel: opus\r# "
    entry = {"chat_id": evil, "tier": evil, "model": evil, "session_id": evil, "contact_name": evil, evil: evil}
    (theirs(world) / "sessions.json").write_text(
        json.dumps({evil: entry, "fine": {"chat_id": "fine", "tier": "bots"}, evil * 2: 7})
    )
    ran = world.muster("import", "dispatch", str(theirs(world)), "--write", exits=7)

    assert all(character.isprintable() or character == "\n" for character in ran.out + ran.err)
    texts = [file.read_text() for file in world.sessions.glob("[!_]*.yaml")]
    assert len(texts) == 2
    assert all(character.isprintable() or character == "\n" for text in texts for character in text)
    world.muster("validate")
    assert not any(line.startswith("model:") for text in texts for line in text.splitlines())


def test_a_managed_directory_is_never_written(world: World) -> None:
    words = ("import", "dispatch", str(chats(world, a={}, b={})), "--write", "--json")
    ran = world.muster(*words, exits=4, MUSTER_MANAGED=f'["{world.sessions}"]')

    assert not list(world.sessions.glob("[!_]*.yaml"))
    assert ["+++ b/" in session["patch"] for session in ran.json["sessions"]] == [True, True]


def test_the_document_says_what_the_text_says(world: World) -> None:
    path = chats(world, a={"model": "sonnet"})
    document = world.muster("import", "dispatch", str(path), "--json").json

    (session,) = document["sessions"]
    assert document["schema_version"] == 1
    assert (session["name"], session["action"], session["key"]) == ("a", "create", "a")
    assert session["text"].startswith("# Brought in by `muster import dispatch` from a.\n")
    assert {"fate": "carried over", "field": "tier", "says": "tier: family"} in session["remarks"]


def test_systems_are_completed(world: World) -> None:
    assert world.muster("completion", "words", "import", "k").out.split() == ["kandev"]


def test_an_unknown_system_is_a_usage_error(world: World) -> None:
    world.muster("import", "parrot", str(world.root), exits=64)
