"""From records to files: names, kinship, conversations, and what is there already."""

from dataclasses import replace
from pathlib import Path

import pytest

from controller.imports import names
from controller.imports.fit import fit
from controller.model.desired import Declared
from controller.model.imported import Draft, Fate, ForeignRecord, Found, Said
from controller.model.loaded import Loaded
from controller.model.scalars import NAME
from controller.model.session import SessionSpec
from tests.unit.imports.formats import loaded


def record(key: str, *, name: str | None = None, **said: str) -> ForeignRecord:
    """A record that says these words, each in a field of the same name."""
    words = {field: Said(field, word) for field, word in ({"agent": "demo"} | said).items()}
    return ForeignRecord(place=f"there: {key}", key=key, name=name or key, said=words, labels={})


def drafts(*records: ForeignRecord, beside: Loaded | None = None, stems: tuple[str, ...] = ()) -> tuple[Draft, ...]:
    """What would be written of these records."""
    found = Found(system="other", files=("there",), records=records)
    return fit(found, beside or loaded(""), frozenset(stems))


def with_sessions(**specs: SessionSpec) -> Loaded:
    """What a directory with these sessions says."""
    declared = {name: Declared(name=name, spec=spec, file=f"/s/{name}.yaml", marks={}) for name, spec in specs.items()}
    return replace(loaded(""), sessions=declared)


@pytest.mark.parametrize(
    "wanted, name",
    [
        ("+15555550100", "+15555550100"),
        ("imessage/_15555550100", "imessage-_15555550100"),
        ("José García", "Jose-Garcia"),
        ("../../etc/passwd", "etc-passwd"),
        ("--help", "help"),
        ("a\nb\x1b[31m", "a-b-31m"),
        ("会議", "session"),
        ("x" * 200, "x" * 100),
        ("a--b", "a--b"),
    ],
)
def test_every_name_becomes_a_session_name(wanted: str, name: str) -> None:
    assert names.safe(wanted) == name
    assert NAME.fullmatch(name)


def test_a_name_that_had_to_change_is_told() -> None:
    (draft,) = drafts(record("k", name="a b"))

    assert draft.name == "a-b"
    assert [(one.fate, one.field) for one in draft.remarks if one.field == "name"] == [(Fate.DEFAULTED, "name")]


def test_two_names_that_become_one_are_told_apart() -> None:
    """Without regard to case, as files on some systems are."""
    first, second, third = drafts(record("1", name="a b"), record("2", name="A/B"), record("3", name="a-b"))

    assert [first.name, second.name, third.name] == ["a-b", "A-B-2", "a-b-3"]
    assert "another session is called A-B" in second.remarks[0].says


def test_a_name_that_somebody_has_is_left_to_them() -> None:
    beside = with_sessions(anna=SessionSpec(agent="demo"))
    (draft,) = drafts(record("k", name="anna"), beside=beside, stems=("anna",))

    assert draft.name == "anna-2"
    assert draft.file is None


def test_a_file_that_says_nothing_valid_is_not_passed_by() -> None:
    (draft,) = drafts(record("k", name="anna"), stems=("anna",))

    assert "anna.yaml is there" in (draft.refused or "")


def test_a_record_is_known_again_by_its_label() -> None:
    """Whatever its file is called by now."""
    beside = with_sessions(renamed=SessionSpec(agent="demo", labels={"other": "k"}))
    (draft,) = drafts(record("k", name="anna"), beside=beside, stems=("renamed",))

    assert (draft.name, draft.file, draft.refused) == ("renamed", "/s/renamed.yaml", None)


def test_a_key_that_stands_twice_is_refused_once() -> None:
    first, second = drafts(record("k"), record("k"))

    assert first.refused is None
    assert "stands twice" in (second.refused or "")


def test_a_conversation_has_one_writer() -> None:
    """The second record is refused, and so is one whose conversation a file here goes on with."""
    beside = with_sessions(anna=SessionSpec(agent="demo", conversation="c2"))
    first, second, third = drafts(
        record("1", conversation="c1"), record("2", conversation="c1"), record("3", conversation="c2"), beside=beside
    )

    assert first.refused is None
    assert "there: 1 goes on with the same conversation" in (second.refused or "")
    assert "/s/anna.yaml goes on with the same conversation" in (third.refused or "")


@pytest.mark.parametrize("word", ["--dangerously", "../../x", "a/b", "x y", "a;b", "a\u202eb", ""])
def test_an_id_that_a_command_line_or_a_path_would_obey_is_dropped(word: str) -> None:
    (draft,) = drafts(record("k", conversation=word))

    assert "conversation" not in draft.fields


@pytest.mark.parametrize("word, kept", [("/work", True), ("~/work", True), ("~", True), ("work", False), ("~x", False)])
def test_a_directory_means_the_same_everywhere(word: str, kept: bool) -> None:
    (draft,) = drafts(record("k", cwd=word))

    assert ("cwd" in draft.fields) is kept


@pytest.mark.parametrize(
    "agent, why", [("aider", "one conversation a directory"), ("auggie", "cannot resume a conversation")]
)
def test_an_agent_that_resumes_no_id_begins_anew_and_says_so(agent: str, why: str) -> None:
    beside = loaded("agents: {auggie: {resumes: false}}\n")
    (draft,) = drafts(record("k", agent=agent, conversation="c"), beside=beside)

    assert "conversation" not in draft.fields
    assert any(why in one.says for one in draft.remarks)


def test_an_effort_that_the_agent_lacks_is_dropped() -> None:
    (draft,) = drafts(record("k", effort="high"))

    assert "effort" not in draft.fields


def test_nobody_is_their_own_ancestor() -> None:
    first, second, third = drafts(record("1", parent="2"), record("2", parent="1"), record("3", parent="3"))

    assert [draft.fields.get("parent") for draft in (first, second, third)] == [None, None, None]


def test_a_parent_is_named_as_it_is_called_here() -> None:
    beside = with_sessions(old=SessionSpec(agent="demo", labels={"other": "0"}))
    child, parent, other = drafts(
        record("1", parent="2"), record("2", name="a b"), record("3", parent="0"), beside=beside
    )

    assert child.fields["parent"] == parent.name == "a-b"
    assert other.fields["parent"] == "old"


def test_a_parent_that_is_refused_is_told() -> None:
    child, _ = drafts(record("1", parent="2"), record("2", agent="parrot"))

    assert "parent" not in child.fields
    assert any("2 is not brought in" in one.says for one in child.remarks)


def test_a_key_that_a_terminal_would_obey_is_kept_harmlessly() -> None:
    (draft,) = drafts(record("k\x1b[31m", name="k"))

    assert draft.labels["other"] == "k\\x1b[31m"


def test_every_word_of_a_record_is_accounted_for() -> None:
    said = {"tier": "bots", "model": "mini", "effort": "high", "cwd": "x", "conversation": "c", "parent": "nobody"}
    (draft,) = drafts(record("k", **said))

    assert {one.field for one in draft.remarks} >= said.keys() | {"agent"}


def test_nothing_is_read_or_written_by_fitting(tmp_path: Path) -> None:
    (draft,) = drafts(record("k", cwd=str(tmp_path / "absent")))

    assert draft.fields["cwd"] == str(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()
