"""Where things live on this machine: one value made from ``MUSTER_*``, the command line and the XDG rules."""

import hashlib
import json
import os
import socket
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from .errors import MusterError

_PREFIX: Final = "MUSTER_"

_SOCKET_LIMIT: Final = 100
"""Unix socket paths end at 104 bytes on macOS and 108 on Linux; some room for tmux's own suffixes."""


def self_spawn(*args: str) -> list[str]:
    """Return the command that starts Muster itself.

    ``-P`` keeps the current directory off the path: our children run in other people's repositories, and one with a
    ``controller`` folder of its own would be run in our stead (facts/style.md 4.6).
    """
    return [sys.executable, "-P", "-m", "controller", *args]


class Settings(BaseModel):
    """What is set for this machine. Frozen; made once a command, by ``read``."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    sessions_dir: Path | None = None
    sessions_dirs: tuple[Path, ...] = ()
    """From the command line, the first is the writable one."""
    state_dir: Path | None = None
    host: str = ""
    """This host's name for ``hosts:``; the machine's own when empty."""
    labels: dict[str, str] = {}
    """This host's labels, as JSON in ``MUSTER_LABELS``."""
    cgroup: Path | None = None
    """A cgroup v2 directory that is delegated to Muster; found by itself under a unit with ``Delegate=yes``."""
    log_json: bool = False
    rescan: float = 30.0
    """Seconds between passes that nothing asked for; with 1,000 sessions one costs some 40 ms of CPU."""
    settle: float = 1.0
    """Seconds between two snapshots that must be equal (design 3.5)."""
    mcp_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Where ``muster run`` serves the agents' tools over HTTP, on loopback; nowhere when it is not said."""
    managed: tuple[Path, ...] = ()
    """Directories that are never written, besides all but the first."""

    @cached_property
    def directories(self) -> tuple[Path, ...]:
        """The session directories, the writable one first."""
        if self.sessions_dirs:
            return tuple(Path(os.path.abspath(path)) for path in self.sessions_dirs)
        return (Path(os.path.abspath(self.sessions_dir or _first_existing())),)

    @cached_property
    def state(self) -> Path:
        """The state directory, absolute; whoever writes makes it 0700."""
        base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
        return Path(os.path.abspath(self.state_dir or Path(base).expanduser() / "muster"))

    @property
    def said_to_sessions(self) -> dict[str, str]:
        """What a ``muster`` that an agent runs must be told to be about the same files, as environment."""
        said = {"SESSIONS_DIR": os.fspath(self.directories[0]), "STATE_DIR": os.fspath(self.state)}
        if len(self.directories) > 1:
            said["SESSIONS_DIRS"] = json.dumps([os.fspath(path) for path in self.directories])
        if self.host:
            said["HOST"] = self.host
        if self.labels:
            said["LABELS"] = json.dumps(self.labels)
        if self.managed:
            said["MANAGED"] = json.dumps([os.fspath(path) for path in self.managed])
        return {f"{_PREFIX}{name}": value for name, value in said.items()}

    @cached_property
    def host_name(self) -> str:
        """This host's name for ``hosts:``."""
        return self.host or socket.gethostname()

    @property
    def database(self) -> Path:
        """The SQLite state."""
        return self.state / "state.db"

    @property
    def run_dir(self) -> Path:
        """Run files, run locks and current nonces, one set a session."""
        return self.state / "run"

    @property
    def log_dir(self) -> Path:
        """What sessions without a terminal print."""
        return self.state / "logs"

    @property
    def wake_dir(self) -> Path:
        """Touched by commands to wake the controller; the only part of the state that it watches."""
        return self.state / "wake"

    @cached_property
    def tmux_socket(self) -> Path:
        """Our own tmux server's socket."""
        return self._socket("tmux.sock")

    @property
    def journal_dir(self) -> Path:
        """The conversations of headless sessions, as their keepers wrote them down."""
        return self.state / "journal"

    def keeper_socket(self, name: str) -> Path:
        """The socket of a session's keeper, named by a digest: a name may be longer than a path of a socket."""
        return self._socket(f"keepers/{hashlib.sha256(name.encode()).hexdigest()[:12]}")

    def _socket(self, name: str) -> Path:
        """Return where a socket is: in the state, or in a short private directory where that is too long."""
        inside = self.state / name
        if len(os.fsencode(inside)) <= _SOCKET_LIMIT:
            return inside
        short = hashlib.sha256(os.fsencode(self.state)).hexdigest()[:12]
        base = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/tmp/muster-{os.getuid()}")  # noqa: S108 - made 0700 and checked
        return base / short / name.rpartition("/")[2]


def read(**said: Any) -> Settings:
    """Return the settings: what is said first, then ``MUSTER_*``, then what is built in.

    pydantic-settings takes a fifth of the start-up of a command (facts/performance.md 5): it is asked only where one of
    our variables is set, in whatever case.

    :raises pydantic.ValidationError: when a value cannot be read.
    """
    ours = {f"{_PREFIX}{name}".upper() for name in Settings.model_fields}
    if ours.isdisjoint(map(str.upper, os.environ)):
        return Settings(**said)
    from pydantic_settings import BaseSettings, SettingsConfigDict

    class FromEnvironment(Settings, BaseSettings):
        model_config = SettingsConfigDict(env_prefix=_PREFIX)

    return FromEnvironment(**said)


def chosen(sessions_dirs: Sequence[Path], state_dir: Path | None) -> Settings:
    """Return the settings for a command's options; what they leave open, ``MUSTER_*`` says.

    :raises MusterError: when a variable holds what cannot be read.
    """
    from pydantic import ValidationError

    said: dict[str, Any] = {"sessions_dirs": tuple(sessions_dirs), "state_dir": state_dir}
    try:
        return read(**{name: value for name, value in said.items() if value})
    except ValidationError as error:
        first = error.errors()[0]
        variable = "_".join(["MUSTER", *(str(part) for part in first["loc"])]).upper()
        raise MusterError(f"cannot read the settings: {variable}: {first['msg']}") from error


def _first_existing() -> Path:
    """Return the first sessions directory that exists, else the first of the list (design 5)."""
    config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    candidates = [
        Path("sessions.d"),
        Path(config).expanduser() / "muster" / "sessions.d",
        Path("/etc/muster/sessions.d"),
    ]
    return next((path for path in candidates if path.is_dir()), candidates[0])
