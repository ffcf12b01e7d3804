"""Look at everything: files read, processes observed, what is remembered brought up to date; and keep what is slow."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..model.clock import Now
from ..model.desired import Desired, Machine
from ..model.loaded import Loaded
from ..model.observed import Observed, ProcessIdentity, Stranger
from ..model.profile import Profile
from ..model.record import LocalOverride, SessionRecord
from ..model.session import RuntimeKind
from ..model.transaction import Event
from ..observe import screen
from ..observe.case import Around, Wanted
from ..observe.eyes import Eyes
from ..plan.case import Case
from ..resolve.desired import desire
from ..resolve.kin import stopped_by
from ..runtimes.table import WITH_TERMINAL, Runtimes
from .notice import notice

Scan = Callable[[Mapping[str, Profile], Collection[SessionRecord]], tuple[Stranger, ...]]
"""Finds the living processes of agents that are not ours; slow, so it runs in a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """What a look found out: the cases, and what has to be remembered and told because of it."""

    cases: Mapping[str, Case]
    records: tuple[SessionRecord, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A resolved session, and the parts that it came from: while they are held, their ids are nobody else's.

    A reading of changed files declares every session anew; of those that did not change the parts are the same.
    """

    key: tuple[object, ...]
    parts: tuple[object, ...]
    wish: Desired | None


@dataclass(slots=True, kw_only=True)
class Sight:
    """What is kept between looks; everything in it can be found again by looking.

    :ivar executables: finds the binaries of the profiles, cheaply when asked again.
    :ivar tools: returns the command line of a session's own server of Muster's tools.
    :ivar living: returns those of some names whose recorded process is watched and lives at this instant.
    """

    eyes: Eyes
    scan: Scan
    executables: Callable[[Mapping[str, Profile]], Mapping[str, tuple[str, ...] | None]]
    runtimes: Runtimes
    tools: Callable[[str], tuple[str, ...]] = lambda _: ()
    living: Callable[[Collection[str]], Collection[str]] = lambda _: ()
    strangers: tuple[Stranger, ...] = ()
    scanned: float = float("-inf")
    override: LocalOverride | None = None
    _scanning: asyncio.Lock = field(default_factory=asyncio.Lock)
    _programs: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    _desired: dict[str, _Kept] = field(default_factory=dict)

    async def rescan(self, loaded: Loaded, records: Mapping[str, SessionRecord], now: Now, *, older: float) -> None:
        """Look for strangers again when the last scan is older than so many seconds; who comes together shares one."""
        async with self._scanning:
            if now.boot - self.scanned >= older:
                self.strangers = await asyncio.to_thread(self.scan, loaded.profiles, list(records.values()))
                self.scanned = now.boot

    async def look(
        self,
        loaded: Loaded,
        records: Mapping[str, SessionRecord],
        names: Collection[str],
        now: Now,
        *,
        fresh: bool = False,
    ) -> Noticed:
        """Return the cases of some sessions as they are now."""
        some = {name: records.get(name) or SessionRecord(name=name) for name in names}
        desired = self._desires(loaded, some, now)
        living = self.living(names)
        observed = self.eyes.look(
            some,
            loaded.profiles,
            {name: _wanted(wish, some[name]) for name, wish in desired.items() if wish},
            Around(
                attached=await self._attached(some),
                exits=self._exits(some, living),
                strangers=self.strangers,
                known_alive=living,
            ),
            now=now,
            fresh=fresh,
        )
        observed = {**observed, **await self._screens(loaded, some, observed, now)}
        return _noticed(loaded, some, desired, observed, now)

    def stirred(self, loaded: Loaded, cases: Collection[Case], now: Now) -> list[str]:
        """Return those sessions that say something else than at their last look.

        Some stats each, and what was appended to their files; who is attached is not asked.
        """
        records = {case.name: case.record for case in cases}
        wanted = {case.name: _wanted(case.desired, case.record) for case in cases if case.desired}
        around = Around(known_alive=self.living(records))
        seen = self.eyes.look(records, loaded.profiles, wanted, around, now=now)
        return [
            case.name
            for case in cases
            if _said(seen[case.name], case) != _said(case.observed, case)
            or screen.needed(seen[case.name], loaded.profiles.get(case.record.agent or ""))
        ]

    def override_ends(self, loaded: Loaded, now: Now) -> float | None:
        """Return in how many seconds the next override, this host's or the fleet's, falls silent."""
        fleet = loaded.fleet.spec.override
        ends = ([self.override.until] if self.override else []) + ([fleet.until.timestamp()] if fleet else [])
        return min((end - now.wall for end in ends if end > now.wall), default=None)

    def _desires(self, loaded: Loaded, records: Mapping[str, SessionRecord], now: Now) -> dict[str, Desired | None]:
        self._find_programs(loaded, records)
        fleet = loaded.fleet.spec.override
        local = self.override if self.override and self.override.until > now.wall else None
        overrides = (local, fleet is not None and fleet.until.timestamp() > now.wall)
        machine = Machine(home=str(Path.home()), programs=self._programs, tools=self.tools)
        desired: dict[str, Desired | None] = {}
        for name, record in records.items():
            declared = loaded.sessions.get(name)
            if declared is None:
                desired[name] = None
                continue
            parts = (declared.spec, declared.marks, loaded.fleet, self._programs)
            said = (declared.file, declared.problems, declared.here)
            key = (*map(id, parts), said, record.last_good_model, record.agent, overrides)
            kept = self._desired.get(name)
            if kept is None or kept.key != key:
                wish = desire(declared, loaded, machine, local, record, now=now)
                kept = self._desired[name] = _Kept(key, parts, wish)
            desired[name] = kept.wish
        return desired

    def _find_programs(self, loaded: Loaded, names: Collection[str]) -> None:
        """Look where the programs of these sessions' agents are, and of no other agent: each costs some stats."""
        declared = (loaded.sessions.get(name) for name in names)
        agents = {one.spec.agent or loaded.fleet.spec.defaults.agent or "" for one in declared if one}
        found = self.executables({name: loaded.profiles[name] for name in agents if name in loaded.profiles})
        if not found.items() <= self._programs.items():
            self._programs = {**self._programs, **found}

    async def _attached(self, records: Mapping[str, SessionRecord]) -> dict[RuntimeKind, Mapping[str, bool] | None]:
        there: dict[RuntimeKind, dict[str, ProcessIdentity]] = {}
        for record in records.values():
            if record.process and record.runtime in WITH_TERMINAL:
                there.setdefault(record.runtime, {})[record.name] = record.process
        return {kind: await self.runtimes[kind].attached(processes) for kind, processes in there.items()}

    async def _screens(
        self, loaded: Loaded, records: Mapping[str, SessionRecord], observed: Mapping[str, Observed], now: Now
    ) -> dict[str, Observed]:
        """Return those sessions again whose terminals can say more, with what stands there now."""
        found: dict[str, Observed] = {}
        profiles = {name: loaded.profiles.get(records[name].agent or "") for name in observed}
        open_ = [name for name, seen in observed.items() if screen.needed(seen, profiles[name])]
        for kind in WITH_TERMINAL if open_ else ():
            here = {
                name: seen.process
                for name in open_
                if records[name].runtime is kind and (seen := observed[name]).process
            }
            shown = await self.runtimes[kind].screens(here) if here else {}
            found |= {
                name: screen.seen(observed[name], rules, shown.get(name), now)
                for name in here
                if (profile := profiles[name]) and (rules := profile.screen)
            }
        return found

    def _exits(self, records: Mapping[str, SessionRecord], living: Collection[str]) -> dict[str, str]:
        ended = {}
        for name in records.keys() - living:
            record = records[name]
            runtime = self.runtimes.made(record.runtime) if record.process and record.runtime else None
            if runtime and record.process and (how := runtime.exit_of(record.process)):
                ended[name] = how
        return ended


def _said(observed: Observed, case: Case) -> tuple[object, ...]:
    """Return what of an observation decides anything; that the same model answered once more does not."""
    model, asked_at = observed.model, case.record.asked_at
    reported = (model.raw, model.fallback, model.at > asked_at) if model else None
    refused = observed.refused > asked_at
    said = (observed.presence, observed.activity, observed.conversation, observed.prompted, refused, reported)
    return (*said, observed.keeper, observed.strayed)


def _wanted(desired: Desired, record: SessionRecord) -> Wanted:
    env = desired.profile.runtimes[desired.runtime].env | desired.spec.env
    claims = desired.spec.conversation if record.generation == 0 else None
    return Wanted(
        agent=desired.profile.name,
        conversation=record.conversation or claims or desired.profile.conversation_in(desired.cwd),
        claims=claims,
        cwd=desired.cwd,
        env=env,
    )


def _noticed(
    loaded: Loaded,
    records: Mapping[str, SessionRecord],
    desired: Mapping[str, Desired | None],
    observed: Mapping[str, Observed],
    now: Now,
) -> Noticed:
    cases: dict[str, Case] = {}
    changed: list[SessionRecord] = []
    events: list[Event] = []
    specs = {name: one.spec for name, one in loaded.sessions.items()}
    for name, before in records.items():
        declared = loaded.sessions.get(name)
        seen = observed.get(name) or Observed(name=name)
        case = Case(
            name=name,
            declared=declared,
            desired=desired.get(name),
            observed=seen,
            record=before,
            stopped_by=stopped_by(name, specs, loaded.fleet.spec),
        )
        record, told = notice(before, desired.get(name), seen, now, deleted=case.deleted)
        if record is not before:
            changed.append(record)
            events.extend(told)
            case = replace(case, record=record)
        cases[name] = case
    return Noticed(cases=cases, records=tuple(changed), events=tuple(events))


def subjects(loaded: Loaded, records: Mapping[str, SessionRecord], names: Collection[str] | None = None) -> set[str]:
    """Return every session, or those of some, that there is something to say about.

    It has a file, a process, or a person's wish.
    """
    files = loaded.sessions.keys()
    return {
        *(files if names is None else files & set(names)),
        *(record.name for record in records.values() if (record.process and not record.released) or record.wanted),
    }
