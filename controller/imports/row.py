"""One record of another system: hands out its fields by their kind, and keeps account of what became of each."""

import json
from collections.abc import Mapping
from typing import Any, Final

from ..model.imported import Fate, Remark, Said

_NOTHING: Final[tuple[Any, ...]] = (None, "", "{}", "[]", [], {})
"""What their columns hold where nothing was said."""
_SHORT: Final = 60
"""Characters of a strange value that are repeated to a person."""
_YES: Final = frozenset({"1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off"})


class Row:
    """The fields of one record. What nobody asked for is told at the end."""

    def __init__(self, values: Mapping[Any, Any], dropped: Mapping[str, str], prefix: str = "") -> None:
        """Take the record.

        :param dropped: the reason for each field that has no place here.
        :param prefix: what stands before a field's name where it is shown.
        """
        self._left = {str(key): value for key, value in values.items() if value not in _NOTHING}
        self._dropped, self._prefix = dropped, prefix
        self.remarks: list[Remark] = []

    def has(self, field: str) -> bool:
        """Tell whether a field says something that nobody has asked for yet."""
        return field in self._left

    def said(self, field: str) -> Said | None:
        """Return a word; what is no word is told and dropped."""
        value = self._left.pop(field, None)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and is_word(value):
            return Said(self._prefix + field, value.strip())
        if value not in _NOTHING:
            self.drop(field, f"{shown(value)} is no plain text")
        return None

    def first(self, *fields: str) -> Said | None:
        """Return the first field that says a word; the others are told where they say another."""
        found: Said | None = None
        for field in fields:
            said = self.said(field)
            if found and said and said.word != found.word:
                self.drop(field, f"{found.field} says {found.word}")
            found = found or said
        return found

    def text(self, field: str) -> str | None:
        """Return a word that becomes a part of another."""
        said = self.said(field)
        return said.word if said else None

    def words(self, field: str) -> tuple[str, ...]:
        """Return a list of words; an item that is none is told and dropped."""
        found = self.items(field, str)
        for item in (item for item in found if not is_word(item)):
            self.drop(field, f"{shown(item)} is no plain text")
        return tuple(item for item in found if is_word(item))

    def items(self, field: str, *kinds: type) -> list[Any]:
        """Return a list's items of these kinds; the others are told and dropped."""
        value = self._left.pop(field, [])
        if not isinstance(value, list):
            self.drop(field, f"{shown(value)} is no list")
            return []
        for item in (item for item in value if not isinstance(item, kinds)):
            self.drop(field, f"{shown(item)} is no {' or '.join(kind.__name__ for kind in kinds)}")
        return [item for item in value if isinstance(item, kinds)]

    def flag(self, field: str) -> bool | None:
        """Return a truth as their databases write it; ``None`` where none is said."""
        value = self._left.pop(field, None)
        word = str(value).strip().lower()
        if word in _YES | _NO:
            return word in _YES
        if value not in _NOTHING:
            self.drop(field, f"{shown(value)} is neither true nor false")
        return None

    def tree(self, field: str) -> "Row":
        """Return the fields of a mapping, or of a column that holds one as JSON; empty where it is none."""
        value = self._left.pop(field, None)
        if isinstance(value, str | bytes):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                self.drop(field, f"{shown(value)} is no JSON")
                value = None
        if value not in _NOTHING and not isinstance(value, dict):
            self.drop(field, f"{shown(value)} is no mapping")
            value = None
        return self.under(value or {}, f"{field}.")

    def under(self, values: Mapping[Any, Any], prefix: str) -> "Row":
        """Return fields that belong to this record and stand elsewhere; what becomes of them is told here."""
        other = Row(values, self._dropped, self._prefix + prefix)
        other.remarks = self.remarks
        return other

    def carry(self, field: str, says: str) -> None:
        """Tell that a part has come over, in other words."""
        self._tell(Fate.CARRIED, self._prefix + field, says)

    def default(self, field: str, says: str) -> None:
        """Tell what stands for a part that says nothing."""
        self._tell(Fate.DEFAULTED, field, says)

    def drop(self, field: str, says: str) -> None:
        """Tell that a part has no place here."""
        self._left.pop(field, None)
        self._tell(Fate.DROPPED, self._prefix + field, says)

    def close(self) -> None:
        """Tell of all fields that nobody asked for."""
        for field, value in sorted(self._left.items()):
            known = self._dropped.get(self._prefix + field) or self._dropped.get(field)
            says = known or f"this version of Muster does not know the field; it says {shown(value)}"
            self.remarks.append(Remark(Fate.DROPPED, self._prefix + field, says, usual=known is not None))
        self._left.clear()

    def _tell(self, fate: Fate, field: str, says: str) -> None:
        self.remarks.append(Remark(fate, field, says))


def is_word(value: object) -> bool:
    """Tell whether a value is a text that a terminal would print and not obey."""
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def shown(value: object) -> str:
    """Return a strange value, short enough to be read."""
    text = value if isinstance(value, str) else json.dumps(value, default=repr, ensure_ascii=False)
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"
