"""What should be done with one session, before anything holds it back."""

from dataclasses import replace

from ..model.channel import Channel
from ..model.desired import Desired
from ..model.plan import Change, Doing, Launch, Leave, Reason, Restart, Start, StartFresh, Stop, SwitchInPlace
from ..model.record import OneShot
from ..model.session import Drift, Resume, RuntimeKind, When
from ..model.wish import ModelWish
from .argv import build
from .case import Case, is_parked, target
from .conversation import Course, conversation_of, course, in_place_of, next_launch, way_back
from .diff import changed_fields, effective_model, noted, reason_for, refused, report_since_asked, told_by
from .headless import wish_for

_LEAVE = Leave()
_REPLACE = frozenset({OneShot.RESTART, OneShot.FRESH})


def intend(case: Case, state_id: str) -> Change:
    """Return what the files and the machine ask for; the guards come after it."""
    if case.suspended:
        return _change(case, _LEAVE, Reason.SUSPENDED, "suspend: observed, never touched")
    if case.deleted:
        return _deleted(case)
    desired = case.desired
    if desired is None:
        return _change(case, _LEAVE, Reason.INVALID, "its agent or runtime is not known")
    if not case.should_run:
        why = f"its parent's line is stopped at {case.stopped_by}, which says children: stop" if case.stopped_by else ""
        return _unwanted(case, Reason.STOPPED_BY_FILE, why or "state: stopped")
    return _running(case, desired, state_id) if case.lives else _down(case, desired, state_id)


def _deleted(case: Case) -> Change:
    """The file went, or is for other hosts."""
    reason = Reason.FILE_GONE if case.file_gone else Reason.ELSEWHERE
    why = "its file is gone" if case.file_gone else "hosts names other hosts"
    if case.released and case.record.wanted is not OneShot.STOP:
        return _change(case, _LEAVE, Reason.RELEASED, f"{why}; on_delete: leave")
    return _unwanted(case, reason, why)


def _unwanted(case: Case, reason: Reason, why: str) -> Change:
    if case.lives:
        return _change(case, Stop(), reason, why)
    return _change(case, _LEAVE, Reason.ALREADY_STOPPED if reason is Reason.STOPPED_BY_FILE else reason, why)


def _down(case: Case, desired: Desired, state_id: str) -> Change:
    """Nothing runs and something should."""
    chosen = course(case, desired)
    launch = next_launch(case, desired, state_id, chosen)
    fresh = _instead(case, desired, state_id, chosen)
    if is_parked(case, desired) and (back := way_back(case, launch, desired)):
        launch, fresh = back, None
    action = StartFresh(launch) if chosen is Course.LEAVE else Start(launch, fresh)
    told = told_by(desired)
    ended = case.observed.exit or case.record.last_error
    if ended or case.record.process:
        return _change(case, action, Reason.CRASHED, f"{ended or 'its process is gone'}; {told}")
    return _change(case, action, Reason.DOWN if case.record.launched else Reason.NEW, told)


def _running(case: Case, desired: Desired, state_id: str) -> Change:
    record = case.record
    if record.wanted in _REPLACE:
        return _replaced(case, desired, state_id, Reason.ASKED_BY_PERSON, f"a person asked for {record.wanted}")
    if fields := changed_fields(case, desired):
        detail = _with_model(f"{', '.join(fields)} changed", case, desired)
        return _replaced(case, desired, state_id, reason_for(fields), detail)
    if record.asked_effort != desired.effort:
        effort = f"effort {record.asked_effort or 'default'} -> {desired.effort or 'default'}"
        return _replaced(case, desired, state_id, Reason.EFFORT_CHANGED, _with_model(effort, case, desired))
    if record.where and effective_model(case) is None:
        return _change(case, _LEAVE, Reason.UNVERIFIED, f"it runs in {record.where}; its next turn tells its model")
    if desired.model is not None and record.asked_model == desired.model and refused(case):
        return _refused(case, desired)
    keeper = case.observed.keeper
    if desired.model is not None and effective_model(case) == desired.model:
        if keeper and keeper.wish not in {None, desired.model}:
            return _over_protocol(case, desired, state_id, Reason.MODEL_CHANGED, f"no longer {keeper.wish}")
        return _settled(case, desired)
    if desired.model is not None and record.asked_model == desired.model:
        return _drifted(case, desired, state_id)
    return _model_changed(case, desired, state_id)


def _settled(case: Case, desired: Desired) -> Change:
    """The process is on the desired model, as far as anybody can say."""
    report = report_since_asked(case)
    if report is None:
        return _change(case, _LEAVE, Reason.UNVERIFIED, f"asked for {desired.model}, no turn since")
    if report.fallback and report.name != desired.model:
        return _change(case, _LEAVE, Reason.FALLBACK, f"the provider fell back to {report.name}")
    return _change(case, _LEAVE, Reason.IN_SYNC, f"reports {report.name}")


