"""Schemas of what ``plan --json`` and ``status --json`` print (design 5). New keys may be added: none is forbidden."""

from typing import Any, Final

from ..model.observed import Activity
from ..model.plan import Guard, Strategy
from ..model.problem import Code
from ..model.status import SessionState

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
MAYBE_TEXT: Final[Schema] = {"type": ["string", "null"]}
MAYBE_NUMBER: Final[Schema] = {"type": ["number", "null"]}
MAYBE_WHOLE: Final[Schema] = {"type": ["integer", "null"]}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _maybe(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_CHANGE: Final = _object(
    session=TEXT,
    action=TEXT,
    strategy={"enum": [strategy.value for strategy in Strategy]},
    from_model=MAYBE_TEXT,
    to_model=MAYBE_TEXT,
    reason=TEXT,
    hold=_maybe(_object(guard={"enum": [guard.value for guard in Guard]}, sentence=TEXT)),
    argv={"type": ["array", "null"], "items": TEXT},
)

_ERROR: Final = _object(
    file=TEXT,
    line={"type": "integer"},
    column={"type": "integer"},
    code={"enum": [code.value for code in Code]},
    message=TEXT,
    hint=MAYBE_TEXT,
)

_SESSION: Final = _object(
    name=TEXT,
    file=MAYBE_TEXT,
    agent=MAYBE_TEXT,
    tier=MAYBE_TEXT,
    origin=MAYBE_TEXT,
    parent=MAYBE_TEXT,
    runtime=MAYBE_TEXT,
    desired=_maybe(_object(model=MAYBE_TEXT, layer=MAYBE_TEXT, source=MAYBE_TEXT)),
    asked=_maybe(_object(model=MAYBE_TEXT)),
    observed=_maybe(_object(model=MAYBE_TEXT, at={"type": ["string", "number", "null"]})),
    state={"enum": [state.value for state in SessionState]},
    reason=MAYBE_TEXT,
    message=MAYBE_TEXT,
    since={"type": ["string", "number", "null"]},
    activity={"enum": [activity.value for activity in Activity]},
    attached={"type": ["boolean", "null"]},
    pid=MAYBE_WHOLE,
    conversation=MAYBE_TEXT,
    pending=_maybe(_object(model=MAYBE_TEXT, strategy=TEXT)),
)


def _document(title: str, **properties: Schema) -> Schema:
    versioned = _object(schema_version={"const": 1}, **properties)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **versioned}


OUTPUTS: Final[dict[str, Schema]] = {
    "plan": _document("Muster: plan --json", plan_id=TEXT, digest=TEXT, changes=_list(_CHANGE), errors=_list(_ERROR)),
    "status": _document(
        "Muster: status --json", revision=MAYBE_TEXT, override={"type": ["object", "null"]}, sessions=_list(_SESSION)
    ),
}
"""By the name of the command."""
