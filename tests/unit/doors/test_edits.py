"""What the doors refuse to an AI, each with its reason, before a byte is written; and what they leave to a person."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from controller.doors import births, edits, steering
from controller.errors import InvalidFiles, MusterError, NotAllowed
from controller.model.asker import HUMAN, Asker
from controller.model.session import Origin
from controller.settings import Settings

BOSS = Asker(Origin.AI, "boss")


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    """A directory with a person's session, and a state beside it."""
    directory = tmp_path / "sessions.d"
    directory.mkdir()
    (directory / "_fleet.yaml").write_text("defaults: {agent: demo}\nai: {sessions: 2}\n")
    (directory / "boss.yaml").write_text("tier: admin\n")
    return Settings(sessions_dirs=(directory,), state_dir=tmp_path / "state")


def texts(place: Settings) -> dict[str, str]:
    return {path.name: path.read_text() for path in place.directories[0].iterdir()}


def test_a_request_that_would_harm_another_session_is_refused(place: Settings) -> None:
    """Too many by one, and by its name it would not be the one that is refused when the files are loaded."""
    for name in ("yan", "zed"):
        births.new_session(place, BOSS, births.Birth(name=name))
    before = texts(place)
    with pytest.raises(NotAllowed, match=r"ai\.sessions"):
        births.new_session(place, BOSS, births.Birth(name="abe"))
    assert texts(place) == before


def test_a_stopped_session_makes_room_and_cannot_come_back_past_the_limit(place: Settings) -> None:
    for name in ("yan", "zed"):
        births.new_session(place, BOSS, births.Birth(name=name))
    steering.stop(place, BOSS, "yan")
    births.new_session(place, BOSS, births.Birth(name="abe"))
    with pytest.raises(NotAllowed, match=r"ai\.sessions"):
        steering.start(place, BOSS, "yan")


def test_requests_at_the_same_time_are_judged_one_after_another(place: Settings) -> None:
    """What the first was allowed, the others see."""

    def ask(number: int) -> bool:
        try:
            births.new_session(place, BOSS, births.Birth(name=f"w{number}"))
        except NotAllowed:
            return False
        return True

    with ThreadPoolExecutor(8) as many:
        assert sum(many.map(ask, range(8))) == 2


@pytest.mark.parametrize(
    "word, instead",
    [
        ("origin: ai\n", "origin: human\n"),
        ("parent: boss\n", ""),
        ("parent: boss\n", "parent: boss\nsuspend: true\n"),
        ("parent: boss\n", "parent: boss\nchildren: stop\n"),
        ("model: mini\n", "model: mini\nunavailable: keep\n"),
    ],
)
def test_an_ai_changes_no_other_word_of_a_file(place: Settings, word: str, instead: str) -> None:
    """Whatever edit it found a way to ask for."""
    file = births.new_session(place, BOSS, births.Birth(name="w", model="mini"))
    before = texts(place)
    assert word in before["w.yaml"]
    with pytest.raises(NotAllowed):
        edits.change(place, BOSS, file, lambda old: old.replace(word, instead))
    assert texts(place) == before


def test_a_link_in_the_place_of_a_new_file_is_not_followed(place: Settings, tmp_path: Path) -> None:
    """Whoever made it would have a file written elsewhere."""
    (place.directories[0] / "w.yaml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MusterError, match="is there already"):
        births.new_session(place, BOSS, births.Birth(name="w"))
    assert not (tmp_path / "elsewhere").exists()


def test_a_managed_directory_gets_a_patch_only_for_what_is_allowed(place: Settings) -> None:
    """A refused change is not handed out to be applied elsewhere."""
    managed = place.model_copy(update={"managed": place.directories})
    with pytest.raises(NotAllowed):
        births.new_session(managed, BOSS, births.Birth(name="w", model="maxi"))
    with pytest.raises(edits.Managed) as patch:
        births.new_session(managed, BOSS, births.Birth(name="w"))
    assert "+parent: boss" in patch.value.patch


def test_a_person_is_bound_by_none_of_this(place: Settings) -> None:
    births.new_session(place, HUMAN, births.Birth(name="w", model="maxi", cwd="/", prompt="/init"))
    assert texts(place)["w.yaml"] == "model: maxi\ncwd: /\nprompt: /init\n"


def test_a_persons_new_file_counts_or_is_not_written(place: Settings) -> None:
    """Made for an AI by a person, it is held to the ceiling of AIs."""
    with pytest.raises(InvalidFiles, match="ceiling"):
        births.new_session(place, HUMAN, births.Birth(name="w", model="maxi"), origin="ai")
    assert "w.yaml" not in texts(place)


def test_an_ai_whose_session_has_no_file_starts_nothing(place: Settings) -> None:
    with pytest.raises(NotAllowed, match="has no file"):
        births.new_session(place, Asker(Origin.AI, "gone"), births.Birth(name="w"))
