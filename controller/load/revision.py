"""The files of a git revision, from the object store: the checkout is neither read nor touched.

Git is run without any configuration but the repository's, without hooks, prompts, fetching or locks.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..errors import MusterError
from .document import MOST_BYTES
from .git import Repository, find, short
from .scan import counts

_TIMEOUT: Final = 20.0
"""Seconds for one question to the object store; it is local."""
_DIRTY_TIMEOUT: Final = 1.0
"""Seconds for the sign that files differ from the commit: it is not worth a longer wait."""
_REGULAR: Final = ("100644", "100755")


def shown(repository: Repository, directory: Path) -> str | None:
    """Return what is checked out as people are shown it; a ``+`` says that files differ from it."""
    commit = repository.head()
    if commit is None:
        return None
    arguments = ("status", "--porcelain", "--ignore-submodules=all", "--", str(directory.resolve()))
    try:
        changes = _git(repository, *arguments, timeout=_DIRTY_TIMEOUT)
    except (OSError, subprocess.SubprocessError):  # no git, a tree of somebody else's, or too slow: say what is known
        changes = b""
    return short(commit) + ("+" if changes.strip() else "")


def files_at(directory: Path, revision: str) -> tuple[str, dict[str, bytes | None]]:
    """Return the commit that a revision names, and the content of each file that counts, as it stands there.

    A file that is larger than any session, or is no regular file, has no content.

    :raises MusterError: when there is no repository, no such revision, or no such directory in it.
    """
    repository = find(directory)
    if repository is None:
        raise MusterError(f"cannot read revision {revision}: {directory} is in no git repository")
    commit = (
        _ask(repository, revision, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        .decode()
        .strip()
    )
    below = directory.resolve().relative_to(repository.root).as_posix()
    tree = f"{commit}:{'' if below == '.' else below}"
    entries = list(_entries(_ask(repository, revision, "ls-tree", "-z", "-l", tree)))
    blobs = [blob for _, blob in entries if blob]
    contents = iter(
        _blobs(_ask(repository, revision, "cat-file", "--batch", given="".join(f"{b}\n" for b in blobs).encode()))
    )
    return short(commit), {name: next(contents) if blob else None for name, blob in entries}


def _entries(listing: bytes) -> Iterator[tuple[str, str | None]]:
    """Give name and blob of each entry that counts; no blob for what is not to be read."""
    for line in listing.split(b"\0")[:-1]:
        description, _, raw = line.partition(b"\t")
        mode, _, blob, size = description.decode().split()
        name = raw.decode("utf-8", "surrogateescape")
        if counts(name):
            yield name, blob if mode in _REGULAR and int(size) <= MOST_BYTES else None


def _blobs(answer: bytes) -> Iterator[bytes]:
    """Give the contents in an answer of ``cat-file --batch``."""
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        size = int(answer[at:end].split()[2])
        yield answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _ask(repository: Repository, revision: str, *arguments: str, given: bytes = b"") -> bytes:
    # Objects are only read, so it does not matter whose they are.
    try:
        return _git(repository, *arguments, given=given, options=("-c", "safe.directory=*"), timeout=_TIMEOUT)
    except subprocess.CalledProcessError as error:
        why = error.stderr.decode("utf-8", "replace").strip().splitlines()
        said = why[-1].removeprefix("fatal: ") if why else f"git ended with {error.returncode}"
        raise MusterError(f"cannot read revision {revision}: {said}") from None
    except (OSError, subprocess.SubprocessError) as error:
        raise MusterError(f"cannot read revision {revision}: {error}") from None


def _git(
    repository: Repository, *arguments: str, given: bytes = b"", options: tuple[str, ...] = (), timeout: float
) -> bytes:
    quiet = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "--no-optional-locks", "--no-pager")
    command = ["git", *quiet, *options, "-C", str(repository.root), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, env=_environment(), timeout=timeout, check=True)
    return done.stdout


def _environment() -> dict[str, str]:
    """Return an environment in which nobody's settings, and no network, have a say."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
