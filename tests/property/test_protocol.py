"""The switch protocol as a whole: controller, agent, person, stranger, and a crash at any step, in any order."""

from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from controller.model.control import RequestKind
from controller.model.plan import Guard, Hold, Leave
from controller.model.session import Resume, RunState, Update, When
from tests.contract.fake_runtime import Behaviour
from tests.property.mortal import Fate
from tests.property.protocol import LAUNCHES, Stage
from tests.property.worlds import MODELS, declared
from tests.unit.apply.scene import NAME

PASSES: Final = 20
"""Within so many a session comes to rest, once nothing happens to it any more (law 12)."""
LONG: Final = 4000.0
"""Seconds between them: longer than any back-off."""
DEAF: Final = Behaviour(ignores=frozenset({"TERM", "KILL", "INT", "HUP"}))
WORDS: Final[dict[str, tuple[Any, ...]]] = {
    "model": MODELS,
    "resume": tuple(Resume),
    "state": tuple(RunState),
    "update": (Update(), Update(when=When.NOW)),
    "suspend": (False, True),
    "args": ([], ["--verbose"]),
    "cwd": ("/", "/usr"),
}
fates = st.builds(Fate, dies_before=st.integers(1, 9)) | st.builds(Fate, dies_after=st.integers(1, 9))
fates |= st.builds(Fate, refuses=st.integers(1, 4))
edits = st.fixed_dictionaries({}, optional={key: st.sampled_from(said) for key, said in WORDS.items()})
times = st.sampled_from([0.5, 5.0, 70.0, LONG])


class Protocol(RuleBasedStateMachine):
    """Anything may happen between two passes, and the controller may die at any call within one."""

    @initialize(in_place=st.booleans(), old=st.booleans())
    def begin(self, *, in_place: bool, old: bool) -> None:
        """A session that has yet to start, or one in which something was said."""
        self.stage = Stage(in_place=in_place)
        self.words: dict[str, Any] = {"model": "small", "runtime": "process", "cwd": "/"}
        self.stage.file = declared(NAME, **self.words)
        if old:
            self.stage.passes(Fate())
            self.stage.begin_turn()
            self.stage.end_turn()

    def _pass(self, later: float, fate: Fate | None = None) -> None:
        self.stage.clock.boot += later
        self.stage.passes(fate or Fate())

    @rule(later=times)
    def a_pass(self, later: float) -> None:
        self._pass(later)

    @rule(fate=fates, later=times)
    def a_pass_that_breaks_off(self, fate: Fate, later: float) -> None:
        self._pass(later, Fate(fate.dies_before, fate.dies_after, fate.refuses))

    @rule()
    def the_controller_is_replaced(self) -> None:
        self.stage.another_controller()

    # ---- people

    @rule(words=edits)
    def the_file_is_edited(self, words: dict[str, Any]) -> None:
        self.words |= words
        self.stage.file, self.stage.gone_since = declared(NAME, **self.words), None

    @rule(model=st.sampled_from(MODELS), later=times, fate=fates)
    def a_switch_breaks_off(self, model: str, later: float, fate: Fate) -> None:
        self.the_file_is_edited({"model": model})
        self.a_pass_that_breaks_off(fate, later)

    @rule()
    def the_file_is_deleted(self) -> None:
        self.stage.gone_since = self.stage.gone_since or self.stage.clock.boot

    @rule(kind=st.sampled_from([RequestKind.RESTART, RequestKind.FRESH, RequestKind.RETRY]))
    def a_person_asks(self, kind: RequestKind) -> None:
        self.stage.note(kind)

    @rule()
    def a_person_says_now(self) -> None:
        self.stage.said_now = True

    @precondition(lambda self: self.stage.truth.living and not self.stage.truth.in_a_turn)
    @rule()
    def a_turn_begins(self) -> None:
        self.stage.begin_turn()

    @precondition(lambda self: self.stage.truth.living)
    @rule(model=st.sampled_from(MODELS))
    def a_person_switches_inside(self, model: str) -> None:
        self.stage.truth.choose(model)

    # ---- the agent

    @precondition(lambda self: self.stage.truth.in_a_turn)
    @rule()
    def a_turn_ends(self) -> None:
        self.stage.end_turn()

    @rule(end=st.sampled_from(["exit 3", "signal 9"]))
    def the_agent_dies(self, end: str) -> None:
        self.stage.truth.machine.kill(NAME, end)

    @rule(launches=st.lists(st.sampled_from(list(LAUNCHES)), min_size=1, max_size=3))
    def launches_go_wrong(self, launches: list[str]) -> None:
        self.stage.truth.launches = launches

    @precondition(lambda self: self.stage.truth.living)
    @rule()
    def the_agent_ignores_signals(self) -> None:
        self.stage.truth.behave(DEAF)

    @rule(deaf=st.booleans())
    def the_agent_ignores_lines(self, *, deaf: bool) -> None:
        self.stage.truth.deaf = deaf

    # ---- the machine

    @rule()
    def a_stranger_opens_the_conversation(self) -> None:
        self.stage.truth.stranger = self.stage.record.conversation

    @rule()
    def the_stranger_leaves(self) -> None:
        self.stage.truth.stranger = None

    @rule(blind=st.booleans())
    def nothing_can_be_seen(self, *, blind: bool) -> None:
        self.stage.blind = blind

    # ---- and then nothing happens any more

    def teardown(self) -> None:
        """What the file says comes true, with the conversation, and stays so (laws 1, 9, 12)."""
        stage, truth = self.stage, self.stage.truth
        truth.stranger, truth.deaf, truth.launches, stage.blind, truth.busy = None, False, [], False, None
        truth.since = stage.clock.boot
        truth.behave(Behaviour())
        self.the_file_is_edited({"state": RunState.RUNNING, "suspend": False})
        stage.note(RequestKind.RETRY)
        self._rest()
        process = truth.living
        assert process is not None
        assert stage.record.process is not None
        assert stage.record.process.nonce == process.order.nonce
        assert truth.model(process) == self.words["model"] or process.order.nonce in truth.chosen

    def _rest(self) -> None:
        """Let passes go by until two of them find nothing to do; a person lets go what cannot be resumed."""
        still = 0
        for _ in range(PASSES):
            self.stage.clock.boot += LONG
            change = self.stage.passes(Fate())
            assert change is not None
            match change.action:
                case Leave():
                    still += 1
                case Hold(guard=Guard.UNRESUMABLE):
                    self.stage.note(RequestKind.FRESH)
                case Hold(sentence=sentence, guard=guard):
                    raise AssertionError(f"held for ever by {guard}: {sentence}")
                case _:
                    still = 0
            if still > 1:
                return
        raise AssertionError(f"no rest after {PASSES} passes")


TestProtocol = Protocol.TestCase
TestProtocol.settings = settings(max_examples=300, stateful_step_count=40, suppress_health_check=list(HealthCheck))
