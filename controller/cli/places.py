"""From a command's options to the settings of this machine."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..settings import Settings


def settings(args: argparse.Namespace) -> "Settings":
    """Return the settings: options first, then ``MUSTER_*``, then what is built in.

    :raises MusterError: when a variable holds what cannot be read.
    """
    from ..settings import chosen

    return chosen(args.sessions_dir, args.state_dir)
