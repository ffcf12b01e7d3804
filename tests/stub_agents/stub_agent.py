"""A process for tests of runtimes: it writes down how it was started and what it hears, and misbehaves when told.

stub_agent.py REPORT [--ignore-term] [--print TEXT] [--exit CODE] [--child] [--daemon] [--wrap]

REPORT is a file that gets one JSON object a line: first {"argv", "env", "cwd", "pid", ...}, then one {"said": ...} for
each line of stdin.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def write(report: str, **said: object) -> None:
    with Path(report).open("a") as file:
        file.write(json.dumps(said) + "\n")


def fork_sleeper(*, own_session: bool) -> int:
    """A child that lives on its own; with a session of its own no group or session leads to it."""
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"], start_new_session=own_session).pid


def main(report: str, *flags: str) -> None:
    if "--print" in flags:
        print(flags[flags.index("--print") + 1], flush=True)
    if "--exit" in flags:
        sys.exit(int(flags[flags.index("--exit") + 1]))
    if "--wrap" in flags:
        inner = [flag for flag in flags if flag != "--wrap"]
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(subprocess.call([sys.executable, __file__, report, *inner], restore_signals=True))
    signal.signal(signal.SIGTERM, signal.SIG_IGN if "--ignore-term" in flags else signal.SIG_DFL)
    children = [fork_sleeper(own_session=flag == "--daemon") for flag in flags if flag in {"--child", "--daemon"}]
    default = [n for n in signal.valid_signals() if signal.getsignal(n) is signal.SIG_IGN]
    write(
        report,
        argv=sys.argv,
        env=dict(os.environ),
        cwd=str(Path.cwd()),
        pid=os.getpid(),
        children=children,
        session=os.getsid(0),
        ignored=default,
        fds=len(os.listdir("/dev/fd")),
    )
    print("ready", flush=True)
    for line in sys.stdin:
        if line == "/quit\n":
            return
        write(report, said=line.rstrip("\n"))
    while True:
        time.sleep(60)


main(*sys.argv[1:])
