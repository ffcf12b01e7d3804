"""`muster` as people run it, at a keeper that no controller knows: its state directory is the keeper's place."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from controller.settings import Settings, self_spawn
from tests.integration.cli_world import Ran
from tests.integration.keeper.world import World

SECONDS = 60


class FrontEnds:
    """Commands at the session ``a``."""

    def __init__(self, world: World) -> None:
        world.socket = Settings(state_dir=world.place).keeper_socket("a")
        self.sessions = world.place / "sessions.d"
        self.sessions.mkdir()
        self.env = os.environ | {"MUSTER_SESSIONS_DIR": str(self.sessions), "MUSTER_STATE_DIR": str(world.place)}

    def run(self, *words: str, exits: int = 0, said: bytes = b"") -> Ran:
        """Run one command to its end."""
        done = subprocess.run(
            self_spawn(*words), env=self.env, input=said, capture_output=True, timeout=SECONDS, check=False
        )
        ran = Ran(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())
        assert ran.code == exits, f"muster {' '.join(words)} ended with {ran.code}:\n{ran.out}{ran.err}"
        return ran

    @contextlib.contextmanager
    def going(self, out: Path, *words: str) -> "Iterator[subprocess.Popen[bytes]]":
        """Run one command beside the test; what it prints goes to a file."""
        with out.open("wb") as file:
            command = subprocess.Popen(
                self_spawn(*words), env=self.env, stdin=subprocess.PIPE, stdout=file, stderr=subprocess.STDOUT
            )
        try:
            yield command
        finally:
            command.kill()
            command.communicate()
