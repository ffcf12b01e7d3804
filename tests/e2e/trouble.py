"""What goes wrong around an agent, case by case: each ends with the whole conversation on the model of the file."""

import shutil
from collections.abc import Callable
from typing import Any, Final

from controller.model.event import EventType
from tests.waiting import wait_for

from .scenario import Scene, Story
from .wire_world import NAME, PATIENCE, WireWorld, gone

LOOKS: Final = 3
"""Passes over everything after which what the controller would do has begun."""
_NOTICED: Final = 180.0
"""Seconds: an agent may try a failing provider ten times, and a quiet session is looked at every 20."""


class Trouble(Scene):
    """A session on its first model, with one turn; and the checks that several cases share."""

    def __init__(self, world: WireWorld) -> None:
        super().__init__(world, Story(agent=world.row.agent, version=world.row.package.version))
        world.link_programs()
        self.start()

    def is_held(self, guard: str) -> None:
        """A guard holds the switch to the second model, and nothing was done."""
        hold = wait_for(lambda: self._hold(guard), PATIENCE, f"to be held by {guard}")
        self.world.passes(LOOKS)
        assert self._hold(guard), f"no longer held by {guard}, which said {hold['sentence']}"
        assert self.world.pid(NAME) == (self.pid or None), "its process was touched"

    def _hold(self, guard: str) -> dict[str, Any]:
        changes = self.world.muster("plan", "--json", exits=None).json["changes"]
        return next((one["hold"] for one in changes if one["hold"] and one["hold"]["guard"] == guard), {})

    def stop(self) -> None:
        """Stopped by its file."""
        self.world.declare(self.a, state="stopped")
        wait_for(lambda: gone(self.pid), PATIENCE, "the end of the process")
        self.pid = 0

    def goes_on(self) -> None:
        """It comes up on the second model, with all that was said."""
        self.world.passes(1)
        self.pid = self.world.ready(unlike=self.pid or None, within=_NOTICED)
        self.world.turn(self.b)
        self.verified(self.b)

    # ---- the cases

    def somebody_else_has_it(self) -> None:
        """A person opened the stopped conversation: it is theirs until they leave, and nobody signals them."""
        self.stop()
        with self.world.person(self.conversation or "") as person:
            self.world.declare(self.b)
            self.is_held("foreign")
            assert person.is_running(), "the person's process was ended"
        self.goes_on()

    def somebody_else_came_too(self) -> None:
        """A person opened it beside ours: no restart while there are two writers."""
        with self.world.person(self.conversation or "") as person:
            self.world.declare(self.b)
            self.is_held("conflict")
            assert person.is_running(), "the person's process was ended"
        self.goes_on()

    def conversation_is_gone(self) -> None:
        """Its files vanished while it was stopped: it stays down, and comes back with them."""
        self.stop()
        away = self.world.root / "away"
        kept = self.world.on_disk(self.conversation or "")
        assert kept
        moved = [(path, shutil.move(path, away.with_name(f"away-{number}"))) for number, path in enumerate(kept)]
        self.world.declare(self.b)
        self.is_held("unresumable")
        for path, where in moved:
            shutil.move(where, path)
        self.goes_on()

    def conversation_may_be_left(self) -> None:
        """The same where the file says ``resume: auto``: a new one, and the event says loudly what was left."""
        self.stop()
        for path in self.world.on_disk(self.conversation or ""):
            path.unlink()
        self.world.declare(self.b, resume="auto")
        self.world.passes(1)
        self.world.ready()
        [left] = self.world.told(EventType.SESSION_FRESH, NAME)
        assert left["left"] == self.conversation, left
        assert left["message"] == "A new session was started.", left
        self.world.tags.clear()
        request = self.world.turn(self.b)
        assert len(request["assistants"]) == 0, "the new conversation has an old answer"

    def another_directory(self) -> None:
        """Elsewhere a conversation is resumed only by an agent that can; the others are held."""
        elsewhere = self.world.work / "elsewhere"
        elsewhere.mkdir()
        self.world.declare(self.b, cwd=str(elsewhere))
        if not self.world.row.moves:
            self.is_held("unresumable")
            self.world.declare(self.b)
        self.goes_on()

    def provider_fails(self, status: int) -> None:
        """Errors in mid-turn: the switch waits while the agent tries again, and loses nothing that was answered."""
        world = self.world
        world.server.refused = {world.row.models[self.a]: status}
        tag = world.tag("failed")
        world.type(f"Remember {tag}")
        assert world.asks(tag)["status"] == status
        world.declare(self.b)
        world.passes(LOOKS)
        world.server.refused = {}
        self.goes_on()

    def program_vanishes(self) -> None:
        """An upgrade under way: no program, so what runs is not stopped."""
        [*links] = self.world.unlink_programs()
        self.world.declare(self.b)
        self.is_held("not-installed")
        self.world.link_programs()
        assert links
        self.goes_on()

    def program_is_broken(self) -> None:
        """An upgrade that went wrong: it is told, tried again by back-off, and comes back when a person mended it."""
        world = self.world
        for link in world.unlink_programs():
            link.write_text("#!/bin/sh\necho broken upgrade >&2\nexit 1\n")
            link.chmod(0o755)
        world.declare(self.b)
        wait_for(lambda: gone(self.pid), _NOTICED, "the end of the old process")
        wait_for(lambda: "broken upgrade" in world.status(NAME)["message"], _NOTICED, "the broken program to be told")
        world.link_programs()
        world.muster("retry", NAME)
        self.goes_on()


CASES: Final[dict[str, Callable[[Trouble], None]]] = {
    "a person has the stopped conversation": Trouble.somebody_else_has_it,
    "a person opens it beside ours": Trouble.somebody_else_came_too,
    "the conversation is gone": Trouble.conversation_is_gone,
    "the conversation is gone and may be": Trouble.conversation_may_be_left,
    "another directory": Trouble.another_directory,
    "404 in mid-turn": lambda it: it.provider_fails(404),
    "429 in mid-turn": lambda it: it.provider_fails(429),
    "500 in mid-turn": lambda it: it.provider_fails(500),
    "the program vanishes": Trouble.program_vanishes,
    "the program is broken by an upgrade": Trouble.program_is_broken,
}
