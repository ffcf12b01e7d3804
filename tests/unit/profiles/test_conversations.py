"""What the profiles' vocabulary can say of transcripts, registries and reported ids, on samples of each agent."""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from controller.model.observed import Activity, Observed
from controller.runtimes.identity import identify
from tests.unit.profiles.reading import ID, NOON

SINCE = datetime.fromtimestamp(NOON, UTC).isoformat().replace("+00:00", "Z")
LATER = datetime.fromtimestamp(NOON + 5, UTC).isoformat().replace("+00:00", "Z")
Look = Callable[..., Observed]
OTHER = "2d66bf4c-83d5-4d4c-b4e1-3b47e1858721"


def write(path: Path, *records: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def slug(tmp_path: Path) -> str:
    return str(tmp_path / "w-1-x").replace("/", "-").replace(".", "-").replace("_", "-")


def model(seen: Observed) -> tuple[str, float] | None:
    return (seen.model.name, seen.model.at) if seen.model else None


def reply(name: str, at: str, **more: Any) -> dict[str, Any]:
    return {"type": "assistant", "timestamp": at, "isSidechain": False, "message": {"model": name}} | more


ASKED = {"type": "user", "timestamp": SINCE, "isSidechain": False, "message": {"role": "user", "content": "hello"}}


@pytest.mark.parametrize(
    "records, name, fallback",
    [
        pytest.param([reply("claude-opus-5-5", LATER)], "opus", False, id="a reply"),
        pytest.param([reply("claude-opus-5-5", SINCE), reply("<synthetic>", LATER)], "opus", False, id="synthetic"),
        pytest.param(
            [reply("claude-opus-5-5", SINCE), reply("claude-haiku-5-5", LATER, isSidechain=True)],
            "opus",
            False,
            id="side",
        ),
        pytest.param(
            [
                reply("claude-opus-5-5", SINCE),
                {"type": "attachment", "timestamp": LATER}
                | {"attachment": {"type": "model", "identity": {"modelId": "claude-haiku-5-5"}}},
            ],
            "opus",
            False,
            id="asked, not answered",
        ),
        pytest.param(
            [
                {
                    "type": "system",
                    "subtype": "model_fallback",
                    "timestamp": SINCE,
                    "fallbackModel": "claude-sonnet-5-5",
                },
                reply("claude-sonnet-5-5", LATER),
            ],
            "sonnet",
            True,
            id="fallback",
        ),
        pytest.param(
            [
                reply("claude-opus-5-5", SINCE),
                {"type": "user", "timestamp": LATER}
                | {
                    "message": {"content": "<local-command-stdout>Set model to \x1b[1mhaiku\x1b[22m (claude-haiku-5-5)"}
                },
            ],
            "haiku",
            False,
            id="a person's change",
        ),
        pytest.param(
            [
                reply("claude-opus-5-5", SINCE),
                {"type": "user", "timestamp": LATER}
                | {
                    "message": {
                        "content": "<local-command-stdout>Set model to `Haiku 5.5` and saved as your default for new"
                    }
                },
            ],
            "haiku",
            False,
            id="a person's change, by the name for people",
        ),
        pytest.param(
            [
                reply("claude-opus-5-5", SINCE),
                {"type": "user", "timestamp": LATER}
                | {"message": {"content": "<local-command-stdout>Set model to `Default (recommended)` and saved"}},
            ],
            "opus",
            False,
            id="a person's change to what has no name: the next answer tells",
        ),
        pytest.param([reply("claude-opus-5-5", LATER), reply("claude-haiku-5-5", SINCE)], "opus", False, id="order"),
    ],
)
def test_claude_names_the_model_in_its_records(
    look: Look, tmp_path: Path, records: list[dict[str, Any]], name: str, fallback: bool
) -> None:
    write(tmp_path / ".claude" / "projects" / slug(tmp_path) / f"{ID}.jsonl", ASKED, *records)
    seen = look("claude")

    assert seen.prompted is True
    assert seen.model is not None
    assert (seen.model.name, seen.model.fallback) == (name, fallback)


@pytest.mark.parametrize(
    "entry, activity, idle_for",
    [
        ({"status": "idle"}, Activity.IDLE, 60.0),
        ({"status": "busy"}, Activity.BUSY, 60.0),
        ({"status": "waiting", "waitingFor": "permission prompt"}, Activity.WAITING, 60.0),
        ({"status": "shell"}, Activity.BACKGROUND, 60.0),
        ({}, Activity.UNKNOWN, 0.0),
    ],
)
def test_claude_says_what_it_does(
    look: Look, tmp_path: Path, entry: dict[str, Any], activity: Activity, idle_for: float
) -> None:
    mine = identify(os.getpid())
    assert mine
    said = {"pid": mine.pid, "procStart": str(mine.ticks), "sessionId": ID, "statusUpdatedAt": NOON * 1000}
    write(tmp_path / ".claude" / "sessions" / f"{os.getpid()}.json", said | entry)
    seen = look("claude", conversation="told-something-else")

    assert (seen.conversation, seen.activity, seen.idle_for) == (ID, activity, idle_for)


def codex_file(tmp_path: Path) -> Path:
    return tmp_path / ".codex" / "sessions" / "2026" / "11" / "20" / f"rollout-2026-11-20T10-00-00-{ID}.jsonl"


def told(kind: str, at: str, **payload: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": at, "payload": payload}


TURN = [
    told("turn_context", SINCE, model="gpt-6.1-sol", effort="high"),
    told("event_msg", SINCE, type="item_completed", item={"type": "UserMessage"}),
]
REFUSAL = told("event_msg", LATER, type="task_complete", error={"codex_error_info": "model_not_found"})


def test_codex_names_the_model_of_each_turn_and_its_end(look: Look, tmp_path: Path) -> None:
    path = write(codex_file(tmp_path), *TURN)
    busy = look("codex")
    write(path, *TURN, told("token_usage_record", LATER), told("event_msg", LATER, type="task_complete"))
    idle = look("codex")

    assert (busy.prompted, model(busy), busy.activity) == (True, None, Activity.BUSY)
    assert (model(idle), idle.activity, idle.idle_for) == (("gpt-6.1-sol", NOON + 5), Activity.IDLE, 55.0)


def test_codex_proves_a_turn_by_its_answer_whatever_it_calls_the_prompt(look: Look, tmp_path: Path) -> None:
    """A record's name may change with a version; a conversation that looks empty would be left behind."""
    write(codex_file(tmp_path), TURN[0], told("token_usage_record", LATER))

    assert look("codex").prompted is True


def test_a_refused_model_is_no_observed_one(look: Look, tmp_path: Path) -> None:
    """Codex names it when it asks, and nobody answers; an answer after it is a proof again."""
    path = write(codex_file(tmp_path), *TURN, REFUSAL)
    refused = look("codex")
    write(path, *TURN, REFUSAL, told("token_usage_record", LATER))
    answered = look("codex")

    assert (model(refused), refused.refused, refused.activity) == (None, NOON + 5, Activity.IDLE)
    assert (model(answered), answered.refused) == (("gpt-6.1-sol", NOON + 5), 0.0)


def test_claude_says_that_a_model_was_refused(look: Look, tmp_path: Path) -> None:
    refusal = reply("<synthetic>", LATER, error="model_not_found")
    write(tmp_path / ".claude" / "projects" / slug(tmp_path) / f"{ID}.jsonl", ASKED, refusal)
    seen = look("claude")

    assert (seen.model, seen.refused) == (None, NOON + 5)


def test_codex_tells_its_conversation_by_a_lock_that_it_holds_open(look: Look, tmp_path: Path) -> None:
    lock = tmp_path / ".codex" / "thread-writer-locks" / f"{ID}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    write(codex_file(tmp_path), *TURN, told("token_usage_record", SINCE))
    before = look("codex", conversation=None)
    with lock.open():
        held = look("codex", conversation=None, lives=1100.0)

    assert (before.conversation, before.prompted) == (None, None)
    assert (held.conversation, model(held)) == (ID, ("gpt-6.1-sol", NOON))


def test_two_conversations_held_open_are_none(look: Look, tmp_path: Path) -> None:
    """A wrong conversation is worse than an unknown one."""
    locks = tmp_path / ".codex" / "thread-writer-locks"
    locks.mkdir(parents=True)
    with (locks / "a.lock").open("w"), (locks / "b.lock").open("w"):
        assert look("codex", conversation=None).conversation is None


def test_gemini_keeps_one_conversation_in_several_files(look: Look, tmp_path: Path) -> None:
    """A resume begins another file of the same eight characters; the turns stand in the first."""
    chats = tmp_path / ".gemini" / "tmp" / "project" / "chats"
    said = {"type": "gemini", "timestamp": SINCE, "model": "gemini-3.1-pro-preview"}
    write(chats / f"session-2026-11-20T10-00-{ID[:8]}.jsonl", {"type": "user", "timestamp": SINCE}, said)
    write(chats / f"session-2026-11-20T10-01-{ID[:8]}.jsonl", {"sessionId": ID})
    seen = look("gemini")

    assert (seen.prompted, model(seen)) == (True, ("pro", NOON))


def test_gemini_names_an_id_that_is_no_conversation_when_another_model_takes_over(look: Look, tmp_path: Path) -> None:
    """It goes on in the old one's file; a conversation that a person begins with /clear has its own."""
    write(tmp_path / ".gemini" / "muster" / f"{os.getpid()}.json", {"conversation": OTHER, "status": "idle"})
    chats = tmp_path / ".gemini" / "tmp" / "project" / "chats"
    write(chats / f"session-2026-11-21T10-00-{ID[:8]}.jsonl", {"type": "user", "timestamp": SINCE})
    rotated = look("gemini")
    write(chats / f"session-2026-11-21T10-05-{OTHER[:8]}.jsonl", {"type": "user", "timestamp": LATER})
    cleared = look("gemini")

    assert (rotated.conversation, rotated.prompted, rotated.activity) == (None, True, Activity.IDLE)
    assert cleared.conversation == OTHER


def test_gemini_writes_a_refusal_down_when_a_person_says_stop(look: Look, tmp_path: Path) -> None:
    said = {"type": "error", "timestamp": LATER, "content": "[API Error: models/gemini-nope is not found]"}
    chats = tmp_path / ".gemini" / "tmp" / "project" / "chats"
    path = write(chats / f"session-2026-11-20T10-00-{ID[:8]}.jsonl", {"type": "user", "timestamp": SINCE}, said)
    refused = look("gemini").refused
    write(path, {"type": "user", "timestamp": SINCE}, said | {"content": "[API Error: overloaded]"})

    assert (refused, look("gemini").refused) == (NOON + 5, 0.0)


def test_copilot_tells_its_conversation_by_a_files_name(look: Look, tmp_path: Path) -> None:
    state = tmp_path / ".copilot" / "session-state" / ID
    write(
        state / "events.jsonl",
        {"type": "session.start", "timestamp": SINCE, "data": {"selectedModel": "gpt-mini"}},
        {"type": "user.message", "timestamp": SINCE},
        {"type": "assistant.turn_start", "timestamp": SINCE},
        {"type": "assistant.message", "timestamp": LATER, "data": {"model": "gpt-large"}},
    )
    (state / f"inuse.{os.getpid()}.hold").touch()
    (state.parent / "another").mkdir()
    (state.parent / "another" / "inuse.1.hold").touch()
    seen = look("copilot", conversation=None)

    assert (seen.conversation, seen.prompted, model(seen)) == (ID, True, ("gpt-large", NOON + 5))
    assert seen.activity is Activity.BUSY


@pytest.mark.skipif(sys.platform != "linux", reason="ticks count from boot only there")
@pytest.mark.parametrize("lives,doing", [(61, Activity.BUSY), (59, Activity.IDLE)], ids=["born before it", "after it"])
def test_a_turn_that_died_with_its_process_is_not_under_way(
    look: Look, tmp_path: Path, lives: float, doing: Activity
) -> None:
    """The process that follows waits for a prompt, whatever the transcript's last word is."""
    events = tmp_path / ".copilot" / "session-state" / ID / "events.jsonl"
    write(events, {"type": "user.message", "timestamp": SINCE})

    assert look("copilot", lives=lives).activity is doing


def test_pi_names_provider_and_model(look: Look, tmp_path: Path) -> None:
    place = tmp_path / ".pi" / "agent" / "sessions" / ("-" + str(tmp_path / "w_1.x").replace("/", "-") + "--")
    said = {"role": "assistant", "provider": "stub", "model": "model-b", "stopReason": "stop"}
    write(
        place / f"2026-11-20T10-00-00_{ID}.jsonl",
        {"type": "model_change", "timestamp": SINCE, "provider": "stub", "modelId": "model-a"},
        {"type": "message", "timestamp": SINCE, "message": {"role": "user"}},
        {"type": "message", "timestamp": LATER, "message": said},
    )
    seen = look("pi")
    failed = said | {"model": "model-c", "stopReason": "error", "errorMessage": "404 no such model"}
    path = next(place.iterdir())
    path.write_text(path.read_text() + json.dumps({"type": "message", "timestamp": LATER, "message": failed}) + "\n")
    refused = look("pi")

    assert (seen.prompted, model(seen), seen.refused) == (True, ("stub/model-b", NOON + 5), 0.0)
    assert model(refused) == ("stub/model-b", NOON + 5)


AIDER_START = """
# aider chat started at 2026-11-21 09:35:25

> No git repo found, create one to track aider's changes (recommended)? (Y)es/(N)o [Yes]: n
> /opt/aider/bin/aider --model openai/model-a
> Aider v0.86.2
> Model: openai/model-a with whole edit format
> Git repo: none
> Repo-map: disabled
"""
AIDER_TURN = """
#### Remember step-aaaaaaaa [[delay 6]]

answer-77093583: I was told step-aaaaaaaa.

> Tokens: 587 sent, 13 received.
"""
AIDER_MOVED = """
#### /model openai/model-nope
> Aider v0.86.2
> Main model: openai/model-nope with whole edit format
> Weak model: openai/model-a
"""
AIDER_REFUSED = """
#### Remember step-bbbbbbbb
> litellm.NotFoundError: OpenAIException - The model `model-nope` does not exist or you do not have access to it.
"""


def test_aider_is_read_from_its_text(look: Look, tmp_path: Path) -> None:
    """It names the model before it asks, and gives no times: what a look finds is as old as the file."""
    history = tmp_path / "w_1.x" / ".aider.chat.history.md"
    looks = [look("aider")]
    for number, piece in enumerate((AIDER_START, AIDER_TURN, AIDER_MOVED, AIDER_REFUSED, AIDER_TURN)):
        with history.open("a") as file:
            file.write(piece)
        os.utime(history, (NOON, NOON + number))
        looks.append(look("aider"))

    assert [(one.prompted, model(one), one.refused) for one in looks] == [
        (False, None, 0.0),
        (False, None, 0.0),
        (True, ("openai/model-a", NOON + 1), 0.0),
        (True, ("openai/model-a", NOON + 1), 0.0),
        (True, ("openai/model-a", NOON + 1), NOON + 3),
        (True, ("openai/model-nope", NOON + 4), 0.0),
    ]


@pytest.mark.parametrize("status, activity", [("idle", Activity.IDLE), ("busy", Activity.BUSY)])
def test_pi_says_by_its_extension_what_it_does(look: Look, tmp_path: Path, status: str, activity: Activity) -> None:
    """Its transcript begins with the first answer: until then nothing else tells that it works."""
    mine = identify(os.getpid())
    assert mine
    said = {"pid": mine.pid, "procStart": str(mine.ticks), "sessionId": ID, "status": status, "since": NOON * 1000}
    write(tmp_path / ".pi" / "agent" / "muster" / f"{os.getpid()}.json", said)
    seen = look("pi", conversation=None)

    assert (seen.conversation, seen.activity, seen.prompted) == (ID, activity, False)
