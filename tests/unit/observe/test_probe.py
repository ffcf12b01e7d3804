"""Pages of help as they are written by the libraries that agents are made with, read for the flags that they list."""

import pytest

from controller.model.profile import Profile
from controller.observe.probe import options, used_flags

COMMANDER = """\
Usage: x [options] [command] [prompt]

Options:
  -c, --continue                        Continue the most recent conversation
                                        of the terminal (with --gone or
                                        --other <id> to pick the session)
  --model <model>                       Model. Use --third for more
  -r, --resume [value]                  Resume
"""
CLAP = "Options:\n  -m, --model <MODEL>\n          Model; see --gone\n      --no-daemon\n          Without it\n"
YARGS = "Options:\n  -m, --model           Model  [string]\n      --session-id      An id: --gone  [string]\n"
ARGPARSE = "usage: x [-h] [--gone]\n\noptions:\n  -h, --help  show\n  --model NAME\n  --resume UUID  go on\n"
COLOURED = "\x1b[1mOptions\x1b[0m\n  \x1b[36m--model\x1b[0m, -m <m>   Model\n"
BOXED = "╭─ Options ─╮\n│ --model  -m  TEXT  The model │\n"


@pytest.mark.parametrize(
    "page, flags",
    [
        (COMMANDER, {"-c", "--continue", "--model", "-r", "--resume"}),
        (CLAP, {"-m", "--model", "--no-daemon"}),
        (YARGS, {"-m", "--model", "--session-id"}),
        (ARGPARSE, {"-h", "--help", "--model", "--resume"}),
        (COLOURED, {"--model", "-m"}),
        (BOXED, {"--model", "-m"}),
        ("error: unexpected argument '--help'", set()),
    ],
)
def test_options_are_told_from_descriptions_that_speak_of_them(page: str, flags: set[str]) -> None:
    assert options(page) & {"--gone", "--other", "--third"} == set()
    assert flags <= options(page)


def test_flags_of_a_launch_are_those_of_its_parts_without_values() -> None:
    argv = [
        {"add": ["{executable}", "-m", "{model}", "-c", 'effort="{effort}"']},
        {"when": "start", "add": ["--id={conversation}"]},
        {"when": "resume", "add": ["resume", "--hidden", "{conversation}"]},
    ]
    runtimes = {"tmux": {"argv": argv}, "acp": {"argv": [{"add": ["--acp"]}], "cannot": "nothing"}}
    profile = Profile.model_validate({"name": "x", "runtimes": runtimes, "unlisted": ["--hidden"]}, strict=False)

    assert used_flags(profile, "start") == {"-m", "-c", "--id"}
    assert used_flags(profile, "resume") == {"-m", "-c"}
