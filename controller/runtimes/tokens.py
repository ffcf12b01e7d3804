"""Which session a caller of Muster's own tools is: one secret a launch, in a private file of the run directory.

The session's name stands in the token and is no secret; what proves it is the rest. Another launch has another token,
a stop takes it away, and it says nothing any more when the process that it was granted to has ended.
"""

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..model.scalars import NAME
from . import trust
from .identity import alive
from .launch import replace
from .runfile import read_run_file

_BYTES: Final = 32
_LONGEST: Final = 512
"""Characters of a token that is looked at: a name has at most 128."""


def path_of(run_dir: Path, name: str) -> Path:
    """Return where a session's token is."""
    return run_dir / f"{name}.token"


def grant(run_dir: Path, name: str) -> None:
    """Write a new token, for the owner's eyes only."""
    named = urlsafe_b64encode(name.encode()).decode().rstrip("=")
    replace(os.fspath(path_of(run_dir, name)), f"{named}.{secrets.token_urlsafe(_BYTES)}")


def revoke(run_dir: Path | str, name: str) -> None:
    """Take a token away, where there is one."""
    with suppress(FileNotFoundError):
        os.unlink(f"{run_dir}/{name}.token")  # noqa: PTH108 - a thousand at once; a Path costs more than the call


def bearer(run_dir: Path, token: str) -> str | None:
    """Return the session that a token stands for now, ``None`` where it stands for none."""
    name = _named(token)
    if name is None:
        return None
    try:
        current = trust.read(path_of(run_dir, name), _LONGEST)
    except OSError:
        return None
    file = read_run_file(run_dir, name)
    same = secrets.compare_digest(current, token.encode())
    return name if same and file is not None and alive(file.process) else None


def _named(token: str) -> str | None:
    """Return the name in a token, if it is one: it becomes a part of a path."""
    if len(token) > _LONGEST or not token.isascii():
        return None
    said = token.partition(".")[0]
    try:
        name = urlsafe_b64decode(said + "=" * (-len(said) % 4)).decode()
    except ValueError:
        return None
    return name if NAME.fullmatch(name) else None
