"""A command line that a person typed, read by the profile: which model, which conversation, and what else matters."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .. import log
from ..model.profile import Profile
from .places import safe

_FLAG: Final = re.compile(r"--?[A-Za-z][\w-]*")
_MODEL: Final = "{model}"
_CONVERSATION: Final = "{conversation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """What a command line says.

    :ivar model: the word, as it stands there.
    :ivar conversation: only what may be an id.
    :ivar args: what else matters and may be written down.
    :ivar left_out: flags that were there and cannot be taken over: secrets, or nobody knows what belongs to them.
    """

    model: str | None = None
    conversation: str | None = None
    args: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def read(profile: Profile, argv: Sequence[str]) -> CommandLine:
    """Return what a command line says; nothing where it is blanked or not that of the profile's program."""
    model = conversation = None
    args: list[str] = []
    left_out: list[str] = []
    known = _Flags(profile)
    for flag, value, joined in _pairs(_after_program(profile, argv), known):
        if flag in known.model:
            model = value or model
        elif flag in known.conversation:
            conversation = safe(value) or conversation
        elif flag in known.dropped:
            continue
        elif _is_secret(flag, value) or (value and not joined and re.search(r"\s", value)):
            left_out.append(flag)  # with a blank in it, it may be the prompt
        else:
            args += [f"{flag}={value}"] if joined else [flag, value] if value is not None else [flag]
    return CommandLine(model=model, conversation=conversation, args=tuple(args), left_out=tuple(left_out))


class _Flags:
    """The flags that mean something to us."""

    def __init__(self, profile: Profile) -> None:
        typed = profile.typed
        templates = [part.add for runtime in profile.runtimes.values() for part in runtime.argv]
        self.model = {*typed.model, *_before(templates, _MODEL)}
        self.conversation = {*typed.conversation, *_before(templates, _CONVERSATION)}
        # What our own command line says anyway is not said twice.
        ours = {word.partition("=")[0] for words in templates for word in words if _FLAG.match(word)}
        bare = ours - _before(templates, "")
        self.alone = {*typed.drop, *typed.switches, *bare}
        self.dropped = {*typed.drop, *typed.drop_with_word, *bare, *_before(templates, "{prompt}")}


def _before(templates: Sequence[Sequence[str]], word: str) -> set[str]:
    """Return the flags that stand before a value with this word in it, or hold it themselves."""
    pairs = (pair for words in templates for pair in pairwise(words))
    apart = {flag for flag, value in pairs if _FLAG.fullmatch(flag) and word in value and not _FLAG.fullmatch(value)}
    joined = {
        said.partition("=")[0] for words in templates for said in words if _FLAG.match(said) and f"={word}" in said
    }
    return apart | joined


def _after_program(profile: Profile, argv: Sequence[str]) -> list[str]:
    """Return the words behind the program: its path, what interprets it, and the sub-command that the profile names."""
    words = [word for word in argv[1:] if word]
    for runtime in profile.runtimes.values():
        first = runtime.argv[0].add if runtime.argv else []
        for word in first[1:2]:
            if not _FLAG.match(word) and "{" not in word and word in words:
                return words[words.index(word) + 1 :]
    while words and not words[0].startswith("-") and "/" in words[0]:
        words = words[1:]  # a script that argv[0] interprets
    return words


def _pairs(words: Sequence[str], known: _Flags) -> Iterator[tuple[str, str | None, bool]]:
    """Yield flags with the word that belongs to each; words without a flag are a prompt or a sub-command."""
    index = 0
    while index < len(words):
        word, index = words[index], index + 1
        if word == "--":
            return
        if not _FLAG.match(word):
            continue
        flag, equals, value = word.partition("=")
        if equals:
            yield flag, value, True
        elif flag not in known.alone and index < len(words) and not words[index].startswith("-"):
            yield flag, words[index], False
            index += 1
        else:
            yield flag, None, False


def _is_secret(flag: str, value: str | None) -> bool:
    if value is None:
        return False
    return log.scrub(value, flag.replace("-", "_")) != value or re.search(r"://[^/\s]*@", value) is not None
