"""What these two write down, as recorded from the real programs before a loopback provider."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from controller.model.observed import Activity, Observed, ProcessIdentity
from controller.runtimes.identity import identify
from tests.unit.profiles.looking import RECORDS, Look, looker
from tests.unit.profiles.reading import BUILT_IN
from tests.waiting import wait_for

NOON = datetime.fromisoformat("2026-11-21T12:00:00+00:00").timestamp()
ID = "session_0931840a-796a-41a8-8407-9ae98b311823"
OTHER = "0b54ec0c-5b0e-4c3c-9d3a-333333333333"
LONG = 86400.0
"""Seconds: the process is older than what it wrote."""


@pytest.fixture
def look(tmp_path: Path) -> Look:
    return looker(tmp_path, wall=NOON)


def lines(name: str) -> list[str]:
    return (RECORDS / f"{name}.jsonl").read_text().splitlines(keepends=True)


def told(seen: Observed) -> tuple[bool | None, Activity, str | None, bool]:
    return (seen.prompted, seen.activity, seen.model.name if seen.model else None, seen.refused > 0)


@pytest.mark.parametrize(
    "until, expected",
    [
        (1, (False, Activity.UNKNOWN, None, False)),
        (4, (True, Activity.BUSY, None, False)),
        (7, (True, Activity.IDLE, "stub/model-b", False)),
        (10, (True, Activity.BUSY, "stub/model-b", False)),
        (11, (True, Activity.IDLE, "stub/model-b", True)),
        (14, (True, Activity.BUSY, "stub/model-b", True)),
        (19, (True, Activity.IDLE, "stub/model-b", True)),
        (25, (True, Activity.IDLE, "stub/model-b", False)),
    ],
    ids=["begun", "asked", "answered", "asked again", "refused", "and again", "cancelled", "answered again"],
)
def test_kimi_tells_its_turns(
    look: Look, tmp_path: Path, until: int, expected: tuple[bool, Activity, str | None, bool]
) -> None:
    wire = tmp_path / ".kimi-code" / "sessions" / "wd_work_0af95586c03f" / ID / "agents" / "main" / "wire.jsonl"
    wire.parent.mkdir(parents=True)
    wire.write_text("".join(lines("kimi-2.1.0")[:until]))

    assert told(look("kimi", ID, lives=LONG)) == expected


def test_a_cancelled_request_proves_no_model(look: Look, tmp_path: Path) -> None:
    """Kimi counts its use all the same, of nothing."""
    wire = tmp_path / ".kimi-code" / "sessions" / "wd_work_0af95586c03f" / ID / "agents" / "main" / "wire.jsonl"
    wire.parent.mkdir(parents=True)
    wire.write_text("".join(lines("kimi-2.1.0")[14:19]))

    assert told(look("kimi", ID, lives=LONG)) == (True, Activity.IDLE, None, False)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Callable[[], ProcessIdentity]]:
    """Start a process in the session's directory; its name is no other's here."""
    (tmp_path / "w_1.x").mkdir()
    program = tmp_path / f"kimi{os.getpid() % 10_000_000}"
    program.symlink_to("/bin/sleep")
    started: list[subprocess.Popen[bytes]] = []

    def start() -> ProcessIdentity:
        started.append(subprocess.Popen([program, "60"], cwd=tmp_path / "w_1.x"))
        wait_for(lambda: psutil.Process(started[-1].pid).name() == program.name, what="its name")
        mine = identify(started[-1].pid)
        assert mine
        return mine

    yield start
    for one in started:
        one.kill()
        one.wait()


def begun(home: Path, number: int, cwd: Path, at: float) -> str:
    """Leave what kimi writes when a conversation begins, with the first prompt."""
    name = f"session_{number}"
    state = home / ".kimi-code" / "sessions" / "wd_w_1.x_0af95586c03f" / name / "state.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"id": name, "version": 2, "cwd": str(cwd), "createdAt": int(at * 1000)}))
    return name


def test_kimis_conversation_is_the_one_that_began_in_its_directory_since(
    tmp_path: Path, agent: Callable[[], ProcessIdentity]
) -> None:
    """Not an older one that goes on, and not one of another directory."""
    begun(tmp_path, 1, tmp_path / "w_1.x", time.time() - 100)
    look = looker(tmp_path, wall=time.time(), process=agent())
    begun(tmp_path, 2, tmp_path, time.time())
    before = look("kimi", None)
    name = begun(tmp_path, 3, tmp_path / "w_1.x", time.time())
    after = look("kimi", None)

    assert (before.conversation, before.prompted, before.activity) == (None, False, Activity.UNKNOWN)
    assert (after.conversation, after.prompted) == (name, False)


def test_of_two_kimis_in_one_directory_none_is_known(tmp_path: Path, agent: Callable[[], ProcessIdentity]) -> None:
    """A wrong conversation is worse than an unknown one; and nothing proves that it has none."""
    first = agent()
    agent()
    begun(tmp_path, 1, tmp_path / "w_1.x", time.time())
    seen = looker(tmp_path, wall=time.time(), process=first)("kimi", None)

    assert (seen.conversation, seen.prompted) == (None, None)


def test_of_two_conversations_since_none_is_known(tmp_path: Path, agent: Callable[[], ProcessIdentity]) -> None:
    """Another process may have begun one and be gone."""
    mine = agent()
    for number in (1, 2):
        begun(tmp_path, number, tmp_path / "w_1.x", time.time())
    seen = looker(tmp_path, wall=time.time(), process=mine)("kimi", None)

    assert (seen.conversation, seen.prompted) == (None, None)


@pytest.mark.parametrize(
    "until, expected",
    [(1, (True, None, False)), (3, (True, "model-a", False)), (15, (True, "model-a", True))],
    ids=["asked", "answered", "refused"],
)
def test_qwen_names_the_model_of_each_answer(
    look: Look, tmp_path: Path, until: int, expected: tuple[bool, str | None, bool]
) -> None:
    slug = str(tmp_path / "w-1-x").replace("/", "-").replace(".", "-").replace("_", "-")
    chat = tmp_path / ".qwen" / "projects" / slug / "chats" / f"{OTHER}.jsonl"
    chat.parent.mkdir(parents=True)
    chat.write_text("".join(lines("qwen-0.24.4")[:until]))
    prompted, _, model, refused = told(look("qwen", OTHER))

    assert (prompted, model, refused) == expected


def hook(home: Path, word: str, said: str) -> None:
    """Call the hook as the agent does: its outermost process is named by a variable."""
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "QWEN_CODE_LAUNCHER_PID": str(os.getpid())}
    script = BUILT_IN / "qwen.hook.sh"
    done = subprocess.run(["sh", script, word], input=said, env=env, text=True, capture_output=True, check=True)
    assert done.stdout + done.stderr == "", "the agent would read it"


def test_qwen_says_by_its_hooks_what_it_does(look: Look, tmp_path: Path) -> None:
    """A prompt, a tool that asks, its run, the answer; the same again; a compaction; a command's end; a restart."""
    seen = []
    for line in lines("qwen-0.24.4-hooks"):
        hook(tmp_path, *json.loads(line))
        observed = look("qwen", None)
        assert observed.conversation == OTHER
        seen.append(str(observed.activity))

    turn = ["busy", "waiting", "busy", "busy", "idle", "idle"]
    assert seen == ["idle", *turn, *turn, "busy", "idle", "idle", "idle", "idle"]


