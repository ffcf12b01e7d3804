"""What people read of an agent."""

from controller.model.installed import Installed, Probed
from controller.model.profile import Profile
from controller.views import agents as view

PROFILE = Profile.model_validate(
    {
        "name": "x",
        "runtimes": {
            "tmux": {"argv": [], "proven": ["1.2.0"]},
            "process": {"argv": [], "resume_model": "session"},
            "acp": {"argv": [], "cannot": "load destroys the conversation"},
        },
        "conversation": "by-agent",
        "quirks": [{"says": "old trap", "versions": "<1.0"}, {"says": "seen trap", "versions": "1.1.0"}],
    },
    strict=False,
)


def test_what_is_proven_for_another_version_is_said_so() -> None:
    text = view.as_text(PROFILE, Installed(executable=("/x",), version="1.3.0"))

    assert "proven on 1.2.0, not on 1.3.0" in text
    assert "seen trap (1.1.0)" in text
    assert "old trap" not in text
    assert view.as_json([(PROFILE, Installed(version="1.2.0"))])["agents"][0]["runtimes"]["tmux"]["proven_here"]


def test_what_is_impossible_is_said_in_sentences() -> None:
    [entry] = view.as_json([(PROFILE, Installed())])["agents"]

    assert entry["impossible"] == [
        "process: it ignores the model when it resumes; only a fresh start switches",
        "acp: load destroys the conversation",
        "be given a conversation's id: it mints its own",
        "tell which conversation a process works on",
        "tell whether it is busy: it counts as idle",
        "tell which model it used: asked is all that is known",
    ]
    assert {kind: one["switch"] for kind, one in entry["runtimes"].items()} == {
        "tmux": "restart",
        "process": "fresh",
        "acp": "none",
    }


def test_a_flag_that_no_longer_fits_is_named_in_the_table() -> None:
    probed = Probed(missing=("--resume (resume)",))
    table = view.as_table([(PROFILE, Installed(executable=("/x",), probed=probed))])

    assert "its help does not list --resume (resume)" in table
