"""The one table of verbs: name, module, one line of help, group. No verb is imported here."""

from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from ..errors import UsageError
from ..model.right import Right
from .console import Console

if TYPE_CHECKING:
    import argparse


class Verb(NamedTuple):
    """One command: what people type, the module that does it, what it does.

    The module is of this room; with a dot before it, of the package: the room of the agents' tools is beside this one.
    """

    name: str
    module: str
    line: str
    group: str
    right: Right
    """Who may run it: the one table of what an AI in a session may do here."""
    only_with: str = ""
    """The option without which it only shows, and anyone may."""


class VerbModule(Protocol):
    """What a verb's module has."""

    def add_arguments(self, parser: "argparse.ArgumentParser") -> None:
        """Declare the verb's own arguments."""

    def run(self, args: "argparse.Namespace", console: Console) -> int:
        """Do it and return the exit code."""


BEGIN, LOOK, MOVE, EDIT, USE, MORE = "Begin", "Look", "Move", "Edit the files", "Use a session", "More"

VERBS: Final = (
    Verb("demo", "demo", "the whole story on this machine in a minute, in a throw-away directory", BEGIN, Right.ANYONE),
    Verb("init", "init", "write a commented sessions.d to start from", BEGIN, Right.PERSON),
    Verb("validate", "validate", "check the files; every error with line and column", BEGIN, Right.ANYONE),
    Verb("agents", "agents", "agents, their programs found here, versions and models", BEGIN, Right.ANYONE),
    Verb("status", "status", "every session: desired, asked and observed model, state and reason", LOOK, Right.ANYONE),
    Verb("plan", "plan", "what would change and why; touches nothing", LOOK, Right.ANYONE),
    Verb("why", "why", "every layer of one session's model, every guard, the next retry", LOOK, Right.ANYONE),
    Verb("events", "events", "what happened", LOOK, Right.ANYONE),
    Verb("run", "run", "the controller: watch, reconcile, until stopped", MOVE, Right.PERSON),
    Verb("apply", "apply", "one pass now, or exactly a saved plan", MOVE, Right.PERSON),
    Verb("wait", "wait", "wait until a session is applied, verified, idle or stopped", MOVE, Right.ANYONE),
    Verb("restart", "once", "once: stop it and start it again with its conversation", MOVE, Right.KIN),
    Verb("fresh", "once", "once: start it again and leave its conversation behind", MOVE, Right.PERSON),
    Verb("retry", "once", "try a parked session again", MOVE, Right.KIN),
    Verb("override", "override", "a temporary model above everything, on this host", MOVE, Right.PERSON),
    Verb("set-model", "set_model", "set the model of a session, a tier or the fleet", EDIT, Right.KIN),
    Verb("reset-model", "reset_model", "take the model out of a session's file", EDIT, Right.KIN),
    Verb("pin", "pin", "write the model that is in force into a session's file", EDIT, Right.KIN),
    Verb(
        "adopt",
        "adopt",
        "agents that run without a file, and a file for each that is chosen",
        EDIT,
        Right.PERSON,
        "write",
    ),
    Verb(
        "import",
        "import_",
        "session files for what dispatch, TeleClaude, Flynn or Kandev wrote down",
        EDIT,
        Right.PERSON,
        "write",
    ),
    Verb("new", "new", "create a session's file", EDIT, Right.LIMITS),
    Verb("stop", "lifecycle", "say in the file that the session is stopped", EDIT, Right.KIN),
    Verb("start", "lifecycle", "say in the file that the session runs", EDIT, Right.KIN),
    Verb("suspend", "lifecycle", "hands off: observed, never touched", EDIT, Right.PERSON),
    Verb("unsuspend", "lifecycle", "hands on again", EDIT, Right.PERSON),
    Verb("attach", "attach", "bring this terminal to a session, or chat with one that has none", USE, Right.PERSON),
    Verb("send", "send", "say something to a session; --wait prints the answer", USE, Right.KIN),
    Verb(
        "command",
        "command",
        "a chat channel's /model, /local, /reset, ... for a session, and its reply",
        USE,
        Right.KIN,
    ),
    Verb("logs", "logs", "what a session without a terminal said or printed", USE, Right.ANYONE),
    Verb("acp", "acp", "a headless session for editors and other ACP clients, on stdin and stdout", USE, Right.PERSON),
    Verb(
        "mcp",
        ".mcp.verb",
        "the tools by which agents start and steer sessions, on stdin or over HTTP",
        MORE,
        Right.ANYONE,
    ),
    Verb("prune", "prune", "remove what vanished sessions left in the state", MORE, Right.PERSON, "yes"),
    Verb("schema", "schema", "JSON Schemas of the files, for editors", MORE, Right.ANYONE),
    Verb("completion", "completion", "a completion script for bash, zsh or fish", MORE, Right.ANYONE),
)


def find(name: str) -> Verb:
    """Return the verb of this name.

    :raises UsageError: when there is none, with the nearest one as the hint.
    """
    for verb in VERBS:
        if verb.name == name:
            return verb
    import difflib

    names = [verb.name for verb in VERBS]
    near = [known for known in names if known.startswith(name)] or difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean `muster {near[0]}`?" if near else "`muster --help` lists the commands"
    raise UsageError(f"cannot run {name!r}: there is no such command", hint=hint)


def module_of(verb: Verb) -> VerbModule:
    """Import the verb's module."""
    module: VerbModule = import_module(f".{verb.module}", __package__)
    return module


def overview() -> str:
    """Return the page of ``muster --help``."""
    lines = [
        "Muster keeps AI-agent sessions on the model that their files declare.",
        "",
        "usage: muster COMMAND [ARGUMENTS]",
    ]
    for group in dict.fromkeys(verb.group for verb in VERBS):
        lines += ["", f"{group}:"]
        lines += [f"  {verb.name:<13}{verb.line}" for verb in VERBS if verb.group == group]
    return "\n".join([*lines, "", _PLACES])


_PLACES: Final = """\
For every command:
  --sessions-dir DIR   where the session files are; repeatable, the first is the writable one
                       (else $MUSTER_SESSIONS_DIR, ./sessions.d, ~/.config/muster/sessions.d, /etc/muster/sessions.d)
  --state-dir DIR      where the state is (else $MUSTER_STATE_DIR, ~/.local/state/muster)
  --no-color           no colour on a terminal either; $NO_COLOR is honoured
  --help, --version

`muster COMMAND --help` tells the rest. Exit codes: 0 done or in sync, 1 error, 2 changes pending
(plan --detailed-exitcode), 3 invalid files, 4 a guard holds, 5 stale plan, 6 another controller holds the lock,
7 partly failed, 64 usage."""
