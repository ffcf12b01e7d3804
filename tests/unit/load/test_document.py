"""The one loader: what it takes, what it refuses, and how soon it gives up."""

import pytest

from controller.load.document import Document, parse
from controller.load.outcome import dump, key, restore
from controller.model.problem import Code


@pytest.mark.parametrize(
    "text, value",
    [
        ("x", "x"),
        ("'5'", "5"),
        ("5", 5),
        ("0x1f", 31),
        ("0o17", 15),
        ("-1.5e3", -1500.0),
        ("true", True),
        ("2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("[a, {b: c}]", ["a", {"b": "c"}]),
    ],
)
def test_scalars_are_those_of_the_core_schema(text: str, value: object) -> None:
    """YAML 1.2, and nothing that only some readers take for a number, a date or a boolean."""
    assert parse(f"a: {text}\n".encode()).tree == {"a": value}


def test_places_are_spans_of_the_text() -> None:
    """A value's place is where it stands, to the character: errors and edits go by it."""
    text = "# c\ntier:  family   # x\nenv:\n  A: 'b'\n"
    places = parse(text.encode()).places
    assert [text[places[path].start : places[path].end] for path in ("tier", "env.A")] == ["family", "'b'"]
    assert (places["env.A"].line, places["env.A"].column, places["env.A"].key_column) == (4, 6, 3)


def test_a_byte_order_mark_moves_nothing() -> None:
    """Columns are those that an editor shows."""
    assert parse(b"\xef\xbb\xbfa: b\n").places == parse(b"a: b\n").places


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 200_000,
        b"{" * 200_000,
        b"- " * 100_000,
        b"a: " + b"[a, " * 50_000,
        b"? " * 100_000,
        b"*a " * 80_000,
        b"a: &a " * 40_000,
        b"!" * 250_000,
        b"a: [" + b"1," * 100_000 + b"]",
        b'"\\\n' * 80_000,
        b"a: b\n" * 50_000,
        b"a: " + b"9" * 200_000,
        b"#" * 250_000,
    ],
    ids=lambda content: repr(content[:8]),
)
@pytest.mark.timeout(30)  # a hang, not a measure: the worst takes a second
def test_no_file_keeps_the_loader_busy(content: bytes) -> None:
    """Whatever stands in 256 KiB, the answer comes soon and without recursion."""
    faults = parse(content).faults

    assert all(len(fault.message) < 300 for fault in faults)


def test_a_larger_file_is_not_looked_into() -> None:
    """Size ends before parsing begins."""
    assert [fault.code for fault in parse(b"a: b\n" * 60_000).faults] == [Code.TOO_LARGE]


@pytest.mark.parametrize("content", [b"", b"a: b\nc: [1, true]\n", b"a: 1\na: 2\n", b"a: [\n", b"\xff"])
def test_the_cache_gives_back_what_was_parsed(content: bytes) -> None:
    """A cached outcome means exactly what the loader means, faults and places included."""
    document = parse(content)
    assert restore(dump(document)) == document


def test_the_cache_knows_its_own_form_only() -> None:
    """What another version kept is parsed anew, never misread."""
    assert restore(b"{}") is None
    assert restore(b'{}\n{"other": 1}') is None
    assert key("d") != "d"


def test_faults_end_somewhere() -> None:
    """Nobody reads a thousand faults of one file, and no cache should keep them."""
    assert len(parse(b"a: *x\n" * 10_000).faults) <= 60
    assert isinstance(parse(b"a: *x\n" * 10_000), Document)
