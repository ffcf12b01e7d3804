"""Flags of the real programs by which an AI's session could do more, as their own help names them (versions below)."""

import re
from pathlib import PurePath
from typing import Final

import pytest

from controller.model.fleet import FleetSpec
from controller.model.session import SessionSpec
from controller.resolve.allowed import refusals
from tests.unit.profiles.reading import fixture

FLAGS: Final = {
    "claude": """--add-dir --agent --agents --allow-dangerously-skip-permissions --allowedTools --append-system-prompt
        --bare --bg --background --chrome --cloud --continue -c --dangerously-skip-permissions --debug-file --desktop
        --environment --fallback-model --file --fork-session --from-pr --ide --input-format --mcp-config --model
        --no-session-persistence --permission-mode --plugin-dir -p --print --remote-control -r --resume --session-id
        --setting-sources --settings --system-prompt --teleport --tmux --tools -w --worktree""",
    "codex": """-c --config --enable --disable --remote -i --image -m --model --oss --local-provider -p --profile -s
        --sandbox --dangerously-bypass-approvals-and-sandbox --dangerously-bypass-hook-trust -C --cd --worktree
        --add-dir -a --ask-for-approval --search --last --all""",
    "gemini": """-d --debug -m --model -p --prompt -i --prompt-interactive -w --worktree -s --sandbox -y --yolo
        --approval-mode --policy --admin-policy --acp --allowed-mcp-server-names --allowed-tools -e --extensions -r
        --resume --session-file --session-id --delete-session --include-directories -o --output-format --raw-output
        --accept-raw-output-risk""",
    "qwen": """--telemetry-outfile --telemetry-otlp-endpoint --bare --proxy --insecure --chat-recording -m --model
        -p --prompt -i -s --sandbox -y --yolo --approval-mode --acp --channel --allowed-mcp-server-names --allowed-tools
        -e --extensions --openai-base-url --openai-api-key --json-file --input-file --json-fd -c --continue -r --resume
        --session-id --fork-session --worktree --auth-type --include-directories --core-tools --exclude-tools""",
    "opencode": """--pure --port --hostname --mdns --cors -m --model -c --continue -s --session --fork --prompt --agent
        --auto""",
    "pi": """--provider --model --api-key --system-prompt --append-system-prompt --mode -p --print -c --continue -r
        --resume --session --fork --session-dir --no-session --models --no-tools -t --tools -e --extension --skill
        --theme --export --offline""",
    "copilot": """-C --add-dir --agent --allow-all --allow-all-paths --allow-all-tools --allow-all-urls --allow-tool
        --allow-url --attachment --autopilot --bash-env --connect --continue --experimental --fleet -i --interactive
        --model --no-ask-user -p --prompt --remote --resume -r --session-id --share --share-gist --yolo --deny-tool
        --additional-mcp-config --environment-host --usage-output-file""",
    "vibe": """--agent --auto-approve --yolo --trust --workdir --add-dir --enabled-tools -p --prompt -c --continue
        --resume --setup --worktree --check-upgrade --max-turns --work --auto""",
    "kimi": """-y --yolo --auto -m --model -p --prompt -c --continue -C -S --session --add-dir --skills-dir
        --output-format""",
    "aider": """--yes-always --auto-commits --test-cmd --lint-cmd --notifications-command --notif --load --lo --message
        --msg -m -f --message-file --apply --model --opus --mini --4o -4 --install-main-branch --upgrade --up --gui
        --browser --watch-files --llm-history-file --chat-history-file --input-history-file --analytics-log
        --analytics-posthog-host --no-verify-ssl --env-file --config -c --set-env --file --read --editor --alias
        --copy-paste --restore-chat-history --suggest-shell-commands""",
}
"""Of claude 2.1.328, codex 0.169.0, gemini 0.61.0, qwen 0.24.4, opencode 1.18.33, pi 0.73.1, copilot 1.0.102,
vibe 3.0.2, kimi 2.1.0 and aider 0.86.2: what permits, runs, writes or opens more, chooses model or conversation."""
HARMLESS: Final = {
    "claude": "--verbose --effort --name -n",
    "codex": "--no-alt-screen --no-daemon",
    "copilot": "--no-color --log-level --screen-reader",
    "aider": "--no-pretty --vim --verbose --timeout=3",
}


@pytest.mark.parametrize("agent, flag", [(agent, flag) for agent, said in FLAGS.items() for flag in said.split()])
@pytest.mark.parametrize("form", ["{}", "{}=x"])
def test_no_flag_of_a_real_program_lets_an_ais_session_do_more(agent: str, flag: str, form: str) -> None:
    assert _refused(agent, form.format(flag)) == [flag]


@pytest.mark.parametrize("agent, flag", [(agent, flag) for agent, said in HARMLESS.items() for flag in said.split()])
def test_what_only_changes_how_it_looks_passes(agent: str, flag: str) -> None:
    assert _refused(agent, flag) == []


def _refused(agent: str, word: str) -> list[str]:
    found = refusals(SessionSpec(args=[word]), fixture(agent), FleetSpec(), PurePath("/"), None)
    return [name for one in found for name in re.findall("cannot give '(.*)' to", one.message)]
