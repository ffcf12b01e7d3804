"""Random switches, prompts and crashes on one headless session: no turn is lost, none is on another model than was set.

``ACP_STEPS`` and ``ACP_SEED`` of the environment make it longer, or another one; a failure names both.
"""

import asyncio
import os
import random
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from controller.runtimes.acp import door
from controller.runtimes.acp.peer import Peer, RpcError
from tests.integration.held import MODELS, Held, held, wish
from tests.waiting import wait_for, wait_for_async

STEPS: Final = int(os.environ.get("ACP_STEPS", "60"))
SEED: Final = int(os.environ.get("ACP_SEED", "20261121"))
_BUSY: Final = -32051


@dataclass
class Prompt:
    """What was sent, what may answer it, and what its sender heard in the end.

    :ivar models: on which it may be delivered: what was set when it was sent, and what was set while it waited.
    :ivar heard: the stop reason, or why there is none.
    """

    text: str
    models: set[str]
    heard: str | None = None
    sent: "asyncio.Task[None] | None" = None


@dataclass
class Campaign:
    """One session, its only front end, and what must be true of it."""

    world: Held
    chance: random.Random
    peer: Peer
    conversation: str
    model: str = "mini"
    prompts: list[Prompt] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    async def step(self) -> None:
        """Do one thing that people, controllers and machines do to a session."""
        kinds = {
            self.turn: 30,
            self.send: 25,
            self.switch: 20,
            self.wish: 8,
            self.choose: 5,
            self.cancel: 4,
            self.kill_agent: 5,
            self.kill_keeper: 5,
            self.stop: 3,
        }
        (what,) = self.chance.choices(list(kinds), weights=list(kinds.values()))
        self.counts[what.__name__] = self.counts.get(what.__name__, 0) + 1
        await what()
        assert len(self.world.agents()) == 1, "one session has one process"

    # ---- people

    async def turn(self) -> None:
        """Hold a turn to its end."""
        prompt = await self.send()
        assert prompt.sent is not None
        await prompt.sent
        assert prompt.heard in {"end_turn", "cancelled"}, prompt

    async def send(self) -> Prompt:
        """Send a prompt and go on without its answer; some take their time."""
        slow = self.chance.choice(("", "", " take 0.15"))
        prompt = Prompt(f"sentence {len(self.prompts)}{slow}", {self.model})
        self.prompts.append(prompt)
        prompt.sent = asyncio.create_task(self._send(self.peer, prompt))
        await asyncio.sleep(self.chance.choice((0, 0, 0.05)))  # so that crashes fall before, into and behind a turn
        return prompt

    async def _send(self, peer: Peer, prompt: Prompt) -> None:
        words = {"sessionId": self.conversation, "prompt": [{"type": "text", "text": prompt.text}]}
        try:
            prompt.heard = (await peer.request("session/prompt", words))["stopReason"]
        except (RpcError, ConnectionError) as error:
            prompt.heard = f"{type(error).__name__}: {error}"

    async def choose(self) -> None:
        """Set the model as a front end does, after the turns that are owed; a wish that still waits comes after it."""
        model = self.chance.choice(MODELS)
        words = {"sessionId": self.conversation, "configId": "model", "value": model}
        self._now(model)
        await self.peer.request("session/set_config_option", words)
        self.model = (await self.peer.request("_muster/status", {}))["wish"] or model

    async def cancel(self) -> None:
        """Take back what was just sent, of which the first may be on its way already."""
        for _ in range(2):
            await self.send()
        self.peer.notify("session/cancel", {"sessionId": self.conversation})

    # ---- controllers

    async def switch(self) -> None:
        """Switch in place, which a session refuses only while it owes turns."""
        model, owed = self.chance.choice(MODELS), self.owed()
        if (refusal := await self._refusal(wish(model))) is None:
            self._now(model)
            self.model = model
        else:
            assert (refusal.code, bool(owed)) == (_BUSY, True), refusal

    async def _refusal(self, wanted: dict[str, Any]) -> RpcError | None:
        try:
            said = await self.peer.request("_muster/set_model", wanted | {"from_name": self.model})
        except RpcError as error:
            return error
        assert said["model"] == wanted["value"]
        return None

    async def wish(self) -> None:
        """Have the model set before the next prompt."""
        model = self.chance.choice(MODELS)
        self._now(model)
        await self.peer.request("_muster/wish", wish(model) | {"from_name": self.model})
        self.model = model

    def owed(self) -> list[Prompt]:
        """What was sent and has no end, as far as we have heard or the journal says."""
        ended = {entry["id"] for entry in self.world.journal("turn_end")}
        taken = {said(entry) for entry in self.world.journal("prompt") if entry["id"] not in ended}
        return [prompt for prompt in self.prompts if prompt.heard is None or prompt.text in taken]

    def _now(self, model: str) -> None:
        """Another model is set: what is owed may get it."""
        for prompt in self.owed():
            prompt.models.add(model)

    # ---- crashes, and the controller that starts the session again

    async def kill_agent(self) -> None:
        (pid,) = self.world.agents()
        os.kill(pid, signal.SIGKILL)
        await self._again(self.world.gone)

    async def kill_keeper(self) -> None:
        await self._again(lambda: self.world.down(signal.SIGKILL))

    async def stop(self) -> None:
        await self._again(self.world.down)

    async def _again(self, end: Any) -> None:
        """Wait until all of it is gone, then take the conversation up again, on the model that is wanted."""
        await asyncio.to_thread(end)
        await self.peer.close()
        await asyncio.gather(*(prompt.sent for prompt in self.prompts if prompt.sent))
        self._now(self.model)
        assert self.world.agents() == [], "the next one starts only when the last one is gone"
        self.world.up(self.model, self.conversation)
        self.peer = await door.connect(self.world.socket)

    # ---- the end

    async def rest(self) -> None:
        """Wait until nothing is owed any more, and have the agent say what it was told."""
        await asyncio.gather(*(prompt.sent for prompt in self.prompts if prompt.sent))
        await wait_for_async(self._is_at_rest, what="the last turn")
        words = {"sessionId": self.conversation, "prompt": [{"type": "text", "text": "recall"}]}
        await self.peer.request("session/prompt", words)
        await self.peer.close()

    def _is_at_rest(self) -> bool:
        said = self.world.statement
        return (said["queued"], said["activity"]) == (0, "idle")


