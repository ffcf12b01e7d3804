"""What each tool does. Who calls is told by its token; what a tool is given never says it.

The docstrings are what a model reads; errors become results of a call, with what to do about it.
"""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final, Literal, ParamSpec, TypeVar

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from ..doors import births, edits, joining, refusing, saying, steering, waiting
from ..errors import MusterError
from ..model.asker import Asker
from ..model.session import RuntimeKind
from ..plan import guards
from ..resolve.kin import steers
from ..settings import Settings
from ..views import why
from .answers import Explanation, Sent, Session, Sessions, Waited, session_of

if TYPE_CHECKING:
    from ..loop.controller import Controller
    from ..loop.picture import Picture

P = ParamSpec("P")
R = TypeVar("R")

Name = Annotated[str, Field(description="A session's name.", max_length=128)]
Model = Annotated[str, Field(description="A model, an alias or a class: fast, balanced, powerful.", max_length=200)]
Prompt = Annotated[str, Field(description="What to say.", min_length=1, max_length=100_000)]
Until = Literal["applied", "verified", "idle", "stopped"]

_LONGEST: Final = 300.0
"""Seconds of one wait; some clients give up on a call after a minute, and all may call again."""

Seconds = Annotated[float, Field(description="How long to wait at most, in seconds.", ge=0, le=_LONGEST)]


def _told(tool: Callable[P, R]) -> Callable[P, R]:
    """Give our own errors to the model, with what to do about them; any other is a bug, and hidden from it."""

    @functools.wraps(tool)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return tool(*args, **kwargs)
        except edits.Managed as error:
            raise ToolError(f"{error.message}; a person may apply this patch there:\n{error.patch}") from error
        except MusterError as error:
            raise ToolError(f"{error.message}; {error.hint}" if error.hint else error.message) from error

    return told


class Tools:
    """The tools for whoever calls at a moment."""

    def __init__(self, settings: Settings, caller: Callable[[], Asker]) -> None:
        """Keep where things live, and how to know who calls.

        :param caller: returns the caller of the call that is under way; raises MusterError where it may not call.
        """
        self._settings = settings
        self._caller = caller

    @_told
    def start_session(
        self,
        name: Annotated[str, Field(description="A new name: letters, digits and + - _ . @", max_length=128)],
        prompt: Prompt,
        *,
        agent: Annotated[str | None, Field(description="Another agent than the usual one.")] = None,
        model: Model | None = None,
        effort: Annotated[str | None, Field(description="Reasoning effort, where the agent has one.")] = None,
        cwd: Annotated[str | None, Field(description="Where it works; else where you do.", max_length=4096)] = None,
    ) -> Session:
        """Start a worker: a session of its own that descends from yours, and is given the prompt.

        Leave the model out for the one that workers get. It starts in a moment; wait_session waits for its turn's end.
        """
        birth = births.Birth(name=name, prompt=prompt, agent=agent, model=model, effort=effort, cwd=cwd)
        asker = self._caller()
        with refusing.told(self._settings, "start_session"):
            births.new_session(self._settings, asker, birth)
        return _session(name, self._look())

    @_told
    def set_model(self, name: Name, model: Model) -> Session:
        """Set a session's model; it switches when its turn is over, and keeps its conversation."""
        return self._changed(name, "set_model", lambda who: steering.set_model(self._settings, who, name, model))

    @_told
    def reset_model(self, name: Name) -> Session:
        """Take a session's own model away: it goes back to the model that the rules give it."""
        return self._changed(name, "reset_model", lambda who: steering.reset_model(self._settings, who, name))

    @_told
    def stop_session(self, name: Name) -> Session:
        """Stop a session when its turn is over. Its conversation stays on disk."""
        return self._changed(name, "stop_session", lambda who: steering.stop(self._settings, who, name))

    @_told
    def list_sessions(self) -> Sessions:
        """List your own session and all that descend from it, with their models and states."""
        asker = self._caller()
        picture = self._look()
        found = [one for one in joining.statuses(picture) if _theirs(asker, one.name, picture)]
        return Sessions(you=asker.session or "", sessions=[session_of(one, picture) for one in found])

    @_told
    def get_session(self, name: Name) -> Session:
        """Look at one session: its model, its state and why, and what it is doing."""
        return self._one(name)[0]

    @_told
    def explain_model(self, name: Name) -> Explanation:
        """Tell why a session is on its model: every rule that may decide it, which one wins, and the ceiling."""
        seen, picture = self._one(name)
        case = picture.cases[name]
        status = next(one for one in joining.statuses(picture) if one.name == name)
        verdicts = guards.verdicts(status.change, case, picture.world) if status.change else ()
        said = why.as_json(case, status, picture.now, verdicts=verdicts)
        return Explanation.model_validate(said | {"session": seen})

    @_told
    def send_prompt(self, name: Name, prompt: Prompt) -> Sent:
        """Say something to a session, as a person would. It does not wait for the answer: see wait_session."""
        asker = self._caller()
        with refusing.told(self._settings, "send_prompt"):
            edits.no_command(asker, prompt)  # a session's own commands go past the limits

        async def send(controller: "Controller") -> bool:
            picture = await joining.picture(controller)
            _check(asker, name, picture)
            await saying.say(controller, picture.cases[name], prompt)
            return picture.cases[name].record.runtime is RuntimeKind.ACP

        return Sent(session=name, queued=joining.looking(self._settings, send))

    @_told
    def wait_session(self, name: Name, until: Until = "idle", timeout_seconds: Seconds = 50.0) -> Waited:
        """Wait until a session is idle (its turn is over), verified or applied (on its model), or stopped."""
        asker = self._caller()

        async def wait(controller: "Controller") -> Waited:
            _check(asker, name, await joining.picture(controller))
            why_not = None
            try:
                await waiting.until(controller, name, until, timeout_seconds)
            except MusterError as error:
                why_not = error.message
            picture = await joining.picture(controller)
            return Waited(reached=why_not is None, why=why_not, session=_session(name, picture))

        return joining.looking(self._settings, wait)

    def _changed(self, name: str, tool: str, change: Callable[[Asker], object]) -> Session:
        """Change a session for the caller, and return it; a refusal is an event too."""
        asker = self._caller()
        with refusing.told(self._settings, tool):
            edits.require_kin(self._settings, asker, [name])  # also where the file says so already
            change(asker)
        return _session(name, self._look())

    def _one(self, name: str) -> "tuple[Session, Picture]":
        asker, picture = self._caller(), self._look()
        _check(asker, name, picture)
        return _session(name, picture), picture

    def _look(self) -> "Picture":
        return joining.looking(self._settings, joining.picture)


def _theirs(asker: Asker, name: str, picture: "Picture") -> bool:
    return steers(asker, name, {known: one.spec for known, one in picture.loaded.sessions.items()})


def _check(asker: Asker, name: str, picture: "Picture") -> None:
    """Refuse a session that is not the caller's, in the same words whether there is one or not.

    :raises MusterError: when it is not.
    """
    if name not in picture.cases or not _theirs(asker, name, picture):
        hint = "list_sessions tells which you have"
        raise MusterError(f"cannot find the session {name!r} among yours", hint=hint)


def _session(name: str, picture: "Picture") -> Session:
    return session_of(next(one for one in joining.statuses(picture) if one.name == name), picture)
