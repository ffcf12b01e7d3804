"""Whether the machine has what one more start takes, asked before the process that it replaces is stopped."""

import os
from pathlib import Path
from typing import Final

_BYTES: Final = 32 * 1024
"""More than the small files of a launch together: its nonce, its order, its run file, its log's first lines."""
_DESCRIPTORS: Final = 8
"""What a start has open at one time."""


def ask(run_dir: Path) -> None:
    """Take that much, and give it back.

    :raises OSError: when it is not there.
    """
    opened: list[int] = []
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # a person's process that was taken in has no files here
    probe = run_dir / ".room"
    try:
        opened.append(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        left = memoryview(bytes(_BYTES))
        while left:
            left = left[os.write(opened[0], left) :]
        opened += (os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC) for _ in range(_DESCRIPTORS))
    finally:
        probe.unlink(missing_ok=True)
        for descriptor in opened:
            os.close(descriptor)
