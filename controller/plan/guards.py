"""What holds one session's action back: one function a guard, one ordered table. ``None`` or the sentence."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ..model.observed import Presence
from ..model.plan import Change, Doing, Guard, Hold, Leave, Restart, Start, StartFresh, Stop, SwitchInPlace
from ..model.profile import Profile, ResumeModel
from ..model.record import GIVE_UP_AFTER, OneShot
from ..model.session import Resume
from ..model.wish import ModelWish
from . import waiting
from .case import Case, World, is_parked
from .conversation import conversation_of, obstacle
from .diff import effective_model
from .strategy import intend

_MOST_NAMES: Final = 12
"""Names of models in one sentence."""


def decide(case: Case, world: World) -> Change:
    """Return what is to be done with one session, held back where a guard speaks; the fleet's limits come after it."""
    change = intend(case, world.state_id)
    if isinstance(change.action, Leave | Hold):
        return change
    change = replace(change, action=waiting.sharpened(change.action, case, world))
    hold = recheck(change, case, world)
    return replace(change, action=hold) if hold else change


def recheck(change: Change, case: Case, world: World) -> Hold | None:
    """Ask every guard of one session about a planned action, in their order; apply asks again on fresh facts."""
    doing = change.action
    if isinstance(doing, Leave):
        return None
    if isinstance(doing, Hold):
        doing = doing.held
    for guard, speaks in GUARDS:
        if sentence := speaks(doing, case, world):
            return Hold(doing, guard, sentence)
    return None


def verdicts(change: Change, case: Case, world: World) -> tuple[tuple[Guard, str | None], ...]:
    """Return what every guard says about a planned action, for ``why``; nothing where nothing is planned.

    The fleet's limits are asked about all sessions together: only one that holds this action is known here.
    """
    action = change.action
    if isinstance(action, Leave):
        return ()
    doing = action.held if isinstance(action, Hold) else action
    own = tuple((guard, speaks(doing, case, world)) for guard, speaks in GUARDS)
    if isinstance(action, Hold) and action.guard not in dict(GUARDS):
        return (*own, (action.guard, action.sentence))
    return own


def suspended(doing: Doing, case: Case, world: World) -> str | None:
    """The file says hands off."""
    return "suspend: true in its file" if case.suspended else None


def invalid(doing: Doing, case: Case, world: World) -> str | None:
    """There is nothing that could be started."""
    needed = case.desired is None and not isinstance(doing, Stop)
    return "its agent or runtime is not known" if needed else None


def unknown(doing: Doing, case: Case, world: World) -> str | None:
    """Whether it runs cannot be seen; that never means that it is gone."""
    if case.observed.presence is not Presence.UNKNOWN:
        return None
    return f"whether it runs cannot be seen: {case.observed.detail or 'no answer'}"


def foreign(doing: Doing, case: Case, world: World) -> str | None:
    """A process that is not ours works on the conversation, and ours is not there."""
    return None if case.lives else _second_writer(doing, case, world) or _anothers(doing, case, world)


def adopted(doing: Doing, case: Case, world: World) -> str | None:
    """A person started it where it cannot be replaced: it is never signalled."""
    record = case.record
    if not case.lives or record.where is None or record.runtime is not None or isinstance(doing, Start):
        return None
    held = f"it runs in {record.where} and is never signalled there: quit it by hand"
    if not isinstance(doing, (Restart, StartFresh)):
        return held
    return f"{held}, then `muster attach {case.name}`: Muster goes on with its conversation on {doing.launch.model}"


def conflict(doing: Doing, case: Case, world: World) -> str | None:
    """A process that is not ours works on the conversation beside ours."""
    return _second_writer(doing, case, world) if case.lives else None


