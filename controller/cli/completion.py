"""``muster completion``: shell scripts that ask Muster for words, and the words; nothing heavy is imported."""

import argparse
from itertools import pairwise
from pathlib import Path
from typing import Final

from . import parsing, verbs, words
from .console import Console

_BASH: Final = """\
# muster completion for bash; in ~/.bashrc: source <(muster completion bash)
_muster() {
    local IFS=$'\\n'
    COMPREPLY=($(muster completion words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    [[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _muster muster"""

_ZSH: Final = """\
#compdef muster
# muster completion for zsh; in ~/.zshrc, after compinit: source <(muster completion zsh)
_muster() {
    local -a found
    found=(${(f)"$(muster completion words "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( ${#found} )); then compadd -- $found; else _files; fi
}
compdef _muster muster"""

_FISH: Final = """\
# muster completion for fish; as ~/.config/fish/completions/muster.fish
function __muster_words
    set -l said (commandline -opc)
    set -e said[1]
    muster completion words $said (commandline -ct) 2>/dev/null
end
complete -c muster -f -a '(__muster_words)'"""

SCRIPTS: Final = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the shell; the scripts themselves come back with ``words``."""
    parser.add_argument("shell", choices=[*SCRIPTS, "words"], help="the shell; words: what may follow, for the scripts")
    parser.add_argument("said", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def run(args: argparse.Namespace, console: Console) -> int:
    """Print a shell's script, or the words that may stand where the last one stands."""
    if args.shell in SCRIPTS:
        console.line(SCRIPTS[args.shell])
        return 0
    for word in candidates(args.said or [""]):
        console.line(word)
    return 0


def candidates(said: list[str]) -> list[str]:
    """Return what may stand in the place of the last word, which may be begun."""
    *before, begun = said
    _, rest = parsing.split(before)
    offered = _after(rest[0], rest[1:], before, begun) if rest else [verb.name for verb in verbs.VERBS]
    return sorted(word for word in offered if word.startswith(begun))


def _after(name: str, rest: list[str], before: list[str], begun: str) -> list[str]:
    """Return options, or the words of the argument whose turn it is."""
    verb = next((verb for verb in verbs.VERBS if verb.name == name), None)
    if verb is None:
        return []
    actions = parsing.parser_of(verb, verbs.module_of(verb))._actions  # noqa: SLF001 - argparse shows them nowhere else
    options = {option: action for action in actions for option in action.option_strings}
    if before and (asking := options.get(before[-1])) and asking.nargs != 0:
        return _values(asking, before)
    if begun.startswith("-"):
        return [option for option in options if option.startswith("--")]
    positionals = [action for action in actions if not action.option_strings]
    place = _positionals_in(rest, options)
    if not positionals or (place >= len(positionals) and positionals[-1].nargs not in ("*", "+")):
        return []
    return _values(positionals[min(place, len(positionals) - 1)], before)


def _positionals_in(rest: list[str], options: dict[str, argparse.Action]) -> int:
    count = 0
    previous: argparse.Action | None = None
    for word in rest:
        value_of_option = previous is not None and previous.nargs != 0
        previous = None if value_of_option else options.get(word)
        count += not value_of_option and not word.startswith("-")
    return count


def _values(action: argparse.Action, before: list[str]) -> list[str]:
    """Return the words for one argument, told by its choices or its name (``metavar``)."""
    if action.choices:
        return list(action.choices)
    match action.metavar:
        case "NAME":
            return words.sessions(_directories(before))
        case "MODEL":
            return words.models()
        case "AGENT":
            return words.agents()
    return []


def _directories(before: list[str]) -> list[Path]:
    """Return the session directories as the begun command line gives them."""
    said = [Path(value) for option, value in pairwise(before) if option == "--sessions-dir"]
    return said or words.directories()
