"""The file of a new session, for whoever asks."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import InvalidFiles, MusterError, NotAllowed, UsageError
from . import edits, reading

if TYPE_CHECKING:
    from ..model.asker import Asker
    from ..model.loaded import Loaded
    from ..settings import Settings

SCHEMAS: Final = ".schemas"
"""Hidden, so that it never counts as a session; beside the files, so that editors find it without a network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """What somebody wants of a new session. ``None`` means "not said". Who asks is no word of it."""

    name: str
    agent: str | None = None
    tier: str | None = None
    model: str | None = None
    effort: str | None = None
    runtime: str | None = None
    cwd: str | None = None
    prompt: str | None = None


def new_session(
    settings: "Settings",
    asker: "Asker",
    birth: Birth,
    *,
    origin: str | None = None,
    parent: str | None = None,
    header: str | None = None,
) -> Path:
    """Write the file of a new session into the writable directory, and return it.

    What a person asks for is of origin ``human`` unless they say otherwise. What an AI asks for is of origin ``ai``,
    its parent is the asker's session, and it runs in the parent's directory where nothing else is said; what the asker
    says of origin and parent must agree. The fleet's ``ai`` limits, the ceiling and the loader judge it beside all
    other files, under a lock, before a byte is written. Nothing is started here: the controller follows the file.

    Whoever serves an AI wraps this in ``refusing.told``, so that a refusal is an event.

    :param asker: who asks, with proof: ``who.who(settings)``, or the session that a token stands for.
    :param origin: what a person says; of an AI only "ai" is taken.
    :param parent: what a person says; of an AI only its own session.
    :param header: one more line of comment, which says who made it.
    :raises NotAllowed: when an AI asks for more than it may (exit code 4).
    :raises InvalidFiles: when what a person asks for would not count, or harm another session's file.
    :raises MusterError: when the name is taken, or the agent or model is not known; the hint lists what there is.
    :raises edits.Managed: when the directory is managed; it has the patch.
    """
    from ..model.scalars import NAME
    from . import offers

    if not NAME.fullmatch(birth.name):
        raise UsageError(f"cannot make {birth.name!r}: it is no session name", hint="letters, digits and + - _ . @")
    loaded = reading.loaded(settings)
    path = _free(settings, loaded, birth.name)
    agent = birth.agent or loaded.fleet.spec.defaults.agent or ""
    offers.profile(loaded, agent)
    if birth.model:
        offers.require(loaded, agent, birth.model)
    said = {one.name: getattr(birth, one.name) for one in fields(birth) if one.name != "name"}
    said |= _of_ai(asker, loaded, birth, origin, parent) if asker.is_ai else {"origin": origin, "parent": parent}
    text = _text(path, {key: value for key, value in said.items() if value}, _made_by(asker, header))
    if not asker.is_ai:  # an AI's is judged under the lock
        _check(settings, path, text)
    edits.change(settings, asker, path, lambda old: _new_only(path, old, text))
    return path


def _check(settings: "Settings", path: Path, text: str) -> None:
    """Have the loader read a person's new file beside all others.

    :raises InvalidFiles: with the first problem, when it would not count.
    """
    if problem := edits.new_problem(path, *reading.if_said(settings, {path: text})):
        raise InvalidFiles(f"cannot make {path.stem}: {problem.message}", hint=problem.hint)


def _free(settings: "Settings", loaded: "Loaded", name: str) -> Path:
    """Return the file that a new session would have.

    :raises MusterError: when the name or the file is taken.
    """
    taken = {known.casefold(): one.file for known, one in loaded.sessions.items()}
    if file := taken.get(name.casefold()):
        raise MusterError(f"cannot make {name}: {file} has that name")
    path = settings.directories[0] / f"{name}.yaml"
    if _there(path):
        raise MusterError(f"cannot make {name}: {path} is there already", hint="`muster validate` tells what it says")
    return path


def _there(path: Path) -> bool:
    """Tell whether anything stands at a path, a link that leads nowhere as well."""
    return path.is_symlink() or path.exists()


def _of_ai(
    asker: "Asker", loaded: "Loaded", birth: Birth, origin: str | None, parent: str | None
) -> "dict[str, str | None]":
    """Return what an AI's session says whatever was asked.

    :raises NotAllowed: when the asker would have another origin or parent.
    """
    if origin not in {None, asker.origin.value}:
        raise NotAllowed(
            f"cannot make {birth.name}: what an AI asks for is of origin {asker.origin}", asker=asker.session
        )
    if parent not in {None, asker.session}:
        raise NotAllowed(
            f"cannot make {birth.name}: its parent is the session that asks, {asker.session}", asker=asker.session
        )
    own = loaded.sessions.get(asker.session or "")
    if own is None:
        message = f"cannot make {birth.name}: the session that asks, {asker.session}, has no file any more"
        raise NotAllowed(message, asker=asker.session)
    place = _place(birth.cwd, own.spec.cwd)
    return {"origin": asker.origin.value, "parent": asker.session, "cwd": place}


def _place(said: str | None, parents: str | None) -> str | None:
    """Return where an AI's session runs, with links followed now: a link that is turned later moves nothing."""
    from ..load.cross import directory_of

    if said is None:
        return parents
    base = directory_of(parents)
    return str((base / Path(said).expanduser()).resolve())


def _new_only(path: Path, old: str, text: str) -> str:
    if old or _there(path):
        raise MusterError(f"cannot write {path}: it is there already", hint="repeat the command")
    return text


def _made_by(asker: "Asker", header: str | None) -> "list[str]":
    """Return the comment lines of a new file; what a person made needs none."""
    who = [f"Made by {asker}."] if asker.is_ai else []
    return [*who, *(["".join(sign if sign.isprintable() else " " for sign in header)] if header else [])]


def _text(path: Path, said: "dict[str, str]", comments: "list[str]") -> str:
    from ..load import edit as files

    text = ""
    if (path.parent / SCHEMAS).is_dir():
        text = f"# yaml-language-server: $schema={SCHEMAS}/session.schema.json\n"
    text += "".join(f"# {line}\n" for line in comments)
    for key, value in (said or {"origin": "human"}).items():
        text = files.set_value(text, (key,), value)
    return text
