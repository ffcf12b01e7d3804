"""A ground whose sessions live in any of the runtimes: each is read, and typed into, in its own way."""

import shutil
from typing import Final

from controller.model.session import RuntimeKind
from tests.integration.controller_world import ControllerWorld
from tests.integration.headless_world import HeadlessWorld
from tests.torture.ground import Ground

RUNTIMES: Final = (
    *(RuntimeKind.PROCESS, RuntimeKind.ACP),
    *((RuntimeKind.TMUX,) if shutil.which("tmux") else ()),
)


class MixedGround(Ground, HeadlessWorld):
    """Sessions of all runtimes; each is read in its own way."""

    def _headless(self, name: str) -> bool:
        file = self.run_file(name)
        return file is not None and file.runtime is RuntimeKind.ACP

    def model(self, name: str) -> str | None:
        return HeadlessWorld.model(self, name) if self._headless(name) else ControllerWorld.model(self, name)

    def doing(self, name: str) -> str | None:
        return HeadlessWorld.doing(self, name) if self._headless(name) else ControllerWorld.doing(self, name)

    def conversation(self, name: str) -> str:
        of = HeadlessWorld if self._headless(name) else ControllerWorld
        return of.conversation(self, name)

    def type_line(self, name: str, text: str) -> None:
        """As a person does who is somewhere else, where there is no pipe to write to."""
        file = self.run_file(name)
        if file is None or file.runtime is RuntimeKind.PROCESS:
            super().type_line(name, text)
        else:
            self.muster("send", name, text)
