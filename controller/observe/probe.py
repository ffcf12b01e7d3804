"""Whether the program that is installed still knows the flags that its profile uses, by its own help."""

import re
from itertools import takewhile
from typing import Final, Literal

from ..model.installed import Probed
from ..model.profile import Part, Profile
from .executables import safe_env
from .scratch import ask

_HELP_WAIT: Final = 20.0
"""Seconds for a page: slow starts take four on a machine at rest, and several programs are asked at once."""
_COLOUR: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_FLAG: Final = re.compile(r"--?[A-Za-z][\w-]*")
_INDENT: Final = 12
"""Options begin further left; what begins further right describes one, and may speak of flags that are not there."""

Kind = Literal["start", "resume"]
KINDS: Final[tuple[Kind, Kind]] = ("start", "resume")


def probe(profile: Profile, program: tuple[str, ...]) -> Probed:
    """Ask for every page of help that the profile names and look for every flag of its command lines. Blocking."""
    listed: dict[Kind, set[str]] = {"start": set(), "resume": set()}
    unread = []
    for page in profile.help:
        said = ask([*program, *page.ask], seconds=_HELP_WAIT, env=safe_env(profile))
        flags = options(said.out or said.err)
        if said.code != 0 or not flags:
            unread.append(f"{profile.name} {' '.join(page.ask)} {_how(said.code)}")
        for kind in KINDS:
            if page.when in {"always", kind}:
                listed[kind] |= flags
    used = {(flag, kind) for kind in KINDS for flag in used_flags(profile, kind)}
    missing = sorted({f"{flag} ({kind})" for flag, kind in used if flag not in listed[kind]})
    return Probed(
        fits=tuple(sorted({flag for flag, kind in used if flag in listed[kind]})),
        missing=() if unread else tuple(missing),
        unread=tuple(unread),
    )


def _how(code: int | None) -> str:
    if code is None:
        return "did not end in time"
    return f"ended with {code}" if code else "lists no flags"


def used_flags(profile: Profile, kind: Kind) -> set[str]:
    """Return the flags of a profile's command lines, of all its runtimes."""
    other = Part.RESUME if kind == "start" else Part.START
    words = [
        word
        for runtime in profile.runtimes.values()
        if not runtime.cannot
        for part in runtime.argv
        if part.when is not other
        for word in part.add
    ]
    return {flag[0] for word in words if (flag := _FLAG.match(word))} - set(profile.unlisted)


def options(page: str) -> set[str]:
    """Return the flags that a page of help lists as options."""
    found: set[str] = set()
    for line in _COLOUR.sub("", page).expandtabs().splitlines():
        option = line.lstrip(" │|")
        if option.startswith("-") and len(line) - len(option) < _INDENT:
            first, *further = re.split(r"\s{2,}", option)
            found.update(_FLAG.findall(" ".join([first, *takewhile(_is_flag, further)])))
    return found


def _is_flag(column: str) -> bool:
    return column.startswith("-")
