"""What is in force: last good words, names used twice, doubt, and what outlives a restart."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from controller.load.forgetful import Forgetful
from controller.model.problem import Code, Mark, Severity
from tests.unit.load.world import FLEET, SETTLE, World, codes
from tests.waiting import wait_for


def tiers(world: World) -> dict[str, str | None]:
    """Session to tier, once the files have settled."""
    return {name: one.spec.tier for name, one in world.settled().sessions.items()}


def test_unchanged_files_give_the_same_object(world: World) -> None:
    """A pass over unchanged files costs stats and nothing else."""
    world.write(a="tier: family\n", b="tier: bots\n")
    first = world.settled()
    assert world.read().loaded is first


def test_a_touched_file_is_not_a_change(world: World) -> None:
    """What counts is the content: a checkout there and back moves nothing."""
    world.write(a="tier: family\n")
    before = world.settled()
    world.write(a="tier: family\n")
    assert world.settled().digest == before.digest


def test_law_6_a_bad_file_keeps_its_last_good_word(world: World) -> None:
    """The last good spec stays in force, also across a restart; the error is told at its place."""
    world.write(a="tier: family\n")
    world.settled()
    world.write(a="tier: [\n")
    assert tiers(world) == {"a": "family"}
    world.restart()
    loaded = world.settled()
    assert loaded.sessions["a"].spec.tier == "family"
    assert [problem.code for problem in loaded.sessions["a"].problems] == [Code.SYNTAX]


def test_law_15_a_bad_file_hides_no_other(world: World) -> None:
    """One bad file never hides or stops another."""
    world.write(a="tier: family\n", b="nonsense: 1\n", c="tier: [\n", d="tier: bots\n")
    loaded = world.settled()
    assert set(loaded.sessions) == {"a", "d"}
    assert codes(loaded) == [Code.UNKNOWN_KEY, Code.SYNTAX]


def test_law_7_a_file_is_gone_only_when_it_stays_away(world: World) -> None:
    """An absence counts in two equal looks a settle time apart, not before."""
    world.write(a="tier: family\n", b="tier: bots\n")
    world.settled()
    world.remove("a")
    reading = world.read()
    assert (set(reading.loaded.sessions), reading.unsettled) == ({"a", "b"}, True)
    world.at += SETTLE / 2
    assert "a" in world.read().loaded.sessions
    world.at += SETTLE / 2
    assert set(world.read().loaded.sessions) == {"b"}


def test_an_absence_that_ends_starts_anew(world: World) -> None:
    """A file that comes back in between was never gone: the wait does not go on where it stopped."""
    world.write(a="tier: family\n", b="tier: bots\n")
    world.settled()
    for _ in range(4):
        world.remove("a")
        assert "a" in world.read().loaded.sessions
        world.at += SETTLE * 0.7
        world.write(a="tier: family\n")
        assert "a" in world.settled().sessions
        world.at += SETTLE * 0.7


def test_law_6_an_emptied_directory_stops_nothing(world: World) -> None:
    """All files gone at once is a mistake until a person says otherwise, name by name."""
    world.write(a="tier: family\n", b="tier: bots\n")
    world.settled()
    world.remove("a", "b", "_fleet")
    world.at += 100
    loaded = world.settled()
    assert set(loaded.sessions) == {"a", "b"}
    assert loaded.doubtful == (str(world.directory),)
    world.restart()
    assert set(world.settled().sessions) == {"a", "b"}


def test_a_person_lets_a_session_go(world: World) -> None:
    """`muster stop` takes a session whose file is gone, also from an emptied directory."""
    world.write(a="tier: family\n", b="tier: bots\n")
    world.settled()
    world.remove("a", "b")
    world.settled()
    world.source.forget(str(world.directory / "a.yaml"))
    assert set(world.settled().sessions) == {"b"}
    world.restart()
    assert set(world.settled().sessions) == {"b"}


@pytest.mark.parametrize("how", ["missing", "a file"])
def test_law_6_a_directory_that_cannot_be_read_stops_nothing(world: World, how: str) -> None:
    """Missing, unmounted, or something else in its place: everything stays as it was."""
    world.write(a="tier: family\n")
    world.settled()
    shutil.rmtree(world.directory)
    if how == "a file":
        world.directory.write_text("")
    loaded = world.settled()
    assert set(loaded.sessions) == {"a"}
    assert loaded.doubtful == (str(world.directory),)
    assert Code.SOURCE in codes(loaded)


def test_a_recreated_directory_is_read_again(world: World) -> None:
    """After rm -rf and a fresh checkout nothing was gone, and the new words count."""
    world.write(a="tier: family\n")
    world.settled()
    shutil.rmtree(world.directory)
    world.settled()
    world.directory.mkdir()
    world.write(_fleet=FLEET, a="tier: bots\n")
    assert tiers(world) == {"a": "bots"}
    assert world.settled().doubtful == ()


def test_a_mistyped_directory_stops_nothing(world: World, tmp_path: Path) -> None:
    """A controller that is started on the wrong, empty directory keeps what runs; sessions there end the doubt."""
    world.write(a="tier: family\n")
    world.settled()
    other = World(tmp_path / "other", memory=world.memory)
    assert set(other.settled().sessions) == {"a"}
    other.write(b="tier: bots\n")
    assert set(other.settled().sessions) == {"b"}


def test_law_6_a_vanished_fleet_stays_in_force(world: World) -> None:
    """Without its fleet file every session would move: its last word holds until another is written."""
    world.write(a="tier: family\n", _fleet=FLEET + "tiers: {family: mini}\n")
    world.settled()
    world.remove("_fleet")
    world.at += 100
    for _ in range(2):
        loaded = world.settled()
        assert loaded.fleet.spec.tiers["family"] == "mini"
        assert any(problem.mark.file.endswith("_fleet.yaml") for problem in loaded.problems)
        world.restart()
    world.write(_fleet="defaults: {agent: demo}\n")
    assert world.settled().fleet.spec.tiers["family"] == "balanced"


def test_law_6_a_broken_fleet_keeps_its_last_good_word(world: World) -> None:
    """A typo in the fleet moves nobody, also across a restart."""
    world.write(a="tier: family\n", _fleet=FLEET + "tiers: {family: mini}\n")
    world.settled()
    world.write(_fleet="teirs: {family: maxi}\n")
    world.settled()
    world.restart()
    loaded = world.settled()
    assert (loaded.fleet.spec.tiers["family"], codes(loaded)) == ("mini", [Code.UNKNOWN_KEY])


def test_a_broken_fleet_without_a_past_lies_on_every_session(world: World) -> None:
    """Where no word of the fleet is known, no session may be moved by what is built in."""
    world.write(a="tier: family\nagent: demo\n", _fleet="teirs: {}\n")
    assert [problem.code for problem in world.settled().sessions["a"].problems] == [Code.UNKNOWN_KEY]


def test_a_name_used_twice_counts_for_neither(world: World) -> None:
    """Both files get the error, without regard to case; the one that had the name keeps its last good word."""
    world.write(a="name: Anna\ntier: family\n")
    world.settled()
    world.write(b="name: anna\ntier: bots\n")
    loaded = world.settled()
    assert {name: one.spec.tier for name, one in loaded.sessions.items()} == {"Anna": "family"}
    assert codes(loaded, "a.yaml") == codes(loaded, "b.yaml") == [Code.DUPLICATE_NAME]


def test_a_name_in_two_directories_counts_for_neither(world: World, tmp_path: Path) -> None:
    """An error in both (design 2.2)."""
    second = tmp_path / "managed"
    second.mkdir()
    (second / "a.yaml").write_text("tier: bots\n")
    world.others = (second,)
    world.write(a="tier: family\n", b="tier: family\n")
    loaded = world.settled()
    assert (set(loaded.sessions), codes(loaded)) == ({"b"}, [Code.DUPLICATE_NAME] * 2)


def test_yaml_beside_yml_counts_for_neither(world: World) -> None:
    """One of them is a left-over, and nobody knows which."""
    world.write(a="name: one\n")
    (world.directory / "a.yml").write_text("name: two\n")
    assert codes(world.settled()) == [Code.DUPLICATE_NAME] * 2


def test_a_directory_that_is_a_conversation_has_one_session(world: World, tmp_path: Path) -> None:
    """By whatever path; the one that was there goes on, the newcomer does not count; who is stopped is in no way."""
    (tmp_path / "work").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "work")
    text = "agent: aider\nmodel: some/model\ncwd: {}\n"
    world.write(a=text.format(tmp_path / "work"), other=text.format(tmp_path))
    world.settled()
    world.write(b=text.format(tmp_path / "link"))
    both = world.settled()
    world.write(b=text.format(tmp_path / "link") + "state: stopped\n")
    stopped = world.settled()

    assert (set(both.sessions), codes(both)) == ({"a", "other"}, [Code.SHARED_DIRECTORY] * 2)
    assert both.problems[-1].message.startswith(f"cannot run in {tmp_path / 'work'}: a runs there, and aider has one")
    assert (set(stopped.sessions), codes(stopped)) == ({"a", "b", "other"}, [])


def test_two_that_move_into_one_directory_stay_where_they_were(world: World, tmp_path: Path) -> None:
    """Also where one falls back into the directory that the other has just taken."""
    text = "agent: aider\nmodel: some/model\ncwd: {}\n"
    one, two, three = (str(tmp_path / name) for name in ("one", "two", "three"))
    world.write(a=text.format(one), b=text.format(two), c=text.format(three))
    world.settled()
    world.write(a=text.format(two), b=text.format(three))
    loaded = world.settled()

    assert [session.spec.cwd for session in loaded.sessions.values()] == [one, two, three]
    assert set(codes(loaded)) == {Code.SHARED_DIRECTORY}


def test_a_named_session_follows_its_file(world: World) -> None:
    """With `name:` the file may be renamed: at no instant is the session gone, doubled or in error."""
    world.write(a="name: anna\ntier: family\n", z="tier: bots\n")
    world.settled()
    (world.directory / "a.yaml").rename(world.directory / "b.yaml")
    for _ in range(3):
        loaded = world.read().loaded
        assert set(loaded.sessions) == {"anna", "z"}
        assert codes(loaded) == []
        world.at += SETTLE
    assert world.settled().sessions["anna"].file.endswith("b.yaml")


def test_two_files_may_swap_their_names(world: World) -> None:
    """Names are told by what stands in the files now."""
    world.write(a="name: one\ntier: family\n", b="name: two\ntier: bots\n")
    world.settled()
    world.write(a="name: two\ntier: family\n", b="name: one\ntier: bots\n")
    assert tiers(world) == {"one": "bots", "two": "family"}


def test_a_new_name_does_not_take_a_broken_files_session(world: World) -> None:
    """A file that is wrong holds the name of its last good word."""
    world.write(a="name: one\ntier: family\n", b="name: two\ntier: bots\n")
    world.settled()
    world.write(a="name: two\ntier: family\n", b="name: [\n")
    assert tiers(world) == {"one": "family", "two": "bots"}


def test_hosts_are_asked_for_name_and_labels(world: World) -> None:
    """Elsewhere a session counts as absent."""
    world.labels = {"room": "kitchen", "gpu": "yes"}
    world.write(
        a="hosts: HERE\n",
        b="hosts: [there, {room: kitchen, gpu: 'yes'}]\n",
        c="hosts: {room: hall, gpu: 'yes'}\n",
        d="{}\n",
    )
    here = {name: one.here for name, one in world.settled().sessions.items()}
    assert here == {"a": True, "b": True, "c": False, "d": True}


def test_a_second_fleet_counts_for_nothing(world: World, tmp_path: Path) -> None:
    """The first directory's fleet rules; the other is told."""
    second = tmp_path / "managed"
    second.mkdir()
    (second / "_fleet.yaml").write_text("tiers: {family: maxi}\n")
    world.others = (second,)
    loaded = world.settled()
    assert (loaded.fleet.spec.tiers["family"], codes(loaded)) == ("balanced", [Code.DUPLICATE_NAME])


