"""What an import would do, record by record: what came over, what stands for the rest, and what was dropped and why."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from ..model.imported import Deed, Fate, Incoming, Overview, Remark, Trouble
from . import SCHEMA_VERSION
from .text import Colour, painted, safe, table

_SIGNS: Final = {
    Deed.CREATE: ("+", Colour.GOOD, "to write"),
    Deed.SAME: ("=", Colour.QUIET, "there already"),
    Deed.KEPT: ("!", Colour.CAREFUL, "there and other by now, left alone"),
    Deed.REFUSED: ("x", Colour.BAD, "refused"),
}
_FATES: Final = {Fate.CARRIED: Colour.GOOD, Fate.DEFAULTED: Colour.CAREFUL, Fate.DROPPED: Colour.QUIET}


def as_text(found: Overview, *, colour: bool = False) -> str:
    """Return each record with its file as a patch, then what is about all, then what is wrong, then the sum."""
    parts = ["\n".join(_incoming(one, colour=colour)) for one in found.incoming]
    parts.append("\n".join(_usual(found, colour=colour)))
    parts.append("\n".join(_fleet(found, colour=colour)))
    parts.append("\n".join(line for one in found.troubles for line in _trouble(one, colour=colour)))
    return "\n\n".join(part for part in (*parts, _summary(found)) if part)


def as_json(found: Overview) -> dict[str, Any]:
    """Return the document of ``import --json``."""
    return {
        "schema_version": SCHEMA_VERSION,
        "system": found.found.system,
        "files": [safe(file) for file in found.found.files],
        "sessions": [_entry(one) for one in found.incoming],
        "fleet": {
            "file": found.fleet_file,
            "patch": found.fleet_patch,
            "remarks": [_remark(one) for one in found.fleet_remarks],
        },
        "troubles": [_wrong(one) for one in found.troubles],
    }


def count(number: int, word: str) -> str:
    """Return a number of things."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _incoming(one: Incoming, *, colour: bool) -> Iterator[str]:
    sign, hue, _ = _SIGNS[one.deed]
    yield painted(f"{sign} {one.draft.name}  {safe(one.draft.record.place)}", hue, wanted=colour)
    own = [remark for remark in one.draft.remarks if not remark.usual]
    for line, remark in zip(_table(own), _sorted(own), strict=True):
        yield painted(f"    {line}", _FATES[remark.fate], wanted=colour)
    yield from _patch(one.patch, colour=colour)


def _sorted(remarks: Iterable[Remark]) -> list[Remark]:
    order = list(Fate)
    return sorted(remarks, key=lambda remark: order.index(remark.fate))


def _table(remarks: Iterable[Remark]) -> list[str]:
    return table((remark.fate.value, remark.field, remark.says) for remark in _sorted(remarks))


def _patch(text: str, *, colour: bool) -> Iterator[str]:
    """Yield a patch; what a foreign text would make a terminal do is taken out."""
    hues = {"+": Colour.GOOD, "-": Colour.BAD, "@": Colour.QUIET}
    for line in text.splitlines():
        hue = hues.get(line[:1])
        yield painted(safe(line), hue, wanted=colour) if hue else safe(line)


def _usual(found: Overview, *, colour: bool) -> Iterator[str]:
    """Yield what is dropped of every record, once, by its reason."""
    fields: dict[str, dict[str, None]] = {}
    for remark in (remark for one in found.incoming for remark in one.draft.remarks if remark.usual):
        fields.setdefault(remark.says, {})[remark.field] = None
    for says, names in fields.items():
        yield painted(safe(f"dropped of every record, because {says}: {', '.join(names)}"), Colour.QUIET, wanted=colour)


def _fleet(found: Overview, *, colour: bool) -> Iterator[str]:
    own = [remark for remark in found.fleet_remarks if not remark.usual]
    if own:
        yield "for all sessions"
    for line, remark in zip(_table(own), _sorted(own), strict=True):
        yield painted(f"    {line}", _FATES[remark.fate], wanted=colour)
    if found.fleet_patch:
        yield safe(f"a patch for {found.fleet_file}; Muster leaves it to you, because it moves other sessions as well:")
        yield from _patch(found.fleet_patch, colour=colour)


def _trouble(one: Trouble, *, colour: bool) -> Iterator[str]:
    yield f"{safe(one.place)}: {painted('error', Colour.BAD, wanted=colour)}: {safe(one.message)}"
    if one.hint:
        yield f"    {safe(one.hint)}"


def _summary(found: Overview) -> str:
    numbers = Counter(one.deed for one in found.incoming)
    deeds = [f"{numbers[deed]} {word}" for deed, (_, _, word) in _SIGNS.items() if numbers[deed]]
    said = f"{count(len(found.incoming), 'session')} in {count(len(found.found.files), 'file')}"
    return safe(f"{found.found.system}: {said}" + (f": {', '.join(deeds)}" if deeds else ""))


def _entry(one: Incoming) -> dict[str, Any]:
    return {
        "name": one.draft.name,
        "key": safe(one.draft.record.key),
        "place": safe(one.draft.record.place),
        "action": one.deed.value,
        "file": one.path,
        "text": one.text,
        "patch": one.patch,
        "remarks": [_remark(remark) for remark in one.draft.remarks],
        "trouble": _wrong(one.trouble) if one.trouble else None,
    }


def _remark(one: Remark) -> dict[str, Any]:
    return {"fate": one.fate.value, "field": safe(one.field), "says": safe(one.says)}


def _wrong(one: Trouble) -> dict[str, Any]:
    return {"place": safe(one.place), "message": safe(one.message), "hint": safe(one.hint) if one.hint else None}
