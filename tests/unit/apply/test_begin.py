"""A conversation that is made beforehand: a real program is asked for it, and the session's process is given its id."""

import sys
from pathlib import Path

import pytest

from controller.model.event import EventType
from controller.model.outcome import End
from controller.model.plan import Start
from controller.model.profile import Beginning
from tests.unit.apply.scene import Scene, fresh_launch

ANSWERS = "import sys; print('hello'); print('id', sys.stdin.readline(), flush=True); sys.stdin.read()"


def begin(program: str = ANSWERS, **other: object) -> Beginning:
    words = {"argv": [sys.executable, "-c", program], "say": ["c7"], "id": r"^id (\w+)$"}
    return Beginning.model_validate(words | other)


def start(scene: Scene, rules: Beginning) -> End:
    made = fresh_launch(argv=("agent", "-S", "{conversation}"), conversation=None, begin=rules)
    return scene.carry_out(Start(made)).end


def test_a_process_is_given_the_conversation_that_was_made_for_it() -> None:
    scene = Scene()

    assert start(scene, begin()) is End.DONE
    [order] = scene.living
    assert (order.argv, order.conversation) == (("agent", "-S", "c7"), "c7"), "the run file names it too"
    assert scene.record.conversation == "c7"


@pytest.mark.parametrize(
    "rules, why",
    [
        (begin("print('please log in')"), "'please log in'"),
        (begin("import time; time.sleep(60)", wait=0.2), "no answer in 0.2 s"),
        (begin(argv=["/not/there"]), "/not/there: No such file"),
    ],
    ids=["none named", "too slow", "not there"],
)
def test_without_a_conversation_nothing_is_started(rules: Beginning, why: str) -> None:
    scene = Scene()

    assert start(scene, rules) is not End.DONE
    assert scene.living == []
    assert scene.told == [EventType.START_FAILED]
    assert why in str(scene.event(EventType.START_FAILED)["error"])


def test_what_made_the_conversation_is_gone_before_the_process_starts(tmp_path: Path) -> None:
    """Two writers of one conversation diverge (law 3)."""
    left = tmp_path / "left"
    scene = Scene()
    start(scene, begin(f"{ANSWERS}; open({str(left)!r}, 'w')"))

    assert left.exists()
    assert len(scene.living) == 1
