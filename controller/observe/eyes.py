"""All sessions as they stand: a look at what is unchanged costs a stat or two a session, and no scan."""

import os
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from typing import Final

from ..model.clock import Now
from ..model.observed import Observed, Presence, Stranger
from ..model.profile import Profile
from ..model.record import SessionRecord
from ..model.session import RuntimeKind
from ..runtimes.base import RunFile
from .case import Around, Case, Wanted, case_of
from .guests import claimed, guest_of
from .presence import Standing, presence, still
from .session_eye import SessionEye, Subject

_ALONE: Final = Around()
_Held = str | tuple[str | None, str | None] | None
"""A conversation, by its id or by its agent and directory."""


class Eyes:
    """Looks at sessions, and remembers how far it has read.

    Blocking, in the order of milliseconds for a thousand sessions; the first look at long transcripts takes longer.
    """

    def __init__(
        self,
        run_file: Callable[[str], RunFile | None],
        environ: Mapping[str, str] | None = None,
        statement: Callable[[str], str] = str,
    ) -> None:
        """Prepare to look.

        :arg run_file: reads what a session's launcher wrote down; raises OSError when it cannot be read.
        :arg statement: where the keeper of a session says what it knows.
        :arg environ: what sessions inherit; the controller's own.
        """
        self._run_file = run_file
        self._statement = statement
        self._environ = dict(os.environ if environ is None else environ)
        self._eyes: dict[str, SessionEye] = {}

    def look(
        self,
        records: Mapping[str, SessionRecord],
        profiles: Mapping[str, Profile],
        wanted: Mapping[str, Wanted],
        around: Around = _ALONE,
        *,
        now: Now,
        fresh: bool = False,
    ) -> dict[str, Observed]:
        """Return each session that has a record or is wanted.

        :arg fresh: look again where a little memory saves work; for the look right before something is done.
        """
        held = _by_conversation(around.strangers)
        seen = {}
        for name in sorted(records.keys() | wanted.keys()):
            record = records.get(name)
            standing = self._standing(name, record, around)
            case = case_of(name, record, wanted.get(name), standing.adopted)
            guest = None
            if around.strangers and standing.presence is Presence.ABSENT and (wish := wanted.get(name)):
                guest = claimed(wish, around.strangers)
            if guest is not None:
                standing = Standing(Presence.RUNNING, guest.identity)
            observed = self._session(case, profiles, standing, now, fresh=fresh)
            if guest is not None:
                observed = replace(observed, guest=guest_of(guest))
            if standing.presence is Presence.RUNNING:
                observed = _with_people(observed, case.runtime, around)
            on = {observed.conversation, case.conversation, _place(case, profiles)}
            company = _company(held, on) if held and guest is None else ()
            ended = around.exits.get(name)
            ended = observed.exit or ended  # a keeper knows how its agent ended
            seen[name] = replace(observed, strangers=company, exit=ended) if company or ended else observed
        return seen

    def keep(self, names: Container[str]) -> None:
        """Forget how far was read of all sessions but these."""
        self._eyes = {name: eye for name, eye in self._eyes.items() if name in names}

    def _standing(self, name: str, record: SessionRecord | None, around: Around) -> Standing:
        recorded = record.process if record else None
        if recorded is not None and name in around.known_alive:
            return Standing(Presence.RUNNING, recorded)
        return presence(recorded, lambda: self._run_file(name))

    def _session(
        self, case: Case, profiles: Mapping[str, Profile], standing: Standing, now: Now, *, fresh: bool
    ) -> Observed:
        profile = profiles.get(case.agent or "")
        if profile is None:
            detail = standing.detail or f"no profile describes the agent {case.agent}"
            return Observed(name=case.name, presence=standing.presence, process=standing.process, detail=detail)
        subject = Subject(profile, case.cwd, case.env)
        eye = self._eyes.get(case.name)
        if eye is None or eye.subject != subject:
            eye = self._eyes[case.name] = SessionEye(subject, self._environ, self._statement(case.name))
        return eye.look(case, standing, now, fresh=fresh)


def _with_people(observed: Observed, runtime: RuntimeKind | None, around: Around) -> Observed:
    """Say whether a person is at the terminal; where that cannot be seen, somebody may be (law 2)."""
    watched = around.attached.get(runtime, {}) if runtime else {}
    if watched is None:
        return replace(observed, attached=True, detail=observed.detail or "cannot see who is attached")
    return replace(observed, attached=True) if watched.get(observed.name) else observed


def _place(case: Case, profiles: Mapping[str, Profile]) -> _Held:
    """Return where a session's conversation is, where its directory is the conversation."""
    profile = profiles.get(case.agent or "")
    there = profile.conversation_in(case.cwd) if profile else None
    return (case.agent, os.path.realpath(there)) if there else None


def _by_conversation(strangers: Iterable[Stranger]) -> dict[_Held, list[Stranger]]:
    held: dict[_Held, list[Stranger]] = {}
    for stranger in strangers:
        held.setdefault(stranger.conversation or (stranger.agent, stranger.cwd), []).append(stranger)
    return held


def _company(held: Mapping[_Held, list[Stranger]], on: set[_Held]) -> tuple[Stranger, ...]:
    there = (one for conversation in on if conversation for one in held.get(conversation, ()))
    return tuple(one for one in there if still(one.identity))
