"""The vocabulary of agent profiles: what Muster knows of an agent, as data.

Templates are texts with ``{word}``. The words are: ``executable`` (the found binary), ``muster`` (how Muster starts
itself, a list), ``model``, ``effort``, ``conversation``, ``prompt``, ``args`` (the file's, a list), ``cwd``, ``agents``
(where what comes with the profiles stands), ``home`` (the agent's own directory), ``pid`` and ``cwd_slug``. A template
that is just one list word is spliced. In parts of the argv with ``when: mcp``, ``mcp_command`` is the program that
serves Muster's own tools and ``mcp_args`` its other words, both as JSON, which is also TOML.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from .base import FileValue
from .program import HelpPage, Typed
from .scalars import Duration, ModelName, Regex
from .session import RuntimeKind
from .tells import Beside, Registry, Reported, Screen, Transcript


class Minted(StrEnum):
    """Who makes the conversation's id."""

    BY_US = "by-us"
    BY_AGENT = "by-agent"
    DIRECTORY = "directory"
    """Nobody: a directory holds one conversation, so its path is the id, and two sessions cannot share it."""


class ResumeModel(StrEnum):
    """Which model a resumed conversation uses (facts/other-agents.md, the three families)."""

    FLAG = "flag"
    """The flag decides; without it the agent's default."""
    FLAG_ELSE_STICKY = "flag-else-sticky"
    """The flag decides; without it the conversation's last model."""
    SESSION = "session"
    """The conversation decides; flag and environment are ignored, so a restart cannot switch."""


class Part(StrEnum):
    """When a part of the argv is there."""

    ALWAYS = "always"
    START = "start"
    RESUME = "resume"
    EFFORT = "effort"
    PROMPT = "prompt"
    MCP = "mcp"
    """The agent is given Muster's own tools."""


class ArgvPart(FileValue):
    """Some words of the argv, and when they are there. One list serves start and resume."""

    add: list[str]
    when: Part = Part.ALWAYS


class Opens(StrEnum):
    """How an earlier conversation is opened over the Agent Client Protocol."""

    RESUME = "resume"
    LOAD = "load"
    EITHER = "either"
    """Resumed where the agent says that it can, else loaded: a load tells the whole conversation again."""


class Acp(FileValue):
    """How the agent speaks the Agent Client Protocol."""

    values: list[str] = ["{model}"]
    """Regular expressions of the value that stands for a model, matched whole against values and display names, in
    order of preference. ``{model}`` is what the flag is given, ``{effort}`` the effort; one that names an effort is
    left out where none is said. What the model's ``ids`` fit comes after them."""
    unlisted: bool = False
    """It takes models that it does not list."""
    opens: Opens = Opens.EITHER
    opening: Duration = 60.0
    """How long it may take to be ready: a node program that reads a long conversation."""
    grace: Duration = 5.0
    """How long it may take to end when its input is closed."""
    refused: list[Regex] = []
    """Regular expressions of what a turn fails with where the provider does not know the model or does not give it to
    us, for agents that write that down nowhere."""
    mcp: bool = False
    """It takes Muster's own tools when a conversation is opened, and was seen to call them."""
    other_minute: bool = False
    """A conversation must not be loaded in the minute in which it began: the agent would lose it."""


class RuntimeProfile(FileValue):
    """How the agent lives in one runtime."""

    argv: list[ArgvPart]
    env: dict[str, str] = {}
    """Environment that makes the agent safe here, below the session's own; templates."""
    resume_model: ResumeModel = ResumeModel.FLAG
    in_place: str | None = None
    """A line typed into the agent that switches its model, ``{model}`` in it; none: restart."""
    input_line: Regex | None = None
    """Finds the input line on a terminal's screen, the last match counts; its first group is what was typed. Faint text
    is no part of the screen, because agents write hints so. None: Muster types nothing that a person sends."""
    acp: Acp = Acp()
    """For the ``acp`` runtime."""
    proven: list[str] = []
    """Versions for which the wire was seen to carry the new model and the old conversation."""
    cannot: str | None = None
    """Why this runtime cannot switch; shown by plan before anything is touched."""

    @property
    def takes_tools(self) -> bool:
        """Tell whether the agent can be given Muster's own tools here."""
        return self.acp.mcp or any(part.when is Part.MCP for part in self.argv)

    @property
    def starts_on_model(self) -> bool:
        """Tell whether the agent is told its model when it starts, by its command line or environment."""
        words = [word for part in self.argv for word in part.add] + list(self.env.values())
        return any("{model}" in word for word in words)


