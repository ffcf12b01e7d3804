"""The same with a controller: edits, prompts and crashes of the agent, of the keeper and of the controller itself.

No turn is lost, there is never a second process, and every answer is on the model that the file said when its prompt
was delivered. ``ACP_STEPS`` and ``ACP_SEED`` make it longer, or another one; a failure names both.
"""

import asyncio
import contextlib
import json
import os
import signal
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

from controller.runtimes.acp import door
from tests.integration.campaign import SEED, STEPS, Campaign, judge
from tests.integration.controller_world import PATIENCE
from tests.integration.headless_world import HeadlessWorld, headless
from tests.waiting import some_moment, wait_for

COUNT: Final = STEPS or 25
MODELS: Final = ("mini", "midi", "maxi")
NAME: Final = "alice"


def spec(model: str, when: str = "idle") -> str:
    return f"runtime: acp\nmodel: {model}\nupdate: {{when: {when}}}\n"


class Governed:
    """One session of a world with a controller, read from the machine."""

    def __init__(self, world: HeadlessWorld) -> None:
        self.world = world
        self.socket = world.socket(NAME)

    def journal(self, kind: str | None = None) -> list[dict[str, Any]]:
        return self.world.journal(NAME, kind)

    def transcript(self) -> list[dict[str, Any]]:
        path = self.world.transcript(NAME)
        assert path is not None
        records = [json.loads(line) for line in path.read_text().splitlines()]
        return [record for record in records if record["type"] in {"user", "assistant"}]

    def agents(self) -> list[int]:
        """By what is in the environment of every process there is: nobody is asked who is ours."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if "--acp" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                    ours = process.environ().get("MUSTER_DEMO_HOME") == str(self.world.agent)
                    found += [process.pid] if ours else []
        return found

    def at_rest(self) -> bool:
        said = self.world.statement(NAME)
        return said is not None and (said.queued, said.activity.value) == (0, "idle")


class ControllerCampaign(Campaign):
    """We are people: we edit the file, talk, and kill what we please.

    :ivar word: what the file says.
    :ivar hasty: it was edited again before anybody looked whether the last edit came to be.
    """

    place: Governed
    word = "mini"
    hasty = False

    @property
    def world(self) -> HeadlessWorld:
        return self.place.world

    async def edit(self) -> None:
        """Write another model, or the same; mostly somebody looks whether it came to be before the next word."""
        self._write()
        if self.chance.random() < 0.7:
            await self.settled()

    def _write(self) -> None:
        before, self.word = self.models, self.chance.choice(MODELS)
        self.hasty = len(before) > 1
        self.may_be(*before, self.word)
        self.world.write(f"{NAME}.yaml", spec(self.word, self.chance.choice(("idle", "idle", "next-prompt"))))

    async def settled(self) -> None:
        """Wait until the session is as the file says; then the next prompt is on its model and no other."""
        await asyncio.to_thread(wait_for, self._is_on_the_files_model, PATIENCE, f"{NAME} on {self.word}")
        self.models = {self.word}

    def _is_on_the_files_model(self) -> bool:
        """Have all done that can be done now first, where an earlier edit may still be under way."""
        if self.hasty:
            self.world.rest()
        said = self.world.statement(NAME)
        return said is not None and self.word == (said.wish_name or said.model)

    async def send_on(self) -> None:
        """Send a prompt that brings its model along: it becomes that of the file, and the prompt is on no other."""
        before, self.word = self.models, self.chance.choice(MODELS)
        self.may_be(*before, self.word)
        prompt = self.next_prompt()
        prompt.models = {self.word}
        await asyncio.to_thread(self.world.muster, "send", NAME, prompt.text, "--model", self.word)
        prompt.heard = "sent"
        self.models = {self.word}

    async def kill_agent(self) -> None:
        (pid,) = self.place.agents()
        await self._again(pid)

    async def kill_keeper(self) -> None:
        pid = self.world.pid(NAME)
        assert pid is not None
        await self._again(pid)

    async def _again(self, victim: int) -> None:
        """Kill a process of the session; the controller brings it back, and a person forgives it the crash."""
        keeper = self.world.pid(NAME)
        self.may_be(*self.models, self.word)
        os.kill(victim, signal.SIGKILL)
        await asyncio.to_thread(wait_for, lambda: self._is_another(keeper), PATIENCE, "another keeper")
        await asyncio.to_thread(self.world.muster, "retry", NAME, exits=None)
        await self.left()
        await self.come_back()
        await self.settled()

    def _is_another(self, keeper: int | None) -> bool:
        return self.world.pid(NAME) not in {None, keeper} and self.world.doing(NAME) is not None

    async def kill_controller(self) -> None:
        """Kill it where it may be in mid-switch; life goes on without it."""
        self._write()
        await some_moment(self.chance, 0.1)
        self.world.kill()
        for step in self.chance.sample((self.turn, self.send, self.turn), k=2):
            await step()
        await asyncio.to_thread(self.world.start)
        await self.settled()


async def going(world: HeadlessWorld) -> Campaign:
    place = Governed(world)
    campaign = ControllerCampaign(place, world.conversation(NAME), await door.connect(place.socket), {"mini"})
    kinds = {
        campaign.turn: 25,
        campaign.send: 20,
        campaign.edit: 25,
        campaign.send_on: 8,
        campaign.cancel: 4,
        campaign.kill_agent: 5,
        campaign.kill_keeper: 5,
        campaign.kill_controller: 5,
    }
    await campaign.run(kinds, COUNT)
    return campaign


@pytest.mark.timeout(180 + COUNT * 4)
def test_no_turn_is_lost_and_each_is_on_the_model_of_the_file(short_path: Path) -> None:
    with headless(short_path / "w", {NAME: spec("mini")}, MUSTER_DEMO_THINK="0.02") as world:
        try:
            campaign = asyncio.run(going(world))
            told = judge(campaign)
        except AssertionError as failure:
            failure.add_note(f"ACP_SEED={SEED} ACP_STEPS={COUNT}")
            raise
        print(f"{COUNT} steps: {campaign.counts}; {len(campaign.prompts)} prompts: {told}")
        assert told["end_turn"] > COUNT / 4
        assert world.conversation(NAME) == campaign.conversation, "no conversation is left behind"