def parked(doing: Doing, case: Case, world: World) -> str | None:
    """It went wrong for good, or stayed on a wrong model after a restart (law 12)."""
    record, desired = case.record, case.desired
    if isinstance(doing, Stop) or desired is None or (isinstance(doing, Restart) and doing.parks):
        return None
    back = isinstance(doing, Start) and doing.launch.model != desired.model and record.failures < GIVE_UP_AFTER
    if back and is_parked(case, desired):
        return None  # what is down comes back on the model that worked; what lives is not touched
    if is_parked(case, desired):
        return f"{record.parked}; `muster retry {case.name}` tries again"
    mends = doing.launch.mends if isinstance(doing, (Restart, StartFresh)) else None
    if mends is None or mends != record.mends or record.asked_model != desired.model:
        return None
    return f"still reports {mends} after a restart on {desired.model}; `muster restart {case.name}` tries again"


def back_off(doing: Doing, case: Case, world: World) -> str | None:
    """It failed a moment ago."""
    retry = case.record.retry_at
    left = -world.now.since(retry) if retry else 0.0
    if left <= 0:
        return None
    return f"{case.record.last_error or 'it failed'}; next try in {left:.0f} s (failures: {case.record.failures})"


def unavailable(doing: Doing, case: Case, world: World) -> str | None:
    """The agent does not offer the model."""
    if isinstance(doing, Stop) or case.desired is None:
        return None
    if case.desired.model is not None:
        return _not_offered(doing, case) or _silently_another(doing, case, case.desired.profile)
    return case.desired.resolution.trouble or "no layer names a model"


def not_installed(doing: Doing, case: Case, world: World) -> str | None:
    """There is no binary to start."""
    if isinstance(doing, (Stop, SwitchInPlace)) or case.desired is None or case.desired.executable is not None:
        return None
    return f"none of {', '.join(case.desired.profile.executables)} is on PATH"


def unresumable(doing: Doing, case: Case, world: World) -> str | None:
    """The conversation would be left behind, and neither the file nor a person allows it (law 5)."""
    desired, asked = case.desired, case.record.wanted is OneShot.FRESH
    if desired is None or isinstance(doing, (Stop, SwitchInPlace)):
        return None
    if isinstance(doing, StartFresh):
        held = desired.spec.resume_policy is Resume.REQUIRED and not asked
    else:
        held = doing.launch.resumes
    why = obstacle(case, desired) if held else None
    return f"{why}; `muster fresh {case.name}` leaves it behind" if why else None


def cannot_switch(doing: Doing, case: Case, world: World) -> str | None:
    """This runtime cannot bring another model to a conversation."""
    desired, kept = case.desired, case.observed.pinned
    if isinstance(doing, (Start, Restart)) and doing.launch.resumes and kept not in {None, doing.launch.model}:
        agent, fresh = doing.launch.agent, f"`muster fresh {case.name}` starts anew"
        return f"its conversation is pinned to {kept}: {agent} resumes it on no other model; {fresh}"
    if desired is None or not isinstance(doing, (Restart, SwitchInPlace)) or effective_model(case) == desired.model:
        return None
    runtime = desired.profile.runtimes[desired.runtime]
    if runtime.cannot:
        return runtime.cannot
    if isinstance(doing, SwitchInPlace) or not doing.launch.resumes or runtime.resume_model is not ResumeModel.SESSION:
        return None
    return f"{desired.profile.name} ignores the model when it resumes; `muster fresh {case.name}` starts anew"


def delete_grace(doing: Doing, case: Case, world: World) -> str | None:
    """Deleting is slow (law 7)."""
    if not _is_deletion(doing, case):
        return None
    grace, since = world.fleet.guards.delete_grace, case.record.absent_since
    left = grace - (world.now.since(since) if since else 0.0)
    return f"its file is gone; stopped in {left:.0f} s unless it comes back" if left > 0 or since is None else None


def source(doing: Doing, case: Case, world: World) -> str | None:
    """Nothing is gone from a directory that cannot be read or looks emptied (law 6)."""
    if not _is_deletion(doing, case) or not case.file_gone:
        return None
    if case.declared is None and case.record.launched is None:  # the state was lost, and its file may be the bad one
        return f"no file of it was seen since the state was lost; `muster stop {case.name}` stops it"
    last = case.declared.file if case.declared else None
    for directory in world.doubtful:
        if last is None or last.startswith(directory.rstrip("/") + "/"):
            return f"{directory} cannot be trusted now: nothing counts as gone from it"
    return None


