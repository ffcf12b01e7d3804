"""Bring a process down and prove it gone."""

from ..errors import MusterError
from ..model.record import SessionRecord
from ..runtimes.base import StopEnd, StopOrder, StopReport
from .ports import Ports


class StillAlive(MusterError):
    """The ladder's end was reached and something lives: nothing may be started in its place (law 3)."""


async def stop(record: SessionRecord, ports: Ports, *, final: bool) -> StopReport | None:
    """Stop what the record says runs, by its own profile's ladder; ``None`` when it names no process.

    :param final: nothing is started in its place.
    :raises StillAlive: when the process or a member of it could not be ended, or is in no runtime of ours.
    """
    if record.process is None:
        return None
    if record.runtime is None:
        raise StillAlive(
            f"cannot stop {record.name}: process {record.process.pid} is in {record.where or 'no runtime'}"
        )
    ladder = tuple(ports.profile(record.agent or "").stop)
    order = StopOrder(name=record.name, process=record.process, ladder=ladder, final=final)
    report = await ports.runtimes[record.runtime].stop(order)
    if report.end is StopEnd.ALIVE:
        pids = ", ".join(str(member.pid) for member in report.left) or str(record.process.pid)
        raise StillAlive(f"cannot stop {record.name}: still alive after every signal (pid {pids})")
    return report