def test_an_overlay_speaks_as_the_agents_layer(world: World) -> None:
    """A default model in the fleet's overlay is known as such, and stands in the profile."""
    world.write(_fleet=FLEET + "agents: {demo: {models: {default: mini}}}\n")
    loaded = world.settled()
    assert loaded.overlaid == {"demo": "mini"}
    assert loaded.profiles["demo"].models.default == "mini"
    assert loaded.fleet.marks["agents.demo.models.default"].line == 2


def test_an_ais_session_stays_inside_its_limits(world: World, tmp_path: Path) -> None:
    """What AIs may ask for is the fleet's word; a person's session is not bound by it."""
    world.write(_fleet=FLEET + f"ai: {{agents: [other], cwd: [{tmp_path}/work]}}\n")
    world.write(a=f"origin: ai\ncwd: {tmp_path}/work/../home\n", b=f"cwd: {tmp_path}/home\n", c="origin: ai\n")
    loaded = world.settled()
    assert set(loaded.sessions) == {"b"}
    assert codes(loaded, "a.yaml") == codes(loaded, "c.yaml") == [Code.BEYOND_LIMIT] * 2
    world.write(_fleet=FLEET + f"ai: {{agents: [demo], cwd: [{tmp_path}]}}\n")
    assert set(world.settled().sessions) == {"a", "b"}


