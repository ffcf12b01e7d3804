"""Schemas of what people write: the model's own, with the docstrings of its fields as descriptions.

Pydantic could read those docstrings when it builds the classes; that would cost every command's start-up, so they are
read here, from the source, when somebody asks for a schema.
"""

import ast
import inspect
import sys
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from ..model.base import FileValue
from ..model.fleet import FleetSpec
from ..model.profile import Profile
from ..model.session import SessionSpec

_FILES: dict[str, tuple[type[BaseModel], str]] = {
    "session": (SessionSpec, "Muster: one session, a file of sessions.d"),
    "fleet": (FleetSpec, "Muster: the fleet, sessions.d/_fleet.yaml"),
    "profile": (Profile, "Muster: what is known of an agent"),
}


def document(name: str) -> dict[str, Any]:
    """Return the schema of one kind of file."""
    model, title = _FILES[name]
    schema = model.model_json_schema()
    described = {cls.__name__: _field_docstrings(cls) for cls in _subclasses(FileValue)}
    for owner, part in {model.__name__: schema, **schema.get("$defs", {})}.items():
        for field, value in part.get("properties", {}).items():
            value.pop("title", None)
            if text := described.get(owner, {}).get(field):
                value.setdefault("description", text)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


def _subclasses(cls: type[BaseModel]) -> list[type[BaseModel]]:
    return [one for child in cls.__subclasses__() for one in (child, *_subclasses(child))]


def _field_docstrings(cls: type[BaseModel]) -> dict[str, str]:
    """Return field to docstring: a bare text that follows the field's line."""
    tree = ast.parse(inspect.getsource(sys.modules[cls.__module__]))
    bodies = (node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == cls.__name__)
    body = next(bodies, [])
    found = {}
    for field, after in pairwise(body):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = inspect.cleandoc(text)
    return found
