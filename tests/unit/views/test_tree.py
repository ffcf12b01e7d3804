"""Who spawned whom, drawn before the names."""

from controller.plan.status import status_of
from controller.plan.strategy import intend
from controller.views.tree import branches
from tests.property.worlds import NOW, declared, in_sync


def drawn(**parents: str | None) -> list[str]:
    """Each session's name with what stands before it, as a tree of these parents."""
    cases = [in_sync(declared(name, **({"parent": parent} if parent else {}))) for name, parent in parents.items()]
    statuses = [status_of(case, intend(case, "s"), NOW) for case in cases]
    return [f"{before}{status.name}" for before, status in branches(statuses)]


def test_each_stands_below_who_spawned_it() -> None:
    assert drawn(a=None, b="a", c="b", d="a", e=None) == ["a", "├─ b", "│  └─ c", "└─ d", "e"]


def test_nobody_is_left_out() -> None:
    """Where the parent is not there, or parents come round, each is drawn all the same, and once."""
    assert drawn(a="gone", b="c", c="b", d="d") == ["a", "b", "└─ c", "d"]