class Identify(FileValue):
    """How a process of this agent is told from others, when it is not ours. All given lists must match."""

    names: list[str] = []
    """Process names, whole."""
    executables: list[str] = []
    """Patterns (fnmatch) for the path of the executable."""
    argv: list[Regex] = []
    """Regular expressions, each found somewhere in the command line joined by spaces."""
    not_argv: list[Regex] = []
    """Regular expressions that rule a process out: daemons, spares, sub-commands."""


class ModelEntry(FileValue):
    """One model that the agent offers."""

    name: ModelName
    """The name people write."""
    ids: list[Regex] = []
    """Regular expressions, matched whole, of what the agent reports for it (dated ids, newer targets)."""
    aliases: list[ModelName] = []
    send: str | None = None
    """What the flag is given when it is not the name."""


class Listed(FileValue):
    """A file of the person's or the agent's own that names models which the agent knows here."""

    path: str
    """A template with ``{home}`` or ``{cwd}``; TOML by its ending, else JSON."""
    entries: str
    """Dotted path of the models, ``*`` for each entry of a list or table."""
    name: list[str]
    """Dotted paths in an entry; what stands at the first that is there is the word that the agent is given."""


class Models(FileValue):
    """The models, cheapest first, and the words for them."""

    offered: list[ModelEntry] = []
    any_id: Regex | None = None
    """A regular expression of further ids that the agent passes on verbatim; none: only what is offered."""
    classes: dict[Literal["fast", "balanced", "powerful"], ModelName] = {}
    default: ModelName | None = None
    strip: list[Regex] = []
    """Regular expressions removed from a reported id before it is compared (``[1m]``, dates)."""
    ignore: list[str] = []
    """Reported ids that are no model at all (synthetic lines)."""
    efforts: list[str] = []
    listed: list[Listed] = []
    """Where the agent silently takes another model for one that it does not know: nothing is started on a model that
    is neither offered nor named in one of these."""


class ActivitySource(StrEnum):
    """Where activity is read, in order of trust."""

    REGISTRY = "registry"
    TRANSCRIPT = "transcript"
    QUIET = "quiet"
    NONE = "none"


class StopTarget(StrEnum):
    """Which process the agent's stop signal goes to (facts/other-agents.md, trap 4)."""

    LEADER = "leader"
    INNERMOST = "innermost"
    GROUP = "group"


class StopStep(FileValue):
    """One rung of the stop ladder: a line typed, or a signal, and how long to wait for the end."""

    signal: Literal["INT", "TERM", "HUP", "KILL"] | None = None
    type: str | None = None
    to: StopTarget = StopTarget.LEADER
    wait: Duration = 5.0


DEFAULT_LADDER: Final = (StopStep(signal="TERM", wait=5.0), StopStep(signal="KILL", to=StopTarget.GROUP, wait=2.0))
"""For agents that say nothing else, and for sessions whose profile has gone."""


class Quirk(FileValue):
    """A trap of this agent that people should know, with the versions it was seen on."""

    says: str
    versions: str | None = None
    """Where it was seen (``0.169.0``), or which it is about (``<2.1.113``): others are then not told of it."""