def test_one_ai_too_many_is_the_new_one_and_harms_no_other(world: World) -> None:
    """Whatever its name; who counted before goes on, also after a restart and under a limit that was lowered."""
    world.write(_fleet=FLEET + "ai: {sessions: 2}\n", m="origin: ai\n", n="origin: ai\n", h="origin: human\n")
    world.settled()
    world.write(a="origin: ai\n")
    loaded = world.settled()
    assert (set(loaded.sessions), codes(loaded)) == ({"m", "n", "h"}, [Code.BEYOND_LIMIT])
    assert loaded.problems[0].mark == Mark(str(world.directory / "a.yaml"), 1, 9)
    world.write(m="origin: ai\nstate: stopped\n")
    assert set(world.settled().sessions) == {"a", "m", "n", "h"}
    world.write(_fleet=FLEET + "ai: {sessions: 1}\n")
    world.restart()
    assert set(world.settled().sessions) == {"a", "m", "n", "h"}  # told, and none of them is stopped
    assert codes(world.settled()) == [Code.BEYOND_LIMIT]


def test_generations_and_directories_hold_in_files_too(world: World, tmp_path: Path) -> None:
    """The errors stand at the words that are wrong; the session's last good word goes on."""
    (tmp_path / "work").mkdir()
    world.write(boss=f"cwd: {tmp_path}/work\n", one=f"origin: ai\nparent: boss\ncwd: {tmp_path}/work\n")
    assert codes(world.settled()) == []
    world.write(one="origin: ai\nparent: boss\ncwd: /\n")
    world.write(_fleet=FLEET + "ai: {depth: 0}\n")
    loaded = world.settled()
    assert [(one.mark.line, one.mark.column) for one in loaded.problems] == [(2, 9), (3, 6)]
    assert loaded.sessions["one"].spec.cwd == f"{tmp_path}/work"


