"""Which conversation a process works on, where the agent minted the id and tells it only by the files that it keeps."""

import glob
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from ..model.observed import ProcessIdentity
from ..model.profile import Profile, Reported, ReportedBy
from ..runtimes.census import descendants, look
from ..runtimes.identity import alive
from .places import CONVERSATION, Place, fill, safe, slug

_PIECES = re.compile(r"(\{\w+\}|\*)")


def reported(profile: Profile, place: Place, process: ProcessIdentity) -> str | None:
    """Return the conversation of a process, ``None`` when its files name none or more than one.

    Slow where open files are asked for: a look at all processes, and at each file of those that belong to this one.
    """
    rules = profile.transcript
    cwd_slug = slug(place.cwd, rules.slug) if place.cwd and rules else None
    words = {"home": place.home, "cwd": place.cwd, "cwd_slug": cwd_slug, "pid": str(process.pid)}
    for rule in profile.reported:
        found = _ids(rule.path, words, _files(rule, words, process))
        if len(found) == 1:
            return found.pop()
    return None


def _files(rule: Reported, words: Mapping[str, str | None], process: ProcessIdentity) -> Iterable[str]:
    match rule.by:
        case ReportedBy.FILE:
            template = fill(rule.path.replace("{conversation}", "*"), words)
            return glob.iglob(template) if template else ()  # noqa: PTH207 - absolute, as it is written
        case ReportedBy.OPEN_FILE:
            return _open_files(process)
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
