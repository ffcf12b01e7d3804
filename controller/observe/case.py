"""What is known of a session before it is looked at: its record, and what its files want."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..model.observed import Stranger
from ..model.record import SessionRecord
from ..model.session import RuntimeKind
from ..runtimes.base import RunFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the files and the plan say of a session that helps to find it.

    :ivar conversation: the id that it would run under; the record's own comes first.
    :ivar claims: the conversation that the file names: a person's process on it carries the session.
    :ivar env: what the profile's runtime and the session's files lay over the controller's environment; it may move
        the agent's home.
    """

    agent: str
    conversation: str | None = None
    claims: str | None = None
    cwd: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What others have seen, which a look takes in.

    :ivar attached: who is watched by a person, by runtime; ``None`` for a runtime that does not answer now.
    :ivar exits: how processes ended ("exit 3"), by name.
    :ivar strangers: of the last scan; those that have ended since do not count.
    :ivar known_alive: names whose recorded process is known to live (by a pidfd that is held).
    """

    attached: Mapping[RuntimeKind, Mapping[str, bool] | None] = field(default_factory=dict)
    exits: Mapping[str, str] = field(default_factory=dict)
    strangers: Sequence[Stranger] = ()
    known_alive: Container[str] = ()


class Case(NamedTuple):
    """One session that is to be looked at: which agent carries it where, how, and on which conversation."""

    name: str
    record: SessionRecord | None
    agent: str | None
    conversation: str | None
    cwd: str | None
    runtime: RuntimeKind | None
    env: Mapping[str, str]


_NOTHING: Final[Mapping[str, str]] = {}


def case_of(name: str, record: SessionRecord | None, wanted: Wanted | None, adopted: RunFile | None) -> Case:
    """Return what is known of a session.

    What was started counts before what is wanted: the run file's word where it alone names the process, the record's,
    then the files'. Thousands a pass: spelled out, because loops over the three cost as much as the looks.
    """
    run, past = adopted, record
    return Case(
        name,
        record,
        (run and run.agent) or (past and past.agent) or (wanted and wanted.agent) or None,
        (run and run.conversation) or (past and past.conversation) or (wanted and wanted.conversation) or None,
        (run and run.cwd) or (past and past.cwd) or (wanted and wanted.cwd) or None,
        (run and run.runtime) or (past and past.runtime) or None,
        wanted.env if wanted else _NOTHING,
    )
