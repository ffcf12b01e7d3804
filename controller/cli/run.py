"""``muster run``: the controller, until it is stopped; no session ends with it."""

import argparse
import gc
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ..doors import joining
from . import places
from .console import Console

if TYPE_CHECKING:
    from ..loop.controller import Controller

_DESCRIPTORS: Final = 65_536
_BEFORE_ANEW: Final = 1.0
"""Seconds, so that a disk that damages whatever is written to it does not keep a processor busy."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how it speaks."""
    parser.add_argument("--log-json", action="store_true", help="log as JSON, on a terminal too (or MUSTER_LOG_JSON=1)")
    parser.add_argument("--verbose", action="store_true", help="log what only a developer asks for")


def run(args: argparse.Namespace, console: Console) -> int:
    """Take the lock and stay; whoever loses the state begins anew, as after a crash (laws 8 and 9)."""
    from .. import log
    from ..loop.run import StateLost

    settings = places.settings(args)
    log.set_up(json=args.log_json or settings.log_json or None, verbose=args.verbose)
    _allow_descriptors()
    while True:
        try:
            joining.acting(settings, _forever)
        except StateLost as lost:
            log.error(log.LogEvent.STATE_REBUILT, why=lost.message)
            time.sleep(_BEFORE_ANEW)
        else:
            return 0


def _allow_descriptors() -> None:
    """Raise the soft limit of open files: each session costs a pidfd, and a shell's usual limit is 1,024."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
    with suppress(OSError, ValueError):  # macOS has a limit of its own below; then exits are polled
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _forever(controller: "Controller") -> None:
    from .. import __version__
    from ..loop.run import Run

    gc.freeze()  # what was imported is here to stay
    await Run(controller, __version__).forever()
