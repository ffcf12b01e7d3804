"""What another system's records hold, and what became of each part of them: the values of ``muster import``."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fate(StrEnum):
    """What became of a part of a record."""

    CARRIED = "carried over"
    DEFAULTED = "defaulted"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Remark:
    """What became of one part, and why.

    :ivar field: its name in their format; our field's where theirs has none.
    :ivar usual: the same of every record of this format, so it is told once.
    """

    fate: Fate
    field: str
    says: str
    usual: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file or a record that cannot be read or brought in.

    :ivar place: the file, and where in it.
    :ivar message: "cannot X: why".
    """

    place: str
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One word of a record.

    :ivar field: its name in their format; empty for what the reader put in place of nothing, and has told.
    :ivar means: what may stand for it here, the best first; the word itself where there is nothing.
    """

    field: str
    word: str
    means: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRecord:
    """One session of another system.

    :ivar key: its identity there; a label of the file keeps it, so that it is known again.
    :ivar name: what it is called there; it need not be a session name.
    :ivar said: our field to their word. ``parent`` names another record by its key.
    :ivar rule: the model that their own rule gives a session which names none.
    """

    place: str
    key: str
    name: str
    said: Mapping[str, Said]
    labels: Mapping[str, str]
    remarks: tuple[Remark, ...] = ()
    rule: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandForm:
    """How another system starts an agent, switches its model and resumes it.

    :ivar model: the words that name the model, ``{model}`` among them; none where it cannot be named.
    :ivar resume: the words before the conversation's id; none where the command line resumes none.
    """

    command: tuple[str, ...]
    model: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What another system knows of an agent.

    :ivar agent: the name of our profile for it, whether there is one or not.
    :ivar headless: how it is started to speak a protocol; ``acp`` tells whether that is ours.
    :ivar terminal: how it is started for a person.
    :ivar recovers: whether a conversation can be resumed, as they say.
    """

    place: str
    agent: str
    title: str
    headless: CommandForm
    terminal: CommandForm | None
    acp: bool
    recovers: bool
    models: tuple[str, ...] = ()
    default: str | None = None
    env_required: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class FleetWord:
    """A word that is about all sessions, and where it belongs in ``_fleet.yaml``.

    :ivar value: their word for a model, or a tree of texts, flags, lists and mappings.
    :ivar says: where it comes from.
    """

    path: tuple[str, ...]
    value: Any
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that the files of another system hold."""

    system: str
    files: tuple[str, ...]
    records: tuple[ForeignRecord, ...] = ()
    agents: tuple[Definition, ...] = ()
    fleet: tuple[FleetWord, ...] = ()
    remarks: tuple[Remark, ...] = ()
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A record as a session file.

    :ivar file: the file that is there for it already.
    :ivar fields: what the file says, in order.
    :ivar refused: why there can be no file for it.
    """

    record: ForeignRecord
    name: str
    file: str | None
    fields: Mapping[str, str]
    labels: Mapping[str, str]
    remarks: tuple[Remark, ...]
    refused: str | None = None


class Deed(StrEnum):
    """What is to be done with a draft."""

    CREATE = "create"
    SAME = "unchanged"
    KEPT = "kept"
    """A file for it is there and says something else: it is somebody's word by now."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A draft beside what ``sessions.d`` holds.

    :ivar path: the file that is there or would be.
    :ivar text: what the file would say.
    :ivar patch: the difference to what it says now, as a patch; empty where there is none.
    :ivar trouble: why it is refused.
    """

    draft: Draft
    deed: Deed
    path: str
    text: str
    patch: str
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All that an import would do, and what it cannot.

    :ivar fleet_file: the fleet's file that the patch is for, whether it is there or not.
    :ivar fleet_patch: empty where there is nothing to say in it.
    :ivar fleet_remarks: what became of what is about all sessions.
    :ivar fleet_troubles: why a word for the fleet's file cannot stand there.
    """

    found: Found
    incoming: tuple[Incoming, ...]
    fleet_file: str
    fleet_patch: str
    fleet_remarks: tuple[Remark, ...]
    fleet_troubles: tuple[Trouble, ...]

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """All that cannot be read or brought in."""
        refused = (one.trouble for one in self.incoming if one.trouble)
        return (*self.found.troubles, *refused, *self.fleet_troubles)
