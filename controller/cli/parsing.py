"""From words to arguments: the options of every command, and usage errors that end with 64."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from ..errors import UsageError

if TYPE_CHECKING:
    from .verbs import Verb, VerbModule

WITH_VALUE: Final = ("--sessions-dir", "--state-dir")
"""Options of every command that take a value; they may stand before the verb as well."""


class Parser(argparse.ArgumentParser):
    """A parser that raises where argparse prints and exits with 2, which here means "changes pending"."""

    def error(self, message: str) -> NoReturn:
        """Turn argparse's sentence into ours.

        :raises UsageError: always.
        """
        raise UsageError(f"cannot read the command line: {message}", hint=f"`{self.prog} --help` tells the arguments")


def split(argv: list[str]) -> tuple[list[str], list[str]]:
    """Return the options before the verb, ``-h`` as ``--help``, and the words from the verb on."""
    before: list[str] = []
    rest = list(argv)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        before.append("--help" if word == "-h" else word)
        if word in WITH_VALUE and rest:
            before.append(rest.pop(0))
    return before, rest


def parser_of(verb: "Verb", module: "VerbModule") -> Parser:
    """Return the parser of one verb, the options of every command included."""
    parser = Parser(
        prog=f"muster {verb.name}", description=f"{verb.line[0].upper()}{verb.line[1:]}.", allow_abbrev=False
    )
    parser.set_defaults(verb=verb.name)
    module.add_arguments(parser)
    places = parser.add_argument_group("for every command")
    places.add_argument(
        "--sessions-dir", action="append", default=[], type=Path, metavar="DIR", help="where session files are"
    )
    places.add_argument("--state-dir", type=Path, metavar="DIR", help="where the state is")
    places.add_argument("--no-color", action="store_true", help="no colour, on a terminal either")
    return parser


def parse(verb: "Verb", module: "VerbModule", words: list[str]) -> argparse.Namespace:
    """Return the verb's arguments.

    :raises UsageError: when the words do not fit.
    """
    return parser_of(verb, module).parse_args(words)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option that every listing has."""
    parser.add_argument("--json", action="store_true", help="print JSON; the keys are a contract")
