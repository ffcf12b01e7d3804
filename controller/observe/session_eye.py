"""What is remembered of one session between looks: where its agent lives, and how far its files were read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..model.clock import Now
from ..model.observed import Activity, Observed, Presence, ProcessIdentity
from ..model.profile import Profile
from ..model.record import SessionRecord
from ..model.session import RuntimeKind
from ..model.tells import Slug
from ..runtimes.identity import born
from ..wire.statement import Statement
from . import keeper
from .activity import Doing, activity
from .beside import BesideEye
from .case import Case
from .places import begun, place
from .presence import Standing
from .processes import began
from .registry import Entry, RegistryEye
from .reported import NONE_YET, reported
from .tally import Conversation
from .transcript import TranscriptEye

_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
"""Seconds between two searches for the conversation of a process that does not tell it; each doubles the next."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Which agent is looked at where; a change of any of it begins anew."""

    profile: Profile
    cwd: str | None
    env: Mapping[str, str]


class SessionEye:
    """Follows one session."""

    def __init__(self, subject: Subject, environ: Mapping[str, str], statement: str = "") -> None:
        """Prepare to look.

        :arg statement: where a keeper of this session says what it knows.
        """
        self.subject = subject
        self._statement = statement
        self._keeper: keeper.KeeperEye | None = None
        self._place = place(subject.profile, subject.cwd, subject.env, environ)
        self._process: ProcessIdentity | None = None
        self._registry: RegistryEye | None = None
        self._said: str | None = None
        self._ask_at = self._pause = 0.0
        self._reading: tuple[str | None, bool] | None = None
        self._doing = Doing(Activity.UNKNOWN, 0.0)
        self._seen = self._born = 0.0
        self._whose: ProcessIdentity | None = None
        self._transcript = TranscriptEye(subject.profile, self._place, None)
        self._beside = BesideEye(subject.profile, self._place, None)

    def look(self, case: Case, standing: Standing, now: Now, *, fresh: bool) -> Observed:
        """Return the session, without who else is there. What the agent says itself counts before what it was told."""
        if case.runtime is RuntimeKind.ACP:
            return self._headless(case, standing, now, fresh=fresh)
        entry = self._entry(standing)
        said = self._named(entry, case) or self._reported(case, standing, now)
        strayed = said if said != case.conversation and self._should_go_on(case) else None
        said = None if strayed else said
        known = said or case.conversation
        conversation = Conversation() if said == NONE_YET and not known else self._read(known, now, fresh=fresh)
        doing = self._does(entry, conversation, case.record, standing.process, now)
        if standing.presence is not Presence.RUNNING:
            doing = Doing(Activity.UNKNOWN, 0.0)
        return Observed(
            name=case.name,
            presence=standing.presence,
            process=standing.process,
            activity=doing.activity,
            idle_for=self._for(doing, now),
            model=conversation.model,
            conversation=said or None,
            strayed=strayed or None,
            prompted=conversation.prompted,
            refused=conversation.refused,
            pinned=self._beside.pinned(),
            known=self._beside.known(),
            leased=standing.presence is not Presence.RUNNING and self._beside.leased(),
            detail=standing.detail or conversation.trouble,
        )

    def _headless(self, case: Case, standing: Standing, now: Now, *, fresh: bool) -> Observed:
        """Return a session that a keeper carries: it counts the turns, the agent's own records name their models."""
        last, profile = self._stated(standing), self.subject.profile
        statement = last if standing.presence is Presence.RUNNING else None
        said = statement.conversation if statement else None
        known = said or case.conversation
        heard = last is not None and last.prompted and last.conversation == known
        conversation = self._read(known, now, fresh=fresh, headless=True) if known else Conversation()
        does = keeper.doing(statement) if statement else Doing(Activity.UNKNOWN, 0.0)
        used = keeper.used(statement, profile) if statement else None
        newer = used is not None and (conversation.model is None or conversation.model.at < used.at)
        return Observed(
            name=case.name,
            presence=standing.presence,
            process=standing.process,
            activity=does.activity,
            idle_for=self._for(does, now),
            model=used if newer else conversation.model,
            conversation=said,
            prompted=heard or conversation.prompted,
            refused=max(conversation.refused, keeper.refused(statement, profile) if statement else 0.0),
            known=self._beside.known(),
            leased=standing.presence is not Presence.RUNNING and self._beside.leased(),
            keeper=keeper.says(statement, profile) if statement else None,
            exit=last.exit if last and not statement else None,
            detail=standing.detail or (statement.why if statement else None) or conversation.trouble,
        )

    def _should_go_on(self, case: Case) -> bool:
        """Tell whether its own conversation is expected of it: nobody saw that yet, and no person can have left it."""
        return self.subject.profile.goes_on_with_its_own and case.record is not None and case.record.unseen

    def _for(self, doing: Doing, now: Now) -> float:
        """Return how long it has been doing this: by its own stamp, and since we saw it, should a clock be set back."""
        if doing != self._doing:
            self._doing, self._seen = doing, now.boot
        return max(0.0, now.wall - doing.since, now.boot - self._seen) if doing.since else 0.0

    def _does(
        self,
        entry: Entry | None,
        conversation: Conversation,
        record: SessionRecord | None,
        process: ProcessIdentity | None,
        now: Now,
    ) -> Doing:
        started = now.wall - now.since(record.started) if record and record.started else 0.0
        began = born(process, now) if process else 0.0
        # A clock that is set moves it against the turns, which have their times from the agent: the earlier one counts.
        self._born = min(began, self._born) if process == self._whose else began
        self._whose = process
        return activity(self.subject.profile, entry, conversation, max(0.0, started), now.wall, self._born)

    def _stated(self, standing: Standing) -> Statement | None:
        """Return what the keeper says, of one that has ended its last words."""
        process = standing.process if standing.presence is Presence.RUNNING else None
        if self._keeper is None or process != self._process:
            self._process, self._keeper = process, keeper.KeeperEye(self._statement, process)
        return self._keeper.look()

    def _entry(self, standing: Standing) -> Entry | None:
        if standing.presence is not Presence.RUNNING or standing.process is None:
            return None
        if self._registry is None or standing.process != self._process:
            self._process, self._said, self._ask_at, self._pause = standing.process, None, 0.0, _PAUSE
            self._registry = RegistryEye(self.subject.profile, self._place, standing.process, began)
        return self._registry.look()

    def _named(self, entry: Entry | None, case: Case) -> str | None:
        """Return the conversation that the registry names, unless it is another one that was never begun."""
        named, rules = entry.conversation if entry else None, self.subject.profile.registry
        if named is None or rules is None or named == case.conversation:
            return named
        transcript = self.subject.profile.transcript
        return named if begun(rules.begun, self._place, transcript.slug if transcript else Slug(), named) else None

    def _reported(self, case: Case, standing: Standing, now: Now) -> str | None:
        """Return what the process's files say, asked for while it is not known which conversation it works on.

        That there is none yet may be over in a moment, so it is asked for at each look.
        """
        if standing.presence is not Presence.RUNNING or standing.process is None:
            return None
        profile = self.subject.profile
        doubtful = case.conversation is None or profile.loses_unknown_id
        if profile.reported and doubtful and not self._said and now.boot >= self._ask_at:
            self._said = reported(profile, self._place, standing.process)
            if self._said is None:
                self._ask_at, self._pause = now.boot + self._pause, min(2 * self._pause, _LONGEST_PAUSE)
        return self._said

    def _read(self, conversation: str | None, now: Now, *, fresh: bool, headless: bool = False) -> Conversation:
        if self._reading != (conversation, headless):
            self._reading = (conversation, headless)
            profile = self.subject.profile
            self._transcript = TranscriptEye(_as_told(profile) if headless else profile, self._place, conversation)
            self._beside = BesideEye(profile, self._place, conversation)
        seen = self._transcript.look(now.boot, fresh=fresh)
        return self._beside.completed(seen)


def _as_told(profile: Profile) -> Profile:
    """Return the profile without its records of a change inside the session, which some agents write when told, too.

    They would prove a model that has answered nothing; over the protocol the keeper knows who changed it.
    """
    rules = profile.transcript
    told = rules and rules.model_copy(update={"changed": []})
    return profile.model_copy(update={"transcript": told})
