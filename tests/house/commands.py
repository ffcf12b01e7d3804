"""The commands that a page shows, and whether they do what it says.

A block of kind `console` holds commands behind `$ ` and what they print. It is run line by line, unless the comment
`<!-- not run: why -->` stands just before it. A command ends with 0, or as `# exits N` at its end says.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(
    r"(?:^<!--\s*not run:(?P<why>[^>]*)-->[ \t]*\n\s*)?^[ \t]*```console[ \t]*\n(?P<body>.*?)^[ \t]*```",
    re.MULTILINE | re.DOTALL,
)
EXITS = re.compile(r"\s+#\s*exits\s+(\d+)\s*$")
# Beside muster itself, a page edits and shows files. The rest is not for a throw-away directory.
RUN = {"cat", "cp", "echo", "git", "ls", "mkdir", "mv", "muster", "printf", "rm", "sed"}
# CI runs these for themselves.
LEFT_TO_CI = {"make"}
SECONDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One line that a person is told to type."""

    line: str
    exits: int

    @property
    def program(self) -> str:
        """The first word."""
        return self.line.split()[0]


def commands(page: str) -> tuple[list[Command], list[str]]:
    """The commands to run, in order, and the faults of the page."""
    found, faults = [], []
    for block in BLOCK.finditer(page):
        if (why := block["why"]) is not None:
            if not why.strip():
                faults.append(f"a block is not run and no reason is given: {block['body'].splitlines()[0]}")
            continue
        for command in _in_block(block["body"]):
            if command.program in RUN:
                found.append(command)
            elif command.program not in LEFT_TO_CI:
                faults.append(f"cannot run here: {command.line}; say <!-- not run: why --> before its block")
    return found, faults


def _in_block(body: str) -> list[Command]:
    found = []
    for line in body.replace("\\\n", " ").splitlines():
        if (text := line.strip()).startswith("$ "):
            exits = EXITS.search(text)
            found.append(Command(line=EXITS.sub("", text[2:]).strip(), exits=int(exits[1]) if exits else 0))
    return found


def failures(page: str, place: Path, environ: Mapping[str, str]) -> list[str]:
    """Run the page's commands in this directory, one after the other; say which end otherwise than it says."""
    to_run, found = commands(page)
    for command in to_run:
        ran = subprocess.run(
            ["sh", "-c", command.line],
            cwd=place,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if ran.returncode != command.exits:
            found.append(f"$ {command.line}\nends with {ran.returncode}, not {command.exits}:\n{ran.stdout}")
    return found


def environ_of(place: Path) -> dict[str, str]:
    """A home of its own, and nothing that says where things are: the page's reader has said nothing either."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("MUSTER_", "XDG_"))}
    home = place / "home"
    home.mkdir()
    return env | {"HOME": str(home)}
