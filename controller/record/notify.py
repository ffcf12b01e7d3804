"""What systemd is told (sd_notify): one datagram a message, nothing when nobody listens."""

import os
import socket
import time
from contextlib import suppress


def ready(status: str) -> None:
    """Say that the first pass succeeded: units that wait for us may start."""
    _tell("READY=1", f"STATUS={status}")


def watchdog(status: str) -> None:
    """Say that a pass succeeded; call it from the end of a good pass and from nowhere else."""
    _tell("WATCHDOG=1", f"STATUS={status}")


def reloading() -> None:
    """Say that the files are read again; ``ready`` must follow."""
    _tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


def stopping() -> None:
    """Say that the controller ends; its sessions go on."""
    _tell("STOPPING=1")


def watchdog_seconds() -> float | None:
    """Return how often systemd wants to hear of a good pass, in seconds: half its limit; ``None`` when it does not."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    limit = os.environ.get("WATCHDOG_USEC", "")
    return int(limit) / 2_000_000 if limit.isdecimal() and int(limit) else None


def _tell(*lines: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):  # the abstract namespace of Linux
        address = "\0" + address[1:]
    text = "\n".join(line.replace("\n", " ") for line in lines)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end, suppress(OSError):
        end.setblocking(False)  # a listener that does not read must not stop the loop
        end.sendto(text.encode(), address)
