"""Bring the peers and the C programs under .bench/: nothing is installed elsewhere."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
BENCH = REPOSITORY / ".bench"
TOOLS = BENCH / "tools"
RUN = BENCH / "run"
MARKS = RUN / "marks"
SLEEPER = RUN / "sleeper"
FLOOR = RUN / "floor"
PYTHON = REPOSITORY / ".venv/bin/python"
SOURCES = Path(__file__).resolve().parent / "c"

PYTHON_PEERS = ("supervisor==4.3.0", "circus==0.19.0", "setuptools<81")
NODE_PEER = "pm2@7.0.4"
INSTALL_SECONDS = 300


class Missing(Exception):
    """A peer that cannot be had on this machine; the sentence goes into the table."""


def _call(argv: list[str], cwd: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "PIP_REQUIRE_VIRTUALENV"}
    try:
        subprocess.run(argv, cwd=cwd, env=env, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except FileNotFoundError as error:
        raise Missing(f"{argv[0]} is not on this machine") from error
    except subprocess.TimeoutExpired as error:
        raise Missing(f"{argv[0]} did not end within {INSTALL_SECONDS} s") from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["no message"])[-1]
        raise Missing(f"{' '.join(argv[:3])}: {last}") from error


def _once(target: Path, room: Path, install: Callable[[], None]) -> Path:
    """Install into `room` unless `target` stands there already; a half-done room is cleared."""
    if not target.exists():
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir(parents=True)
        install()
        if not target.exists():
            raise Missing(f"{target.name} is not where its package should have put it")
    return target


def compiled() -> None:
    """Compile the sleeper (with the FIFO's path in it) and the floor."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise SystemExit("benchmarks need a C compiler (cc or gcc)")
    RUN.mkdir(parents=True, exist_ok=True)
    mark = f'-DMARKS="{MARKS}"'
    for source, binary in (("sleeper.c", SLEEPER), ("floor.c", FLOOR)):
        _call([compiler, "-O2", "-Wall", mark, "-o", str(binary), str(SOURCES / source)], RUN)


def python_tool(name: str) -> Path:
    """A command of the Python peers' own virtual environment."""
    room = TOOLS / "python"

    def install() -> None:
        _call([sys.executable, "-m", "venv", str(room)], TOOLS)
        _call([str(room / "bin/pip"), "install", "--quiet", *PYTHON_PEERS], room)

    return _once(room / "bin" / name, room, install)


def node_tool(name: str) -> Path:
    """A command of the Node peer."""
    room = TOOLS / "node"

    def install() -> None:
        (room / "package.json").write_text('{"private": true}\n')
        # npm reads the project from its working directory; --prefix alone installs nothing.
        _call(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", NODE_PEER], room)

    return _once(room / "node_modules/.bin" / name, room, install)


def debian_tool(package: str, name: str) -> Path:
    """A command from a Debian package that is unpacked, not installed; the system's own if it is there."""
    if (system := shutil.which(name)) is not None:
        return Path(system)
    room = TOOLS / "debian" / package

    def install() -> None:
        _call(["apt-get", "download", package], room)
        [deb] = room.glob("*.deb")
        _call(["dpkg", "-x", str(deb), str(room)], room)

    return _once(room / "usr/bin" / name, room, install)
