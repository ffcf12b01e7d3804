"""Which names count, and when a stamp is the same."""

import os
from pathlib import Path

import pytest

from controller.load.scan import counts, scan


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "+x.yaml", "a.b.yaml", "local.yaml", "_fleet.yaml"])
def test_sessions_count(name: str) -> None:
    """What ends in .yaml or .yml is meant."""
    assert counts(name)


@pytest.mark.parametrize(
    "name",
    [
        "a.json",
        "a.yaml~",
        ".a.yaml",
        ".#a.yaml",
        "#a.yaml#",
        "a.yaml.swp",
        "a.yaml.orig",
        "a.yaml.dpkg-new",
        "a.yaml.rpmsave",
        "a.bak.yaml",
        "a.orig.yaml",
        "a.dpkg-dist.yaml",
        "a_BACKUP_1234.yaml",
        "a.LOCAL.99.yaml",
        "a.sync-conflict-20260101-120000-ABCDEFG.yaml",
        "a copy.yaml",
        "a copy 2.yaml",
        "a (1).yaml",
        "a (Anna's conflicted copy 2026-01-01).yaml",
        "~syncthing~a.yaml",
    ],
)
def test_left_overs_never_count(name: str) -> None:
    """Copies that editors and package tools leave are nobody's session (facts 2.2: a backup silently won)."""
    assert not counts(name)


def stamps(directory: Path) -> dict[str, str]:
    fd = os.open(directory, os.O_RDONLY)
    try:
        return dict(scan(fd).stamps)
    finally:
        os.close(fd)


def test_an_equal_stamp_proves_an_equal_file(tmp_path: Path) -> None:
    """A rewrite with the same size and the old mtime is seen by its ctime."""
    file = tmp_path / "a.yaml"
    file.write_text("model: a\n")
    os.utime(file, ns=(10**18, 10**18))
    before = stamps(tmp_path)
    file.write_text("model: b\n")
    os.utime(file, ns=(10**18, 10**18))
    assert stamps(tmp_path) != before


def test_a_young_stamp_is_another_when_it_is_older(tmp_path: Path) -> None:
    """Two writes in one tick of the clock have one stamp: what was read in that tick is read again."""
    (tmp_path / "a.yaml").write_text("model: a\n")
    first = stamps(tmp_path)["a.yaml"]
    assert first.endswith("?") or not stamps(tmp_path)["a.yaml"].endswith("?")


def test_names_that_are_no_text_are_told(tmp_path: Path) -> None:
    """A name that is not UTF-8 cannot be shown or stored; it is told and hides nothing."""
    (tmp_path / "a.yaml").touch()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yaml")).touch()
    fd = os.open(tmp_path, os.O_RDONLY)
    found = scan(fd)
    os.close(fd)
    assert set(found.stamps) == {"a.yaml"}
    assert found.unreadable == ("\\xff.yaml",)
