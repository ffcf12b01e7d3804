"""The story without a terminal: switched in place, and whole after every death; a step fails by AssertionError."""

import json
import shutil
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from controller.model.event import EventType
from tests.waiting import wait_for

from .acp_front import FrontEnd
from .acp_world import AcpWorld
from .model_server import mind
from .scenario import SWITCHES, Scene, Story
from .wire_world import NAME, PATIENCE, gone

_RESTARTS: Final = 3
"""Switches by a restart, made because the file asks for one at the same time, to be told beside those in place."""
_THINKING: Final = 300
"""Seconds of an answer that is in no hurry, at most: it goes on as soon as the step has seen what it is about."""
_NOTICED: Final = 180.0
"""Seconds until a refusal has led back; an agent may try ten times."""


@dataclass(slots=True, kw_only=True)
class AcpStory(Story):
    """A run over the protocol.

    :ivar adapter: the version of the program between the agent and the protocol, if there is one.
    :ivar restarts: seconds from the edit until the restarted session was ready, each.
    :ivar keeper_memory: bytes that are the keeper's alone; ``memory`` is the agent's.
    :ivar left_out: steps that cannot be with this agent, and why.
    """

    runtime: str = "acp"
    adapter: str = ""
    restarts: list[float] = field(default_factory=list)
    keeper_memory: int = 0
    left_out: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        # Not super(): a dataclass with slots is another class than the one that the word is bound to.
        said = Story.as_json(self)
        return said | {"restart_seconds": round(statistics.median(self.restarts), 2) if self.restarts else None}