def _refused(case: Case, desired: Desired) -> Change:
    """The provider does not give us the model: back to the one that answered, and the file's word is parked."""
    worked, why = case.record.answered_model, f"the provider refuses {desired.model}"
    if worked in {None, desired.model} or course(case, desired) is not Course.RESUME:
        return _change(case, _LEAVE, Reason.REFUSED, why)
    back = build(
        desired,
        conversation=conversation_of(case),
        resumes=True,
        prompt=None,
        generation=case.record.generation,
        model=worked,
    )
    action = Restart(in_place_of(case, back), None, None, parks=(f"{why}; back on {worked}", target(desired)))
    return replace(_change(case, action, Reason.REFUSED, why), to_model=worked)


def _drifted(case: Case, desired: Desired, state_id: str) -> Change:
    """The agent reports another model than it was asked, and the files did not change."""
    wrong = effective_model(case)
    if desired.spec.drift_policy is Drift.REPORT and case.record.mends != wrong:
        adopt = f"`muster set-model {case.name} {wrong}` adopts it"
        detail = f"the session itself went from {desired.model} to {wrong}; {adopt}"
        return _change(case, _LEAVE, Reason.DRIFTED, detail)
    detail = f"reports {wrong} instead of {desired.model}"
    if case.record.runtime is RuntimeKind.ACP and case.record.mends != wrong:
        return _over_protocol(case, desired, state_id, Reason.DRIFTED, detail, mends=wrong)
    return _replaced(case, desired, state_id, Reason.DRIFTED, detail)


def _model_changed(case: Case, desired: Desired, state_id: str) -> Change:
    template = desired.profile.runtimes[desired.runtime].in_place
    detail = told_by(desired) + noted(desired, effective_model(case))
    if case.record.runtime is RuntimeKind.ACP and desired.model is not None:
        return _over_protocol(case, desired, state_id, Reason.MODEL_CHANGED, detail)
    if template is None or desired.model is None:
        return _replaced(case, desired, state_id, Reason.MODEL_CHANGED, detail)
    line = template.replace("{model}", desired.profile.sent_as(desired.model))
    return _change(case, SwitchInPlace(desired.model, line, desired.fingerprint), Reason.MODEL_CHANGED, detail)


def _over_protocol(
    case: Case, desired: Desired, state_id: str, reason: Reason, detail: str, mends: str | None = None
) -> Change:
    """Tell the agent through its keeper; where that is known not to work, restart it."""
    again = _replaced(case, desired, state_id, reason, detail).action
    wish = wish_for(desired, desired.model or "")
    later = desired.spec.update.when is When.NEXT_PROMPT
    if why := _not_in_place(case, desired, wish, later=later):
        return _replaced(case, desired, state_id, reason, f"{detail}; {why}")
    instead = again if isinstance(again, Restart) else None
    action = SwitchInPlace(wish.name, wish, desired.fingerprint, deferred=later, mends=mends, instead=instead)
    return _change(case, action, reason, detail)


def _not_in_place(case: Case, desired: Desired, wish: ModelWish, *, later: bool) -> str | None:
    """Return why telling the agent would not do, and a restart does."""
    keeper, agent = case.observed.keeper, desired.profile.name
    if keeper is None:
        return None
    if keeper.failed and keeper.wish == wish.name:
        return keeper.failed
    if later:
        return None
    if keeper.channel is Channel.NONE:
        return f"{agent} offers no way to change its model: it is restarted"
    listed = not keeper.offered or wish.choose(keeper.offered) is not None
    if not listed and desired.profile.runtimes[desired.runtime].starts_on_model:
        return f"{agent} does not offer it while it runs: it is restarted"
    return None


def _replaced(case: Case, desired: Desired, state_id: str, reason: Reason, detail: str) -> Change:
    """Another process in place of the one that runs, with the conversation wherever that is possible."""
    chosen, wrong = course(case, desired), effective_model(case)
    mends = wrong if wrong != desired.model else None
    launch = next_launch(case, desired, state_id, chosen, mends=mends)
    detail = f"{detail}; in {case.record.where}" if launch.runtime is RuntimeKind.PANE else detail
    action: Doing = StartFresh(launch)
    if chosen is not Course.LEAVE:
        action = Restart(launch, way_back(case, launch, desired), _instead(case, desired, state_id, chosen))
    return _change(case, action, reason, detail)


def _instead(case: Case, desired: Desired, state_id: str, chosen: Course) -> Launch | None:
    """Return the launch of a new conversation for when resume is refused, where the file allows it."""
    may_leave = chosen is Course.RESUME and desired.spec.resume_policy is Resume.AUTO
    return next_launch(case, desired, state_id, Course.NEW, refused=True) if may_leave else None


def _with_model(detail: str, case: Case, desired: Desired) -> str:
    same = effective_model(case) == desired.model
    return detail if same else f"{detail}; {told_by(desired)}"


def _change(case: Case, action: Leave | Doing, reason: Reason, detail: str) -> Change:
    return Change(
        session=case.name,
        action=action,
        reason=reason,
        detail=detail,
        from_model=case.record.asked_model if case.lives else None,
        to_model=case.desired.model if case.desired and case.should_run else None,
    )
