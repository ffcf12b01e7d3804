"""The command line: one module a verb, one table of verbs.

It parses words, calls the floors below and prints; it decides nothing about sessions. A verb's module is imported only
when that verb is called, and imports what is heavy inside its functions: ``muster --help`` stays a matter of
milliseconds.
"""

import gc
import sys
from typing import Final

from ..errors import MusterError, UsageError
from . import console as terminal
from . import parsing, rights, verbs

_YOUNG: Final = 200_000
"""New objects between two searches for cycles: what a command imports and loads is not garbage, and with Python's 700
the searches take a tenth of its time."""


def main(argv: list[str]) -> int:
    """Run one command and return its exit code (design 5); nothing is raised."""
    gc.set_threshold(_YOUNG)
    console = terminal.Console.of_process()
    try:
        code = _run(argv, console)
        sys.stdout.flush()
    except MusterError as error:
        return _said(console, error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return terminal.reader_has_gone()
    except Exception as error:  # noqa: BLE001 - a bug is reported whole, never as silence
        return _bug(console, error)
    finally:
        gc.freeze()  # spares Python's own last search: what a command leaves behind ends with its process
    return code


def _run(argv: list[str], console: terminal.Console) -> int:
    before, rest = parsing.split(argv)
    if "--version" in before:
        from .. import __version__

        console.line(f"muster {__version__}")
        return 0
    if "--help" in before:
        console.line(verbs.overview())
        return 0
    if not rest:
        console.note(verbs.overview())
        return UsageError.exit_code
    verb = verbs.find(rest[0])
    module = verbs.module_of(verb)
    try:
        args = parsing.parse(verb, module, before + rest[1:])
    except SystemExit:  # argparse has printed the verb's help
        return 0
    console.plain = console.plain or args.no_color
    with rights.held(verb, args):
        return module.run(args, console)


def _said(console: terminal.Console, error: MusterError) -> int:
    console.note(f"muster: {error.message}")
    if error.hint:
        console.note(f"hint: {error.hint}")
    return error.exit_code


def _bug(console: terminal.Console, error: Exception) -> int:
    import platform
    import traceback

    from .. import __version__

    console.note("".join(traceback.format_exception(error)).rstrip())
    console.note(f"muster: cannot go on: this is a bug in Muster ({type(error).__name__}: {error})")
    console.note(
        f"hint: report the lines above, with muster {__version__}, Python {platform.python_version()}, {sys.platform}"
    )
    return 1
