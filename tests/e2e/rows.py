"""The scenario table: one row an agent. What it needs to run unattended against the loopback provider stands here."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .install import PACKAGES, Package

KEY: Final = "sk-dummy-0123456789-0123456789-0123456789"
"""No provider would take it."""

Env = dict[str, str]

PERSONS: Final = ("a person has the stopped conversation", "a person opens it beside ours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one scenario runs.

    :ivar url: the provider, without a path.
    """

    home: Path
    work: Path
    url: str

    def write(self, path: str, content: str | dict[str, Any]) -> None:
        """Write a file under the scratch home; a mapping becomes JSON."""
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One agent.

    :ivar models: two models as the session's file names them, and what stands on the wire for each.
    :ivar refused: a third one, well formed, that the provider will not know, and what stands on the wire for it.
    :ivar unknown: one that the profile does not offer.
    :ivar prepare: writes the scratch home and returns the environment.
    :ivar ready: a regular expression of the screen when a prompt can be typed.
    :ivar args: more argv, in the session's file.
    :ivar beside: a regular expression of a user's text by which requests beside the conversation are known.
    :ivar header: in which the agent itself names its conversation to the provider, in lower case.
    :ivar moves: its conversations go with it into another directory.
    :ivar person: the command with which a person opens a conversation, whose id follows its last word.
    :ivar differs: cases of trouble.py that cannot be with it, and why.
    :ivar cold: seconds that its first start may take.
    :ivar rest: seconds after a turn until its idle is believed; a switch is timed from there.
    :ivar strategy: how Muster is to say that it switches.
    """

    agent: str
    models: dict[str, str]
    refused: tuple[str, str]
    prepare: Callable[[Place], Env]
    ready: str
    unknown: str = "no such model"
    args: list[str] = field(default_factory=list)
    beside: str | None = None
    header: str = ""
    moves: bool = False
    person: list[str] = field(default_factory=list)
    differs: dict[str, str] = field(default_factory=dict)
    cold: float = 120.0
    rest: float = 1.5
    strategy: str = "restart"

    @property
    def package(self) -> Package:
        """Its program."""
        return PACKAGES[self.agent]

    @property
    def packages(self) -> list[Package]:
        """All that must be installed; the first found on PATH wins."""
        return [self.package]


def _claude(place: Place) -> Env:
    trusted = {str(place.work): {"hasTrustDialogAccepted": True, "allowedTools": []}}
    key = {"approved": [KEY[-20:]], "rejected": []}
    place.write(".claude.json", {"hasCompletedOnboarding": True, "customApiKeyResponses": key, "projects": trusted})
    return {
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": place.url,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_AUTOUPDATER": "1",
    }


def _pi(place: Place) -> Env:
    provider = {"baseUrl": f"{place.url}/v1", "api": "openai-completions", "apiKey": KEY}
    models = [{"id": name} for name in ("model-a", "model-b", "model-nope")]
    place.write(".pi/agent/models.json", {"providers": {"stub": provider | {"models": models}}})
    return {"PI_OFFLINE": "1", "PI_TELEMETRY": "0"}


def _codex(place: Place) -> Env:
    provider = f'name = "stub"\nbase_url = "{place.url}/v1"\nwire_api = "responses"\nenv_key = "STUB_KEY"\n'
    trusted = f'[projects."{place.work}"]\ntrust_level = "trusted"\n'
    config = 'model_provider = "stub"\ncheck_for_update_on_startup = false\n[model_providers.stub]\n'
    place.write(".codex/config.toml", config + provider + trusted)
    return {"STUB_KEY": KEY}


def _copilot(place: Place) -> Env:
    trusted = [str(place.work)]
    place.write(".copilot/config.json", {"trustedFolders": trusted, "trusted_folders": trusted})
    return {
        "COPILOT_OFFLINE": "true",
        "COPILOT_PROVIDER_BASE_URL": f"{place.url}/v1",
        "COPILOT_PROVIDER_API_KEY": KEY,
        "COPILOT_AUTO_UPDATE": "false",
    }


_GEMINI_DEFAULTS: Final = Path(__file__).resolve().parents[2] / "controller/agents/gemini.defaults.json"


def _gemini(place: Place) -> Env:
    security = {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}}
    quiet: dict[str, Any] = {"privacy": {"usageStatisticsEnabled": False}, "telemetry": {"enabled": False}}
    general: dict[str, Any] = {"enableAutoUpdate": False, "disableAutoUpdate": True, "disableUpdateNag": True}
    ours = _GEMINI_DEFAULTS
    if any(parent.stat().st_mode & 0o022 for parent in ours.parents):  # a clone in /tmp: gemini skips the file there
        quiet |= {key: value for key, value in json.loads(ours.read_text()).items() if key != "general"}
        general |= {"sessionRetention": {"enabled": False}}
    place.write(".gemini/settings.json", {"general": general, "security": security} | quiet)
    return {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": place.url}


def _kimi(place: Place) -> Env:
    provider = f'[providers.stub]\ntype = "openai"\nbase_url = "{place.url}/v1"\napi_key = "{KEY}"\n'
    models = [
        f'[models."stub/{name}"]\nprovider = "stub"\nmodel = "{name}"\nmax_context_size = 100000\n'
        for name in ("model-a", "model-b", "model-nope")
    ]
    place.write(".kimi-code/config.toml", "\n".join(['default_model = "stub/model-a"', provider, *models]))
    folder = f"wd_{place.work.name}_{hashlib.sha256(str(place.work).encode()).hexdigest()[:12]}"
    place.write(f".kimi-code/workspace-trust/{folder}", {"root": str(place.work), "trustedAt": 1})
    return {"KIMI_CODE_NO_AUTO_UPDATE": "1", "KIMI_DISABLE_TELEMETRY": "1"}


def _qwen(place: Place) -> Env:
    security = {"auth": {"selectedType": "openai"}, "folderTrust": {"enabled": False}}
    quiet = {"privacy": {"usageStatisticsEnabled": False}, "telemetry": {"enabled": False}}
    general = {"enableAutoUpdate": False, "disableAutoUpdate": True}
    place.write(".qwen/settings.json", {"general": general, "security": security} | quiet)
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{place.url}/v1"}


def _aider(place: Place) -> Env:
    quiet = {f"AIDER_{word}": "false" for word in ("GIT", "CHECK_UPDATE", "SHOW_RELEASE_NOTES", "SHOW_MODEL_WARNINGS")}
    # It knows no window of these models; without one it would soon sum the conversation up.
    known = {"AIDER_MAX_CHAT_HISTORY_TOKENS": "100000", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    return (
        quiet | known | {"AIDER_ANALYTICS_DISABLE": "true", "OPENAI_API_KEY": KEY, "OPENAI_API_BASE": f"{place.url}/v1"}
    )


def _opencode(place: Place) -> Env:
    options = {"baseURL": f"{place.url}/v1", "apiKey": KEY}
    models: dict[str, Any] = {name: {} for name in ("model-a", "model-b", "model-nope")}
    provider = {"npm": "@ai-sdk/openai-compatible", "options": options, "models": models}
    quiet = {"autoupdate": False, "share": "disabled", "enabled_providers": ["stub"]}
    place.write(".config/opencode/opencode.json", quiet | {"provider": {"stub": provider}})
    return {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}


def _vibe(place: Place) -> Env:
    models = {"model-a": "model-a", "model-b": "model-b", "nope": "model-nope"}
    tables = [f'[[models]]\nname = "{name}"\nprovider = "stub"\nalias = "{alias}"\n' for alias, name in models.items()]
    quiet = "enable_telemetry = false\nenable_update_checks = false\nenable_auto_update = false\n"
    provider = f'[[providers]]\nname = "stub"\napi_base = "{place.url}/v1"\napi_key_env_var = "STUB_KEY"\n'
    place.write(".vibe/config.toml", "".join([quiet, provider, *tables]))
    return {"STUB_KEY": KEY}


ROWS: Final = {
    row.agent: row
    for row in (
        Row(
            agent="claude",
            models={"haiku": "claude-haiku-5-5", "sonnet": "claude-sonnet-5-5"},
            refused=("claude-nope-9", "claude-nope-9"),
            prepare=_claude,
            ready=r"(?m)^\s*\u276f",
            header="x-claude-code-session-id",
            args=["--permission-mode", "manual"],
            person=["claude", "--resume", ""],
        ),
        Row(
            agent="pi",
            models={"stub/model-a": "model-a", "stub/model-b": "model-b"},
            refused=("stub/model-nope", "model-nope"),
            prepare=_pi,
            ready=r"model-\w+",
            person=["pi", "--session", ""],
            differs=dict.fromkeys(PERSONS, "which conversation a person's own pi has is seen nowhere"),
        ),
        Row(
            agent="codex",
            models={"gpt-6-luna": "gpt-6-luna", "gpt-6.1-sol": "gpt-6.1-sol"},
            refused=("gpt-nope", "gpt-nope"),
            prepare=_codex,
            ready=r"(?m)^\u203a",
            beside=r"Generate a concise, single-line task title",
            header="session-id",
            person=["codex", "--no-daemon", "resume", ""],
        ),
        Row(
            agent="copilot",
            models={"gpt-mini": "gpt-mini", "gpt-large": "gpt-large"},
            refused=("gpt-nope", "gpt-nope"),
            prepare=_copilot,
            ready=r"(?m)^\s*\u276f",
            moves=True,
            person=["copilot", "--model", "gpt-mini", "--resume="],
        ),
        Row(
            agent="gemini",
            models={"flash-lite": "gemini-3.5-flash-lite", "pro": "gemini-3.1-pro-preview"},
            refused=("gemini-nope", "gemini-nope"),
            prepare=_gemini,
            ready=r"Type your message",
            person=["gemini", "--resume", ""],
        ),
        Row(
            agent="aider",
            models={"openai/model-a": "model-a", "openai/model-b": "model-b"},
            refused=("openai/model-nope", "model-nope"),
            prepare=_aider,
            ready=r"(?m)^> ?$",
            beside=r"\*Briefly\* summarize",
            cold=90.0,
        ),
        Row(
            agent="kimi",
            models={"stub/model-a": "model-a", "stub/model-b": "model-b"},
            refused=("stub/model-nope", "model-nope"),
            prepare=_kimi,
            ready=r"context: \d",
        ),
        Row(
            agent="qwen",
            models={"qwen-a": "qwen-a", "qwen-b": "qwen-b"},
            refused=("qwen-nope", "qwen-nope"),
            prepare=_qwen,
            ready=r"Type your message",
            beside=r"Managed memory has TWO directories|SUGGESTION MODE",
        ),
        Row(
            agent="opencode",
            models={"stub/model-a": "model-a", "stub/model-b": "model-b"},
            refused=("stub/model-nope", "model-nope"),
            prepare=_opencode,
            ready=r"ctrl\+p commands",
            cold=180.0,
        ),
        Row(
            agent="vibe",
            models={"model-a": "model-a", "model-b": "model-b"},
            refused=("nope", "model-nope"),
            prepare=_vibe,
            ready=r"\A(?!(.|\n)*Initializing)(.|\n)*tokens \(",
            args=["--trust"],
            cold=120.0,
        ),
    )
}
