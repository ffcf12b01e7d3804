"""What the planner looks at: one session's files, process and memory; and the world they stand in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..model.clock import Now
from ..model.desired import Declared, Desired
from ..model.fleet import FleetSpec
from ..model.observed import Observed, Presence
from ..model.record import Operation, RolloutState, SessionRecord, wanted_key
from ..model.session import OnDelete, RunState, SessionSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One session from every side.

    :ivar declared: the file's last good word; of a file that is gone its last word, ``None`` when that is not known.
    :ivar desired: ``None`` when the file is gone, or when its agent or runtime is not known (any more).
    :ivar gone: the file is not there any more.
    :ivar stopped_by: the session by whose stop it is stopped as well (``children: stop``).
    """

    name: str
    declared: Declared | None
    desired: Desired | None
    observed: Observed
    record: SessionRecord
    gone: bool = False
    stopped_by: str | None = None

    @property
    def spec(self) -> SessionSpec | None:
        """What the file says or last said."""
        return self.declared.spec if self.declared else None

    @property
    def file_gone(self) -> bool:
        """Tell whether no file stands for it any more."""
        return self.gone or self.declared is None

    @property
    def deleted(self) -> bool:
        """Tell whether it counts as deleted on this host: no file, or a file for other hosts."""
        return self.gone or self.declared is None or not self.declared.here

    @property
    def released(self) -> bool:
        """Tell whether its process was let go when the file went."""
        leaves = self.spec.on_delete is OnDelete.LEAVE if self.spec else self.record.leave
        return self.deleted and (self.record.released or leaves)

    @property
    def suspended(self) -> bool:
        """Tell whether the file says hands off."""
        return not self.file_gone and bool(self.spec and self.spec.suspend)

    @property
    def lives(self) -> bool:
        """Tell whether a process is there; where that cannot be seen, our record speaks."""
        presence = self.observed.presence
        return presence is Presence.RUNNING or (presence is Presence.UNKNOWN and self.record.process is not None)

    @property
    def should_run(self) -> bool:
        """Tell whether the files want a process here."""
        wanted = self.spec is not None and self.spec.state is RunState.RUNNING
        return wanted and not self.deleted and self.stopped_by is None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All cases and the circumstances they share.

    :ivar state_id: this state's own; with it two controllers never mint the same conversation.
    :ivar person_said_now: sessions over whose waiting guards a person spoke.
    :ivar approved: sessions whose stop or fresh start a person approved past the mass-change guard.
    :ivar doubtful: directories from which nothing counts as gone.
    :ivar running: our living processes.
    :ivar starting: starts at work.
    :ivar switching: switches and restarts at work.
    :ivar under_way: what another process, the controller, has begun with which session and not ended.
    """

    cases: Mapping[str, Case]
    fleet: FleetSpec
    now: Now
    state_id: str
    person_said_now: frozenset[str] = frozenset()
    approved: frozenset[str] = frozenset()
    doubtful: tuple[str, ...] = ()
    rollout: RolloutState = field(default_factory=RolloutState)
    running: int = 0
    starting: int = 0
    switching: int = 0
    under_way: Mapping[str, Operation] = field(default_factory=dict)


def is_parked(case: Case, desired: Desired) -> bool:
    """Tell whether it was parked for what is still desired."""
    return case.record.parked is not None and case.record.parked_for == target(desired)


def target(desired: Desired) -> str:
    """Return what is desired as a short digest: a parked session is tried again when it changes (``parked_for``)."""
    return wanted_key(desired.model, desired.effort, desired.fingerprint)