def test_a_link_is_judged_by_where_it_leads(world: World, tmp_path: Path) -> None:
    """Inside by its name and outside by its target is outside."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "out").symlink_to("/")
    world.write(_fleet=FLEET + f"ai: {{cwd: [{tmp_path}/work]}}\n", a=f"origin: ai\ncwd: {tmp_path}/work/out\n")
    assert codes(world.settled()) == [Code.BEYOND_LIMIT]


def test_an_environment_file_loosens_nothing_for_an_ai(world: World, tmp_path: Path) -> None:
    """Its names are read, its values are not told."""
    secret = tmp_path / "secret.env"
    secret.write_text("TOKEN=x\nexport PATH=/tmp/hidden\n")
    secret.chmod(0o600)
    world.write(a=f"origin: ai\nenv_file: {secret}\n", b=f"env_file: {secret}\n")
    (problem,) = world.settled().problems
    assert (problem.code, problem.session) == (Code.BEYOND_LIMIT, "a")
    assert "PATH" in problem.message
    assert "hidden" not in problem.message


def test_what_files_would_say_changes_nothing(world: World) -> None:
    """Asked what would be in force, the source remembers nothing of it."""
    world.write(a="tier: family\n")
    before = world.settled()
    after = world.source.if_said({world.directory / "b.yaml": "tier: x\n", world.directory / "a.yaml": "model: mini\n"})
    assert (set(after.sessions), after.sessions["a"].spec.model) == ({"a", "b"}, "mini")
    assert world.settled() == before


def test_secrets_are_looked_after(world: World, tmp_path: Path) -> None:
    """An environment file that others may read is told before the session starts; a private one is not."""
    secret = tmp_path / "secret.env"
    secret.write_text("TOKEN=x\n")
    secret.chmod(0o644)
    world.write(a=f"env_file: {secret}\n")
    assert [problem.code for problem in world.settled().problems] == [Code.UNSAFE_OWNER]
    secret.chmod(0o600)
    world.restart()
    assert world.settled().problems == ()


def test_a_hung_or_foreign_thing_hides_no_other(world: World) -> None:
    """FIFOs, directories, links that lead nowhere and names that are no text stand beside good files."""
    world.write(a="tier: family\n")
    os.mkfifo(world.directory / "fifo.yaml")
    (world.directory / "dir.yaml").mkdir()
    (world.directory / "dangling.yaml").symlink_to("nowhere")
    Path(os.fsdecode(os.fsencode(world.directory) + b"/\xff.yaml")).touch()
    loaded = world.settled()
    assert set(loaded.sessions) == {"a"}
    assert sorted(codes(loaded)) == [*[Code.NOT_A_FILE] * 3, Code.NOT_UTF8]


def test_a_link_that_leads_nowhere_keeps_its_last_word(world: World) -> None:
    """What it led to may be on a disk that is not there now; only a name that is gone is gone."""
    world.write(a="tier: family\n")
    (world.directory / "b.yaml").symlink_to("b.target")
    (world.directory / "b.target").write_text("tier: bots\n")
    assert tiers(world) == {"a": "family", "b": "bots"}
    (world.directory / "b.target").unlink()
    assert tiers(world) == {"a": "family", "b": "bots"}
    assert codes(world.settled()) == [Code.NOT_A_FILE]
    (world.directory / "b.yaml").unlink()
    assert tiers(world) == {"a": "family"}


def test_a_writer_delays_only_its_own_file(world: World) -> None:
    """While somebody has a file open for writing, its word waits, and the others' do not."""
    world.write(a="tier: family\n", b="tier: family\n")
    world.settled()
    with (world.directory / "a.yaml").open("w") as half:
        half.write("tier: bo")
        half.flush()
        world.write(b="tier: bots\n")
        reading = world.read()
        assert reading.unsettled
        assert reading.loaded.sessions["a"].spec.tier == "family"
        half.write("ts\n")
    assert tiers(world) == {"a": "bots", "b": "bots"}


