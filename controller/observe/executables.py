"""Where the agents' programs are, and which versions they are."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Final

from ..model.profile import Profile
from ..settings import self_spawn

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


def version_of(profile: Profile, program: tuple[str, ...], env: Mapping[str, str] | None = None) -> str | None:
    """Ask a program for its version, ``None`` when it does not say one in time. Blocking; only on demand."""
    try:
        asked = subprocess.run(
            [*program, *profile.version],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_VERSION_WAIT,
            check=False,
            env=env,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = _VERSION.search((asked.stdout or asked.stderr)[:4096].decode(errors="replace"))
    return said.group() if said else None
