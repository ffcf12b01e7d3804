"""Random prompts and crashes on one headless session, and the judgement over what was heard, written down and kept."""

import asyncio
import os
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from controller.runtimes.acp import door
from controller.runtimes.acp.peer import Peer, RpcError
from tests.waiting import some_moment, wait_for_async

STEPS: Final = int(os.environ.get("ACP_STEPS", "0"))
"""0 for as many as the usual run of the tests has time for."""
SEED: Final = int(os.environ.get("ACP_SEED", "20261121"))
RECALL: Final = "recall"

Step = Callable[[], Coroutine[Any, Any, Any]]
Record = dict[str, Any]


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


class Place(Protocol):
    """A session's traces on the machine."""

    @property
    def socket(self) -> Path:
        """Where its keeper listens."""

    def journal(self, kind: str | None = None) -> list[Record]:
        """The entries of its journal."""

    def transcript(self) -> list[Record]:
        """What the agent itself kept: who said what, on which model."""

    def agents(self) -> list[int]:
        """Every agent process of it that lives."""

    def at_rest(self) -> bool:
        """Whether its keeper says that nothing runs and nothing waits."""


class Campaign:
    """One session, its only front end, and what may be true of it."""

    def __init__(self, place: Place, conversation: str, peer: Peer, models: set[str], seed: int = SEED) -> None:
        self.place, self.conversation, self.peer = place, conversation, peer
        self.chance = random.Random(seed)
        self.models = models
        self.prompts: list[Prompt] = []
        self.counts: dict[str, int] = {}

    async def run(self, kinds: dict[Step, int], steps: int) -> None:
        """Take so many steps, each drawn by its weight; then wait until nothing is owed any more."""
        await self.turn()  # a conversation without a word cannot be taken up again
        for _ in range(steps):
            (step,) = self.chance.choices(list(kinds), weights=list(kinds.values()))
            name = getattr(step, "__name__", "")
            self.counts[name] = self.counts.get(name, 0) + 1
            await step()
            assert len(self.place.agents()) == 1, f"one session has one process, after {name}"
        await self._rest()

    async def turn(self) -> None:
        """Hold a turn to its end."""
        prompt = await self.send()
        assert prompt.sent is not None
        await prompt.sent
        assert prompt.heard in {"end_turn", "cancelled"}, prompt

    async def send(self) -> Prompt:
        """Send a prompt and go on without its answer; some take their time."""
        prompt = self.next_prompt(self.chance.choice(("", "", " take 0.15")))
        prompt.sent = asyncio.create_task(self._send(self.peer, prompt))
        await some_moment(self.chance, 0.03)
        return prompt

    async def cancel(self) -> None:
        """Take back what was just sent, of which the first may be on its way already."""
        for _ in range(2):
            await self.send()
        self.peer.notify("session/cancel", {"sessionId": self.conversation})

    def next_prompt(self, more: str = "") -> Prompt:
        """Return a prompt that nobody sent before."""
        prompt = Prompt(f"sentence {len(self.prompts)}{more}", set(self.models))
        self.prompts.append(prompt)
        return prompt

    def owed(self) -> list[Prompt]:
        """What was sent and has no end, as far as we have heard or the journal says."""
        ended = {entry["id"] for entry in self.place.journal("turn_end")}
        taken = {said(entry) for entry in self.place.journal("prompt") if entry["id"] not in ended}
        return [prompt for prompt in self.prompts if prompt.heard is None or prompt.text in taken]

    def may_be(self, *models: str) -> None:
        """Have one of these models for the next prompt, and maybe for what is owed."""
        for prompt in self.owed():
            prompt.models.update(models)
        self.models = set(models)

    async def left(self) -> None:
        """Hear the end of all that was sent to a keeper which is gone."""
        await self.peer.close()
        await asyncio.gather(*(prompt.sent for prompt in self.prompts if prompt.sent))

    async def come_back(self) -> None:
        """Enter as a front end of the next keeper."""
        self.peer = await door.connect(self.place.socket)

    async def _send(self, peer: Peer, prompt: Prompt) -> None:
        try:
            prompt.heard = (await peer.request("session/prompt", self._saying(prompt.text)))["stopReason"]
        except (RpcError, ConnectionError) as error:
            prompt.heard = f"{type(error).__name__}: {error}"

    def _saying(self, text: str) -> Record:
        return {"sessionId": self.conversation, "prompt": [{"type": "text", "text": text}]}

    async def _rest(self) -> None:
        """Wait for the last turn, and have the agent say what it was told."""
        await asyncio.gather(*(prompt.sent for prompt in self.prompts if prompt.sent))
        await wait_for_async(self.place.at_rest, what="the last turn")
        await self.peer.request("session/prompt", self._saying(RECALL))
        await self.peer.close()


def judge(campaign: Campaign) -> dict[str, int]:
    """Hold what was heard, what the keeper wrote down and what the agent kept against each other; count the fates."""
    entries, kept = campaign.place.journal(), campaign.place.transcript()
    told: dict[str, int] = {}
    for prompt in campaign.prompts:
        outcome = fate(prompt, entries, kept)
        told[outcome] = told.get(outcome, 0) + 1
    sentences = [record["text"] for record in kept if record["type"] == "user" and record["text"] != RECALL]
    assert kept[-1]["text"].partition("You told me: ")[2].split("; ") == sentences, "the agent knows what it was told"
    assert len(set(sentences)) == len(sentences), "no prompt is delivered twice"
    numbers = [int(text.split()[1]) for text in sentences]
    assert numbers == sorted(numbers), "prompts are delivered in the order in which they came"
    return told


def fate(prompt: Prompt, entries: list[Record], kept: list[Record]) -> str:
    """Say what became of one prompt, after it was found to be no more and no less than one turn."""
    ids = [entry["id"] for entry in entries if entry["kind"] == "prompt" and said(entry) == prompt.text]
    answers = answers_to(prompt.text, kept)
    if not ids:
        assert prompt.heard not in {None, "end_turn", "cancelled"}, f"{prompt} was heard by nobody"
        assert answers == [], f"{prompt} was never taken"
        return "never taken"
    (ident,) = ids
    delivered = [entry for entry in entries if entry["kind"] == "delivered" and entry["id"] == ident]
    ends = [entry for entry in entries if entry["kind"] == "turn_end" and entry["id"] == ident]
    assert len(ends) == 1, f"{prompt} has not one end: {ends}"
    outcome = str(ends[0].get("stop_reason") or ends[0]["error"])
    if prompt.heard in {"end_turn", "cancelled"}:
        assert outcome == prompt.heard, (prompt, ends)
    if not delivered:
        assert (outcome, answers) == ("cancelled", []), (prompt, ends)
        return "taken back"
    assert len(delivered) == 1, f"{prompt} was delivered more than once"
    model = delivered[0]["model"]
    assert model in prompt.models, (prompt, delivered)
    assert set(answers) <= {f"{model}-1"}, f"{prompt} was delivered on {model}, answered on {answers}"
    assert outcome != "end_turn" or len(answers) == 1, f"{prompt} has no answer"
    return outcome


def said(prompt: Record) -> str:
    """The text of a prompt in the journal."""
    return str(prompt.get("text") or prompt["blocks"][0]["text"])


def answers_to(text: str, kept: list[Record]) -> list[str]:
    """The models on which the agent answered a sentence."""
    places = [place for place, record in enumerate(kept) if record["type"] == "user" and record["text"] == text]
    after = [kept[place + 1] for place in places if place + 1 < len(kept)]
    return [record["model"] for record in after if record["type"] == "assistant"]
