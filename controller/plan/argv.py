"""The one builder of argv, for start and resume, so that they cannot disagree."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Final, assert_never

from ..model.desired import Desired
from ..model.plan import Launch
from ..model.profile import ArgvPart, Part
from .headless import headless

_WORD: Final = re.compile(r"\{(\w+)\}")
_CONVERSATIONS: Final = uuid.UUID("6d757374-6572-5000-8000-636f6e766572")
"""The name space of conversation ids: "muster" and "conver" in ASCII."""

_AGENTS: Final = str(PurePath(__file__).parents[1] / "agents")
"""Where what comes with the profiles stands: extensions and hooks that an agent is given on its command line."""

Words = Mapping[str, str | Sequence[str] | None]


def minted_id(state_id: str, name: str, generation: int) -> str:
    """Return the id of a session's n-th conversation: the same in every plan of one world."""
    return str(uuid.uuid5(_CONVERSATIONS, f"{state_id}/{name}/{generation}"))


def build(
    desired: Desired,
    *,
    conversation: str | None,
    resumes: bool,
    prompt: str | None,
    generation: int,
    model: str | None = None,
    mends: str | None = None,
) -> Launch:
    """Return all that is needed to bring a session's process up.

    :param model: another than the desired one, to go back to what worked. A word that is no model of this agent is
        filled in as it stands: such a launch is only shown, the guard holds it.
    """
    winner = desired.resolution.winner
    chosen = model or desired.model or (winner.said if winner else None) or ""
    runtime = desired.profile.runtimes[desired.runtime]
    words: Words = {
        "executable": desired.executable or tuple(desired.profile.executables[:1]),
        "model": desired.profile.sent_as(chosen),
        "effort": desired.effort,
        "conversation": conversation,
        "prompt": prompt,
        "args": desired.spec.args,
        "cwd": desired.cwd,
        "agents": _AGENTS,
        "mcp_command": json.dumps(desired.tools[0]) if desired.tools else None,
        "mcp_args": json.dumps(desired.tools[1:]),
    }
    argv = [word for part in runtime.argv if _applies(part, words, resumes) for word in _filled(part.add, words)]
    return Launch(
        agent=desired.profile.name,
        runtime=desired.runtime,
        argv=tuple(argv),
        env=tuple(sorted((_environment(runtime.env, words) | desired.spec.env).items())),
        env_file=desired.spec.env_file,
        needs=tuple(desired.profile.env_required),
        cwd=desired.cwd,
        model=chosen,
        effort=desired.effort,
        conversation=conversation,
        generation=generation,
        resumes=resumes,
        fingerprint=desired.fingerprint,
        mends=mends,
        tools=bool(desired.tools),
        headless=headless(desired, chosen, prompt),
        bounds=desired.bounds,
    )


def _applies(part: ArgvPart, words: Words, resumes: bool) -> bool:  # noqa: FBT001 - one of the two kinds of a launch
    match part.when:
        case Part.ALWAYS:
            return True
        case Part.START:
            return not resumes
        case Part.RESUME:
            return resumes
        case Part.EFFORT:
            return words["effort"] is not None
        case Part.PROMPT:
            return words["prompt"] is not None
        case Part.MCP:
            return words["mcp_command"] is not None
        case never:
            assert_never(never)


def _environment(said: Mapping[str, str], words: Words) -> dict[str, str]:
    return {name: _WORD.sub(lambda match: _text(match, words), value) for name, value in said.items()}


def _filled(templates: list[str], words: Words) -> list[str]:
    """Fill the words in; braces that hold no word of ours (JSON, say) stay as they are."""
    filled: list[str] = []
    for template in templates:
        whole = _WORD.fullmatch(template)
        value = words.get(whole[1]) if whole else None
        if value is not None and not isinstance(value, str):
            filled.extend(value)
        else:
            filled.append(_WORD.sub(lambda match: _text(match, words), template))
    return filled


def _text(match: re.Match[str], words: Words) -> str:
    value = words.get(match[1])
    if value is None:
        return match[0]
    return value if isinstance(value, str) else " ".join(value)
