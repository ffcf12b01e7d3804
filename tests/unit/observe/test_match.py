"""Which processes are agents, and which of several are one."""

import pytest

from controller.model.observed import ProcessIdentity, Stranger
from controller.model.profile import Identify
from controller.observe.match import agent_of, fits, named, without_wrappers
from controller.observe.processes import Row
from tests.unit.profiles.reading import demo

RULES = Identify(names=["parrot", "node"], executables=["*/bin/*"], argv=["parrot", r"-\w"], not_argv=["daemon run"])


def row(
    name: str | None = "node", exe: str | None = "/usr/bin/node", line: str | None = "node parrot -m x", pid: int = 7
) -> Row:
    argv = None if line is None else tuple(line.split())
    identity = ProcessIdentity(boot_id="b", pid=pid, ticks=pid)
    return Row(identity=identity, parent=pid - 1, session=1, name=name, exe=exe, argv=argv)


@pytest.mark.parametrize(
    "one, fit",
    [
        pytest.param(row(), True, id="all lists match"),
        pytest.param(row(name="vim"), False, id="another name"),
        pytest.param(row(exe="/opt/node"), False, id="another executable"),
        pytest.param(row(line="node parrot"), False, id="one pattern of argv is missing"),
        pytest.param(row(line="node parrot -m x daemon run"), False, id="ruled out"),
        pytest.param(row(line=None), True, id="argv may not be seen"),
        pytest.param(row(exe=None, line=None), True, id="only the name may be seen"),
        pytest.param(row(name=None, exe=None, line=None), False, id="nothing may be seen"),
    ],
)
def test_all_rules_that_can_be_seen_must_fit(one: Row, fit: bool) -> None:
    line = None if one.argv is None else " ".join(one.argv)

    assert fits(one, line, RULES) is fit


def test_a_profile_without_rules_identifies_nobody() -> None:
    assert fits(row(), "node", Identify()) is False


def test_the_first_profile_that_fits_names_the_agent() -> None:
    profile = demo()
    parrot = profile.model_copy(update={"identify": RULES})

    assert agent_of(row(), {"demo": profile, "parrot": parrot}) == "parrot"
    assert agent_of(row(name="vim"), {"demo": profile, "parrot": parrot}) is None


@pytest.mark.parametrize(
    "argv, found",
    [
        (["x", "--resume", "0b54ec0c-5b0e"], "0b54ec0c-5b0e"),
        (["x", "--resume=ses_1"], "ses_1"),
        (["x", "/home/2026_0b54ec0c-5b0e.jsonl"], "0b54ec0c-5b0e"),
        (["x", "0b54ec0c-5b0e4"], None),
        (None, None),
    ],
)
def test_a_conversation_is_found_as_a_word_or_a_part_of_one(argv: list[str] | None, found: str | None) -> None:
    assert named(argv, {"0b54ec0c-5b0e", "ses_1"}) == found


def stranger(pid: int, conversation: str | None, agent: str = "parrot") -> tuple[Row, Stranger]:
    one = row(pid=pid)
    return one, Stranger(identity=one.identity, agent=agent, conversation=conversation)


@pytest.mark.parametrize(
    "outer, inner, left",
    [
        pytest.param("c", "c", [(3, "c")], id="wrapper and program"),
        pytest.param("c", None, [(3, "c")], id="only the wrapper tells"),
        pytest.param(None, "c", [(3, "c")], id="only the program tells"),
        pytest.param("c", "d", [(2, "c"), (3, "d")], id="an agent started another one"),
    ],
)
def test_a_wrapper_and_its_program_are_one(outer: str | None, inner: str | None, left: list[tuple[int, str]]) -> None:
    found = without_wrappers([stranger(3, inner), stranger(2, outer)])

    assert [(one.identity.pid, one.conversation) for one in found] == left


def test_two_agents_side_by_side_are_two() -> None:
    assert len(without_wrappers([stranger(3, None), stranger(9, None)])) == 2
    assert len(without_wrappers([stranger(2, None), stranger(3, None, agent="jay")])) == 2
