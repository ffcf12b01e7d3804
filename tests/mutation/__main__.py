"""``python -m tests.mutation [WORDS...]``: break what has these words in its name (all without), and list survivors."""

import sys
import tempfile
from pathlib import Path

from tests.mutation.mutations import Mutation, read
from tests.mutation.trial import CannotTry, Copy, Verdict

ROOT = Path(__file__).resolve().parents[2]


def main(words: list[str]) -> int:
    """Return 0 when no mutation survived but those that are explained; 2 when there was no verdict."""
    chosen = [one for one in read(ROOT) if not words or any(word in one.breaks for word in words)]
    with tempfile.TemporaryDirectory(prefix="mutation-", dir="/tmp") as place:
        try:
            return _tried(Copy(ROOT, Path(place)), chosen)
        except CannotTry as error:
            print(error, file=sys.stderr)
            return 2


def _tried(copy: Copy, chosen: list[Mutation]) -> int:
    print(f"{len(chosen)} mutations; first their tests on the tree as it is", flush=True)
    if said := copy.passes(sorted({test for one in chosen for test in one.held_by})):
        raise CannotTry(f"cannot judge: tests fail on the tree as it is\n{said}")
    survivors, noticed = [], []
    for one in chosen:
        trial = copy.tried(one)
        print(f"{trial.verdict.value:13} {trial.seconds:5.1f} s  {one.breaks}  {trial.by}", flush=True)
        if trial.verdict is Verdict.SURVIVED:
            survivors.append(one)
        elif one.survives:
            noticed.append(one)
    for one in survivors:
        print(f"survivor: {one.breaks} ({one.at}): {one.survives or 'NOT EXPLAINED; write the test that fails'}")
    for one in noticed:
        print(f"noticed after all, take its explanation away: {one.breaks}")
    return 1 if noticed or any(not one.survives for one in survivors) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
