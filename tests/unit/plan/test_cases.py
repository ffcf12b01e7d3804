"""Case files: a file, what runs and what is remembered -> what is to be done. A new file is picked up by itself.

``file`` is what the file says, ``was`` what the running process was started with (the same when it is not said),
``agent`` how the agent differs, ``seen`` and ``remembered`` what differs from an idle, prompted, verified session.
Times are seconds ago.
"""

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from controller.model.channel import Channel
from controller.model.clock import Moment
from controller.model.observed import (
    Activity,
    KeeperSays,
    Observed,
    ObservedModel,
    Presence,
    Stranger,
)
from controller.model.plan import Hold, Leave
from controller.model.profile import Acp, Minted, ResumeModel
from controller.model.record import OneShot, SessionRecord
from controller.model.session import RuntimeKind
from controller.plan.case import Case, target
from controller.plan.order import plan
from controller.views.actions import doing_of, launch_of, strategy_of
from tests.property.worlds import (
    NOW,
    declared,
    desired,
    down,
    edited,
    fleet_spec,
    identity,
    in_sync,
    loaded,
    profile,
    remembered,
    seen,
    world,
)

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
CASES = [(path.stem, case) for path in FILES for case in YAML(typ="safe", pure=True).load(path)]
MOMENTS = ("started", "retry_at", "absent_since", "pending_since")


def typed(facts: dict[str, Any], **enums: type[Enum]) -> dict[str, Any]:
    """Turn words into members of the enums that they are of."""
    return facts | {key: enum(facts[key]) for key, enum in enums.items() if facts.get(key) is not None}


def look(facts: dict[str, Any]) -> dict[str, Any]:
    """Turn the short forms of a case file into what is observed."""
    facts = typed(facts, presence=Presence, activity=Activity)
    if model := facts.get("model"):
        facts["model"] = ObservedModel(raw=model["name"], at=NOW.wall - model.pop("ago", 10), **model)
    if "known" in facts:
        facts["known"] = frozenset(facts["known"])
    if keeper := facts.get("keeper"):
        if model := keeper.get("model"):
            keeper["model"] = ObservedModel(raw=model["name"], at=NOW.wall - model.pop("ago", 10), **model)
        keeper["offered"] = tuple((value, value) for value in keeper.get("offered", ()))
        facts["keeper"] = KeeperSays(**typed(keeper, channel=Channel))
    if "refused" in facts:
        facts["refused"] = NOW.wall - facts["refused"]
    if "strangers" in facts:
        facts["strangers"] = tuple(
            Stranger(identity=identity(pid), agent="talker", conversation=held)
            for pid, held in facts["strangers"].items()
        )
    return facts


def memory(facts: dict[str, Any]) -> dict[str, Any]:
    """Turn seconds ago into moments."""
    moments: dict[str, Moment] = {key: NOW.moment(after=-facts[key]) for key in MOMENTS if key in facts}
    return typed(facts | moments, wanted=OneShot, runtime=RuntimeKind)


def built(said: dict[str, Any]) -> Case:
    traits = typed(said.get("agent", {}), conversation=Minted, resume_model=ResumeModel)
    if "acp" in traits:
        traits["acp"] = Acp(**traits["acp"])
    reading = loaded(talker=profile(**traits))
    file = declared(**said.get("file", {}))
    if said.get("new"):
        record = SessionRecord(name="ann", **memory(said.get("remembered", {})))
        sight = Observed(name="ann", **look(said.get("seen", {})))
        return Case(name="ann", declared=file, desired=desired(file, reading), observed=sight, record=record)
    case = edited(in_sync(declared(**said.get("was", said.get("file", {}))), reading), reading, **said.get("file", {}))
    case = down(case) if said.get("down") else case
    case = remembered(seen(case, **look(said.get("seen", {}))), **memory(said.get("remembered", {})))
    if case.desired and said.get("not_installed"):
        case = replace(case, desired=replace(case.desired, executable=None))
    if case.desired and case.record.parked:
        case = remembered(case, parked_for=target(case.desired))
    return replace(case, gone=True, desired=None) if said.get("gone") else case


@pytest.mark.parametrize("said", [pytest.param(case, id=f"{stem}: {case['says']}") for stem, case in CASES])
def test_case(said: dict[str, Any]) -> None:
    """Each case says its own rule."""
    around = {"person_said_now": frozenset({"ann"})} if said.get("now") else {}
    about = around | ({"doubtful": (said["doubtful"],)} if "doubtful" in said else {})
    change = plan(world(built(said), fleet=fleet_spec(**said.get("fleet", {})), **about)).changes[0]
    action, launch = change.action, launch_of(change.action)
    told = getattr(doing_of(action), "told", None)
    gives = {
        "does": "nothing" if isinstance(action, Leave) else strategy_of(action).value,
        "held": action.guard.value if isinstance(action, Hold) else None,
        "says": action.sentence if isinstance(action, Hold) else None,
        "reason": change.reason.value,
        "detail": change.detail,
        "argv": " ".join(launch.argv) if launch else None,
        "resumes": launch.resumes if launch else None,
        "generation": launch.generation if launch else None,
        "parks": parks[0] if (parks := getattr(doing_of(action), "parks", None)) else None,
        "mends": launch.mends if launch else None,
        "back": back.model if (back := getattr(doing_of(action), "back", None)) else None,
        "fresh": getattr(doing_of(action), "fresh", None) is not None,
        "deferred": getattr(doing_of(action), "deferred", None),
        "interrupts": getattr(doing_of(action), "interrupts", None),
        "notices": [notice.kind for notice in launch.headless.notices] if launch and launch.headless else None,
        "told": getattr(told, "name", told),
    }
    wanted = {"held": None} | said["gives"]
    assert {key: gives[key] for key in wanted} == wanted
