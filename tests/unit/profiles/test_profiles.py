"""Every profile reads, offers what its words name, and identifies its own processes."""

import re
from pathlib import Path

import pytest

from controller.model.observed import ProcessIdentity
from controller.model.profile import ActivitySource, Profile
from controller.observe.match import agent_of
from controller.observe.processes import Row
from tests.unit.profiles.reading import ROOT, fixture, read

SHIPPED = sorted((ROOT / "controller" / "agents").glob("[!_]*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_profile_is_whole(path: Path) -> None:
    """Its name is its file's, its classes name offered models, its runtime exists, its sources are there."""
    profile: Profile = read(path)
    offered = [entry.name for entry in profile.models.offered]

    assert profile.name == path.stem
    assert {*profile.models.classes.values(), profile.models.default or ""} <= {*offered, ""}
    assert profile.default_runtime in profile.runtimes
    assert profile.registry or ActivitySource.REGISTRY not in profile.activity
    assert profile.transcript or not {ActivitySource.TRANSCRIPT, ActivitySource.QUIET} & set(profile.activity)


@pytest.mark.parametrize(
    "name, line, agent",
    [
        ("claude", "claude --model opus", "claude"),
        ("claude.exe", "/x/bin/claude.exe --model opus", "claude"),
        ("claude", "claude     ", "claude"),
        ("claude", "claude bg-spare --bg-spare /x", None),
        ("claude.exe", "claude.exe daemon run", None),
        ("codex", "/x/codex --no-daemon -m m", "codex"),
        ("codex", "codex app-server --listen unix://", None),
        ("node", "node /usr/bin/gemini -m m", "gemini"),
        ("MainThread", "/usr/bin/node /usr/lib/gemini.js", "gemini"),
        ("vim", "vim /usr/bin/gemini", None),
        ("MainThread", "/x/copilot --model m", "copilot"),
        ("opencode", "opencode -m a/b", "opencode"),
        ("opencode", "opencode serve", None),
        ("pi", "pi  ", "pi"),
        ("kimi-code", "kimi-code  ", "kimi"),
        ("MainThread", "node /x/bin/qwen -m m", "qwen"),
        ("MainThread", "/x/node --expose-gc /x/@qwen-code/qwen-code/cli.js -m m", "qwen"),
        ("MainThread", "/x/node --expose-gc /x/@qwen-code/qwen-code/cli.js --acp", None),
        ("python", "/x/python /x/bin/aider --model m", "aider"),
        ("bash", "bash", None),
    ],
)
def test_a_process_is_told_from_others(name: str, line: str, agent: str | None) -> None:
    profiles = {path.stem: fixture(path.stem) for path in SHIPPED if path.stem != "demo"}
    identity = ProcessIdentity(boot_id="b", pid=2, ticks=2)
    row = Row(identity=identity, parent=1, session=2, name=name, argv=tuple(line.split(" ")))

    assert agent_of(row, profiles) == agent


def test_a_bad_regular_expression_is_an_error_of_the_profile() -> None:
    """It would raise at every look otherwise."""
    from pydantic import ValidationError

    from controller.model.profile import Identify

    with pytest.raises(ValidationError, match=re.escape("'(' is not a regular expression")):
        Identify.model_validate({"argv": ["("]})
