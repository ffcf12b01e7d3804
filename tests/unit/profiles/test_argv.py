"""What the profiles' vocabulary can say of starting and resuming, for agents of every family."""

import pytest

from controller.model.desired import Declared, Desired, Resolution
from controller.model.record import Fingerprint
from controller.model.session import RuntimeKind, SessionSpec
from controller.plan.argv import build
from tests.unit.profiles.reading import BUILT_IN, fixture

NOTHING = Resolution(layers=(), winner=None, model=None)


def argv(agent: str, model: str, *, resumes: bool, effort: str | None = None, prompt: str | None = None) -> str:
    spec = SessionSpec(args=["--extra"])
    profile = fixture(agent)
    desired = Desired(
        name="s",
        spec=spec,
        declared=Declared(name="s", spec=spec, file="s.yaml", marks={}),
        profile=profile,
        runtime=RuntimeKind.TMUX,
        resolution=NOTHING,
        effort=effort,
        cwd="/work",
        fingerprint=Fingerprint(version=1, fields={}),
        executable=(f"/bin/{agent}",),
    )
    conversation = "ID" if resumes or profile.conversation.value == "by-us" else None
    launch = build(desired, conversation=conversation, resumes=resumes, prompt=prompt, generation=1, model=model)
    return " ".join(launch.argv).replace(str(BUILT_IN), "AGENTS")


@pytest.mark.parametrize(
    "agent, model, start, resume",
    [
        (
            "claude",
            "opus",
            "/bin/claude --model opus --session-id ID --extra hello",
            "/bin/claude --model opus --resume ID --extra",
        ),
        (
            "codex",
            "gpt-6.1-sol",
            "/bin/codex --no-daemon -m gpt-6.1-sol --extra hello",
            "/bin/codex resume --no-daemon -m gpt-6.1-sol --extra ID",
        ),
        (
            "gemini",
            "pro",
            "/bin/gemini -m gemini-3.1-pro-preview --session-id ID --extra -i hello",
            "/bin/gemini -m gemini-3.1-pro-preview --resume ID --extra",
        ),
        (
            "opencode",
            "openai/gpt-mini",
            "/bin/opencode -m openai/gpt-mini --extra --prompt hello",
            "/bin/opencode -m openai/gpt-mini -s ID --extra",
        ),
        (
            "copilot",
            "gpt-mini",
            "/bin/copilot --model gpt-mini --session-id=ID --extra -i hello",
            "/bin/copilot --model gpt-mini --resume=ID --extra",
        ),
        (
            "pi",
            "stub/model-a",
            "/bin/pi -e AGENTS/pi.extension.js --model stub/model-a --extra hello",
            "/bin/pi -e AGENTS/pi.extension.js --model stub/model-a --session ID --extra",
        ),
        (
            "vibe",
            "devstral",
            "/usr/bin/env VIBE_ACTIVE_MODEL=devstral /bin/vibe --extra hello",
            "/usr/bin/env VIBE_ACTIVE_MODEL=devstral /bin/vibe --resume ID --extra",
        ),
        (
            "kimi",
            "kimi-code/kimi-k3",
            "/bin/kimi -m kimi-code/kimi-k3 --extra",
            "/bin/kimi -m kimi-code/kimi-k3 -S ID --extra",
        ),
        (
            "qwen",
            "qwen3.7-max",
            "/bin/qwen -m qwen3.7-max --session-id ID --extra -i hello",
            "/bin/qwen -m qwen3.7-max --resume ID --extra",
        ),
        (
            "aider",
            "openai/gpt-large",
            "/bin/aider --model openai/gpt-large --extra",
            "/bin/aider --model openai/gpt-large --restore-chat-history --extra",
        ),
    ],
)
def test_start_and_resume_are_said_by_one_list(agent: str, model: str, start: str, resume: str) -> None:
    assert argv(agent, model, resumes=False, prompt="hello") == start
    assert argv(agent, model, resumes=True) == resume


def test_an_effort_stands_where_the_agent_takes_it() -> None:
    said = argv("codex", "gpt-6-luna", resumes=True, effort="high")

    assert said == '/bin/codex resume --no-daemon -m gpt-6-luna -c model_reasoning_effort="high" --extra ID'