class SwitchNote(FileValue):
    """What a switch between some models means for the conversation: said in the plan, before anything is touched."""

    between: Annotated[list[Regex], Field(min_length=2, max_length=2)]
    """Regular expressions of two models' names, matched whole, in either order."""
    says: str


class Loosens(FileValue):
    """What lets the agent do more than it does by itself; no session of an AI may say it (``resolve/allowed.py``)."""

    args: list[Regex] = []
    """Regular expressions of words of the command line, matched whole, beside those that are known for any agent."""
    env: list[Regex] = []
    """Regular expressions of names of variables, matched whole without regard to case."""


class Home(FileValue):
    """The agent's own directory."""

    env: str | None = None
    """The variable that moves it."""
    default: str


class Profile(FileValue):
    """All that Muster knows of one agent."""

    name: str
    title: str | None = None
    executables: list[str] = ["{muster}"]
    """Candidates, the first found on PATH wins; ``{muster}`` is Muster itself."""
    version: list[str] = ["--version"]
    help: list[HelpPage] = [HelpPage()]
    unlisted: list[str] = []
    """Flags that the program takes and its help does not list: a probe cannot tell whether they still fit."""
    typed: Typed = Typed()
    env_required: list[str] = []
    """Names that a session's environment must have: without one it is not started, nor stopped for it."""
    identify: Identify = Identify()
    home: Home | None = None
    models: Models = Models()
    default_runtime: RuntimeKind = RuntimeKind.TMUX
    runtimes: dict[RuntimeKind, RuntimeProfile]
    conversation: Minted = Minted.BY_US
    resumes: bool = True
    """False: the agent cannot go on with an earlier conversation at all."""
    unprompted: Literal["same-id", "gone"] = "same-id"
    """A conversation that never had a prompt: started again under the same id, or gone."""
    loses_unknown_id: bool = False
    """True: resuming an unknown id silently starts a new conversation; the reported id is then verified."""
    one_directory: bool = True
    """True: a conversation can only be resumed in its own directory."""
    refusals: list[Regex] = []
    """Regular expressions of what the agent prints when it refuses to resume."""
    registry: Registry | None = None
    reported: list[Reported] = []
    """Asked in order, until one tells, for a running session whose conversation is not known."""
    transcript: Transcript | None = None
    pinned: Beside | None = None
    """The model that this conversation keeps, whatever it is started with; nothing stands there where it keeps none."""
    lease: str | None = None
    """A template as the transcript's, of a file that is locked (flock) while a process works on the conversation: it is
    not resumed before that lock is free."""
    screen: Screen | None = None
    activity: list[ActivitySource] = [ActivitySource.NONE]
    stable_idle: Duration = 1.0
    """How long an unchanged idle must have lasted before it is believed (facts/claude-code.md, section 5)."""
    quiet_after: Duration = 10.0
    """For activity by quiet: how long nothing was written."""
    settle: Duration = 0.5
    """How long a started process must live before its start counts."""
    speaks_within: Duration = 0.0
    """How long it may then take to tell its activity, where it ends itself instead when it cannot take the model."""
    loosens: Loosens = Loosens()
    stop: list[StopStep] = list(DEFAULT_LADDER)
    switches: list[SwitchNote] = []
    quirks: list[Quirk] = []

    @property
    def goes_on_with_its_own(self) -> bool:
        """Tell whether a resumed agent that names another conversation has lost its own."""
        return self.conversation is Minted.BY_US or self.loses_unknown_id

    @property
    def tells_conversation(self) -> bool:
        """Tell whether a running process shows which conversation it works on."""
        return self.registry is not None or bool(self.reported)

    def conversation_in(self, cwd: str | None) -> str | None:
        """Return the conversation that a directory is, ``None`` where conversations have ids of their own."""
        return cwd if self.conversation is Minted.DIRECTORY else None

    def sent_as(self, model: str) -> str:
        """Return what the flag is given for a model; what is not in the list goes on verbatim."""
        return next((entry.send or entry.name for entry in self.models.offered if entry.name == model), model)
