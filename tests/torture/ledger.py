"""Every agent of a ground, by what it wrote down itself at its start: names, words and environments can be changed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from controller.model.observed import ProcessIdentity
from controller.runtimes.identity import boot_id, ticks_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One process that lives.

    :ivar launched: by Muster, as far as its environment said at its start; else by a person.
    :ivar words: its command line then.
    """

    pid: int
    launched: bool
    session: str
    words: tuple[str, ...]

    @property
    def conversation(self) -> str | None:
        """What it was told to write to; `None` for one that writes to none. Over the protocol, its session's own."""
        if "--acp" in self.words:
            return f"the conversation of {self.session}"
        flag = next((one for one in ("--resume", "--session-id") if one in self.words), None)
        return self.words[self.words.index(flag) + 1] if flag else None


def entry(place: Path, process: ProcessIdentity) -> Agent | None:
    """Return what a process wrote down, `None` when it has ended or is no agent."""
    file = place / f"{process.pid}-{process.ticks}.json"
    if ticks_of(process.pid) != process.ticks:
        file.unlink(missing_ok=True)
        return None
    try:
        said = json.loads(file.read_bytes())
    except FileNotFoundError:
        return _shown(process.pid)
    return Agent(pid=process.pid, launched=said["launched"], session=said["session"], words=tuple(said["words"]))


def _shown(pid: int) -> Agent | None:
    """Return what the system shows of an agent that could not say what it is: /proc was hidden from it."""
    try:
        words, env = psutil.Process(pid).cmdline(), psutil.Process(pid).environ()
    except psutil.Error:
        return None
    if "embedded-agent" not in words:
        return None
    return Agent(pid=pid, launched="MUSTER_NONCE" in env, session=env.get("MUSTER_NAME", ""), words=tuple(words))


def living(place: Path) -> Iterator[Agent]:
    """Yield every agent that lives; what those wrote who have ended is taken away."""
    for file in list(place.glob("*-*.json")):
        pid, ticks = map(int, file.stem.split("-"))
        if one := entry(place, ProcessIdentity(boot_id=boot_id(), pid=pid, ticks=ticks)):
            yield one