def test_the_later_of_two_hooks_wins_whichever_is_done_first(look: Look, tmp_path: Path) -> None:
    """An idle that was slow must not cover the prompt that came after it."""
    events = [json.loads(line) for line in lines("qwen-0.24.4-hooks")]
    idle, busy = events[6], events[7]
    hook(tmp_path, *busy)
    hook(tmp_path, *idle)

    assert look("qwen", None).activity is Activity.BUSY


@pytest.mark.parametrize(
    "word, said, activity",
    [
        ("busy", {"hook_event_name": "PreToolUse", "agent_id": "managed-auto-memory-extractor-1"}, Activity.IDLE),
        ("begun", {"hook_event_name": "SessionStart", "source": "compact"}, Activity.IDLE),
        ("told", {"notification_type": "auth_success"}, Activity.IDLE),
        ("idle", {"background_tasks": [{"id": "1", "status": "completed"}]}, Activity.IDLE),
        ("idle", {"background_tasks": [{"id": "1", "status": "running"}]}, Activity.BACKGROUND),
        ("busy", {"tool_input": {"timestamp": "2099-01-01T00:00:00.000Z"}}, Activity.BUSY),
    ],
    ids=["beside", "compacted in a turn", "something else", "done", "in the background", "a tool's own words"],
)
def test_only_the_conversations_own_work_counts(
    look: Look, tmp_path: Path, word: str, said: dict[str, object], activity: Activity
) -> None:
    base = {"session_id": OTHER, "timestamp": "2026-11-21T10:00:00.000Z"}
    hook(tmp_path, "begun", json.dumps(base | {"source": "startup"}, separators=(",", ":")))
    later = base | {"timestamp": "2026-11-21T10:00:01.000Z"}
    hook(tmp_path, word, json.dumps(later | said, separators=(",", ":")))

    assert look("qwen", None).activity is activity


@pytest.mark.parametrize(
    "status, pid, activity",
    [
        ("running", os.getpid(), Activity.BACKGROUND),
        ("completed", os.getpid(), Activity.IDLE),
        ("running", 2**22 + 1, Activity.IDLE),
    ],
    ids=["runs", "done", "killed with its agent"],
)
def test_a_command_in_the_background_is_work(
    look: Look, tmp_path: Path, status: str, pid: int, activity: Activity
) -> None:
    """Though the prompt is free: a restart would end it (law 2)."""
    shells = tmp_path / ".qwen" / "tmp" / "ce366a" / "background-shells" / OTHER
    shells.mkdir(parents=True)
    (shells / "shell-bg_1.status").write_text(json.dumps({"id": "bg_1", "status": status, "pid": pid}, indent=2))
    stop, free = (json.loads(lines("qwen-0.24.4-hooks")[number]) for number in (5, 6))
    hook(tmp_path, *stop)
    hook(tmp_path, *free)

    assert look("qwen", None).activity is activity
