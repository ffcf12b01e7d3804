"""From a command's options to the settings of this machine."""

import argparse
from typing import TYPE_CHECKING, Any

from ..errors import MusterError

if TYPE_CHECKING:
    from ..settings import Settings


def settings(args: argparse.Namespace) -> "Settings":
    """Return the settings: options first, then ``MUSTER_*``, then what is built in.

    :raises MusterError: when a variable holds what cannot be read.
    """
    from pydantic import ValidationError

    from ..settings import read

    said: dict[str, Any] = {}
    if args.sessions_dir:
        said["sessions_dirs"] = tuple(args.sessions_dir)
    if args.state_dir:
        said["state_dir"] = args.state_dir
    try:
        return read(**said)
    except ValidationError as error:
        first = error.errors()[0]
        variable = "_".join(["MUSTER", *(str(part) for part in first["loc"])]).upper()
        raise MusterError(f"cannot read the settings: {variable}: {first['msg']}") from error
