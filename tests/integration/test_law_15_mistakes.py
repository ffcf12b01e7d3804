"""Law 15: all errors of a directory are told, each with its place; one bad file never hides or stops another."""

from pathlib import Path

from controller.model.event import EventType
from tests.integration.controller_world import live

GOOD = "tier: family\n"
MISTAKES = {
    "syntax": ("tier: [family\nmodel: mini\n", 2, 6),
    "key": ("tier: family\nmodle: mini\n", 2, 1),
    "kind": ("tier: family\nmodel: 4.1\n", 2, 8),
    "twice": ("tier: family\ntier: bots\n", 2, 1),
    "agent": ("tier: family\nagent: nobody\n", 2, 8),
    "model": ("tier: family\nmodel: gigantic\n", 2, 8),
    "choice": ("origin: martian\n", 1, 9),
    "span": ("update: {wait_at_most: soon}\n", 1, 24),
    "tag": ("tier: !!python/object:os.system family\n", 1, 7),
    "list": ("- tier\n- family\n", 1, 1),
    "ceiling": ("origin: ai\nmodel: maxi\n", 2, 8),
}
INVALID = 3


def test_every_mistake_is_told_with_its_place_while_the_good_sessions_run(short_path: Path) -> None:
    """By validate, plan, status and the events; and the good sessions are moved as if nothing were."""
    with live(short_path, files={"alice": GOOD, "bob": GOOD}) as world:
        before = world.pid("bob")
        places = set()
        for name, (text, line, column) in MISTAKES.items():
            world.write(f"{name}.yaml", text)
            places.add((f"{name}.yaml", line, column))
        world.write("alice.yaml", f"{GOOD}model: maxi\n")
        world.up("alice", model="maxi")
        world.passes()
        assert world.pid("bob") == before

        printed = world.muster("validate", exits=INVALID).out
        missing = [place for place in places if ":".join(map(str, place)) not in printed]
        assert missing == [], printed
        errors = world.muster("plan", "--json", exits=INVALID).json["errors"]
        assert {(Path(one["file"]).name, one["line"], one["column"]) for one in errors} >= places
        invalid = world.events(EventType.FILE_INVALID)
        assert {Path(one["place"].rsplit(":", 2)[0]).stem for one in invalid} == set(MISTAKES)
        states = {one["name"]: one["state"] for one in world.muster("status", "--json").json["sessions"]}
        assert (states["alice"], states["bob"]) == ("unverified", "unverified")
