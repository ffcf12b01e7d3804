"""Who spawned whom, before each session's name."""

from collections.abc import Iterator, Sequence

from ..model.status import SessionStatus

_CHILD, _LAST, _BESIDE, _BELOW = "├─ ", "└─ ", "│  ", "   "


def branches(statuses: Sequence[SessionStatus]) -> Iterator[tuple[str, SessionStatus]]:
    """Yield every session once with what is drawn before it, each behind its parent.

    One whose parent is not among them stands by itself, and of parents that come round again the first by name.
    """
    known = {status.name: status for status in statuses}
    left = dict(known)
    roots = [status for status in statuses if status.parent not in known]
    for root in (*roots, *statuses):
        if root.name in left:
            yield from _branch(root, statuses, left, "", "")


def _branch(
    status: SessionStatus, statuses: Sequence[SessionStatus], left: dict[str, SessionStatus], sign: str, margin: str
) -> Iterator[tuple[str, SessionStatus]]:
    del left[status.name]
    yield sign, status
    children = [one for one in statuses if one.parent == status.name and one.name in left]
    for child in children:
        if child.name in left:
            last = child is children[-1]
            yield from _branch(
                child, statuses, left, margin + (_LAST if last else _CHILD), margin + (_BELOW if last else _BESIDE)
            )
