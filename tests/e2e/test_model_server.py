"""The provider that the wire proof rests on: it tells the truth in four dialects."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.model_server.mind import answer_to
from tests.e2e.model_server.server import ModelServer
from tests.waiting import wait_for

Body = dict[str, Any]
SECRET, STEP = "secret-0a1b2c3d", "step-4e5f6a7b"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ModelServer]:
    """A provider on a free port."""
    running = ModelServer(tmp_path / "wire.jsonl")
    yield running
    running.close()


def messages(model: str, *said: tuple[str, str], stream: bool = False, tool: str = "Bash") -> tuple[str, Body]:
    turns = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in said]
    return "/v1/messages", {"model": model, "messages": turns, "tools": [{"name": tool}], "stream": stream}


def chat(model: str, *said: tuple[str, str], stream: bool = False, tool: str = "Bash") -> tuple[str, Body]:
    turns = [{"role": role, "content": text} for role, text in said]
    tools = [{"type": "function", "function": {"name": tool}}]
    return "/v1/chat/completions", {"model": model, "messages": turns, "tools": tools, "stream": stream}


def responses(model: str, *said: tuple[str, str], stream: bool = False, tool: str = "Bash") -> tuple[str, Body]:
    kinds = {"user": "input_text", "assistant": "output_text"}
    turns = [{"type": "message", "role": role, "content": [{"type": kinds[role], "text": text}]} for role, text in said]
    return "/v1/responses", {"model": model, "input": turns, "tools": [{"name": tool}], "stream": stream}


def generate(model: str, *said: tuple[str, str], stream: bool = False, tool: str = "Bash") -> tuple[str, Body]:
    turns = [{"role": {"assistant": "model"}.get(role, role), "parts": [{"text": text}]} for role, text in said]
    what = "streamGenerateContent?alt=sse" if stream else "generateContent"
    return f"/v1beta/models/{model}:{what}", {"contents": turns, "tools": [{"functionDeclarations": [{"name": tool}]}]}


DIALECTS = pytest.mark.parametrize("dialect", [messages, chat, responses, generate])


def post(server: ModelServer, path: str, body: Body) -> str:
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), {"X-Session-Id": "s1"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.read().decode())


@DIALECTS
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_repeats_what_the_user_said(server: ModelServer, dialect: Any, stream: bool) -> None:
    said = [("user", f"remember {SECRET}"), ("assistant", "yes"), ("user", f"now {STEP}")]
    text = post(server, *dialect("model-a", *said, stream=stream))
    [seen] = server.turns(STEP, "model-a")

    for half in (answer_to(STEP)[:12], STEP[6:]):
        assert half in text
    assert (seen["users"][0], seen["assistants"], seen["tools"]) == (f"remember {SECRET}", ["yes"], 1)
    assert seen["headers"]["x-session-id"] == "s1"


@DIALECTS
def test_a_tool_is_called_once_where_the_prompt_says_so(server: ModelServer, dialect: Any) -> None:
    prompt = f'{STEP} [[call Bash {{"command": "ls"}}]]'
    for stream in (False, True):
        assert "Bash" in post(server, *dialect("m", ("user", prompt), stream=stream))
    assert answer_to(STEP) in post(server, *dialect("m", ("user", prompt), tool="Other"))


def test_a_tools_result_ends_the_call(server: ModelServer) -> None:
    path, body = messages("m", ("user", f'{STEP} [[call Bash {{"command": "ls"}}]]'))
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "file"}
    body["messages"].append({"role": "user", "content": [result]})

    assert answer_to(STEP) in post(server, path, body)


@DIALECTS
def test_a_model_is_refused(server: ModelServer, dialect: Any) -> None:
    server.refused = {"bad": 404}
    with pytest.raises(urllib.error.HTTPError) as refusal:
        post(server, *dialect("bad", ("user", STEP)))

    assert refusal.value.code == 404
    refusal.value.close()
    assert answer_to(STEP) in post(server, *dialect("good", ("user", STEP)))


def test_an_error_is_given_on_demand_and_not_for_what_was_said_before(server: ModelServer) -> None:
    failing = ("user", f"{SECRET} [[status 529]]")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        post(server, *messages("m", failing))

    assert refusal.value.code == 529
    refusal.value.close()
    assert answer_to(STEP) in post(server, *messages("m", failing, ("user", STEP)))
    assert answer_to(STEP) in post(server, *messages("m", ("user", f"{failing[1]}\n{STEP}")))


def test_a_delayed_stream_is_open_until_its_end(server: ModelServer) -> None:
    asked = messages("m", ("user", f"{STEP} [[delay 30]]"), stream=True)
    thread = threading.Thread(target=post, args=(server, *asked))
    thread.start()
    wait_for(lambda: server.turns(STEP), what="the request")

    assert server.turns(STEP)[0]["whole"] is None
    server.hurried.set()
    thread.join(10)
    wait_for(lambda: server.turns(STEP)[0]["whole"], what="the end of its answer")


def test_requests_beside_the_conversation_are_no_turns(server: ModelServer) -> None:
    path, body = chat("m", ("user", f"give a title to: {STEP}"))
    post(server, path, body | {"tools": []})

    assert server.turns(STEP) == []
    assert len(server.requests()) == 1
