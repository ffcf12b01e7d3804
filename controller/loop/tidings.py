"""What is to be told about the files between two readings; pure."""

from ..model.clock import Now
from ..model.desired import Declared
from ..model.event import EventType
from ..model.loaded import Loaded
from ..model.problem import Problem, Severity
from ..model.transaction import Event


def tidings(before: Loaded | None, after: Loaded, now: Now) -> tuple[Event, ...]:
    """Return the events of one reading that differs from the one before; of the first one, what is wrong in it."""
    if before is after:
        return ()
    was, wrong = _faults(before) if before else {}, _faults(after)
    events = [
        Event(
            at=now.wall,
            type=EventType.FILE_INVALID,
            session=fault.session,
            data={"place": str(fault.mark), "code": fault.code, "message": fault.message},
        )
        for file, fault in wrong.items()
        if was.get(file) != fault
    ]
    events += [_told(EventType.FILE_VALID, now, file=file) for file in was if file not in wrong]
    lost, found = set(after.doubtful), set(before.doubtful if before else ())
    events += [_told(EventType.SOURCE_LOST, now, directory=name) for name in sorted(lost - found)]
    events += [_told(EventType.SOURCE_BACK, now, directory=name) for name in sorted(found - lost)]
    if before is None or before.digest != after.digest:
        events.append(_told(EventType.FILES_CHANGED, now, revision=after.revision, sessions=len(after.sessions)))
    return tuple(events)


def changed(before: Loaded | None, after: Loaded) -> frozenset[str] | None:
    """Return the sessions whose files say something else; ``None`` when all sessions may be meant by what changed."""
    if before is None or before.fleet is not after.fleet or before.doubtful != after.doubtful:
        return None
    was, now = before.sessions, after.sessions
    return frozenset(name for name in was.keys() | now.keys() if _said(was.get(name)) != _said(now.get(name)))


def _said(declared: Declared | None) -> tuple[object, ...]:
    """Return what tells one declaration from another; a file that did not change keeps its value."""
    return (id(declared.spec), declared.file, declared.here, declared.problems) if declared else ()


def _faults(loaded: Loaded) -> dict[str, Problem]:
    """Return the first error of each file."""
    faults: dict[str, Problem] = {}
    for problem in loaded.problems:
        if problem.severity is Severity.ERROR:
            faults.setdefault(problem.mark.file, problem)
    return faults


def _told(kind: EventType, now: Now, **data: str | int | None) -> Event:
    return Event(at=now.wall, type=kind, data=dict(data))
