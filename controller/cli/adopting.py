"""From a process that a person started to the file that takes it in."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from ..doors import reading
from ..errors import MusterError

if TYPE_CHECKING:
    from ..model.loaded import Loaded
    from ..model.problem import Problem
    from ..observe.adoptable import Adoptable
    from ..settings import Settings


def look(settings: "Settings", loaded: "Loaded") -> "tuple[Adoptable, ...]":
    """Return the agents that no session stands for."""
    from ..loop.clock import present
    from ..observe.adoptable import adoptable
    from ..record.journal import Journal
    from ..record.store import Access, Store
    from ..runtimes.runfile import run_files

    with Store(settings.database, Access.READ) as store:
        records = list(Journal(store).records().values())
    ours = [record.process for record in records if record.process]
    ours += [file.process for file in run_files(settings.run_dir).values()]
    taken = {record.conversation for record in records if record.conversation}
    taken |= {one.spec.conversation for one in loaded.sessions.values() if one.spec.conversation}
    return adoptable(loaded.profiles, ours, taken, loaded.fleet.spec.aliases, present())


def taken_names(settings: "Settings", loaded: "Loaded") -> set[str]:
    """Return the names that no new file may have, without case."""
    first = settings.directories[0]
    stems = [path.stem for path in first.iterdir()] if first.is_dir() else []
    return {name.casefold() for name in (*loaded.sessions, *stems)}


def name_for(one: "Adoptable", taken: set[str]) -> str:
    """Return a free name, from the directory and the agent."""
    words = re.sub(r"[^A-Za-z0-9_.@+-]+", "-", PurePath(one.process.cwd or "").name).strip("-._@")
    name = f"{words}-{one.process.agent}"[:100] if words else one.process.agent
    numbers = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name.casefold() not in taken else next(free for free in numbers if free.casefold() not in taken)


def text_of(one: "Adoptable", settings: "Settings", loaded: "Loaded") -> str:
    """Return the file: what the process is, as it is."""
    from ..load import edit as files

    text = _header(one, settings)
    for key, value in _scalars(one, loaded).items():
        text = files.set_value(text, (key,), value)
    for key, value in (("args", list(one.args)), ("env", dict(one.env))):
        text += _flow(key, value)
    return text


def _header(one: "Adoptable", settings: "Settings") -> str:
    from datetime import UTC, datetime

    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines = [
        f"Taken in by `muster adopt` on {settings.host_name}, {at}: process {one.process.identity.pid},",
        f"in {one.guest.where}. Another model is brought to it "
        + ("there, when it is idle." if one.guest.runtime else "only when its person has quit it there."),
    ]
    if one.left_out:
        lines.append(f"Left out of its command line; write them into args if they matter: {', '.join(one.left_out)}")
    if one.model is None:
        lines.append("Its model is not known before its next turn: write it down as model, and take suspend away.")
    return "".join(f"# {line}\n" for line in lines)


def _scalars(one: "Adoptable", loaded: "Loaded") -> dict[str, Any]:
    from ..model.session import RuntimeKind

    profile = loaded.profiles[one.process.agent]
    terminal = one.process.terminal is not None and RuntimeKind.TMUX in profile.runtimes
    said: dict[str, Any] = {"agent": one.process.agent, "model": one.model, "origin": "human"}
    said |= {"cwd": one.process.cwd, "conversation": one.conversation}
    if terminal and profile.default_runtime is not RuntimeKind.TMUX:
        said["runtime"] = RuntimeKind.TMUX.value
    said["on_delete"] = "leave"
    said["suspend"] = True if one.model is None else None
    return {key: value for key, value in said.items() if value is not None}


def _flow(key: str, value: list[str] | dict[str, str]) -> str:
    import json

    return f"{key}: {json.dumps(value, ensure_ascii=False)}\n" if value else ""


def new_only(path: Path, text: str) -> Callable[[str], str]:
    """Return the edit that makes a file, and refuses one that is there by now."""

    def edit(old: str) -> str:
        if old or path.exists():
            raise MusterError(f"cannot write {path}: it is there already", hint="repeat the command")
        return text

    return edit


def check(settings: "Settings", name: str, text: str) -> None:
    """Have the loader read the new file beside all others, before it is one of them.

    :raises MusterError: with the first problem, when the file would not count.
    """
    if problem := problems(settings, {name: text}, beside=settings.directories).get(name):
        raise MusterError(f"cannot write {name}: {problem.message}", hint=problem.hint)


def problems(settings: "Settings", texts: Mapping[str, str], *, beside: tuple[Path, ...]) -> "dict[str, Problem]":
    """Return the first problem of each new file that would not count, as the loader sees them beside others.

    :param texts: file name to what it would say.
    """
    import tempfile

    from ..model.problem import Severity

    with tempfile.TemporaryDirectory(prefix="muster-check-") as scratch:
        for name, text in texts.items():
            (Path(scratch) / name).write_text(text, encoding="utf-8")
        found = reading.loaded(type(settings)(sessions_dirs=(*beside, Path(scratch)), state_dir=settings.state))
    wrong: dict[str, Problem] = {}
    for problem in found.problems:
        if problem.severity is Severity.ERROR and problem.mark.file.startswith(f"{scratch}/"):
            wrong.setdefault(Path(problem.mark.file).name, problem)
    return wrong
