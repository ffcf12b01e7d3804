"""A tree against the model: every error with its place, in words for people.

pydantic finds all errors at once; what it cannot know is where they stand, what was typed, and what was meant.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..model.problem import Code
from .document import Document, Fault, Place
from .near import meant, nearest

Model = TypeVar("Model", bound=BaseModel)

_NOWHERE: Final = Place(0, 0, 0, 0, 0, 0)
_WANTS_MAPPING: Final = frozenset({"dict_type", "model_type", "model_attributes_type", "mapping_type"})
_WANTS_TEXT: Final = frozenset({"string_type", "string_sub_type"})
_SHORT: Final = 40
"""Characters of a wrong value that are repeated to the person who wrote it."""
_WANTS_LIST: Final = frozenset({"list_type", "tuple_type"})


def check(model: type[Model], document: Document, tree: bytes | None = None) -> tuple[Model | None, tuple[Fault, ...]]:
    """Return the value that a document means, or all that is wrong with it.

    :param tree: JSON to check in place of the document's own: it laid over something else, whose places are its.
    """
    if not document.faults and not document.bare:
        try:
            return model.model_validate_json(tree or document.json), ()
        except ValidationError:
            pass  # told below, with all else
    faults = [*document.faults, *_faults(model, document, tree or document.json)]
    faults.sort(key=lambda fault: (fault.line, fault.column))
    if faults:
        return None, tuple(faults)
    return model.model_validate_json(tree or document.json), ()


def sound(model: type[Model], document: Document, tree: bytes | None = None) -> Model | None:
    """Return what is right in a document that is wrong elsewhere, to be checked further; never to be used.

    Without it, a mistyped key would hide an unknown model until it is mended (law 15).
    """
    if not document.whole:
        return None
    values = json.loads(tree or document.json)
    right = {key: value for key, value in values.items() if _stands(model, {key: value})}
    return model.model_validate_json(json.dumps(right)) if _stands(model, right) else None


def _stands(model: type[BaseModel], values: dict[str, Any]) -> bool:
    try:
        model.model_validate_json(json.dumps(values))
    except ValidationError:
        return False
    return True


def _faults(model: type[BaseModel], document: Document, tree: bytes) -> Iterator[Fault]:
    """Give one fault a place: what pydantic finds, then what only the source text tells."""
    if not document.places or not document.whole:
        return
    told: set[str] = {path for path in document.places if _covered(path, document)}
    for path, errors in _grouped(model, json.loads(tree), tree):
        if path not in told:
            told.add(path)
            yield _told(model, document, path, errors)
    for path, text in document.bare.items():
        if path not in told and (fault := _bare(document, path, text)):
            yield fault


def _covered(path: str, document: Document) -> bool:
    """Tell whether the YAML itself was wrong at a path: one fault a place is enough."""
    place = document.places[path]
    at = {(place.line, place.column), (place.key_line, place.key_column)}
    return any((fault.line, fault.column) in at for fault in document.faults)


def _grouped(model: type[BaseModel], values: Any, tree: bytes) -> list[tuple[str, list[ErrorDetails]]]:
    """Return pydantic's errors by the path they are about, without those of union members that were not meant."""
    try:
        model.model_validate_json(tree)
    except ValidationError as error:
        groups: dict[str, list[ErrorDetails]] = {}
        for details in error.errors(include_url=False):
            groups.setdefault(_path(details, values), []).append(details)
        return [(path, errors) for path, errors in groups.items() if not _superseded(path, groups)]
    return []


def _path(details: ErrorDetails, values: Any) -> str:
    """Return the dotted path of what an error is about; pydantic's names for members of unions stand in no file."""
    path, node = [], values
    for member in details["loc"]:
        keys: Any = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        if member in keys:
            node = node[member]
            path.append(str(member))
    if details["type"] == "missing":
        path.append(str(details["loc"][-1]))
    return ".".join(path)


def _superseded(path: str, groups: Iterable[str]) -> bool:
    """Tell whether a deeper error says more: a mapping that is none of the union's texts is meant as the mapping."""
    return bool(path) and any(other.startswith(f"{path}.") for other in groups)


def _told(model: type[BaseModel], document: Document, path: str, errors: list[ErrorDetails]) -> Fault:
    details = errors[0]  # of a union, the first member: our models name the plain one first
    kind = details["type"]
    place, name = document.places.get(path) or _above(document, path), last(path)
    if kind == "extra_forbidden":
        hint = meant(name, _known(model, path.split(".")[:-1]))
        return Fault(
            place.key_line, place.key_column, Code.UNKNOWN_KEY, f"cannot take the key {name}: there is none", hint
        )
    if kind == "missing":
        message = f"cannot do without {path}"
        return Fault(place.line, place.column, Code.MISSING_KEY, message, f"add {name}: ...")
    if details["loc"] and details["loc"][-1] == "[key]":
        expected = str(details.get("ctx", {}).get("expected", "another word"))
        message = f"cannot take the key {name}: it should be {expected}"
        return Fault(place.key_line, place.key_column, Code.UNKNOWN_KEY, message, _near_hint(name, expected))
    if kind == "bool_type":
        said = document.bare.get(path, "this") or "nothing"
        message = f"cannot take {said} as {name}: it should be true or false"
        return Fault(place.line, place.column, Code.WRONG_TYPE, message)
    code, message, hint = _explained(details, name, document.bare.get(path), path)
    return Fault(place.line, place.column, code, message, hint)


