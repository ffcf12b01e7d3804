"""Pinned installs of real agents and clients into ``.e2e/``: ``python -m tests.e2e.install NAME...``, one by one.

An install that was cut off is done again: its stamp is written last. What fails is named, and the command fails.
``--lock NAME...`` writes ``locks/``: every version that an install brings, and no address of where it comes from.
"""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

CACHE: Final = Path(__file__).resolve().parents[2] / ".e2e"
LOCKS: Final = Path(__file__).parent / "locks"
_SECONDS: Final = 900
_NODE: Final = "24.21.0"
_OLDEST_NODE: Final = 20
"""The major version that the agents want which do not want a newer one; distributions may have an older one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One program.

    :ivar node: it needs a newer node than 20, which then comes from npm too.
    :ivar lean: without the optional packages: the agent's own program, which another one installs, comes to 700 MB.
    :ivar python: the interpreter that a Python package needs, such as ``3.12``.
    """

    kind: Literal["npm", "python"]
    name: str
    version: str
    node: bool = False
    lean: bool = False
    python: str = ""

    @property
    def place(self) -> Path:
        """Where it is installed."""
        return CACHE / f"{self.name.strip('@').replace('/', '-')}-{self.version}"

    @property
    def bin(self) -> Path:
        """Where its programs are."""
        return self.place / ("node_modules/.bin" if self.kind == "npm" else "bin")

    @property
    def path(self) -> list[Path]:
        """What its programs need in front of the system's PATH."""
        return [self.bin, *([NODE.bin] if self.own_node else [])]

    @property
    def own_node(self) -> bool:
        """Whether the machine's node will not do for it."""
        return self.node or (self.kind == "npm" and self.name != "node" and _machines_node() < _OLDEST_NODE)

    @property
    def lock(self) -> Path:
        """Every version that its install brings."""
        return LOCKS / f"{self.place.name}.{'json' if self.kind == 'npm' else 'txt'}"

    @property
    def installed(self) -> bool:
        """Whether an install came to its end."""
        return (self.place / "installed").exists() and (not self.own_node or NODE.installed)


NODE: Final = Package(kind="npm", name="node", version=_NODE)

PACKAGES: Final = {
    "claude": Package(kind="npm", name="@anthropic-ai/claude-code", version="2.1.328"),
    "pi": Package(kind="npm", name="@mariozechner/pi-coding-agent", version="0.73.1"),
    "codex": Package(kind="npm", name="@openai/codex", version="0.169.0"),
    "copilot": Package(kind="npm", name="@github/copilot", version="1.0.102"),
    "gemini": Package(kind="npm", name="@google/gemini-cli", version="0.61.0"),
    "aider": Package(kind="python", name="aider-chat", version="0.86.2", python="3.12"),
    "kimi": Package(kind="npm", name="@moonshot-ai/kimi-code", version="2.1.0", node=True),
    "qwen": Package(kind="npm", name="@qwen-code/qwen-code", version="0.24.4", node=True),
    "opencode": Package(kind="npm", name="opencode-ai", version="1.18.33"),
    "vibe": Package(kind="python", name="mistral-vibe", version="3.0.2", python="3.13"),
    "claude-acp": Package(
        kind="npm", name="@agentclientprotocol/claude-agent-acp", version="0.100.0", node=True, lean=True
    ),
    "codex-acp": Package(kind="npm", name="@agentclientprotocol/codex-acp", version="2.6.0", lean=True),
    # No agent: a client that others wrote, which talks with ours.
    "acpx": Package(kind="npm", name="acpx", version="0.19.1", node=True),
}


def with_adapter(name: str) -> list[str]:
    """An agent's package, and that of the program by which it speaks the Agent Client Protocol."""
    return [name, *([f"{name}-acp"] if f"{name}-acp" in PACKAGES else [])]


def install(package: Package) -> None:
    """Bring one package to its place.

    :raises RuntimeError: with the installer's last words.
    """
    if package.installed:
        return
    if package.own_node:
        install(NODE)
    shutil.rmtree(package.place, ignore_errors=True)
    package.place.mkdir(parents=True)
    if package.kind == "npm":
        shutil.copy(package.lock, package.place / "package-lock.json")
        # Not `npm ci`: it refuses a lock from a registry that lacked other platforms' optional packages.
        _npm(package, "install", *(["--omit=optional"] if package.lean else []))
        _as_locked(package)
    else:
        _pip(package, "install", "--no-deps", "--requirement", str(package.lock))
    (package.place / "installed").touch()


