"""Transcripts: the newest model, a person's turn, and nothing from what is broken or other people's."""

import os
import re
import tracemalloc
from pathlib import Path

import pytest

from controller.model.clock import Now
from controller.model.observed import Activity, ObservedModel
from controller.model.profile import ActivitySource
from controller.model.tells import Where
from controller.observe import lines as lines_
from tests.unit.observe.world import CONVERSATION, ME, WALL, World, line, now, reply


def test_no_file_is_a_conversation_that_was_never_prompted(world: World) -> None:
    """A session without a prompt has no transcript, and is started again under its own id."""
    seen = world.look()

    assert (seen.prompted, seen.model, seen.detail) == (False, None, None)


def test_a_reply_names_the_model_and_its_time(world: World) -> None:
    world.say(line("user"), reply("maxi-1", WALL + 3))

    seen = world.look()

    assert seen.prompted is True
    assert seen.model == ObservedModel(raw="maxi-1", name="maxi", at=WALL + 3)


def test_a_turn_without_a_reply_is_a_prompted_conversation(world: World) -> None:
    """The first turn may be under way or lost; the conversation is worth keeping all the same."""
    world.say(line("user"))

    assert world.look().prompted is True


def test_a_change_inside_the_session_counts_before_the_next_reply(world: World) -> None:
    world.say(line("user"), reply("maxi-1"), line("model_change", WALL + 1, model="mini-1"))

    model = world.look().model

    assert model is not None
    assert model.name == "mini"


def test_the_newest_by_time_counts_not_the_last_line(world: World) -> None:
    """Some agents write lines out of order."""
    world.say(line("user"), reply("maxi-1", WALL + 5), reply("mini-1", WALL + 1))

    model = world.look().model

    assert model is not None
    assert model.name == "maxi"


def test_a_clock_that_was_set_back_does_not_hide_what_came_after_it(world: World) -> None:
    """An hour long all that is said would be older than what was said before: models, refusals, the turn itself."""
    world.say(line("user"), reply("maxi-1", WALL))
    world.look()
    world.say(line("user", WALL - 3600), reply("mini-1", WALL - 3599))

    model = world.look(at=now(WALL - 3598)).model

    assert model == ObservedModel(raw="mini-1", name="mini", at=WALL - 3599)


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
def test_a_turn_goes_on_when_the_clock_is_set(world: World, step: float) -> None:
    """Its time is the old clock's; the process's beginning, by which an older one is told, moves with the new one."""
    transcript = world.profile.transcript
    assert transcript is not None
    turns = transcript.model_copy(update={"ended": [Where(match={"type": "assistant"})]})
    told = {"transcript": turns, "activity": [ActivitySource.TRANSCRIPT]}
    world.profile = world.profile.model_copy(update=told)
    assert ME is not None
    born = ME.ticks / os.sysconf("SC_CLK_TCK")
    before = Now(wall=WALL, boot=born + 10, boot_id=ME.boot_id)
    world.say(line("user", WALL - 5), reply("maxi-1", WALL - 5))
    assert world.look(at=before).activity is Activity.IDLE
    world.say(line("user", WALL + min(step, 0.0)))

    assert world.look(at=Now(wall=WALL + step, boot=born + 11, boot_id=ME.boot_id)).activity is Activity.BUSY


def test_a_half_written_line_counts_when_it_is_whole(world: World) -> None:
    world.say(line("user"), reply("mini-1"))
    whole = reply("maxi-1", WALL + 1)
    world.say(whole[:30])
    before = world.look().model
    world.say(whole[30:])
    after = world.look().model

    assert before is not None
    assert before.name == "mini"
    assert after is not None
    assert after.name == "maxi"


def test_an_ignored_id_is_no_model(world: World) -> None:
    """Lines that the agent itself made up stand for no model."""
    ignoring = world.profile.models.model_copy(update={"ignore": ["<synthetic>"]})
    world.profile = world.profile.model_copy(update={"models": ignoring})
    world.say(line("user"), reply("maxi-1"), reply("<synthetic>", WALL + 1))

    model = world.look().model

    assert model is not None
    assert model.raw == "maxi-1"


def test_records_of_sub_agents_are_skipped(world: World) -> None:
    assert world.profile.transcript
    rules = world.profile.transcript.model_copy(update={"skip": [Where(match={"side": True})]})
    world.profile = world.profile.model_copy(update={"transcript": rules})
    world.say(line("user"), reply("maxi-1"), line("assistant", WALL + 1, model="mini-1", side=True))

    model = world.look().model

    assert model is not None
    assert model.name == "maxi"


def test_the_providers_fallback_stays_one_until_something_else_speaks(world: World) -> None:
    assert world.profile.transcript
    fallback = [Where(match={"type": "fallback"}, value="to")]
    rules = world.profile.transcript.model_copy(update={"fallback": fallback})
    world.profile = world.profile.model_copy(update={"transcript": rules})
    seen = []
    for record in (
        line("fallback", WALL + 1, to="midi-1"),
        reply("midi-1", WALL + 2),
        reply("maxi-1", WALL + 3),
        reply("midi-1", WALL + 4),
    ):
        world.say(record)
        model = world.look().model
        assert model is not None
        seen.append((model.name, model.fallback))

    assert seen == [("midi", True), ("midi", True), ("maxi", False), ("midi", False)]


