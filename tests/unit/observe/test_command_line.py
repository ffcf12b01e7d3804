"""Command lines as people type them, read by a profile."""

import pytest

from controller.model.profile import Profile
from controller.observe.command_line import CommandLine, read

PROFILE = Profile.model_validate(
    {
        "name": "x",
        "typed": {
            "model": ["-m"],
            "conversation": ["-r"],
            "drop": ["--continue", "--print"],
            "drop_with_word": ["--fork"],
            "switches": ["--yolo"],
        },
        "runtimes": {
            "tmux": {
                "argv": [
                    {"add": ["{executable}", "--model", "{model}", "--no-daemon"]},
                    {"when": "start", "add": ["--id={conversation}"]},
                    {"when": "resume", "add": ["resume", "{conversation}"]},
                    {"when": "effort", "add": ["-c", 'effort="{effort}"']},
                    {"add": ["{args}"]},
                    {"when": "prompt", "add": ["-i", "{prompt}"]},
                ]
            }
        },
    },
    strict=False,
)


@pytest.mark.parametrize(
    "line, said",
    [
        (["x"], CommandLine()),
        (["x", "", "", ""], CommandLine()),
        (["x", "--model", "a", "--id=u-1"], CommandLine(model="a", conversation="u-1")),
        (["node", "/x/x.js", "-m", "b", "-r", "u-2"], CommandLine(model="b", conversation="u-2")),
        (["x", "--model=a", "--mode", "manual"], CommandLine(model="a", args=("--mode", "manual"))),
        (["x", "--no-daemon", "--continue", "--print", "hi"], CommandLine()),
        (["x", "--fork", "here", "--yolo", "do it"], CommandLine(args=("--yolo",))),
        (["x", "-c", 'effort="high"', "-i", "say hi"], CommandLine(args=("-c", 'effort="high"'))),
        (["x", "--unknown", "two words"], CommandLine(left_out=("--unknown",))),
        (["x", "--rules=two words"], CommandLine(args=("--rules=two words",))),
        (["x", "--api-key", "abcdef123456"], CommandLine(left_out=("--api-key",))),
        (["x", "--set", "OPENAI_API_KEY=abc"], CommandLine(left_out=("--set",))),
        (["x", "--proxy=http://me:word@host"], CommandLine(left_out=("--proxy",))),
        (["x", "-r", "../../etc/passwd"], CommandLine()),
        (["x", "--", "--model", "a"], CommandLine()),
        (["x", "resume", "u-3", "--verbose"], CommandLine(args=("--verbose",))),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_command_line_says(line: list[str], said: CommandLine) -> None:
    assert read(PROFILE, line) == said
