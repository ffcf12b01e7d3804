"""Random worlds for the laws: small enough to shrink well, wide enough to hold every guard and every action."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from controller.model.channel import Channel
from controller.model.clock import Now
from controller.model.desired import Declared, Desired, Machine
from controller.model.fleet import FleetSpec, Guards, Limits, MassChange, Rollout
from controller.model.loaded import Fleet, Loaded
from controller.model.observed import (
    Activity,
    KeeperSays,
    Observed,
    ObservedModel,
    Presence,
    ProcessIdentity,
    Stranger,
)
from controller.model.problem import Mark
from controller.model.profile import (
    Acp,
    ArgvPart,
    Minted,
    ModelEntry,
    Models,
    Part,
    Profile,
    ResumeModel,
    RuntimeProfile,
)
from controller.model.record import Fingerprint, OneShot, RolloutState, SessionRecord
from controller.model.session import (
    Drift,
    OnDelete,
    Origin,
    Resume,
    RunState,
    RuntimeKind,
    SessionSpec,
    Then,
    Update,
    When,
    WhenAttached,
)
from controller.plan.case import Case, World, target
from controller.resolve.desired import desire

NOW = Now(wall=1_000_000.0, boot=5_000.0, boot_id="boot")
HOME = "/home/someone"
MODELS = ("small", "middle", "large")
NAMES = ("ann", "bob", "cid", "dan", "eve")


def profile(name: str = "talker", **other: Any) -> Profile:
    """An agent with three models, that mints no ids and resumes."""
    runtime = RuntimeProfile(
        argv=[
            ArgvPart(add=["{executable}", "--model", "{model}"]),
            ArgvPart(add=["--id", "{conversation}"], when=Part.START),
            ArgvPart(add=["--resume", "{conversation}"], when=Part.RESUME),
            ArgvPart(add=["--effort", "{effort}"], when=Part.EFFORT),
            ArgvPart(add=["{args}"]),
            ArgvPart(add=["{prompt}"], when=Part.PROMPT),
        ],
        in_place=other.pop("in_place", None),
        resume_model=other.pop("resume_model", ResumeModel.FLAG),
        cannot=other.pop("cannot", None),
    )
    spoken = RuntimeProfile(
        argv=[ArgvPart(add=["{executable}", "--acp", *other.pop("flags", ())])], acp=other.pop("acp", Acp())
    )
    models = Models(
        offered=[ModelEntry(name=model, ids=[rf"{model}-\d+"]) for model in MODELS],
        classes={"fast": "small", "balanced": "middle", "powerful": "large"},
        default="middle",
    )
    return Profile(
        name=name,
        models=other.pop("models", models),
        runtimes={RuntimeKind.PROCESS: runtime, RuntimeKind.TMUX: runtime, RuntimeKind.ACP: spoken},
        **other,
    )


def fleet_spec(**other: Any) -> FleetSpec:
    """The built-in tables, and no limits that a small world would feel."""
    free = {
        "rollout": Rollout(at_once=100, pause=0.0),
        "guards": Guards(mass_change=MassChange(percent=100, at_least=100)),
        "limits": Limits(running=1000, starts_at_once=1000),
    }
    tables = {
        "tiers": {"family": "balanced", "bots": "fast", "admin": "powerful", "*": "balanced"},
        "origins": {Origin.AI: "balanced"},
        "defaults": {"agent": "talker", "model": "powerful"},
    }
    return FleetSpec.model_validate(free | tables | other, strict=False)


def loaded(spec: FleetSpec | None = None, **profiles: Profile) -> Loaded:
    """One reading with the given profiles."""
    agents = {"talker": profile()} | profiles
    return Loaded(sessions={}, fleet=Fleet(spec=spec or fleet_spec(), marks={}), profiles=agents, overlaid={})


def declared(name: str = "ann", **words: Any) -> Declared:
    """One file that says the given words."""
    marks = {word: Mark(f"sessions.d/{name}.yaml", line) for line, word in enumerate(words, start=1)}
    here = words.pop("here", True)
    spec = SessionSpec.model_validate(words, strict=False)
    return Declared(name=name, spec=spec, file=f"sessions.d/{name}.yaml", marks=marks, here=here)


def desired(file: Declared, reading: Loaded | None = None, record: SessionRecord | None = None) -> Desired:
    """The session as it should be, with every agent installed."""
    reading = reading or loaded()
    installed = {agent: (f"/bin/{agent}",) for agent in reading.profiles}
    machine = Machine(home=HOME, programs=installed, tools=lambda name: ("/bin/muster", "mcp", name))
    found = desire(file, reading, machine, None, record or SessionRecord(name=file.name), now=NOW)
    assert found is not None
    return found


def identity(pid: int = 4711) -> ProcessIdentity:
    return ProcessIdentity(boot_id="boot", pid=pid, ticks=100, nonce="nonce")


def in_sync(file: Declared, reading: Loaded | None = None) -> Case:
    """A session that runs as its file says, idle, prompted and verified."""
    wanted = desired(file, reading)
    record = SessionRecord(
        name=file.name,
        agent=wanted.profile.name,
        runtime=wanted.runtime,
        process=identity(),
        conversation="c1",
        generation=1,
        asked_model=wanted.model,
        asked_effort=wanted.effort,
        asked_at=NOW.wall - 100,
        launched=wanted.fingerprint,
        cwd=wanted.cwd,
        last_good_model=wanted.model,
        prompted=True,
        started=NOW.moment(after=-100),
    )
    model = ObservedModel(raw=wanted.model or "", name=wanted.model or "", at=NOW.wall - 10)
    seen = Observed(
        name=file.name,
        presence=Presence.RUNNING,
        process=record.process,
        activity=Activity.IDLE,
        idle_for=60.0,
        model=model,
        conversation="c1",
        prompted=True,
    )
    return Case(name=file.name, declared=file, desired=wanted, observed=seen, record=record)


def edited(case: Case, reading: Loaded | None = None, **words: Any) -> Case:
    """The same session after its file was changed to say the given words."""
    file = declared(case.name, **words)
    return replace(case, declared=file, desired=desired(file, reading, case.record))


def seen(case: Case, **facts: Any) -> Case:
    return replace(case, observed=replace(case.observed, **facts))


def remembered(case: Case, **facts: Any) -> Case:
    return replace(case, record=case.record.model_copy(update=facts))


def down(case: Case, **facts: Any) -> Case:
    """The same session after its process ended."""
    gone = Observed(name=case.name, presence=Presence.ABSENT, prompted=case.observed.prompted)
    return remembered(replace(case, observed=gone), process=None, **facts)


def world(*cases: Case, **other: Any) -> World:
    """These sessions and nothing that limits them."""
    words: dict[str, Any] = {"fleet": fleet_spec(), "now": NOW, "state_id": "state"} | other
    return World(cases={case.name: case for case in cases}, **words)


# ---------------------------------------------------------------------------------------------------------------------
# Random worlds


WORDS: dict[str, tuple[Any, ...]] = {
    "tier": (None, "family", "bots", "admin", "other"),
    "origin": tuple(Origin),
    "model": (None, *MODELS, "powerful", "unheard-of"),
    "effort": ("high",),
    "runtime": (RuntimeKind.PROCESS, RuntimeKind.ACP, RuntimeKind.ACP),
    "cwd": ("~/work",),
    "args": (["--verbose"],),
    "env": ({"TOKEN": "secret-value"},),
    "prompt": ("hello",),
    "state": (RunState.STOPPED,),
    "suspend": (True,),
    "update": (
        Update(when=When.NOW),
        Update(attached=WhenAttached.ALLOW),
        Update(when=When.NOW, attached=WhenAttached.ALLOW),
        Update(wait_at_most=10.0, then=Then.INTERRUPT),
        Update(wait_at_most=10.0, then=Then.HOLD),
        Update(when=When.NEXT_PROMPT),
    ),
    "resume": tuple(Resume),
    "drift": tuple(Drift),
    "on_delete": (OnDelete.LEAVE,),
}
"""What a file may say."""

TRAITS: dict[str, tuple[Any, ...]] = {
    "in_place": ("/model {model}",),
    "resume_model": tuple(ResumeModel),
    "cannot": ("it cannot",),
    "resumes": (False,),
    "conversation": (Minted.BY_AGENT, Minted.DIRECTORY),
    "one_directory": (False,),
    "unprompted": ("gone",),
}
"""How agents differ."""

MOMENTS = tuple(None if after is None else NOW.moment(after=after) for after in (None, -1000, -30, -1, 0, 1, 30))
VERSION = 1

MEMORIES: dict[str, tuple[Any, ...]] = {
    "agent": (None, "another"),
    "process": (None,),
    "conversation": (None,),
    "generation": (0, 2),
    "asked_model": (None, *MODELS),
    "asked_effort": ("high",),
    "asked_at": (0.0,),
    "launched": (
        None,
        Fingerprint(version=VERSION, fields={"args": '["--other"]'}),
        Fingerprint(version=VERSION + 1, fields={}),
    ),
    "cwd": (None, "/elsewhere"),
    "last_good_model": MODELS,
    "prompted": (False,),
    "started": MOMENTS,
    "failures": (2,),
    "retry_at": MOMENTS,
    "mends": MODELS,
    "wanted": tuple(OneShot),
    "absent_since": MOMENTS,
    "pending_since": MOMENTS,
    "released": (True,),
    "parked": ("it failed",),
}
"""What the state may remember, besides what fits."""

KEEPERS: dict[str, tuple[Any, ...]] = {
    "model": (
        None,
        *(
            ObservedModel(raw=model, name=model, at=NOW.wall - ago)
            for model in ("small", "middle", "strange")
            for ago in (200, 10)
        ),
    ),
    "told": (True,),
    "channel": (None, *Channel),
    "offered": ((("small", "Small"), ("large", "Large")),),
    "wish": ("small", "large"),
    "failed": ("it refused",),
    "queued": (1,),
}
"""What a keeper may say."""

SIGHTS: dict[str, tuple[Any, ...]] = {
    "presence": (Presence.ABSENT, Presence.UNKNOWN),
    "activity": tuple(Activity),
    "idle_for": (0.0, 0.5),
    "attached": (True,),
    "model": (
        None,
        *(
            ObservedModel(raw=model, name=model, at=NOW.wall - ago, fallback=fallback)
            for model in MODELS
            for ago in (200, 10)
            for fallback in (False, True)
        ),
    ),
    "conversation": (None, "c2"),
    "prompted": (None, False),
    "strangers": (
        (Stranger(identity=identity(99), agent="talker", conversation="c1"),),
        (Stranger(identity=identity(99), agent="talker", conversation=None),),
    ),
    "exit": ("exit 3",),
}
"""What may be seen, besides what fits."""


@st.composite
def some(draw: st.DrawFn, table: dict[str, tuple[Any, ...]], least: int, most: int) -> dict[str, Any]:
    """A few entries of a table, each key as likely as the others."""
    keys = draw(st.lists(st.sampled_from(list(table)), min_size=least, max_size=most, unique=True))
    return {key: draw(st.sampled_from(table[key])) for key in keys}


KINDS = ("edited", "runs", "crashed", "gone", "forgotten", "elsewhere", "not installed")


@st.composite
def cases(draw: st.DrawFn, name: str = "ann", kinds: tuple[str, ...] = KINDS) -> Case:
    """A session that fits its file but for a few things; what is read after a crash may be anything."""
    reading = loaded(talker=profile(**draw(some(TRAITS, 0, 2))))
    words = draw(some(WORDS, 1, 3))
    kind = draw(st.sampled_from(kinds))
    fits = in_sync(declared(name, **({"model": "small"} if kind == "edited" else words)), reading)
    case = edited(fits, reading, here=kind != "elsewhere", **words)
    case = down(case) if kind == "crashed" else case
    case = remembered(case, absent_since=NOW.moment(after=-1000)) if kind in {"gone", "elsewhere"} else case
    case = seen(remembered(case, **draw(some(MEMORIES, 0, 2))), **draw(some(SIGHTS, 0, 2)))
    if case.record.runtime is RuntimeKind.ACP and draw(st.booleans()):
        case = seen(case, keeper=KeeperSays(**draw(some(KEEPERS, 1, 4))))
    wanted = case.desired
    assert wanted is not None
    if case.record.parked:
        case = remembered(case, parked_for=target(wanted))
    if kind == "not installed":
        return replace(case, desired=replace(wanted, executable=None))
    if kind in {"gone", "forgotten"}:
        return replace(case, gone=True, desired=None, declared=case.declared if kind == "gone" else None)
    return case


@st.composite
def worlds(draw: st.DrawFn, *, limits: bool = True, least: int = 0) -> World:
    """Up to five sessions; with the fleet's limits tight enough to be felt, or out of the way."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=least, max_size=len(NAMES)))
    tight = fleet_spec(
        rollout=Rollout(at_once=draw(st.integers(1, 3)), pause=draw(st.sampled_from([0.0, 5.0]))),
        guards=Guards(mass_change=MassChange(percent=30, at_least=draw(st.integers(1, 3))), delete_grace=20.0),
        limits=Limits(running=draw(st.integers(1, 5)), starts_at_once=draw(st.integers(1, 3))),
    )
    return World(
        cases={name: draw(cases(name)) for name in names},
        fleet=tight if limits else fleet_spec(),
        now=NOW,
        state_id="state",
        person_said_now=draw(st.sampled_from([frozenset(), frozenset(), frozenset({"ann", "bob"})])),
        approved=draw(st.sampled_from([frozenset(), frozenset({"ann"})])),
        doubtful=draw(st.sampled_from([(), (), ("sessions.d",)])),
        rollout=RolloutState(last=draw(st.sampled_from(MOMENTS)), halted=limits and draw(st.booleans())),
        running=draw(st.integers(0, 3)),
        starting=draw(st.integers(0, 2)),
        switching=draw(st.integers(0, 2)),
    )


@st.composite
def lone_worlds(draw: st.DrawFn) -> World:
    """One session, and no limit of the fleet that would hide what its own guards say."""
    said_now = draw(st.sampled_from([frozenset(), frozenset(), frozenset({"ann"})]))
    return world(draw(cases()), person_said_now=said_now, doubtful=draw(st.sampled_from([(), (), ("sessions.d",)])))