def test_nothing_is_told_as_an_error_without_one(world: World) -> None:
    """Warnings do not keep a word from counting, and are no errors of the session."""
    world.write(a="tier: nowhere\nparent: nobody\n")
    loaded = world.settled()
    assert loaded.sessions["a"].problems == ()
    assert [problem.severity for problem in loaded.problems] == [Severity.WARNING] * 2


def test_a_cold_start_needs_stats_only(world: World) -> None:
    """What was looked at once it had aged is remembered by its stamp, so the next command opens no file."""
    world.write(a="tier: family\n", b="tier: [\n")

    def remembered() -> bool:
        world.settled()
        return {"_fleet.yaml", "a.yaml", "b.yaml"} <= world.memory.seen(str(world.directory)).keys()

    wait_for(remembered)


class Full(Forgetful):
    """A memory on a full disk: no cache is kept."""

    def keep_parsed(self, outcomes: Mapping[str, bytes]) -> None:
        pass


def test_law_6_holds_on_a_full_disk(world: World) -> None:
    """Last good words stay in mind, and need no cache to be kept."""
    world.memory = Full()
    world.write(a="tier: family\n")
    world.settled()
    world.write(a="tier: [\n")
    assert tiers(world) == {"a": "family"}


def test_a_lost_cache_is_read_again(world: World) -> None:
    """The cache of parses may be lost at any time: the files are read again, and nothing moves."""
    world.write(a="tier: family\n", b="tier: [\n")
    before = world.settled()
    world.memory._parsed.clear()
    world.restart()
    assert world.settled().digest == before.digest
