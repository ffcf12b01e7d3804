"""Presence: by identity, adopted from a run file, absent only when that is proven, attached in doubt."""

import pytest

from controller.model.observed import Presence, ProcessIdentity, Stranger
from controller.model.session import RuntimeKind
from controller.observe.case import Around, Wanted
from controller.runtimes.base import RunFile
from tests.unit.observe.world import CONVERSATION, ME, World, line

assert ME is not None
LIVING = ME
REUSED = ME.model_copy(update={"ticks": ME.ticks - 1})
REBOOTED = ME.model_copy(update={"boot_id": "another"})


def run_file(process: ProcessIdentity, world: World) -> RunFile:
    return RunFile(
        name="s",
        process=process,
        runtime=RuntimeKind.TMUX,
        agent="demo",
        asked_model="maxi",
        conversation=CONVERSATION,
        cwd=str(world.cwd),
    )


def test_the_recorded_process_runs(world: World) -> None:
    seen = world.look()

    assert (seen.presence, seen.process) == (Presence.RUNNING, LIVING)


@pytest.mark.parametrize("recorded", [REUSED, REBOOTED, None], ids=["pid reused", "another boot", "none"])
def test_another_process_under_the_pid_is_not_ours(world: World, recorded: ProcessIdentity | None) -> None:
    seen = world.look(world.record(process=recorded))

    assert (seen.presence, seen.process) == (Presence.ABSENT, None)


@pytest.mark.parametrize("recorded", [REUSED, None], ids=["record of an earlier process", "no record of it"])
def test_a_living_process_of_a_run_file_is_taken_up(world: World, recorded: ProcessIdentity | None) -> None:
    """The controller may have died between the start and its recording."""
    world.run_files["s"] = run_file(LIVING, world)
    seen = world.look(world.record(process=recorded))

    assert (seen.presence, seen.process) == (Presence.RUNNING, LIVING)


def test_a_run_file_alone_tells_whose_conversation_it_is(world: World) -> None:
    """A lost state is rebuilt from run files."""
    world.run_files["s"] = run_file(LIVING, world)
    world.say(line("user"))
    seen = world.look(wanted=Wanted(agent="other", conversation="another", cwd="/elsewhere"))

    assert (seen.presence, seen.prompted) == (Presence.RUNNING, True)


def test_a_dead_process_of_a_run_file_is_not_taken_up(world: World) -> None:
    world.run_files["s"] = run_file(REUSED, world)

    assert world.look(world.record(process=None)).presence is Presence.ABSENT


def test_a_run_file_that_cannot_be_read_is_unknown_not_absent(world: World) -> None:
    def refuse(_name: str) -> RunFile | None:
        raise PermissionError(13, "Permission denied")

    world.eyes = type(world.eyes)(refuse, {})
    seen = world.look(world.record(process=REUSED))

    assert (seen.presence, seen.detail) == (Presence.UNKNOWN, "cannot see the process: Permission denied")


def test_a_name_that_is_held_is_not_asked_again(world: World) -> None:
    """A pidfd proves more than a look at the pid."""
    seen = world.look(world.record(process=REUSED), around=Around(known_alive={"s"}))

    assert seen.presence is Presence.RUNNING


def test_an_agent_that_no_profile_describes_is_seen_and_not_understood(world: World) -> None:
    seen = world.look(world.record(agent="unheard-of"))

    assert (seen.presence, seen.detail) == (Presence.RUNNING, "no profile describes the agent unheard-of")


@pytest.mark.parametrize(
    "answer, attached",
    [({"s": True}, True), ({"s": False}, False), ({}, False), (None, True)],
    ids=["yes", "no", "not listed", "no answer"],
)
def test_a_terminal_that_cannot_be_seen_may_have_somebody_at_it(
    world: World, answer: dict[str, bool] | None, attached: bool
) -> None:
    record = world.record(runtime=RuntimeKind.TMUX)

    assert world.look(record, around=Around(attached={RuntimeKind.TMUX: answer})).attached is attached


def test_how_it_ended_is_told(world: World) -> None:
    assert world.look(world.record(process=None), around=Around(exits={"s": "exit 3"})).exit == "exit 3"


@pytest.mark.parametrize(
    "identity, conversation, count",
    [(LIVING, CONVERSATION, 1), (REUSED, CONVERSATION, 0), (LIVING, "another", 0)],
    ids=["holds it", "has ended since the scan", "holds another"],
)
def test_a_stranger_on_the_conversation_is_told(
    world: World, identity: ProcessIdentity, conversation: str, count: int
) -> None:
    stranger = Stranger(identity=identity, agent="demo", conversation=conversation)

    assert len(world.look(around=Around(strangers=[stranger])).strangers) == count
