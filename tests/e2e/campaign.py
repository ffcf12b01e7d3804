"""Random switches of a real agent, with kills of it and of the controller at random moments: no turn is ever lost.

Only a turn that was under way when the agent itself was killed may be missing.
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from controller.model.event import EventType
from tests.waiting import wait_for

from .model_server import mind
from .scenario import Scene, Story
from .wire_world import NAME, PATIENCE, WireWorld, gone

STEPS: Final = int(os.environ.get("E2E_TORTURE") or 0)
"""Random steps an agent; most of them are switches."""
SEED: Final = int(os.environ.get("TORTURE_SEED", "20261121").split(",", maxsplit=1)[0])
_LONGEST: Final = 3.0
"""Seconds from an edit to what happens next: a switch takes one to ten."""


class Campaign(Scene):
    """One agent's random walk; after each step it must answer on its file's model with all that was said."""

    def __init__(self, world: WireWorld, story: Story, seed: int = SEED) -> None:
        super().__init__(world, story)
        self.chance = random.Random(f"{seed} {story.agent}")
        self.did: Counter[str] = Counter()
        self.model = self.a
        self._steps: list[tuple[Callable[[], None], int]] = [
            (self.switch, 8),
            (self.waver, 2),
            (self.die, 2),
            (self.die_in_turn, 1),
            (self.lose_the_controller, 3),
        ]

    def walk(self, steps: int) -> None:
        """Start, take so many random steps, and judge the whole."""
        self.start()
        for _ in range(steps):
            kinds, weights = zip(*self._steps, strict=True)
            (step,) = self.chance.choices(kinds, weights)
            self.did[step.__name__] += 1
            try:
                step()
                self.world.turn(self.model)
            except AssertionError as failure:
                failure.add_note(f"{self.story.agent}: step {len(self.world.tags)}, {step.__name__}, seed {SEED}")
                print(failure, *failure.__notes__, sep="\n", flush=True)  # the other agents may take an hour
                raise
        self.verified(self.model)
        assert not self.world.others(), self.world.others()
        self.did["told switches"] = len(self.world.events(EventType.MODEL_SWITCH))

    # ---- the steps

    def switch(self) -> None:
        self._edit()
        self._settled()

    def waver(self) -> None:
        """The other model, and back before or after anybody noticed."""
        before = self.model
        self._edit()
        self._moment()
        self._edit(before)
        self._settled()

    def die(self) -> None:
        """At its prompt."""
        self._written()
        self._killed()
        self._settled()

    def die_in_turn(self) -> None:
        """This turn may be lost, and no other."""
        self._written()
        tag = self.world.tag("lost")
        self.world.type(f"Remember {tag} [[delay 60]]")
        self.world.asks(tag)
        self._killed()
        self._settled()

    def lose_the_controller(self) -> None:
        self._edit()
        self._moment()
        self.world.kill()
        self.world.start()
        self._settled()

    def _written(self) -> None:
        """Wait until the agent has written the last answer down; what it only shows is still under way."""
        if self.world.tags:
            answer, named = mind.answer_to(self.world.tags[-1]).encode(), self.world.told_conversation() or ""
            wait_for(
                lambda: any(answer in path.read_bytes() for path in self.world.on_disk(named)),
                PATIENCE,
                "the answer on the disk",
            )

    def _edit(self, model: str | None = None) -> None:
        self.model = model or (self.b if self.model == self.a else self.a)
        self.world.declare(self.model)

    def _moment(self) -> None:
        end = time.monotonic() + self.chance.uniform(0, _LONGEST)
        wait_for(lambda: time.monotonic() >= end, PATIENCE)

    def _killed(self) -> None:
        killed = self.world.kill_agent()
        wait_for(lambda: gone(killed), PATIENCE, f"the end of {killed}")

    def _settled(self) -> None:
        """Wait until what the file says is what was asked of a process that takes prompts, and nothing is under way.

        What died too often within a minute is given up until a person says retry.
        """

        def rests() -> dict[str, Any] | None:
            seen = self.world.status(NAME)
            if seen["state"] == "parked" or seen["reason"] == "back-off":
                self.did["retries"] += 1
                self.world.muster("retry", NAME)
            asked = (seen["asked"] or {}).get("model")
            return seen if asked == self.model and seen["state"] in {"verified", "unverified"} else None

        try:
            wait_for(rests, PATIENCE, f"{self.model} to be asked for")
        except AssertionError as failure:
            failure.add_note(json.dumps(self.world.status(NAME)))
            raise
        self.pid = self.world.ready()
