"""A scripted agent of the Agent Client Protocol, for the keeper's tests: what it does is said by prompts and faults.

By the standard library alone, and not on our own wire: mistakes of ours must not cancel out. It keeps its conversation
in ``$ACP_HOME/<id>.json`` and writes every prompt that it takes to ``$ACP_HOME/log.jsonl``, with its model then.

A prompt is a list of words, each a step of the turn:
    say:TEXT        one piece of the answer            hold          until it is cancelled, or $ACP_HOME/go is there
    ask             asks for permission, says what came die           ends in mid-turn with exit 3
    ask:N           asks N questions at once
    burst:N:SIZE    N pieces of SIZE characters         junk          lines that are no messages, answers to nobody
    error           the turn fails                      fork          a process in a group of its own, which stays
    echo            repeats the prompt as the user's

$ACP_FAULT, separated by commas:
    mute, auth, die-at-once, banner, dribble            at the start, on the wire
    no-channel, legacy, groups, provider-first          how models are listed
    no-load, no-resume, refuse-load, loads-another, forgets-model    earlier conversations
    flag-id                                             a new conversation has a flag for its id
    set-ignored, set-refused, set-unknown, set-slow     setters
    ignores-eof, ignores-term, ignores-cancel, grandchild    ends
    usage, commands                                     what else it says: who answered, which commands there are
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Message = dict[str, Any]

HOME = Path(os.environ["ACP_HOME"])
FAULTS = set(os.environ.get("ACP_FAULT", "").split(","))
MODELS = {"small": "Small One", "large": "Large One", "secret[1m]": "Secret"}
SLEEP = [sys.executable, "-I", "-c", "import time; time.sleep(300)"]

writing = threading.Lock()
cancelled = threading.Event()
asked: dict[str, queue.Queue[Message]] = {}
state: Message = {"id": None, "model": "small", "said": []}


def send(**message: Any) -> None:
    raw({"jsonrpc": "2.0", **message})


def raw(message: str | Message) -> None:
    data = (message if isinstance(message, str) else json.dumps(message)).encode() + b"\n"
    at_once = 1 if "dribble" in FAULTS else len(data)
    with writing:
        while data:
            data = data[os.write(1, data[:at_once]) :]


def update(kind: str, **words: Any) -> None:
    send(method="session/update", params={"sessionId": state["id"], "update": {"sessionUpdate": kind, **words}})


def say(text: str, kind: str = "agent_message_chunk") -> None:
    update(kind, content={"type": "text", "text": text})


def log(what: str, **words: Any) -> None:
    with (HOME / "log.jsonl").open("a") as file:
        file.write(json.dumps({"pid": os.getpid(), "what": what, "model": state["model"], **words}) + "\n")


def listed() -> Message:
    if "no-channel" in FAULTS:
        return {}
    if "legacy" in FAULTS:
        models = [{"modelId": value, "name": name} for value, name in MODELS.items()]
        return {"models": {"currentModelId": state["model"], "availableModels": models}}
    options: list[Message] = [{"value": value, "name": name} for value, name in MODELS.items()]
    if "groups" in FAULTS:
        options = [
            {"group": "a", "name": "A", "options": options[:1]},
            {"group": "b", "name": "B", "options": options[1:]},
        ]
    model = {"id": "model", "name": "Model", "category": "model", "type": "select", "currentValue": state["model"]}
    provider = {
        "id": "provider",
        "name": "P",
        "category": "model",
        "type": "select",
        "currentValue": "x",
        "options": [],
    }
    return {"configOptions": [provider] * ("provider-first" in FAULTS) + [model | {"options": options}]}


def keep() -> None:
    whole = HOME / f"{state['id']}.json"
    beside = whole.with_suffix(".tmp")
    beside.write_text(json.dumps(state))
    beside.replace(whole)


def initialize(params: Message) -> Message:
    if "mute" in FAULTS:
        time.sleep(300)
    session: Message = {"close": {}} | ({} if "no-resume" in FAULTS else {"resume": {}})
    return {
        "protocolVersion": 1,
        "agentCapabilities": {"loadSession": "no-load" not in FAULTS, "sessionCapabilities": session},
        "agentInfo": {"name": "scripted", "version": "1"},
    }


def new(params: Message) -> Message:
    if "auth" in FAULTS:
        raise Refused(-32000, "Authentication required")
    state["id"] = f"talk-{os.getpid()}"
    keep()
    if "commands" in FAULTS:
        update("available_commands_update", availableCommands=[{"name": "compact", "description": "Compact"}])
    return {"sessionId": "--yolo" if "flag-id" in FAULTS else state["id"], **listed()}


def take_up(params: Message) -> Message:
    path = HOME / f"{params['sessionId']}.json"
    if "loads-another" in FAULTS:
        return {"sessionId": "another"}
    if "refuse-load" in FAULTS or not path.exists():
        raise Refused(-32603, "Internal error", {"details": "no rollout found"})
    state.update(json.loads(path.read_text()))
    if "forgets-model" in FAULTS:
        state["model"] = "small"
    return listed()


def load(params: Message) -> Message:
    found = take_up(params)
    for who, text in state["said"]:
        say(text, f"{who}_message_chunk")
    return found


def set_model(value: str) -> None:
    log("set", value=value)
    if "set-slow" in FAULTS:
        while not (HOME / "go").exists():
            time.sleep(0.01)
    if "set-unknown" in FAULTS:
        raise Refused(-32601, "Method not found")
    if "set-refused" in FAULTS or value not in MODELS:
        raise Refused(-32602, "Invalid params")
    if "set-ignored" not in FAULTS:
        state["model"] = value
        keep()


def set_option(params: Message) -> Message:
    if "legacy" in FAULTS:
        raise Refused(-32601, "Method not found")
    set_model(params["value"])
    return listed()


def set_legacy(params: Message) -> Message:
    set_model(params["modelId"])
    return {}


class Refused(Exception):
    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.error: Message = {"code": code, "message": message} | ({} if data is None else {"data": data})


def prompt(params: Message) -> Message:
    text = "".join(block.get("text", "") for block in params["prompt"])
    cancelled.clear()
    log("prompt", text=text)
    state["said"].append(["user", text])
    keep()
    for step in text.split():
        name, _, rest = step.partition(":")
        STEPS.get(name, answer)(rest)
        if cancelled.is_set() and "ignores-cancel" not in FAULTS:
            return {"stopReason": "cancelled"}
    usage = {"quota": {"model_usage": [{"model": state["model"], "token_count": {"output_tokens": 3}}]}}
    return {"stopReason": "end_turn"} | ({"_meta": usage} if "usage" in FAULTS else {})


def answer(text: str) -> None:
    say(text)
    state["said"].append(["agent", text])
    keep()


def hold(_: str) -> None:
    while not (HOME / "go").exists() and not (cancelled.is_set() and "ignores-cancel" not in FAULTS):
        time.sleep(0.01)


def ask(count: str) -> None:
    idents = [f"q{len(asked) + number}" for number in range(int(count or 1))]
    asked.update({ident: queue.Queue() for ident in idents})
    kinds = ("allow_always", "allow_once", "reject_once")
    options = [{"optionId": kind, "name": kind, "kind": kind} for kind in kinds]
    for number, ident in enumerate(idents, start=1):
        tool = {"toolCallId": f"t{number}", "title": "rm" if number == 1 else f"rm {number}"}
        params = {"sessionId": state["id"], "toolCall": tool, "options": options}
        send(id=ident, method="session/request_permission", params=params)
    for ident in idents:
        came = asked[ident].get()
        say(json.dumps(came.get("result", came.get("error"))))


def burst(rest: str) -> None:
    count, size = map(int, rest.split(":"))
    for number in range(count):
        say(f"{number:08}" + "x" * (size - 8))


def junk(_: str) -> None:
    for line in (
        "Welcome!",
        "",
        "{",
        "[]",
        "null",
        '{"jsonrpc":"2.0"}',
        '{"id":true,"result":{}}',
        '{"id":99999,"result":{}}',
    ):
        raw(line)
    raw('{"id":{},"method":"x"}')
    raw('{"jsonrpc":"2.0","method":"session/update","params":[1]}')
    raw('{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"other","update":{"sessionUpdate":"x"}}}')
    raw('{"jsonrpc":"2.0","id":7,"method":"fs/read_text_file","params":{"path":"/etc/passwd"}}')
    raw("[" * 100_000 + "]" * 100_000)


def error(_: str) -> None:
    raise Refused(-32603, "the provider fails", {"status": 529})


def die(_: str) -> None:
    os._exit(3)


def echo(_: str) -> None:
    say(state["said"][-1][1], "user_message_chunk")


def fork(_: str) -> None:
    quiet = subprocess.DEVNULL
    subprocess.Popen(SLEEP, process_group=0, stdin=quiet, stdout=quiet, stderr=quiet)


def close(_: Message) -> Message:
    log("close")
    return {}


def set_mode(_: Message) -> Message:
    return {}


STEPS: dict[str, Callable[[str], None]] = {
    "say": answer,
    "hold": hold,
    "ask": ask,
    "burst": burst,
    "junk": junk,
    "error": error,
    "die": die,
    "echo": echo,
    "fork": fork,
}
METHODS: dict[str, Callable[[Message], Message]] = {
    "initialize": initialize,
    "session/new": new,
    "session/load": load,
    "session/resume": take_up,
    "session/close": close,
    "session/prompt": prompt,
    "session/set_config_option": set_option,
    "session/set_model": set_legacy,
    "session/set_mode": set_mode,
}
BESIDE = {"session/prompt", "session/set_config_option", "session/set_model"}


def serve(method: str, ident: Any, params: Message) -> None:
    try:
        result = METHODS[method](params)
    except Refused as refused:
        send(id=ident, error=refused.error)
    else:
        send(id=ident, result=result)


def begin() -> None:
    if "die-at-once" in FAULTS:
        sys.exit("no provider configured")
    if "ignores-term" in FAULTS:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "grandchild" in FAULTS:
        subprocess.Popen(SLEEP)
    if "banner" in FAULTS:
        raw("Welcome to the scripted agent!")
    log("start", argv=sys.argv[1:], env=dict(os.environ))


def take(message: Message) -> None:
    method, ident, params = message.get("method"), message.get("id"), message.get("params") or {}
    if method == "session/cancel":
        cancelled.set()
    elif method in BESIDE:
        threading.Thread(target=serve, args=(method, ident, params), daemon=True).start()
    elif method:
        serve(method, ident, params)
    elif ident in asked:
        asked[ident].put(message)


def main() -> None:
    begin()
    for line in sys.stdin:
        take(json.loads(line))
    while "ignores-eof" in FAULTS:
        time.sleep(300)


main()
