"""Conversations that an agent keeps as one JSON document, written anew with each turn."""

from collections.abc import Iterator

from ..model.tells import Transcript
from .files import Unreadable
from .records import samples
from .tally import Sample
from .values import dig, parse


def read(data: bytes, rules: Transcript) -> Iterator[Sample]:
    """Yield what the document's records say.

    :raises Unreadable: when it is no whole document; it is being written, say.
    """
    document = parse(data)
    if not isinstance(document, dict | list):
        raise Unreadable("cannot read a conversation: it is no whole JSON document")
    records = dig(document, rules.items) if rules.items else document
    for record in records if isinstance(records, list) else [records]:
        yield from samples(record, rules)
