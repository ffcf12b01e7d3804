"""Where the agents' programs are, and which versions they are."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ..model.profile import Profile
from ..settings import self_spawn
from .scratch import ask

_ITSELF: Final = "{muster}"
_VERSION_WAIT: Final = 5.0
"""Seconds that an agent may take to say its version; the slowest known start takes four (facts/other-agents.md)."""
_VERSION: Final = re.compile(r"\d+(?:\.\d+)+[\w.+-]*")


def executable(profile: Profile, path: str | None = None) -> tuple[str, ...] | None:
    """Return the first of a profile's programs that is found, ``None`` when it is not installed.

    :arg path: where to look; the controller's own PATH without it.
    """
    for candidate in profile.executables:
        if candidate == _ITSELF:
            return tuple(self_spawn())
        if found := shutil.which(os.path.expanduser(candidate), path=path):  # noqa: PTH111 - a name stays a bare name
            # A link keeps its name: one binary may be many programs.
            return (os.path.abspath(found),)
    return None


def executables(profiles: Mapping[str, Profile], path: str | None = None) -> dict[str, tuple[str, ...] | None]:
    """Return each agent's program by the agent's name: some stats a profile, so nothing need be remembered."""
    return {name: executable(profile, path) for name, profile in profiles.items()}


def version_of(profile: Profile, program: tuple[str, ...]) -> str | None:
    """Ask a program for its version, ``None`` when it does not say one in time. Blocking; only on demand.

    It is asked in a scratch home first. A program that does not run there (many version switchers look for themselves
    in the home) is asked again in the person's own.
    """
    command, safe = [*program, *profile.version], safe_env(profile)
    said = ask(command, seconds=_VERSION_WAIT, env=safe)
    if said.code:
        said = ask(command, seconds=_VERSION_WAIT, env={"HOME": str(Path.home())} | safe)
    found = _VERSION.search((said.out or said.err)[:4096])
    return found.group() if found and said.code is not None else None


def safe_env(profile: Profile) -> dict[str, str]:
    """Return what the profile's runtimes set for safety, as far as it needs no session."""
    return {
        name: value
        for runtime in profile.runtimes.values()
        for name, value in runtime.env.items()
        if not re.search(r"\{\w+\}", value)
    }
