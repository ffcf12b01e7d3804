"""Random switches, prompts and crashes on one keeper: no turn is lost, none is on another model than was set.

``ACP_STEPS`` and ``ACP_SEED`` of the environment make it longer, or another one; a failure names both.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from controller.runtimes.acp import door
from controller.runtimes.acp.peer import RpcError
from tests.integration.campaign import SEED, STEPS, Campaign, judge
from tests.integration.held import MODELS, Held, held, wish
from tests.waiting import some_moment

COUNT: Final = STEPS or 60
_BUSY: Final = -32051


class KeeperCampaign(Campaign):
    """We are the controller ourselves: we switch by the keeper's own methods, and start the next one after a crash."""

    place: Held

    async def switch(self) -> None:
        """Switch in place, which a session refuses only while it owes turns."""
        model, owed = self.chance.choice(MODELS), self.owed()
        if (refusal := await self._refusal(model)) is None:
            self.may_be(model)
        else:
            assert (refusal.code, bool(owed)) == (_BUSY, True), refusal

    async def _refusal(self, model: str) -> RpcError | None:
        try:
            said = await self.peer.request("_muster/set_model", wish(model))
        except RpcError as error:
            return error
        assert said["model"] == model
        return None

    async def switch_and_die(self) -> None:
        """Switch as a controller does that is killed in the middle: nobody knows whether it came to be."""
        model = self.chance.choice(MODELS)
        self.may_be(*self.models, model)
        killed = await door.connect(self.place.socket)
        killed.post("_muster/set_model", wish(model), lambda _: None)
        await some_moment(self.chance, 0.004)
        killed.abort()

    async def wish(self) -> None:
        """Have the model set before the next prompt."""
        model = self.chance.choice(MODELS)
        self.may_be(model)
        await self.peer.request("_muster/wish", wish(model))

    async def choose(self) -> None:
        """Set the model as a front end does, after the turns that are owed; a wish that still waits comes after it."""
        model = self.chance.choice(MODELS)
        words = {"sessionId": self.conversation, "configId": "model", "value": model}
        self.may_be(model)
        await self.peer.request("session/set_config_option", words)
        self.models = {(await self.peer.request("_muster/status", {}))["wish"] or model}

    async def kill_agent(self) -> None:
        (pid,) = self.place.agents()
        os.kill(pid, signal.SIGKILL)
        await self._again(self.place.gone)

    async def kill_keeper(self) -> None:
        await self._again(lambda: self.place.down(signal.SIGKILL))

    async def stop(self) -> None:
        await self._again(self.place.down)

    async def _again(self, end: Callable[[], Any]) -> None:
        """Wait until all of it is gone, then take the conversation up again, on the model that is wanted."""
        await asyncio.to_thread(end)
        await self.left()
        model = min(self.models)
        self.may_be(model)
        self.place.up(model, self.conversation)
        await self.come_back()


async def going(world: Held) -> Campaign:
    campaign = KeeperCampaign(world, world.conversation, await door.connect(world.socket), {"mini"})
    kinds = {
        campaign.turn: 30,
        campaign.send: 25,
        campaign.switch: 20,
        campaign.switch_and_die: 6,
        campaign.wish: 8,
        campaign.choose: 5,
        campaign.cancel: 4,
        campaign.kill_agent: 5,
        campaign.kill_keeper: 5,
        campaign.stop: 3,
    }
    await campaign.run(kinds, COUNT)
    return campaign


@pytest.mark.timeout(120 + COUNT * 2)
def test_no_turn_is_lost_and_each_is_on_the_model_that_was_set(short_path: Path) -> None:
    with held(short_path / "w") as world:
        try:
            campaign = asyncio.run(going(world))
            told = judge(campaign)
        except AssertionError as failure:
            failure.add_note(f"ACP_SEED={SEED} ACP_STEPS={COUNT}")
            raise
        print(f"{COUNT} steps: {campaign.counts}; {len(campaign.prompts)} prompts: {told}")
        assert told["end_turn"] > COUNT / 4
        assert world.down() == 0
