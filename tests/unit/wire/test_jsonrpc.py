"""What a message is."""

import pytest

from controller.wire.jsonrpc import Answer, Failure, Malformed, Notification, Request, classify


@pytest.mark.parametrize(
    "message,kind",
    [
        ({"id": 1, "method": "a"}, Request(1, "a", {})),
        ({"id": None, "method": "a", "params": None}, Request(None, "a", {})),
        ({"method": "a", "params": {"b": 1}}, Notification("a", {"b": 1})),
        ({"id": 1, "result": None}, Answer(1, None)),
        ({"id": 1.0, "result": 2}, Answer(1, 2)),
        ({"id": "x", "result": 2, "error": None}, Answer("x", 2)),
        ({"id": 1, "error": {"code": -1, "message": "m", "data": [3]}}, Failure(1, -1, "m", [3])),
        ({"id": 1, "error": "broken"}, Failure(1, -32603, "broken")),
        ({"id": 1, "error": {"code": True}}, Failure(1, -32603, "no reason given")),
        ({"id": True, "result": 1}, Malformed("its id is neither text nor a whole number")),
        ({"id": 1.5, "result": 1}, Malformed("its id is neither text nor a whole number")),
        ({"id": 7, "method": 5}, Malformed("its method is no text", 7, wants_answer=True)),
        ({"method": "a", "params": [1]}, Malformed("the parameters of a are no object")),
        ({"id": 3, "error": None}, Answer(3, None)),
        ({"jsonrpc": "2.0"}, Malformed("neither a call nor an answer")),
    ],
)
def test_a_message_is_what_its_words_say(message: dict[str, object], kind: object) -> None:
    assert classify(message) == kind