def lock(package: Package) -> None:
    """Write down every version that a package brings today.

    :raises RuntimeError: with the installer's last words.
    """
    LOCKS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        if package.kind == "npm":
            _npm(package, "install", "--package-lock-only", "--omit-lockfile-registry-resolved", place=place)
            package.lock.write_text(_without_addresses(json.loads((place / "package-lock.json").read_text())))
        else:
            _pip(package, "install", f"{package.name}=={package.version}", place=place)
            package.lock.write_text(_run([str(place / "bin/python"), "-m", "pip", "freeze"], place))


def _without_addresses(written: dict[str, Any]) -> str:
    """Return npm's lock as a line a package, without the web pages of their authors."""
    packages = {
        where: {key: value for key, value in one.items() if key not in {"funding", "license"}}
        for where, one in written.pop("packages").items()
    }
    lines = ",\n".join(f"{json.dumps(where)}: {json.dumps(one)}" for where, one in packages.items())
    return f'{json.dumps(written)[:-1]}, "packages": {{\n{lines}\n}}}}\n'


def _as_locked(package: Package) -> None:
    """Refuse an install that brought another version than its lock says."""
    locked, brought = (
        {where: one.get("version") for where, one in json.loads(lock.read_text())["packages"].items()}
        for lock in (package.lock, package.place / "package-lock.json")
    )
    if other := [where for where, version in brought.items() if locked.get(where, version) != version]:
        raise RuntimeError(f"other versions than {package.lock.name} says: {', '.join(other)}")


def _npm(package: Package, *words: str, place: Path | None = None) -> None:
    place = place or package.place
    wanted = {"name": "pinned", "dependencies": {package.name: package.version}}
    (place / "package.json").write_text(json.dumps(wanted))
    _run(["npm", *words, "--no-audit", "--no-fund", "--loglevel=error", "--no-update-notifier"], place, package.path)


def _pip(package: Package, *words: str, place: Path | None = None) -> None:
    place = place or package.place
    _run([_python(package), "-m", "venv", str(place)], place)
    _run([str(place / "bin/python"), "-m", "pip", "--disable-pip-version-check", "--quiet", *words], place)


@functools.cache
def _machines_node() -> int:
    """The major version of the node on PATH; 0 without one."""
    node = shutil.which("node")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout if node else ""
    found = re.match(r"v(\d+)", said)
    return int(found[1]) if found else 0


def _python(package: Package) -> str:
    """Return the interpreter that a package needs: on PATH, or among pyenv's, whose shims run only the chosen one."""
    version, pyenv = package.python, Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser() / "versions"
    path = os.pathsep.join([*map(str, sorted(pyenv.glob(f"{version}.*/bin"))), os.environ.get("PATH", "")])
    found = shutil.which(f"python{version}", path=path)
    if found is None:
        needs = f"{package.name} {package.version} needs python{version}"
        raise RuntimeError(f"{needs}, which is neither on PATH nor under {pyenv}; `pyenv install {version}` brings it")
    return found


def _run(command: list[str], place: Path, path: Sequence[Path] = ()) -> str:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
        cwd=place,
        env=os.environ | {"PATH": os.pathsep.join([*map(str, path), os.environ.get("PATH", "")])},
    )
    if done.returncode:
        raise RuntimeError("\n".join(done.stdout.splitlines()[-5:]))
    return done.stdout


def main(names: list[str]) -> int:
    """Install some programs, all without a name; the exit code is that something failed."""
    failed, work = 0, install
    if names[:1] == ["--lock"]:
        names, work = names[1:], lock
    for name in dict.fromkeys(part for wanted in names or PACKAGES for part in with_adapter(wanted)):
        try:
            work((PACKAGES | {"node": NODE})[name])
            print(f"{work.__name__}ed {name}", flush=True)
        except (RuntimeError, KeyError, OSError, subprocess.TimeoutExpired) as error:
            failed = 1
            print(f"cannot {work.__name__} {name}: {error}", file=sys.stderr, flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