class AcpScene(Scene):
    """The steps that are otherwise than in a terminal; from the first switch on each begins and ends on model b."""

    world: AcpWorld
    story: AcpStory

    def same(self, before: tuple[int | None, int]) -> None:
        """The processes are those of before, where the agent is told in place."""
        now = self.world.both()
        if self.world.row.strategy == "in-place":
            assert now == before, f"keeper and agent were {before}, and are {now}"
        else:
            assert not set(now) & set(before), f"keeper and agent were {before}, and are {now}"
        self.pid = now[0] or 0

    # ---- the steps

    def start(self) -> None:
        super().start()
        self.world.remember_settings()

    def held(self) -> None:
        """An edit in mid-turn is held; the turn ends on its model, and then the very same processes go on."""
        before, said = self.world.both(), self.world.said
        super().held()
        self.world.is_on_another_model(said)
        self.same(before)
        self.world.turn(self.b)
        self.verified(self.b)

    def killed_in_mid_turn(self) -> None:
        """Nobody but the controller notices: the turn ends without it, and the next one makes the switch."""
        world, before = self.world, self.world.both()
        world.server.hurried.clear()
        tag = world.tag("alone")
        world.type(f"Remember {tag} [[delay {_THINKING}]]")
        world.asks(tag)
        world.kill()
        assert world.both() == before
        world.server.hurried.set()
        world.answered(tag, self.b)
        assert world.both() == before
        self.a, self.b = self.b, self.a
        world.declare(self.b)
        said = world.said
        world.start()
        world.is_on_another_model(said)
        self.same(before)
        world.turn(self.b)
        self.verified(self.b)

    def killed_in_mid_switch(self) -> None:
        """While the agent has not yet answered, and right after its answer: the next controller finishes."""
        if self.world.row.strategy != "in-place":
            self.finished()
            return
        world, before = self.world, self.world.both()
        for model, unanswered in ((self.a, True), (self.b, False)):
            said = world.said
            if unanswered:
                with world.deaf():
                    world.declare(model)
                    wait_for(world.is_under_way, PATIENCE, "a switch under way")
                    world.kill()
            else:
                world.declare(model)
                world.is_on_another_model(said)
                world.kill()
            world.start()
            world.is_on_another_model(said)
            assert world.both() == before
            world.turn(model)
            self.verified(model)

    def seen_by_others(self) -> None:
        """A second front end is told all that was said, and then hears the same turn as the first."""
        world = self.world
        with FrontEnd(world.socket(NAME)) as one, FrontEnd(world.socket(NAME)) as two:
            two.load()
            said, answers = mind.tags(two.prompts()), [mind.answer_to(tag) for tag in world.tags]
            assert said == world.tags, f"it was told {said}, not {world.tags}"
            heard = [tag for tag in mind.tags([two.answers()]) if tag in answers]
            assert heard == answers, f"it was told the answers {heard}, not {answers}"
            tag = world.tag("shared")
            end = one.prompt(f"Remember {tag}").result(PATIENCE)
            assert end["stopReason"] == "end_turn", end
            world.answered(tag, self.b)
            wait_for(lambda: mind.answer_to(tag) in two.answers(), PATIENCE, "the second front end")
            assert tag in mind.tags(two.prompts()), "the second front end did not hear the prompt"

    def asked_for_permission(self) -> None:
        """The agent's question waits for somebody, and the switch for the answer; the tool is run once allowed."""
        world = self.world
        assert world.row.tool
        name, arguments = world.row.tool
        tag, made = world.tag("tool"), world.work / "made"
        with FrontEnd(world.socket(NAME)) as front:
            end = front.prompt(f"Remember {tag} [[call {name} {json.dumps(arguments)}]]")
            if world.row.asks:
                wait_for(lambda: front.asked, PATIENCE, "a question of permission")
                assert not made.exists(), "it was made before it was allowed"
                assert world.status(NAME)["activity"] == "waiting"
                front.allow()
            assert end.result(PATIENCE)["stopReason"] == "end_turn"
        assert made.exists(), "the tool was not run"
        world.answered(tag, self.b)

    def untouched(self) -> None:
        """No such model, and one that the agent does not list: an error or a hold, and nothing is touched."""
        world, before = self.world, self.world.both()
        super().untouched()
        if unoffered := world.row.unoffered:
            made = len(world.switches())
            world.declare(unoffered)
            seen = world.state_is("held", "invalid")
            assert unoffered in seen["message"], seen
            world.passes(2)
            assert world.both() == before, "a process was touched"
            world.turn(self.b)
            world.declare(self.b)
            world.passes(1)
            assert len(world.switches()) == made
        assert world.both() == before, "a process was touched"

    def again(self) -> None:
        """Switch after switch in the same processes, each made once and with the conversation; then by restarts."""
        world, before = self.world, self.world.both()
        made, both = len(world.switches()), ((self.b, self.a), (self.a, self.b))
        for _ in range(SWITCHES):
            self.story.switches.append(self.moved())
        self.once_each(world.switches()[made:], both)
        if world.row.strategy == "in-place":
            assert world.both() == before, "a process was replaced"
        assert self.story.strategy == world.row.strategy
        world.settings_untouched()
        assert not world.others(), world.others()
        self.story.memory, self.story.keeper_memory = world.memories()
        for number in range(_RESTARTS):
            self.story.restarts.append(self.moved(env={"E2E_RESTART": str(number)}))

    def moved(self, **more: Any) -> float:
        """Switch an idle session to its other model, and hold a turn; gives the switch's seconds."""
        self.a, self.b = self.b, self.a  # it stands on b again, whatever the number of switches
        self.world.state_is("verified")
        seconds = self.world.switch(self.b, **more)
        self.world.turn(self.b)
        self.verified(self.b)
        return seconds

    def load_refused(self) -> None:
        """Its conversation vanished: held; and left behind where the file allows it, which the record says."""
        world, conversation = self.world, self.conversation or ""
        world.state_is("verified")
        world.kill()
        keeper = world.kill_agent()
        wait_for(lambda: gone(keeper), PATIENCE, "the end of the keeper")
        for number, path in enumerate([*world.on_disk(conversation), *world.home.glob(world.row.conversations)]):
            if path.exists():
                shutil.move(path, world.root / f"away-{number}")
        world.declare(self.b)
        world.start()
        world.state_is("held", "parked")
        wait_for(lambda: world.pid(NAME) is None, PATIENCE, "the end of a try that the agent refused")
        world.declare(self.b, resume="auto")
        world.passes(1)
        if world.state_is("parked", "held", "starting", "unverified")["state"] == "parked":
            world.muster("retry", NAME)  # as its message says
        self.pid = world.ready()
        assert world.told(EventType.SESSION_FRESH, NAME)[-1]["left"] == conversation
        notices = [entry["text"] for entry in world.journal(NAME, "status")]
        assert "A new session was started." in notices, notices
        world.tags.clear()
        world.named.clear()
        request = world.turn(self.b)
        assert not request["assistants"], "the new conversation has an old answer"

    def refused(self) -> None:
        """The provider refuses the model: back to the one that worked, and the state says so."""
        world = self.world
        self.conversation = world.told_conversation()
        world.state_is("verified")
        model, wire = world.row.refused
        world.server.refused = {wire: 404}
        world.switch(model)
        on_it = world.said
        tag = world.tag("refused")
        world.type(f"Remember {tag}")
        assert world.asks(tag)["model"] == wire, "the refused model was not asked"
        world.is_on_another_model(on_it, within=_NOTICED)
        world.turn(self.b)
        seen = world.state_is("parked", "held")
        assert model in seen["message"], seen["message"]
        world.declare(self.b)
        self.verified(self.b)


STEPS: Final[tuple[tuple[str, Callable[[AcpScene], None]], ...]] = (
    ("starts by its file", AcpScene.start),
    ("held while busy, then switched", AcpScene.held),
    ("agent killed with -9", AcpScene.came_back),
    ("controller killed in mid-turn", AcpScene.killed_in_mid_turn),
    ("controller killed in mid-switch", AcpScene.killed_in_mid_switch),
    ("second front end", AcpScene.seen_by_others),
    ("permission", AcpScene.asked_for_permission),
    ("unoffered model: untouched", AcpScene.untouched),
    (f"{SWITCHES} switches in a row", AcpScene.again),
    ("a load that fails", AcpScene.load_refused),
    ("refused by the provider: back", AcpScene.refused),
)
