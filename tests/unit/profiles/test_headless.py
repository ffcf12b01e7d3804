"""What an agent's own records tell where a keeper carries the session."""

from pathlib import Path

from controller.model.session import RuntimeKind
from tests.unit.profiles.looking import looker
from tests.unit.profiles.reading import ID, NOON
from tests.unit.profiles.test_conversations import ASKED, LATER, SINCE, reply, slug, write


def test_a_model_that_was_only_set_is_proven_by_no_record(tmp_path: Path) -> None:
    """Claude writes the keeper's own word down as it writes a person's: in a terminal that is theirs."""
    look = looker(tmp_path, wall=NOON + 60)
    said = {"content": "<local-command-stdout>Set model to `opus (claude-opus-5-5)`</local-command-stdout>"}
    change = ASKED | {"timestamp": LATER, "message": said}
    path = tmp_path / ".claude/projects" / slug(tmp_path) / f"{ID}.jsonl"
    write(path, ASKED, reply("claude-haiku-5-5", SINCE), change)

    names = [
        seen.model and seen.model.name
        for seen in (look("claude", ID, runtime=runtime) for runtime in (RuntimeKind.TMUX, RuntimeKind.ACP))
    ]

    assert names == ["opus", "haiku"]
