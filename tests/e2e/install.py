"""Pinned installs of real agents into ``.e2e/``: ``python -m tests.e2e.install NAME...``, one after another.

An install that was cut off is done again: its stamp is written last. What fails is named, and the command fails.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

CACHE: Final = Path(__file__).resolve().parents[2] / ".e2e"
_SECONDS: Final = 900
_NODE: Final = "24.21.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One agent's program.

    :ivar node: it needs a newer node than 20, which then comes from npm too.
    :ivar python: the interpreter that a Python package needs, such as ``3.12``.
    """

    kind: Literal["npm", "python"]
    name: str
    version: str
    node: bool = False
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
        return [self.bin, *([NODE.bin] if self.node else [])]

    @property
    def installed(self) -> bool:
        """Whether an install came to its end."""
        return (self.place / "installed").exists() and (not self.node or NODE.installed)


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
}


def install(package: Package) -> None:
    """Bring one package to its place.

    :raises RuntimeError: with the installer's last words.
    """
    if package.installed:
        return
    if package.node:
        install(NODE)
    shutil.rmtree(package.place, ignore_errors=True)
    package.place.mkdir(parents=True)
    _run(_npm(package) if package.kind == "npm" else _venv(package), package)
    if package.kind == "python":
        pip = [str(package.bin / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        _run([*pip, "install", f"{package.name}=={package.version}"], package)
    (package.place / "installed").touch()


def _npm(package: Package) -> list[str]:
    quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--no-update-notifier"]
    return ["npm", "install", "--prefix", str(package.place), *quiet, f"{package.name}@{package.version}"]


def _venv(package: Package) -> list[str]:
    return [_python(package), "-m", "venv", str(package.place)]


def _python(package: Package) -> str:
    """Return the interpreter that a package needs: on PATH, or among pyenv's, whose shims run only the chosen one."""
    version, pyenv = package.python, Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser() / "versions"
    path = os.pathsep.join([*map(str, sorted(pyenv.glob(f"{version}.*/bin"))), os.environ.get("PATH", "")])
    found = shutil.which(f"python{version}", path=path)
    if found is None:
        needs = f"{package.name} {package.version} needs python{version}"
        raise RuntimeError(f"{needs}, which is neither on PATH nor under {pyenv}; `pyenv install {version}` brings it")
    return found


def _run(command: list[str], package: Package) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
        cwd=package.place,
    )
    if done.returncode:
        raise RuntimeError("\n".join(done.stdout.splitlines()[-5:]))


def main(names: list[str]) -> int:
    """Install some agents, all without a name; the exit code is that something failed."""
    failed = 0
    for name in names or list(PACKAGES):
        try:
            install(PACKAGES[name])
            print(f"{name} {PACKAGES[name].version} is in {PACKAGES[name].place}", flush=True)
        except (RuntimeError, KeyError, OSError, subprocess.TimeoutExpired) as error:
            failed = 1
            print(f"cannot install {name}: {error}", file=sys.stderr, flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
