"""What somebody writes who means harm: words for the fields of a file, whole files, and files of an agent."""

import itertools
import json
import os
import random
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from controller.model.session import SessionSpec

FIELDS: Final = tuple(sorted(SessionSpec.model_fields))
BOMBS: Final = (
    b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nmodel: *c\n",
    b"[" * 50_000,
    b"- " * 50_000,
    b"? " * 50_000,
    b"{a: " * 50_000,
    b"model: !!python/object/apply:os.system ['touch ran']\n",
    b"model: !<tag:yaml.org,2002:python/name:os.system> x\n",
    b"<<: {model: maxi}\nmodel: mini\n",
    b"model: mini\nmodel: maxi\n",
    b"x: &x 1\ny: &x 2\nmodel: *x\n",
    b"%TAG ! tag:evil,2000:\n---\nmodel: !x mini\n",
    b"--- {model: mini}\n--- {model: maxi}\n",
    b"model: mini\x00\n",
    b"\xff\xfemodel: mini\n",
    b"\xef\xbb\xbf\xef\xbb\xbfmodel: maxi\n",
    b"? {a: b}\n: c\n",
    b"model: 1" + b"0" * 100_000,
    b"model: 0x" + b"f" * 100_000,
    b"model: 1e" + b"9" * 5_000,
    b"model: >\n" + b" x\n" * 60_000,
    b"model: mini # \xc2\x85origin: ai\n",
    b"model: \xe2\x80\xaemaxi\n",
    b"".join(b"k%d: v\n" % number for number in range(11_000)),
    b"#" * 300_000,
    b"model: '" + b"\n" * 100_000,
    b"\t\tmodel: maxi",
    b"",
)
"""Whole files: bombs, two meanings in one, and what is no YAML."""


def words(marker: Path) -> tuple[str, ...]:
    """Words for any field; a shell that takes one of them for its own leaves the marker."""
    runs = f"touch {marker}"
    return (
        *("--dangerously-skip-permissions", "-x", "--", "--model=maxi --yolo", "!sh", "/model maxi", "@0", "=", "%s%n"),
        *(f"$({runs})", f"`{runs}`", f"; {runs}", f"#({runs})", f"| {runs} &", f"'\"; {runs}; '", "#{pid}", "a;"),
        *(
            "a\nmodel: maxi",
            "\r\norigin: ai",
            "\x1b]0;title\x07",
            "\x1b[2J\x1b[31m",
            "\x9b31m",
            "\u202eevil",
            "\u2066x",
        ),
        *("\0", "\ud800", "\u2028", "\x7f", "x" * 300, "x" * 200_000, "../../etc/passwd", "/dev/zero", "~root", "~"),
        *("NaN", "1e999", "-1", "0x7f", "{}", "[]", "null", "yes", "", " ", "${HOME}", "{conversation}", "*", "?"),
    )


def poisoned(clean: str, chance: random.Random, marker: Path) -> bytes:
    """Return a file's text with one field said again, or in other words, or a file that is nothing but harm."""
    if chance.random() < 0.3:
        return chance.choice(BOMBS)
    field, word = chance.choice(FIELDS), chance.choice(words(marker))
    forms: tuple[Callable[[str], Any], ...] = (
        str,
        lambda one: [one],
        lambda one: {one: "x"},
        lambda one: {"x": one},
        lambda one: {"X": one, "use": one, "when": one, "policy": one},
        lambda one: [[[{one: one}]]],
    )
    kept = [line for line in clean.splitlines() if not line.startswith(f"{field}:")]
    return "\n".join([*kept, f"{field}: {json.dumps(chance.choice(forms)(word))}", ""]).encode()


def agent_file(path: Path, chance: random.Random, said: Mapping[str, object]) -> None:
    """Put something else in the place of a file that an agent keeps.

    :param said: a whole record, of which single words are made to lie.
    """
    odd: tuple[object, ...] = (
        -1,
        0,
        1 << 70,
        1e308,
        -1e308,
        "x" * 300,
        "\x1b[2J",
        "\u202e",
        None,
        [],
        {},
        True,
        "../../x",
        float("nan"),
    )
    lie = dict(said) | {chance.choice([*said, "more"]): chance.choice(odd)}
    data = chance.choice(
        [
            json.dumps(lie).encode() + b"\n",
            b"\0" * 4096,
            b"[" * 100_000,
            b'{"a":' * 100_000,
            json.dumps(lie).encode()[: chance.randrange(1, 60)],
            b"9" * 10_000 + b"\n",
            b"\xff" * 1000 + b"\n" + json.dumps(lie).encode() + b"\n",
        ]
    )
    beside = path.with_name(f"{path.name}.{chance.getrandbits(32)}")
    match chance.choice(["data", "data", "fifo", "device", "directory", "loop", "sparse"]):
        case "data":
            beside.write_bytes(data)
        case "fifo":
            os.mkfifo(beside)
        case "device":
            beside.symlink_to("/dev/zero")
        case "directory":
            path.unlink(missing_ok=True)
            beside.mkdir()
        case "loop":
            beside.symlink_to(beside.name)
        case _:
            with beside.open("wb") as file:
                file.truncate(1 << 33)  # a line of eight gigabytes that takes no room
    put(beside, path)


def put(beside: Path, path: Path) -> None:
    """Put one thing in the place of another, whatever the two are."""
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    elif beside.is_dir() and not beside.is_symlink():
        path.unlink(missing_ok=True)  # its owner may take it away meanwhile
    beside.replace(path)


class Swapping:
    """Puts one thing after another in the place of a path, as fast as it can, until the end."""

    def __init__(self, path: Path, *things: Callable[[Path], object]) -> None:
        self._path, self._things = path, things
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.swaps = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        beside = self._path.with_name(f".{self._path.name}.swap")
        for make in itertools.cycle(self._things):
            if self._over.is_set():
                return
            make(beside)
            try:
                put(beside, self._path)
            except OSError:  # a command has put a file of its own there meanwhile
                beside.rmdir() if beside.is_dir() and not beside.is_symlink() else beside.unlink()
            self.swaps += 1
