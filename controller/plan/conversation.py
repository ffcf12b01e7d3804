"""What becomes of the conversation at the next start: resumed, kept under its id, new, or left behind."""

from dataclasses import replace
from enum import StrEnum

from ..model.desired import Desired
from ..model.plan import Launch
from ..model.profile import Minted
from ..model.record import OneShot
from ..model.session import Resume, RuntimeKind
from .argv import build, minted_id
from .case import Case
from .headless import with_notices


class Course(StrEnum):
    """How the next process comes to a conversation."""

    RESUME = "resume"
    SAME_ID = "same-id"
    """Never prompted: started again under the id that it has."""
    NEW = "new"
    """There is nothing to keep."""
    LEAVE = "leave"
    """A new one, and the one that is worth keeping is left behind."""


def conversation_of(case: Case) -> str | None:
    """Return the conversation's id; the agent's own word first: it may have gone to another one.

    The file's counts until the first one of ours: whoever asked for a fresh one has left it.
    """
    known = case.observed.conversation or case.record.conversation or _named(case)
    return known or (case.desired.profile.conversation_in(case.desired.cwd) if case.desired else None)


def worth_keeping(case: Case, desired: Desired) -> bool:
    """Tell whether the conversation holds a person's turn. Where that cannot be seen it is taken for granted."""
    if case.observed.prompted or _remembered(case):
        return True
    if case.observed.prompted is False:
        return False
    readable = desired.profile.resumes or desired.profile.transcript is not None
    return readable and (case.lives or conversation_of(case) is not None)


def obstacle(case: Case, desired: Desired) -> str | None:
    """Return why the conversation cannot be resumed, ``None`` when nothing speaks against it."""
    record, profile = case.record, desired.profile
    launched = record.launched.fields if record.launched else {}
    agent, cwd = record.agent or launched.get("agent"), record.cwd or launched.get("cwd")
    if agent and agent != profile.name:
        return f"the conversation belongs to {agent}"
    if not profile.resumes:
        return f"{profile.name} cannot resume a conversation"
    if conversation_of(case) is None:
        return "the id of its conversation is not known"
    if case.observed.prompted is False and _remembered(case):
        return "the transcript of its conversation is missing"
    if profile.one_directory and cwd and cwd != desired.cwd:
        return f"the conversation belongs to the directory {cwd}"
    return None


def course(case: Case, desired: Desired) -> Course:
    """Choose the course. Whether leaving a conversation is allowed is a guard's business."""
    fresh = case.record.wanted is OneShot.FRESH or desired.spec.resume_policy is Resume.NEVER
    if worth_keeping(case, desired):
        return Course.LEAVE if fresh or obstacle(case, desired) else Course.RESUME
    profile = desired.profile
    ours = _minted_by_us(desired) and profile.unprompted == "same-id"
    moved = case.record.agent not in {None, profile.name}
    if conversation_of(case) is None or fresh or moved or not ours:
        return Course.NEW
    return Course.SAME_ID


def _minted_by_us(desired: Desired) -> bool:
    """Tell whether we choose the id of a conversation; over the protocol the agent always does."""
    return desired.profile.conversation is Minted.BY_US and desired.runtime is not RuntimeKind.ACP


def next_launch(
    case: Case, desired: Desired, state_id: str, chosen: Course, *, mends: str | None = None, refused: bool = False
) -> Launch:
    """Return the launch on the desired model by the chosen course.

    :param refused: it is for when the agent does not resume the conversation.
    """
    record = case.record
    if chosen in {Course.RESUME, Course.SAME_ID}:
        conversation, generation = conversation_of(case), record.generation
    else:
        generation = record.generation + 1
        minted = minted_id(state_id, case.name, generation) if _minted_by_us(desired) else None
        conversation = minted or desired.profile.conversation_in(desired.cwd)
    # A state that was rebuilt knows what was asked, and no launch: what it is about has run before.
    first = record.launched is None and record.asked_model is None and chosen is not Course.RESUME
    launch = build(
        desired,
        conversation=conversation,
        resumes=chosen is Course.RESUME,
        prompt=desired.spec.prompt if first else None,
        generation=generation,
        mends=mends,
    )
    return with_notices(in_place_of(case, launch), case, leaves=chosen is Course.LEAVE, refused=refused)


def in_place_of(case: Case, launch: Launch) -> Launch:
    """Return a launch that goes on in the person's pane where its predecessor runs, if it is one for a terminal."""
    stays = case.record.runtime is RuntimeKind.PANE and launch.runtime is RuntimeKind.TMUX
    return replace(launch, runtime=RuntimeKind.PANE) if stays else launch


def way_back(case: Case, launch: Launch, desired: Desired) -> Launch | None:
    """Return the launch on the model that worked, with the same conversation; ``None`` when there is no other."""
    worked = case.record.last_good_model
    if worked in {None, launch.model} or case.record.agent not in {None, launch.agent}:
        return None
    back = build(
        desired,
        conversation=launch.conversation,
        resumes=launch.resumes,
        prompt=None,
        generation=launch.generation,
        model=worked,
    )
    return in_place_of(case, back)


def _named(case: Case) -> str | None:
    """Return the conversation that the file brings along; nobody names one that is not worth keeping."""
    return case.spec.conversation if case.spec and case.record.generation == 0 else None


def _remembered(case: Case) -> bool:
    """Tell whether a person's turn is known of the conversation that is meant: from our record, or by its file.

    The file's word counts until something of ours ran; what a person started and never prompted is empty all the same.
    """
    if not case.lives and case.record.launched is None and _named(case) == conversation_of(case) is not None:
        return True
    same = case.observed.conversation in {None, case.record.conversation}
    return case.record.prompted and same