GUARDS: Final[tuple[tuple[Guard, Callable[[Doing, Case, World], str | None]], ...]] = (
    (Guard.SUSPENDED, suspended),
    (Guard.INVALID, invalid),
    (Guard.UNKNOWN, unknown),
    (Guard.FOREIGN, foreign),
    (Guard.ADOPTED, adopted),
    (Guard.CONFLICT, conflict),
    (Guard.PARKED, parked),
    (Guard.BACK_OFF, back_off),
    (Guard.UNAVAILABLE, unavailable),
    (Guard.NOT_INSTALLED, not_installed),
    (Guard.UNRESUMABLE, unresumable),
    (Guard.CANNOT_SWITCH, cannot_switch),
    (Guard.DELETE_GRACE, delete_grace),
    (Guard.SOURCE, source),
    (Guard.BUSY, waiting.busy),
    (Guard.WAITING, waiting.waiting),
    (Guard.BACKGROUND, waiting.background),
    (Guard.ACTIVITY_UNKNOWN, waiting.activity_unknown),
    (Guard.SETTLING, waiting.settling),
    (Guard.ATTACHED, waiting.attached),
    (Guard.NEXT_PROMPT, waiting.next_prompt),
)
"""In the order of the Guard enum; the fleet's own limits follow in limits.py."""


def _second_writer(doing: Doing, case: Case, world: World) -> str | None:
    """Only what would open a conversation that another process holds makes a second writer (law 3)."""
    if not isinstance(doing, (Start, Restart, StartFresh)):
        return None
    if case.desired and (there := case.desired.profile.conversation_in(doing.launch.cwd)):
        for other in world.cases.values():
            same = other.record.agent == doing.launch.agent and conversation_of(other) == there
            if same and other.name != case.name and other.lives:
                return f"{other.name} works in {there}, which holds one conversation of {doing.launch.agent}"
    for stranger in case.observed.strangers:
        if (stranger.conversation or conversation_of(case)) == doing.launch.conversation:
            owner = f" of {stranger.owner}" if stranger.owner else ""
            return f"process {stranger.identity.pid}{owner} works on its conversation and is not ours"
    if case.observed.leased and not case.lives and doing.launch.resumes:
        return "another process, perhaps what is left of its last one, still has its conversation locked"
    return None


def _not_offered(doing: Start | Restart | StartFresh | SwitchInPlace, case: Case) -> str | None:
    """Say that the running agent does not list the model among those that it offers over the protocol."""
    keeper, wish = case.observed.keeper, doing.told if isinstance(doing, SwitchInPlace) else None
    if keeper is None or not keeper.offered or not isinstance(wish, ModelWish) or wish.choose(keeper.offered):
        return None
    names = ", ".join(value for value, _ in keeper.offered[:_MOST_NAMES])
    return f"{case.record.agent} does not offer {wish.name} here; it offers {names}"


def _silently_another(doing: Start | Restart | StartFresh | SwitchInPlace, case: Case, profile: Profile) -> str | None:
    """Say that the agent does not know the model: it would go on with another one, perhaps of another provider."""
    model = doing.model if isinstance(doing, SwitchInPlace) else doing.launch.model
    known, offered = case.observed.known, {entry.name for entry in profile.models.offered}
    if known is None or model in offered or profile.sent_as(model) in known:
        return None
    names = ", ".join(sorted(known | offered)[:_MOST_NAMES]) or "none"
    return f"{profile.name} does not know {model} and would silently take another; it knows {names}"


def _anothers(doing: Doing, case: Case, world: World) -> str | None:
    """A file may name the conversation of another session, which is a second writer as well (law 3)."""
    claimed = case.spec.conversation if case.spec else None
    if claimed is None or not isinstance(doing, (Start, Restart, StartFresh)) or doing.launch.conversation != claimed:
        return None
    others = (other for name, other in world.cases.items() if name != case.name and other.lives)
    other = next((other.name for other in others if conversation_of(other) == claimed), None)
    return f"the session {other} works on its conversation" if other else None


def _is_deletion(doing: Doing, case: Case) -> bool:
    return isinstance(doing, Stop) and case.deleted and case.record.wanted is not OneShot.STOP
