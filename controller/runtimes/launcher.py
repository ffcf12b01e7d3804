"""The launcher: one small single-threaded process that forks every session of the ``process`` runtime.

Fork is safe here, and only here: no threads. What a child does before its exec costs several times what the same costs
here, for every page that it touches is copied first; so the launcher does all that it can, writes the run file for its
child as well, and only then lets it exec. The controller speaks to it over a socket that is its standard input, one
JSON object a line::

    -> {"id": 7, "order": {...}}                        the keys of orders.py
    <- {"id": 7, "pid": 4711, "ticks": 123456}          it has become the agent
    <- {"id": 7, "word": "held", "reason": "..."}       it has not
    <- {"exit": 4711, "status": 0}                      waitpid's status of one that had started

It ends when the controller closes its end or dies; the sessions live on, in sessions of their own.
"""

import gc
import json
import os
import select
import signal
import socket
import stat
from contextlib import ExitStack, suppress
from typing import Any, Final

from .launch import (
    NOT_FOUND,
    TEMPORARY,
    Order,
    Refused,
    admit,
    changed_signals,
    execute,
    register,
    run_path,
    settle_in,
    tell,
    word_for,
)
from .proc import boot_id

_CHUNK: Final = 1 << 16


def main(argv: list[str]) -> int:
    """Serve the socket on standard input until its other end closes."""
    boot_id()  # asked once, not by every child
    gc.freeze()  # what was imported is never collected, so forked children share its pages
    return Launcher(socket.socket(fileno=0)).serve()


class Launcher:
    """Forks what it is told to and reports what became of it."""

    def __init__(self, link: socket.socket) -> None:
        """Listen to the controller and to the ends of children."""
        self._link = link
        self._received = b""
        self._starting: dict[int, dict[str, int]] = {}
        """Our end of the socket to a child: the answer, should it become the agent."""
        self._wake, wake = os.pipe()
        for end in (self._wake, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._signals = changed_signals()
        self._poll = select.poll()
        for source in (link.fileno(), self._wake):
            self._poll.register(source, select.POLLIN)

    def serve(self) -> int:
        """Go on until the controller is gone."""
        try:
            while True:
                for source, _ in self._poll.poll():
                    if source == self._link.fileno():
                        if not self._take_orders():
                            return 0
                    elif source == self._wake:
                        self._reap()
                    elif source in self._starting:
                        self._report(source)
        except (BrokenPipeError, ConnectionResetError):
            return 0

    def _take_orders(self) -> bool:
        """Fork for every whole line that has come; false at the end of the link."""
        chunk = self._link.recv(_CHUNK)
        *lines, self._received = (self._received + chunk).split(b"\n")
        for line in lines:
            message = json.loads(line)
            try:
                self._launch(message["id"], message["order"])
            except Refused as refused:
                self._send({"id": message["id"], "word": refused.word, "reason": refused.reason})
            except OSError as error:
                self._send({"id": message["id"], "word": word_for(error), "reason": str(error)})
        return bool(chunk)

    def _launch(self, number: int, order: Order) -> None:
        """Fork a child, write its run file and let it exec; what fails before that leaves nothing behind."""
        with ExitStack() as opened:
            lock = admit(order)
            opened.callback(os.close, lock)
            files = _open_files(run_path(order, "in"), order["log"], opened)
            ours, theirs = (end.detach() for end in socket.socketpair())
            opened.callback(os.close, theirs)
            pid = os.fork()
            if pid == 0:
                os.close(ours)
                _child(order, lock, files, theirs, self._signals)
        try:
            ticks = register(order, pid)
            with suppress(BrokenPipeError):  # it has already said why it failed
                os.write(ours, b"\n")
        except BaseException:
            os.close(ours)  # without the word the child exits
            os.waitpid(pid, 0)
            raise
        self._starting[ours] = {"id": number, "pid": pid, "ticks": ticks}
        self._poll.register(ours, select.POLLIN)

    def _report(self, ours: int) -> None:
        """Read a child's words to their end, which is its exec or its exit; they are few and come at once."""
        said = b"".join(iter(lambda: os.read(ours, _CHUNK), b""))
        self._poll.unregister(ours)
        os.close(ours)
        answer: dict[str, Any] = self._starting.pop(ours)
        if said:
            with suppress(ChildProcessError):  # its lock is free only when it is gone
                os.waitpid(answer["pid"], 0)
            answer = json.loads(said) | {"id": answer["id"]}
        self._send(answer)

    def _reap(self) -> None:
        """Collect every child that has ended, and pass on how."""
        os.read(self._wake, _CHUNK)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for ours in [ours for ours, answer in self._starting.items() if answer["pid"] == pid]:
                self._report(ours)  # its start is told before its end
            self._send({"exit": pid, "status": status})

    def _send(self, message: dict[str, Any]) -> None:
        self._link.sendall(json.dumps(message).encode() + b"\n")


def _open_files(fifo: str, log: str, opened: ExitStack) -> tuple[int, int]:
    """Return a FIFO for the input and an append-only file for the output, so that nothing hangs on the controller."""
    with suppress(FileExistsError):
        os.mkfifo(fifo, 0o600)
    # Open for reading and writing: it neither waits for a writer nor ends when one leaves.
    source = os.open(fifo, os.O_RDWR | os.O_CLOEXEC)
    opened.callback(os.close, source)
    if not stat.S_ISFIFO(os.fstat(source).st_mode):
        raise Refused(NOT_FOUND, "failed", f"{fifo} is in the way: it is not a FIFO")
    target = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    opened.callback(os.close, target)
    return source, target


def _child(order: Order, lock: int, files: tuple[int, int], report: int, signals: list[int]) -> None:
    """Become the agent in a session of its own, or say why not; never return into the launcher's loop."""
    try:
        signal.set_wakeup_fd(-1)
        os.setsid()
        source, target = files
        for number, file in ((0, source), (1, target), (2, target)):
            os.dup2(file, number)
        settle_in(order, lock, signals)
        if not os.read(report, 1):  # the launcher has died, or could not write the run file: nobody would know us
            os._exit(TEMPORARY)
        execute(order["argv"], order["env"])
    except Refused as refused:
        tell(report, {"word": refused.word, "reason": refused.reason})
        os._exit(refused.code)
    except OSError as error:
        tell(report, {"word": word_for(error), "reason": str(error)})
    except BaseException as error:  # noqa: BLE001 - whatever it is, this process must end here
        tell(report, {"word": "failed", "reason": str(error)})
    os._exit(NOT_FOUND)
