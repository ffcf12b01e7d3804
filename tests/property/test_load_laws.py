"""The laws of load over random files: what is said is kept, what is wrong is told, what is edited is only that."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from controller.load.check import check
from controller.load.document import parse
from controller.load.edit import EditRefused, remove_key, set_value
from controller.load.outcome import dump, restore
from controller.model.problem import Code
from controller.model.session import SessionSpec
from tests.unit.load.world import SETTLE, World

TIERS = ("admin", "family", "bots")
BAD = (
    "tier: [\n",
    "teir: family\n",
    "model: 4.1\n",
    "",
    "\x00",
    "- a\n",
    "tier: !x y\n",
    "tier: a\ntier: b\n",
    "a: *b\n",
)
OF_THE_FILE = {Code.HALF_WRITTEN, Code.NOT_A_FILE, Code.TOO_LARGE, Code.SOURCE, Code.BAD_NAME, Code.DUPLICATE_NAME}

words = st.text(alphabet="abc019_-.: #'\"{}[],&*!|>%@`~é\t", min_size=1, max_size=12)
comments = st.sampled_from(["", "  # why", "\t# tab", "  # a: b"])
breaks = st.sampled_from(["\n", "\r\n"])


@contextmanager
def worlds() -> Iterator[World]:
    """A world of its own for each example."""
    with tempfile.TemporaryDirectory() as place:
        yield World(Path(place).resolve() / "sessions.d")


def scalar(draw: st.DrawFn, word: str) -> str:
    """A text in one of the ways in which people write it."""
    style = draw(st.sampled_from(["plain", "single", "double"]))
    if style == "single" and "\t" not in word:
        return "'" + word.replace("'", "''") + "'"
    return word if style == "plain" and word.isalpha() else json.dumps(word)


@st.composite
def files(draw: st.DrawFn) -> str:
    """A session file as people write them: comments, quotes, flow and block, line ends, a mark, no last newline."""
    end = draw(breaks)
    lines: list[str] = draw(st.lists(st.sampled_from(["# a comment", "", "---"]), max_size=1))
    for key in draw(st.permutations(["tier", "model", "cwd", "labels", "args", "env"]))[: draw(st.integers(1, 6))]:
        note = draw(comments).replace("\t", "  ")
        entries = {
            f"k{number}": scalar(draw, word)
            for number, word in enumerate(draw(st.lists(words, min_size=1, max_size=3)))
        }
        match key, draw(st.booleans()):
            case (("labels" | "env"), True):
                lines += [f"{key}:{note}", *(f"    {name}: {word}{note}" for name, word in entries.items())]
            case (("labels" | "env"), False):
                lines.append(f"{key}: {{{', '.join(f'{name}: {word}' for name, word in entries.items())}}}{note}")
            case "args", True:
                lines += ["args:", *(f"- {word}{note}" for word in entries.values())]
            case "args", False:
                lines.append(f"args: [{', '.join(entries.values())}]{note}")
            case _:
                lines.append(f"{key}: {scalar(draw, 'abc' if key == 'model' else draw(words))}{note}")
        lines += draw(st.sampled_from([[], [""], ["# between"], ["  # deeper"]]))
    return draw(st.sampled_from(["", "\ufeff"])) + end.join(lines) + draw(st.sampled_from([end, ""]))


paths = st.sampled_from(
    [("model",), ("tier",), ("effort",), ("labels", "k0"), ("labels", "new"), ("update", "when"), ("env", "k1")]
)


def unchanged(old: str, new: str) -> int:
    """How many characters of the shorter text stand at the start or the end of the longer."""
    front = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    rest = zip(reversed(old[front:]), reversed(new[front:]), strict=False)
    back = next((i for i, (a, b) in enumerate(rest) if a != b), min(len(old), len(new)) - front)
    return front + back


@settings(max_examples=300)
@given(text=files(), path=paths, value=words)
def test_an_edit_changes_one_value(text: str, path: tuple[str, ...], value: str) -> None:
    """Edit, then load: exactly the new model, and every byte outside of one span as it was."""
    before = parse(text.encode())
    assert not before.faults, text
    try:
        after = set_value(text, path, value)
    except EditRefused:
        return
    tree = before.tree
    inner = tree
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    inner[path[-1]] = value
    assert parse(after.encode()).tree == tree
    gone = len(text) - unchanged(text, after)
    assert text.count("\n") - after.count("\n") <= 0
    assert gone <= max((place.end - place.start for place in before.places.values()), default=0)
    assert set_value(after, path, value) == after


@settings(max_examples=200)
@given(text=files(), path=paths)
def test_what_was_added_can_be_removed(text: str, path: tuple[str, ...]) -> None:
    """A key that an edit added goes again without a trace in what the file says."""
    before = parse(text.encode())
    if ".".join(path) in before.places:
        return
    try:
        after = remove_key(set_value(text, path, "word"), path)
    except EditRefused:
        return
    assert parse(after.encode()).tree == before.tree


def test_edits_are_seldom_refused() -> None:
    """The laws above would hold for an editor that refuses everything: this one does its work."""
    refused = 0

    @settings(max_examples=200, database=None, derandomize=True)
    @given(text=files(), path=paths)
    def count(text: str, path: tuple[str, ...]) -> None:
        nonlocal refused
        try:
            set_value(text, path, "word")
        except EditRefused:
            refused += 1

    count()
    assert refused <= 10


@settings(max_examples=300)
@example(content=b"{.")
@example(content=b"{a}")
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode), files().map(str.encode)))
def test_any_bytes_are_taken_or_told(content: bytes) -> None:
    """No content makes the loader raise; what is wrong has a place, and the cache gives it back unchanged."""
    document = parse(content)
    spec, faults = check(SessionSpec, document)
    assert (spec is None) == bool(faults)
    assert all(fault.line > 0 < fault.column or fault.code in OF_THE_FILE for fault in faults)
    assert restore(dump(document)) == document


@settings(max_examples=40)
@given(said=st.lists(st.one_of(st.sampled_from(TIERS), st.sampled_from(BAD)), min_size=1, max_size=8))
def test_law_15_no_bad_file_hides_another(said: list[str]) -> None:
    """Exactly the good files are in force, and each bad one is told with its place."""
    with worlds() as world:
        for number, word in enumerate(said):
            world.write(**{f"s{number}": f"tier: {word}\n" if word in TIERS else word})
        loaded = world.settled()
        good = {f"s{number}": word for number, word in enumerate(said) if word in TIERS}
        assert {name: one.spec.tier for name, one in loaded.sessions.items()} == good
        told = {Path(problem.mark.file).stem for problem in loaded.problems}
        assert told == {f"s{number}" for number in range(len(said))} - good.keys()
        assert all(one.mark.line > 0 < one.mark.column or one.code in OF_THE_FILE for one in loaded.problems)


steps = st.one_of(
    st.tuples(st.just("write"), st.sampled_from("ab"), st.sampled_from(TIERS)),
    st.tuples(st.just("break"), st.sampled_from("ab"), st.sampled_from(BAD)),
    st.tuples(st.just("restart"), st.just(""), st.just("")),
    st.tuples(st.just("wait"), st.just(""), st.just("")),
)


_OLDER_LOOK = [
    *[("write", "b", "admin"), ("break", "a", BAD[0]), ("restart", "", "")],
    *[("write", "b", "family"), ("break", "b", BAD[0]), ("restart", "", "")],
]
"""The look that is remembered of a file is older than its last good word."""


@settings(max_examples=60)
@example(history=_OLDER_LOOK)
@given(history=st.lists(steps, max_size=12))
def test_law_6_the_last_good_word_stays(history: list[tuple[str, str, str]]) -> None:
    """Whatever is written, broken and restarted: in force is what was last right."""
    with worlds() as world:
        last: dict[str, str] = {}
        for step, name, word in history:
            match step:
                case "write":
                    world.write(**{name: f"tier: {word}\n"})
                    last[name] = word
                case "break":
                    world.write(**{name: word})
                case "restart":
                    world.restart()
                case _:
                    world.at += SETTLE
            assert {name: one.spec.tier for name, one in world.settled().sessions.items()} == last


def test_no_truncation_is_ever_another_spec() -> None:
    """53 of 84 truncations of a valid file are valid YAML: a file that is being written never counts half."""
    text = "# Anna\ntier: family  # a tier\nmodel: mini\nstate: stopped\nlabels: {a: b, c: d}\n"
    with worlds() as world:
        world.write(a=text)
        before = world.settled().sessions["a"].spec
        for size in range(len(text)):
            with (world.directory / "a.yaml").open("w") as half:
                half.write(text[:size])
                half.flush()
                assert world.read().loaded.sessions["a"].spec == before
                half.write(text[size:])
            assert world.settled().sessions["a"].spec == before
