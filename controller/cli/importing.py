"""From another system's records to files: their text, what it is beside what is there, and the patch for the fleet."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..doors import reading
from ..errors import GuardHolds
from . import adopting, editing
from .console import Console

if TYPE_CHECKING:
    from ..model.imported import Draft, FleetWord, Found, Incoming, Overview, Trouble
    from ..model.loaded import Loaded
    from ..model.problem import Problem
    from ..settings import Settings


def overview(settings: "Settings", found: "Found") -> "Overview":
    """Return what the records would be here. Nothing is written."""
    from ..imports import fleet
    from ..model.imported import Overview

    loaded = reading.loaded(settings)
    words, remarks = fleet.words(found, loaded)
    file = reading.fleet_file(settings, loaded)
    patch, troubles = _fleet_patch(settings, file, words)
    return Overview(
        found=found,
        incoming=tuple(_incoming(settings, loaded, found)),
        fleet_file=str(file),
        fleet_patch=patch,
        fleet_remarks=(*found.remarks, *remarks),
        fleet_troubles=troubles,
    )


def write(settings: "Settings", incoming: Sequence["Incoming"], console: Console, *, quiet: bool) -> None:
    """Write the files that are not there yet.

    :raises GuardHolds: when the directory is managed.
    """
    from ..model.imported import Deed

    new = [one for one in incoming if one.deed is Deed.CREATE]
    if new and not editing.is_writable(settings, Path(new[0].path)):
        raise GuardHolds(
            f"cannot write {settings.directories[0]}: it is managed, Muster never writes there",
            hint="apply the patches above in its repository",
        )
    for one in new:
        path = Path(one.path)
        editing.change(settings, path, adopting.new_only(path, one.text), console)
        (console.note if quiet else console.line)(f"wrote {path}")
    if new:
        editing.what_next(settings, console)
    else:
        console.note("nothing to do: no file is missing")


def _incoming(settings: "Settings", loaded: "Loaded", found: "Found") -> Iterable["Incoming"]:
    from ..imports.fit import fit

    first = settings.directories[0]
    stems = frozenset(path.stem for path in first.iterdir()) if first.is_dir() else frozenset()
    drafts = fit(found, loaded, stems)
    texts = {f"{one.name}.yaml": text_of(one, found.system) for one in drafts}
    new = {f"{one.name}.yaml" for one in drafts if one.refused is None and one.file is None}
    problems = adopting.problems(settings, {name: texts[name] for name in sorted(new)}, beside=settings.directories)
    defined = {one.agent for one in found.agents}
    for draft in drafts:
        name = f"{draft.name}.yaml"
        path = Path(draft.file or first / name)
        yield _beside(draft, path, texts[name], _trouble(draft, problems.get(name), defined))


def _beside(draft: "Draft", path: Path, text: str, trouble: "Trouble | None") -> "Incoming":
    """Return a draft beside what its file says now."""
    from ..load import edit as files
    from ..model.imported import Deed, Incoming

    old = files.read_text(path) if draft.file else ""
    deed = Deed.REFUSED if trouble else Deed.CREATE if not draft.file else Deed.SAME if old == text else Deed.KEPT
    patch = files.patch_text(path, old, text) if deed in {Deed.CREATE, Deed.KEPT} else ""
    return Incoming(draft=draft, deed=deed, path=str(path), text=text, patch=patch, trouble=trouble)


def _trouble(draft: "Draft", problem: "Problem | None", defined: set[str]) -> "Trouble | None":
    from ..model.imported import Trouble
    from ..model.problem import Code

    if draft.refused:
        return Trouble(draft.record.place, f"cannot bring it in: {draft.refused}")
    if problem is None:
        return None
    patched = problem.code is Code.UNKNOWN_AGENT and draft.fields.get("agent") in defined
    hint = "apply the patch for the fleet's file first, then import again" if patched else problem.hint
    return Trouble(draft.record.place, f"cannot bring it in: {problem.message}", hint)


def text_of(draft: "Draft", system: str) -> str:
    """Return the file. It says nothing of when or by whom: the same record gives the same bytes."""
    lines = [f"# Brought in by `muster import {system}` from {draft.labels[system]}.\n"]
    for name, word in draft.fields.items():
        lines.append(_line((name, "use") if name == "unavailable" else (name,), word))
    lines.append("labels:\n")
    lines += [f"  {_line((label,), word)}" for label, word in draft.labels.items()]
    return "".join(lines)


def _line(path: tuple[str, ...], value: str) -> str:
    from ..load import edit as files

    return files.set_value("", path, value)


def _fleet_patch(settings: "Settings", file: Path, words: Sequence["FleetWord"]) -> "tuple[str, tuple[Trouble, ...]]":
    """Return the patch that says these words in the fleet's file, and those that cannot be said."""
    from ..load import edit as files
    from ..model.imported import Trouble

    old = text = files.read_text(file)
    troubles: list[Trouble] = []
    for word in sorted(words, key=lambda word: word.path[0] != "agents"):  # others may name an agent's new model
        place = f"{file}: {'.'.join(word.path)}"
        try:
            new = _with(text, word)
        except files.EditRefused as error:
            troubles.append(Trouble(place, error.message, error.hint))
            continue
        problem = adopting.problems(settings, {file.name: new}, beside=()).get(file.name)
        if problem:
            troubles.append(
                Trouble(place, f"cannot say {word.says} in the fleet's file: {problem.message}", problem.hint)
            )
        else:
            text = new
    return (files.patch_text(file, old, text) if text != old else ""), tuple(troubles)


def _with(text: str, word: "FleetWord") -> str:
    """Return the fleet's file with a word more; the first agent of a file gets a line of its own."""
    from ..load import edit as files

    first = word.path[0] == "agents" and not re.search(r"(?m)^agents\b", text)
    if not first:
        return files.set_value(text, word.path, word.value)
    above = text if text.endswith("\n") or not text else f"{text}\n"
    return f"{above}agents:\n  {files.set_value('', word.path[1:], word.value)}"
