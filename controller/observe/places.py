"""Where an agent keeps its files: templates of the profile, filled in so that nothing can lead out of its home."""

import glob
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from ..model.profile import Profile
from ..model.tells import Slug

CONVERSATION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""What may stand as ``{conversation}`` in a path: no separator, no pattern, and never two dots in a row."""

_WORD: Final = re.compile(r"\{(\w+)\}")
_MOST_FILES: Final = 16
"""Files of one conversation that are looked at, the newest; some agents begin another one at a resume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one session's agent lives.

    :ivar home: the agent's own directory, absolute; ``None`` when it cannot be known.
    :ivar cwd: the session's directory with its links resolved, as the agent itself sees it.
    """

    home: str | None
    cwd: str | None


def safe(conversation: object) -> str | None:
    """Return a conversation id that may become a part of a path, ``None`` for every other value."""
    if isinstance(conversation, str) and CONVERSATION.fullmatch(conversation) and ".." not in conversation:
        return conversation
    return None


def place(profile: Profile, cwd: str | None, env: Mapping[str, str], environ: Mapping[str, str]) -> Place:
    """Return where an agent lives that runs in a directory, with ``env`` laid over the ``environ`` that it inherits."""
    return Place(home=_home(profile, env, environ), cwd=_resolved(cwd) if cwd else None)


def _home(profile: Profile, env: Mapping[str, str], environ: Mapping[str, str]) -> str | None:
    if not profile.home:
        return None
    if (variable := profile.home.env) and (moved := env.get(variable) or environ.get(variable)):
        return moved if moved.startswith("/") else None
    person = env.get("HOME") or environ.get("HOME") or ""
    default = re.sub(r"^~(?=/|$)", lambda _: person, profile.home.default)
    return default if default.startswith("/") else None


@lru_cache(maxsize=4096)
def _resolved(cwd: str) -> str:
    """Return a directory as a process in it sees it; a session's directory does not move while it runs."""
    return os.path.realpath(cwd)


def slug(cwd: str, rule: Slug) -> str:
    """Return a directory as the agent writes it in a name."""
    return re.sub(rule.replace, rule.by, cwd)


def fill(template: str, words: Mapping[str, str | None]) -> str | None:
    """Return the path that a template names, ``None`` when one of its words is not known.

    Stars of the template stay patterns; those inside a word are only characters.
    """
    patterned = "*" in template
    parts = []
    for index, piece in enumerate(_WORD.split(template)):
        known = words.get(piece) if index % 2 else piece
        if known is None:
            return None
        parts.append(glob.escape(known) if index % 2 and patterned else known)
    return "".join(parts)


def words(where: Place, rule: Slug, conversation: str | None) -> dict[str, str | None]:
    """Return the words that a transcript's template may hold."""
    known = safe(conversation)
    return {
        "home": where.home,
        "cwd": where.cwd,
        "cwd_slug": slug(where.cwd, rule) if where.cwd else None,
        "conversation": known,
        "conversation_8": known[:8] if known else None,
    }


def paths(filled: str) -> list[str]:
    """Return the files that a filled template names; a pattern's newest come first."""
    if "*" not in filled:
        return [filled]
    found = [(_modified(path), path) for path in glob.iglob(filled)]  # noqa: PTH207 - absolute patterns, as they are written
    return [path for _, path in sorted(found, reverse=True)[:_MOST_FILES]]


def begun(template: str | None, where: Place, rule: Slug, conversation: str | None) -> bool:
    """Tell whether a conversation has the file that a template names; where there is no template, any has."""
    if template is None:
        return True
    path = fill(template, words(where, rule, conversation))
    return path is not None and any(Path(one).exists() for one in paths(path))


def _modified(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0
