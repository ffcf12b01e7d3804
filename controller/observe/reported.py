"""Which conversation a process works on, where the agent minted the id and tells it only by the files that it keeps."""

import glob
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, assert_never

from ..model.observed import ProcessIdentity
from ..model.profile import Profile
from ..model.tells import Reported, ReportedBy, Slug
from ..runtimes.census import descendants, look
from ..runtimes.identity import alive
from .files import Unreadable, document, stamp
from .places import CONVERSATION, Place, begun, fill, safe, slug
from .processes import began
from .values import dig, parse, seconds

NONE_YET: Final = ""
"""It has no conversation: nothing was asked of it so far."""
_SLACK: Final = 0.1
"""Seconds by which a process's start and what it writes may disagree: the clocks count in hundredths."""
_LIMIT: Final = 1024 * 1024
"""What an agent writes of one conversation beside its records."""
_PIECES = re.compile(r"(\{\w+\}|\*)")


def reported(profile: Profile, place: Place, process: ProcessIdentity) -> str | None:
    """Return the conversation of a process, `NONE_YET` where it is sure that it has none.

    ``None`` when its files name none or more than one, or when that cannot be told. Slow but for names of files: a look
    at all processes, and at each file of those that belong to this one.
    """
    rules = profile.transcript
    cwd_slug = slug(place.cwd, rules.slug) if place.cwd and rules else None
    words = {"home": place.home, "cwd": place.cwd, "cwd_slug": cwd_slug, "pid": str(process.pid)}
    for rule in profile.reported:
        try:
            found = _ids(rule.path, words, _files(rule, words, process))
        except _NotTold:
            continue
        asked = {one for one in found if begun(rule.begun, place, rules.slug if rules else Slug(), one)}
        if len(asked) == 1:
            return asked.pop()
        if not asked and (found or rule.by is ReportedBy.BORN):
            return NONE_YET
    return None


def _files(rule: Reported, words: Mapping[str, str | None], process: ProcessIdentity) -> Iterable[str]:
    match rule.by:
        case ReportedBy.FILE:
            template = fill(rule.path.replace("{conversation}", "*"), words)
            return glob.iglob(template) if template else ()  # noqa: PTH207 - absolute, as it is written
        case ReportedBy.OPEN_FILE:
            return _open_files(process)
        case ReportedBy.BORN:
            return _born(rule, words, process)
        case _:
            assert_never(rule.by)


def _ids(template: str, words: Mapping[str, str | None], paths: Iterable[str]) -> set[str]:
    """Return the ids that stand in paths where the template says."""
    pattern = "".join(_expression(piece, words) for piece in _PIECES.split(template))
    matches = (re.fullmatch(pattern, path) for path in paths)
    return {known for match in matches if match and (known := safe(match[1]))}


def _expression(piece: str, words: Mapping[str, str | None]) -> str:
    if piece == "{conversation}":
        return f"({CONVERSATION.pattern})"
    if piece == "*":
        return "[^/]*"
    known = words.get(piece[1:-1]) if piece.startswith("{") else piece
    return re.escape(known) if known is not None else "(?!)"  # an unknown word matches nothing


def _open_files(process: ProcessIdentity) -> Iterator[str]:
    """Yield the files of a process and of those that stem from it; what has ended meanwhile tells nothing."""
    # Loading it takes 30 ms, and few agents are asked this way.
    import psutil

    for one in (process, *descendants((process,), look())):
        try:
            files = [file.path for file in psutil.Process(one.pid).open_files()]
        except (psutil.Error, OSError):
            continue
        if alive(one):
            yield from files


class _NotTold(Exception):
    """What began here may be another process's, or cannot be read now."""


def _born(rule: Reported, words: Mapping[str, str | None], process: ProcessIdentity) -> Iterator[str]:
    """Yield the files of conversations that began in a process's directory since its start."""
    template = fill(rule.path.replace("{conversation}", "*"), words)
    if template is None or _accompanied(process):
        raise _NotTold
    since = _began(process)
    for path in glob.iglob(template):  # noqa: PTH207 - absolute, as it is written
        try:
            seen = stamp(path)
            if seen is None or seen.wall < since:
                continue
            written = parse(document(path, _LIMIT))
        except Unreadable:
            raise _NotTold from None
        at = seconds(dig(written, rule.at), rule.at_unit)
        if at is None:
            raise _NotTold
        if at >= since and dig(written, rule.cwd) == words["cwd"]:
            yield path


def _began(process: ProcessIdentity) -> float:
    try:
        return began(process.pid) - _SLACK
    except OSError:
        raise _NotTold from None


def _accompanied(process: ProcessIdentity) -> bool:
    """Tell whether another process of its name runs in its directory, or may: what begins there may be the other's."""
    import psutil

    own = {process.pid, *(one.pid for one in descendants((process,), look()))}
    try:
        leader = psutil.Process(process.pid)
        name, cwd = leader.name(), leader.cwd()
    except psutil.Error:
        return True
    for one in psutil.process_iter(["name", "cwd"]):  # of what may not be seen both are None: another person's
        if one.pid not in own and one.info["name"] == name and one.info["cwd"] == cwd:
            return True
    return False