def judge(campaign: Campaign) -> dict[str, int]:
    """Hold what was heard, what the keeper wrote down and what the agent kept against each other."""
    entries = campaign.world.journal()
    taken = {
        entry["id"]: entry.get("text") or entry["blocks"][0]["text"] for entry in entries if entry["kind"] == "prompt"
    }
    told: dict[str, int] = {}
    kept = campaign.world.transcript()
    for prompt in campaign.prompts:
        outcome = fate(prompt, taken, entries, kept)
        told[outcome] = told.get(outcome, 0) + 1
    *_, last = kept
    sentences = [record["text"] for record in kept if record["type"] == "user" and record["text"] != "recall"]
    assert last["text"].partition("You told me: ")[2].split("; ") == sentences, "the agent knows what it was told"
    assert len(set(sentences)) == len(sentences), "no prompt is delivered twice"
    numbers = [int(text.split()[1]) for text in sentences]
    assert numbers == sorted(numbers), "prompts are delivered in the order in which they came"
    return told


def fate(prompt: Prompt, taken: dict[str, str], entries: list[dict[str, Any]], kept: list[dict[str, Any]]) -> str:
    """Say what became of one prompt, after it was found to be no more and no less than one turn."""
    ids = [ident for ident, text in taken.items() if text == prompt.text]
    answers = answers_to(prompt.text, kept)
    if not ids:
        assert prompt.heard not in {None, "end_turn", "cancelled"}, f"{prompt} was heard by nobody"
        assert answers == [], f"{prompt} was never taken"
        return "never taken"
    (ident,) = ids
    delivered = [entry for entry in entries if entry["kind"] == "delivered" and entry["id"] == ident]
    ends = [entry for entry in entries if entry["kind"] == "turn_end" and entry["id"] == ident]
    assert len(ends) == 1, f"{prompt} has not one end: {ends}"
    (end,) = ends
    outcome = str(end.get("stop_reason") or end["error"])
    if prompt.heard in {"end_turn", "cancelled"}:
        assert outcome == prompt.heard, (prompt, end)
    if not delivered:
        assert (outcome, answers) == ("cancelled", []), (prompt, end)
        return "taken back"
    assert len(delivered) == 1, f"{prompt} was delivered more than once"
    (delivery,) = delivered
    assert delivery["model"] in prompt.models, (prompt, delivery)
    for model in answers:
        assert model == f"{delivery['model']}-1", f"{prompt} was delivered on {delivery['model']}, answered on {model}"
    if outcome == "end_turn":
        assert len(answers) == 1, f"{prompt} has no answer"
    return outcome


def said(prompt: dict[str, Any]) -> str:
    """The text of a prompt in the journal."""
    return str(prompt.get("text") or prompt["blocks"][0]["text"])


def answers_to(text: str, kept: list[dict[str, Any]]) -> list[str]:
    """The models on which the agent answered a sentence."""
    places = [place for place, record in enumerate(kept) if record["type"] == "user" and record["text"] == text]
    after = [kept[place + 1] for place in places if place + 1 < len(kept)]
    return [record["model"] for record in after if record["type"] == "assistant"]


async def campaign(world: Held) -> Campaign:
    peer = await door.connect(world.socket)
    going = Campaign(world, random.Random(SEED), peer, world.conversation)
    await going.turn()  # a conversation without a word cannot be taken up again
    for _ in range(STEPS):
        await going.step()
    await going.rest()
    return going


@pytest.mark.timeout(120 + STEPS * 2)
def test_no_turn_is_lost_and_each_is_on_the_model_that_was_set(short_path: Path) -> None:
    with held(short_path / "w") as world:
        try:
            done = asyncio.run(campaign(world))
            told = judge(done)
        except AssertionError as failure:
            failure.add_note(f"ACP_SEED={SEED} ACP_STEPS={STEPS}")
            raise
        print(f"{STEPS} steps: {done.counts}; {len(done.prompts)} prompts: {told}")
        assert told["end_turn"] > STEPS / 4
        wait_for(lambda: len(world.agents()) == 1)
        assert world.down() == 0
