"""The one thread that writes: what queues while a commit is on its way to the disk goes into one next commit."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from .errors import explain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Job:
    """A piece of work and where its answer is waited for."""

    work: Callable[[sqlite3.Connection], Any]
    then: Callable[[], None] | None
    future: Future[Any]


class Writer:
    """Groups commits. A job is all or nothing by itself, whatever becomes of its neighbours in the commit.

    A synced commit costs the same for one job and for a hundred (facts/performance.md 4). What was submitted is
    written even when nobody waits for it any more: it tells of something that has already happened.
    """

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._path = path
        self._connect = connect
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="muster-state", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[sqlite3.Connection], T], then: Callable[[], None] | None = None) -> Future[T]:
        """Queue the work; the answer comes when it is durable and ``then`` has run, in the order of the commits.

        The future raises ``StateUnwritable`` when the disk refused, or whatever the work itself raised.
        """
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # a waiter that is cancelled takes nothing out of the queue
        self._queue.put(_Job(work, then, future))
        return future

    def close(self) -> None:
        """Write what is queued, then end."""
        self._queue.put(None)
        self._thread.join()

    def _serve(self) -> None:
        db: sqlite3.Connection | None = None
        going = True
        while going:
            jobs, going = self._take()
            try:
                db = db or self._connect()
                _commit(db, jobs, self._path)
            except BaseException as error:  # noqa: BLE001 - whoever waits is told, and the thread lives on
                _fail(jobs, explain(error, self._path, writing=True))
        if db:
            db.close()

    def _take(self) -> tuple[list[_Job], bool]:
        """Return all that waits, at least one thing; false when the end was among it."""
        jobs: list[_Job] = []
        job = self._queue.get()
        while job is not None:
            jobs.append(job)
            try:
                job = self._queue.get_nowait()
            except Empty:
                return jobs, True
        return jobs, False


def _commit(db: sqlite3.Connection, jobs: list[_Job], path: Path) -> None:
    """Run the jobs in one transaction and answer them once it is on the disk."""
    if not jobs:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        answers = [_attempt(db, job) for job in jobs]
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite gives up by itself after most errors, but does not promise it
            db.execute("ROLLBACK")
        raise
    for job, (answer, error) in zip(jobs, answers, strict=True):
        if error:
            job.future.set_exception(explain(error, path, writing=True))
        else:
            if job.then:
                job.then()
            job.future.set_result(answer)


def _attempt(db: sqlite3.Connection, job: _Job) -> tuple[Any, BaseException | None]:
    """Run one job inside a savepoint; raise only when SQLite gave up on all of it: disk full, I/O error."""
    db.execute("SAVEPOINT job")
    try:
        answer = job.work(db)
    except BaseException as error:  # whatever it is belongs to whoever waits, not to the thread
        if not db.in_transaction:
            raise
        db.execute("ROLLBACK TO job")
        db.execute("RELEASE job")
        return None, error
    db.execute("RELEASE job")
    return answer, None


def _fail(jobs: list[_Job], error: BaseException) -> None:
    for job in jobs:
        if not job.future.done():
            job.future.set_exception(error)