def _explained(details: ErrorDetails, name: str, text: str | None, path: str) -> tuple[Code, str, str | None]:
    kind, context = details["type"], details.get("ctx", {})
    if text is not None and (bare := _bare_words(name, text, kind)):
        return bare
    if kind in _WANTS_TEXT:
        return Code.WRONG_TYPE, f"cannot take {text or 'this'} as {name}: it should be a text", None
    if kind in _WANTS_MAPPING:
        return (
            Code.WRONG_TYPE,
            f"cannot take this as {name or 'the file'}: it should be a mapping of keys to values",
            None,
        )
    if kind in _WANTS_LIST:
        return Code.WRONG_TYPE, f"cannot take this as {name}: it should be a list", f"write {name}: [...]"
    if kind == "value_error":
        code = Code.BAD_NAME if path == "name" else Code.WRONG_VALUE
        return code, f"cannot take this as {name}: {context['error']}", None
    if kind in {"enum", "literal_error"}:
        said, expected = details["input"], str(context["expected"])
        if not isinstance(said, str):
            return Code.WRONG_TYPE, f"cannot take this as {name}: it should be {expected}", None
        shown = said if len(said) <= _SHORT else "this"
        return Code.WRONG_VALUE, f"cannot take {shown} as {name}: it should be {expected}", _near_hint(said, expected)
    said = details["msg"].replace("Input should be", "it should be")
    code = Code.WRONG_TYPE if kind.endswith("_type") else Code.WRONG_VALUE
    return code, f"cannot take this as {name}: {said[0].lower()}{said[1:]}", None


def _bare_words(name: str, text: str, kind: str) -> tuple[Code, str, str | None] | None:
    """Say what YAML made of an unquoted word, where a text was wanted or a boolean meant."""
    if kind in _WANTS_TEXT:
        what = "nothing" if text in {"", "~"} else f"{text}, which YAML reads as no text,"
        return Code.WRONG_TYPE, f"cannot take {what} as {name}", _quote(name, text)
    return None


def _bare(document: Document, path: str, text: str) -> Fault | None:
    """Tell of a value that fits, and yet is not what a person means: nothing, or a YAML 1.1 boolean."""
    place, name = document.places[path], last(path)
    value = document.tree
    for member in path.split(".") if path else []:
        value = value[int(member)] if isinstance(value, list) else value.get(member, {})
    if value is None:
        message = f"cannot take nothing as {name}"
        return Fault(place.line, place.column, Code.WRONG_TYPE, message, f"remove the line, or {_quote(name, text)}")
    if isinstance(value, str):
        message = f"cannot take {text} as {name}: to some readers it is a boolean"
        return Fault(place.line, place.column, Code.WRONG_TYPE, message, _quote(name, text))
    return None


def _quote(name: str, text: str) -> str:
    return f'quote it: "{text}"' if " " in name else f'quote it: {name}: "{text}"'


def last(path: str) -> str:
    """Return what people call the value at a path: its key, or which item of which list it is."""
    above, _, name = path.rpartition(".")
    return f"item {int(name) + 1} of {last(above)}" if name.isdigit() and above else name


def _above(document: Document, path: str) -> Place:
    """Return the place of the nearest thing around a path that stands in the file."""
    while path:
        path = path.rpartition(".")[0]
        if place := document.places.get(path):
            return place
    return _NOWHERE


def _near_hint(said: str, expected: str) -> str | None:
    """Return the expected word that is near; the others stand in the message."""
    near = nearest(said, _words(expected))
    return f"did you mean {near!r}?" if near else None


def _words(expected: str) -> list[str]:
    return expected.replace("'", "").replace(" or ", ", ").split(", ")


def _known(model: Any, path: list[str]) -> list[str]:
    """Return the keys that the mapping at a path may have."""
    for member in path:
        model = _step(model, member)
    return [name for inner in _models(model) for name in inner.model_fields]


def _step(annotation: Any, member: str) -> Any:
    """Return the types that a member of a type may have, as a tuple of annotations."""
    fields = [inner.model_fields for inner in _models(annotation)]
    return tuple(known[member].annotation for known in fields if member in known) or annotation


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that stand somewhere in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    inner = annotation if isinstance(annotation, tuple) else get_args(annotation)
    return [model for part in inner for model in _models(part)]
