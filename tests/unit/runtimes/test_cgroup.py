"""Which cgroup is a launch's own; what the kernel does with it is in the contract suite."""

from pathlib import Path

from controller.runtimes.cgroup import delegated, pids, place


def test_each_launch_has_its_own() -> None:
    """A successor, or another Muster with a session of that name, is never in the cgroup that a stop empties."""
    base = Path("/cg")

    assert place(base, "alice", "n1") != place(base, "alice", "n2")


def test_process_without_a_launch_has_none() -> None:
    """What we did not launch is in no cgroup of ours, and without delegation nothing is."""
    assert place(Path("/cg"), "alice", "") is None
    assert place(None, "alice", "n1") is None


def test_directory_that_is_no_cgroup_is_not_used(tmp_path: Path) -> None:
    """A wrong setting costs the cgroups, not the sessions."""
    assert delegated(tmp_path) is None
    assert delegated(tmp_path / "absent") is None


def test_absent_cgroup_is_empty(tmp_path: Path) -> None:
    """One that was never made holds nobody."""
    assert pids(tmp_path / "absent") == ()
