"""``muster command``: one command of a chat channel, for bots that carry them: an edit of one session, and a reply."""

import argparse

from ..errors import MusterError, UsageError
from . import commanding, parsing, places
from .console import Console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whose chat, and the line."""
    parser.add_argument("name", metavar="NAME", help="the session")
    parser.add_argument("text", metavar="TEXT", help="the line as it was typed: '/model fast', /local, /reset, /status")
    parser.add_argument(
        "--reset-conversation",
        action="store_true",
        help="in this channel /reset leaves the conversation behind as well, as `muster fresh` does",
    )
    parsing.add_json(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Read, answer, carry out, and print what the channel shows."""
    from ..commands import grammar
    from ..commands.answer import answer
    from ..views import command as view

    command = grammar.read(args.text.strip())
    if command is None:
        hint = f"`muster send {args.name} TEXT` says it to the agent; the commands are:\n{grammar.HELP}"
        raise UsageError(f"cannot run {args.text!r}: it is none of our commands", hint=hint)
    settings = places.settings(args)
    reply = answer(command, commanding.look(settings, args.name), clears=args.reset_conversation)
    code = MusterError.exit_code if reply.refused else 0
    if reply.edit:
        # What the edit says beside its reply is for whoever runs the channel.
        beside = Console(console.err, console.err, plain=True)
        code = commanding.carry_out(settings, args.name, reply.edit, beside)
    if args.json:
        console.json(view.as_json(reply))
    else:
        console.line(view.as_text(reply))
    return code
