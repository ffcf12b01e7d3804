"""Hints that files changed.

watchfiles loses changes in seven ordinary cases (facts/controllers.md 3.1), so nothing is believed: a hint only brings
the next pass forward, and passes come by themselves as well.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final

_DEBOUNCE_MS: Final = 400
_STEP_MS: Final = 10
"""A change is told some 16 ms later for 0.15 CPU-seconds a minute (facts/performance.md, section 2)."""
_RUST_TIMEOUT_MS: Final = 3000
"""How often the directories themselves are looked at: a link that was flipped is seen within three seconds."""
_RETRY_SECONDS: Final = 1.0
_MOST_LINKS: Final = 40
"""As many as the kernel follows; links may lead in a circle."""


def chain(path: Path) -> frozenset[Path]:
    """Return every directory whose change may mean another content of ``path``: itself and the homes of its links."""
    found: set[Path] = set()
    for _ in range(_MOST_LINKS):
        found.add(path)
        link = next((step for step in (path, *path.parents) if step.is_symlink()), None)
        if link is None:
            break
        found.add(link.parent)
        path = Path(os.path.normpath(link.parent / os.readlink(link) / path.relative_to(link)))
    return frozenset(step for step in found if step.is_dir())


def topology(paths: Sequence[Path]) -> frozenset[tuple[str, int, int]]:
    """Return what the watched directories are now; a watch on another inode is a watch on nothing."""
    steps = {step for path in paths for step in chain(path)}
    return frozenset((os.fspath(step), info.st_dev, info.st_ino) for step in steps if (info := _stat(step)))


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


async def hints(paths: Sequence[Path], stop: asyncio.Event, lost: Callable[[str], None]) -> AsyncIterator[None]:
    """Yield whenever something may have changed below ``paths``, rebuilding the watch when the directories change.

    :param lost: told why watching does not work now; the caller's own passes go on regardless.
    """
    import watchfiles

    before = topology(paths)
    while not stop.is_set():
        if topology(paths) != before:  # new directories, or the links to them flipped
            before = topology(paths)
            yield
        if not before:
            await asyncio.sleep(_RETRY_SECONDS)
            continue
        try:
            async for changes in watchfiles.awatch(
                *(step for step, _, _ in before),
                watch_filter=None,
                recursive=False,
                debounce=_DEBOUNCE_MS,
                step=_STEP_MS,
                rust_timeout=_RUST_TIMEOUT_MS,
                yield_on_timeout=True,
                stop_event=stop,
            ):
                if changes:
                    yield
                if topology(paths) != before:
                    break
        except (OSError, RuntimeError) as error:
            lost(str(error))
            await asyncio.sleep(_RETRY_SECONDS)