def test_a_file_written_anew_in_its_place_is_read_anew(world: World) -> None:
    """Compaction rewrites a file; what was counted from the old one does not stand."""
    world.say(line("user"), reply("maxi-1", WALL + 9))
    world.look()
    world.transcript.write_text(line("meta", text="x" * 500) + line("user") + reply("mini-1"))
    model = world.look().model

    assert model is not None
    assert model.name == "mini"


def test_a_file_that_vanished_is_a_conversation_that_is_gone(world: World) -> None:
    world.say(line("user"), reply("maxi-1"))
    world.look()
    world.transcript.unlink()
    seen = world.look()

    assert (seen.prompted, seen.model) == (False, None)


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir], ids=["fifo", "directory"])
def test_what_is_no_regular_file_is_unknown_and_never_waited_for(world: World, make: "os.PathLike[str]") -> None:
    make(world.transcript)  # type: ignore[operator]

    seen = world.look()

    assert seen.prompted is None
    assert "no regular file" in (seen.detail or "")


def test_only_new_bytes_are_read_of_a_long_transcript(world: World) -> None:
    """A long transcript is read from its end, its beginning searched for a person's turn piece by piece."""
    filler = line("tool", text="x" * 1000) * 4000
    world.say(line("meta"), line("user"), filler, reply("maxi-1"))
    size = world.transcript.stat().st_size
    assert size > 3 * lines_.WINDOW
    first = world.look()
    looks = 1
    while world.look().prompted is None and looks < 10:
        looks += 1

    assert first.model is not None
    assert first.model.name == "maxi"
    assert world.look().prompted is True


def test_a_transcript_of_200_megabytes_is_not_held_and_not_read_again(world: World) -> None:
    """Its end is read once, then what is added to it, also while a line of it is only half there."""
    world.say(line("meta"))
    os.truncate(world.transcript, 200 * 2**20)
    world.say("\n", line("tool", text="x" * 1000) * 4000, line("user"), reply("mini-1"))
    tracemalloc.start()
    try:
        first = world.look()
        tracemalloc.reset_peak()
        held = tracemalloc.get_traced_memory()[0]
        world.say(reply("maxi-1", WALL + 1)[:30])
        half = world.look()
        world.say(reply("maxi-1", WALL + 1)[30:])
        whole = world.look()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    names = [seen.model.name if seen.model else None for seen in (first, half, whole)]
    assert names == ["mini", "mini", "maxi"]
    assert held < lines_.WINDOW
    assert peak - held < lines_.WINDOW // 4


def test_a_person_who_never_spoke_is_known_once_all_is_searched(world: World) -> None:
    filler = line("tool", text="x" * 1000) * 4000
    world.say(line("meta"), filler, line("model_change", model="maxi-1"))
    answers = [world.look().prompted for _ in range(10)]

    assert answers[0] is None
    assert answers[-1] is False


def test_a_line_longer_than_a_window_is_still_a_turn(world: World) -> None:
    """Pasted pictures make lines of some megabytes."""
    world.say(line("user", text="x" * (3 * lines_.WINDOW)), reply("maxi-1"), line("tool", text="y" * 2 * lines_.WINDOW))
    answers = [world.look() for _ in range(10)]

    assert answers[0].model is not None
    assert answers[-1].prompted is True


@pytest.mark.parametrize("evil", ["../../../etc/passwd", "a/b", "*", "..", "", "[a]", "x" * 200, "a..b"])
def test_a_hostile_conversation_id_leads_nowhere(world: World, evil: str) -> None:
    """An id comes from other people's files; it never becomes a path of its own."""
    world.say(line("user"), reply("maxi-1"))
    (world.home / "projects").joinpath("passwd.jsonl").write_text(reply("mini-1"))

    seen = world.look(world.record(conversation=evil))

    assert (seen.model, seen.prompted) == (None, None)


def test_the_directory_is_named_as_the_agent_sees_it(world: World) -> None:
    """A session whose directory is a link is found under the directory's own name."""
    link = world.root / "link"
    link.symlink_to(world.cwd)
    world.say(line("user"))

    assert world.look(world.record(cwd=str(link))).prompted is True


def test_the_agents_home_moves_with_the_sessions_environment(world: World) -> None:
    from controller.observe.case import Wanted

    world.say(line("user"))
    elsewhere = world.root / "elsewhere"
    world.home.rename(elsewhere)
    wish = Wanted(agent="demo", env={"MUSTER_DEMO_HOME": str(elsewhere)})

    assert world.look(world.record()).prompted is False
    assert world.look(world.record(), wanted=wish).prompted is True


def test_ids_are_checked_by_the_same_rule_everywhere() -> None:
    from controller.observe.places import safe

    assert safe(CONVERSATION) == CONVERSATION
    assert safe("ses_1A") == "ses_1A"
    assert not re.search("[/*?\\[]", "".join(filter(safe, map(chr, range(256)))))
