"""Lines: what others write is read as mildly as it can be, for a lost message may be the end of a turn."""

import pytest

from controller.wire.ndjson import Junk, Lines, line_of, parse


@pytest.mark.parametrize(
    "line,message",
    [
        (b'{"a":1}', {"a": 1}),
        (b'  {"a":1}\r', {"a": 1}),
        (b'{"a":NaN,"b":-Infinity,"c":1e999}', {"a": None, "b": None, "c": None}),
        (b'{"a":"\xff\xc3"}', {"a": "��"}),
        (b'{"a":"\\ud800"}', {"a": "\ud800"}),
        (b"", None),
        (b" \r", None),
    ],
)
def test_what_can_be_read_is_read(line: bytes, message: object) -> None:
    assert parse(line) == message


@pytest.mark.parametrize("line", [b"Welcome!", b"{", b"[]", b"null", b'"a"', b"{'a':1}", b"1" * 5000, b"[" * 99_999])
def test_what_is_no_message_is_junk_with_its_beginning(line: bytes) -> None:
    junk = parse(line)

    assert isinstance(junk, Junk)
    assert junk.why
    assert line.decode().startswith(junk.start)
    assert len(junk.start) <= 200


def test_half_a_character_can_be_sent_on() -> None:
    assert parse(line_of({"a": "\ud800"})) == {"a": "\ud800"}


def test_a_last_line_that_nobody_ended_counts() -> None:
    lines = Lines()
    lines.feed(b'{"a":1}\n{"a"')
    lines.feed(b":2}")

    assert lines.rest() == {"a": 2}
    assert lines.rest() is None


def test_of_a_line_that_is_too_long_little_is_kept() -> None:
    lines = Lines(limit=100)
    for _ in range(1000):
        assert lines.feed(b"x" * 50) == []

    assert sum(map(len, lines._pieces)) <= 100
    assert lines.feed(b'\n{"a":1}\n') == [Junk("a line of 50000 bytes, over 100", "x" * 50), {"a": 1}]
