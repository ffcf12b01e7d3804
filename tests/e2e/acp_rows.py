"""The rows of the agents that speak the Agent Client Protocol: what is otherwise there than in a terminal."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Final

from .install import PACKAGES, Package, with_adapter
from .rows import ROWS, Env, Place, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class AcpRow(Row):
    """One agent without a terminal.

    :ivar unoffered: a model that the profile takes and the agent does not list; none where a restart brings any.
    :ivar conversations: where it keeps them, as in glob under the home.
    :ivar global_files: files under the home that hold the person's own settings: no switch may touch them.
    :ivar tool: the agent's tool for a shell command, with its arguments; none where the provider does not see it.
    :ivar asks: it asks for permission before it makes a file by that tool.
    """

    strategy: str = "in-place"
    conversations: str = ""
    unoffered: str | None = None
    global_files: list[str] = field(default_factory=list)
    tool: tuple[str, dict[str, Any]] | None = None
    asks: bool = True

    @property
    def packages(self) -> list[Package]:
        """The agent first: its adapter brings a stub of it."""
        return [PACKAGES[name] for name in with_adapter(self.agent)]


def _of(agent: str, **changes: Any) -> AcpRow:
    """A row that is like the terminal's but for some words."""
    said = {one.name: getattr(ROWS[agent], one.name) for one in fields(Row)} | {"strategy": "in-place", "args": []}
    return AcpRow(**said | changes)


def _with_models(place: Place) -> Env:
    """Qwen, with models that can be changed inside a session; a person names them so."""
    env = ROWS["qwen"].prepare(place)
    settings = place.home / ".qwen/settings.json"
    names = ("qwen-a", "qwen-b", "qwen-nope")
    listed = [{"id": name, "name": name, "baseUrl": f"{place.url}/v1", "envKey": "OPENAI_API_KEY"} for name in names]
    said = json.loads(settings.read_text()) | {"modelProviders": {"openai": listed}, "model": {"name": "qwen-a"}}
    place.write(".qwen/settings.json", said)
    return env


def _with_default(path: str, line: str, agent: str) -> Callable[[Place], Env]:
    """Prepare as for a terminal, with a default: a session begins before its model can be said."""

    def prepare(place: Place) -> Env:
        env = ROWS[agent].prepare(place)
        place.write(path, f"{line}\n{(place.home / path).read_text()}")
        return env

    return prepare


def _shell(name: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return name, {"command": "touch made", **more}


ACP_ROWS: Final = {
    row.agent: row
    for row in (
        _of(
            "claude",
            conversations=".claude/projects/*",
            refused=("opus", "claude-opus-5-5"),
            beside=r"Write the title",
            global_files=[".claude/settings.json"],
            tool=_shell("Bash", description="Make a file"),
        ),
        _of(
            "codex",
            conversations=".codex/*_[0-9]*.sqlite*",
            beside=r"single-line task title|very short title for a conversation",
            unoffered="gpt-nope",
            refused=("gpt-6-astra", "gpt-6-astra"),
            differs={"permission": "the loopback provider does not see its tools"},
            global_files=[".codex/config.toml"],
        ),
        _of(
            "gemini",
            conversations=".gemini/tmp/*/chats",
            models={"flash-lite": "gemini-3.5-flash-lite", "pro": "gemini-3.1-pro-preview-customtools"},
            global_files=[".gemini/settings.json"],
            tool=_shell("run_shell_command"),
        ),
        _of(
            "opencode",
            conversations=".data/opencode/opencode.db*",
            unoffered="stub/model-gone",
            asks=False,
            global_files=[".config/opencode/opencode.json"],
            tool=_shell("bash", description="Make a file"),
        ),
        _of(
            "copilot",
            strategy="restart",
            conversations=".copilot/session-state/*",
            tool=_shell("bash", description="Make a file"),
        ),
        _of(
            "kimi",
            conversations=".kimi-code/sessions",
            unoffered="stub/model-gone",
            global_files=[".kimi-code/config.toml"],
            tool=_shell("Bash"),
        ),
        _of(
            "qwen",
            conversations=".qwen/projects",
            prepare=_with_models,
            global_files=[".qwen/settings.json"],
            tool=_shell("run_shell_command", is_background=False),
        ),
        _of(
            "vibe",
            conversations=".vibe/logs/session/unified/*",
            prepare=_with_default(".vibe/config.toml", 'active_model = "model-a"', "vibe"),
            unoffered="mistral-gone",
            global_files=[".vibe/config.toml"],
            tool=_shell("bash"),
        ),
    )
}
