"""Whatever comes over a wire: any pieces give the same messages, junk hides none of them, and nothing raises."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from controller.model.channel import Channel
from controller.wire import acp, jsonrpc
from controller.wire.ndjson import DEPTH, Junk, Lines, Message, line_of, parse
from controller.wire.statement import Activity, FailureKind, SetBy, State, Statement

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
)
values = st.recursive(
    scalars, lambda some: st.lists(some, max_size=4) | st.dictionaries(st.text(max_size=8), some, max_size=4)
)
keys = st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error", "code", "message"])
messages = st.dictionaries(keys, values, max_size=6)
WORDS = """
    configOptions models options value name id category model type select currentValue availableModels modelId
    currentModelId agentCapabilities sessionCapabilities loadSession resume close outcome optionId kind allow_once
    selected cancelled _meta quota model_usage token_count
"""
words = st.sampled_from(WORDS.split())
spoken = st.recursive(
    scalars | words, lambda some: st.lists(some, max_size=4) | st.dictionaries(words, some, max_size=6)
)
junk = (
    st.binary(max_size=40)
    .map(lambda data: data.replace(b"\n", b" "))
    .filter(lambda data: not isinstance(parse(data), dict))
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[one:other] for one, other in pairwise(edges)]


def read(pieces: list[bytes], limit: int = 1 << 20) -> list[Message | Junk]:
    lines = Lines(limit)
    found = [message for piece in pieces for message in lines.feed(piece)]
    last = lines.rest()
    return found if last is None else [*found, last]


@given(st.lists(messages), st.lists(st.integers(0, 9999)))
def test_any_pieces_give_the_same_messages(said: list[Message], places: list[int]) -> None:
    assert read(cut(b"".join(map(line_of, said)), places)) == said


@given(st.binary(max_size=500), st.lists(st.integers(0, 9999)))
def test_any_bytes_are_read_and_the_pieces_do_not_matter(data: bytes, places: list[int]) -> None:
    assert read(cut(data, places)) == read([data])


@given(st.lists(messages | junk), st.lists(st.integers(0, 9999)))
def test_junk_hides_no_message(said: list[Message | bytes], places: list[int]) -> None:
    data = b"".join(one + b"\n" if isinstance(one, bytes) else line_of(one) for one in said)

    found = [one for one in read(cut(data, places)) if not isinstance(one, Junk)]

    assert found == [one for one in said if not isinstance(one, bytes)]


@given(st.lists(messages), st.integers(20, 100), st.lists(st.integers(0, 9999)))
def test_a_line_that_is_too_long_is_passed_over_and_no_other(
    said: list[Message], limit: int, places: list[int]
) -> None:
    lines = [line_of(message) for message in said]

    found = read(cut(b"".join(lines), places), limit)

    assert len(found) == len(said)
    for line, message, one in zip(lines, said, found, strict=True):
        assert one == message if len(line) - 1 <= limit else isinstance(one, Junk)


@given(st.integers(1, 400), st.sampled_from(["[", '{"a":']))
def test_what_was_read_can_be_written_again_from_deep_inside(depth: int, opening: str) -> None:
    """Python's own limit depends on how deep the caller is: a message that is passed on must never reach it."""
    value = opening * depth + "1" + {"[": "]", '{"a":': "}"}[opening] * depth
    read_back = parse(f'{{"params":{value}}}'.encode())

    assert isinstance(read_back, Junk) == (depth + 1 > DEPTH)
    if isinstance(read_back, dict):
        deeper: Any = read_back
        for _ in range(50):
            deeper = {"inside": deeper}
        assert json.loads(line_of(deeper))


@given(messages)
def test_every_object_is_some_kind_of_message(message: Message) -> None:
    kind = jsonrpc.classify(message)

    match kind:
        case jsonrpc.Answer() | jsonrpc.Failure():
            assert "method" not in message
        case jsonrpc.Request() | jsonrpc.Notification():
            assert isinstance(kind.params, dict)
    assert not isinstance(kind, jsonrpc.Malformed) or kind.why
    assert not isinstance(getattr(kind, "id", None), bool | float | dict | list)


ids = st.none() | st.integers() | st.text()


@given(ids, st.text(), messages, values)
def test_what_is_built_is_what_is_read(ident: jsonrpc.Id, method: str, params: Message, value: Any) -> None:
    built = [
        (jsonrpc.request(ident, method, params), jsonrpc.Request(ident, method, params)),
        (jsonrpc.notification(method, params), jsonrpc.Notification(method, params)),
        (jsonrpc.answer(ident, value), jsonrpc.Answer(ident, value)),
        (jsonrpc.failure(ident, -1, method or "x", value), jsonrpc.Failure(ident, -1, method or "x", value)),
    ]
    for message, kind in built:
        assert jsonrpc.classify(message) == kind


@given(spoken)
def test_whatever_an_agent_says_of_its_models_is_read(said: Any) -> None:
    models = acp.models_in(said)
    assert (models.channel is Channel.CONFIG_OPTION) == (models.option is not None)
    assert all(isinstance(text, str) and text for one in models.offered for text in one)
    assert acp.used_model(said) is None or isinstance(acp.used_model(said), str)
    assert acp.opener(said, "either") in {None, *acp.Opener}
    assert acp.can(said, "close") in {True, False}


@given(spoken, spoken, st.sampled_from(acp.Ruling))
def test_no_answer_is_given_that_was_not_offered(options: Any, answer: Any, ruling: acp.Ruling) -> None:
    offered = [one.get("optionId") for one in options if isinstance(one, dict)] if isinstance(options, list) else []
    for outcome in (acp.ruled(options, ruling), acp.outcome_in(answer, options)):
        assert outcome is None or outcome == acp.CANCELLED or outcome["optionId"] in offered


statements = st.builds(
    Statement,
    name=st.text(),
    pid=st.integers(),
    state=st.sampled_from(State),
    kind=st.none() | st.sampled_from(FailureKind),
    why=st.none() | st.text(),
    activity=st.sampled_from(Activity),
    model_by=st.none() | st.sampled_from(SetBy),
    channel=st.none() | st.sampled_from(Channel),
    offered=st.lists(st.tuples(st.text(), st.text())).map(tuple),
    wish=st.none() | st.text(),
)


@given(statements, st.dictionaries(st.text(), values, max_size=3))
def test_a_statement_is_read_as_it_was_written_whatever_newer_keepers_add(said: Statement, more: Message) -> None:
    written = json.loads(line_of({f"new {key}": value for key, value in more.items()} | said.to_json()))

    assert Statement.from_json(written) == said
