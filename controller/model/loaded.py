"""What load hands on: every session that counts, the fleet, the profiles and all that is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

from .desired import Declared
from .fleet import FleetSpec
from .problem import Mark, Problem
from .profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The fleet in force: the file laid over what is built in.

    :ivar marks: dotted path (``tiers.family``, ``defaults.model``, ``agents.x.models.default``) to its place in the
        file; what is built in has none.
    """

    spec: FleetSpec
    marks: Mapping[str, Mark]
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One reading of all directories.

    :ivar sessions: by name; the last good word of files that are wrong now or cannot be trusted to be gone.
    :ivar profiles: the built-in ones with the fleet's overlays.
    :ivar overlaid: for agents whose default model the fleet sets: that word (the ``agent`` layer).
    :ivar problems: of all files, sorted by place.
    :ivar doubtful: directories that could not be read or look emptied or half done; nothing is gone from them.
    :ivar revision: the git revision of the writable or first versioned directory.
    :ivar digest: of everything that counts (words, fleet, profiles, errors), so that equal digests mean the same;
        not of doubts, warnings and the revision, which come and go by themselves.
    """

    sessions: Mapping[str, Declared]
    fleet: Fleet
    profiles: Mapping[str, Profile]
    overlaid: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    doubtful: tuple[str, ...] = ()
    revision: str | None = None
    digest: str = ""
