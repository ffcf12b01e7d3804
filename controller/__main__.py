"""The one door: small programs that must start at once are sent on before anything heavy is imported."""

import resource
import sys


def main() -> int:
    """Run what the first word names; all that is not one of Muster's own small programs is the command line."""
    # A core file is a copy of the memory, and so of every secret. Sessions inherit it; who wants one may say so again.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    argv = sys.argv[1:]
    match argv[:1]:
        case ["launch"]:
            from .runtimes.launch import main as program
        case ["launcher"]:
            from .runtimes.launcher import main as program
        case ["keeper"]:
            from .runtimes.acp.keeper import main as program
        case ["embedded-agent"]:
            from .agents.embedded import main as program
        case _:
            from .cli import main as command_line

            return command_line(argv)
    return program(argv[1:])


if __name__ == "__main__":
    sys.exit(main())
