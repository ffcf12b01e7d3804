"""How directories of files are changed as a whole: releases behind a link, ConfigMaps, removal and return."""

import os
import shutil
from pathlib import Path

import pytest

from controller.load.assemble import Here
from controller.load.forgetful import Forgetful
from controller.load.source import Source
from controller.model.loaded import Loaded
from tests.waiting import wait_for

FLEET = "defaults: {agent: demo}\n"


def source(directory: Path) -> Source:
    return Source([directory], Forgetful(), Here("here", {}), settle=0.1)


def settled(source: Source) -> Loaded:
    """Read until nothing is waited for."""

    def quiet() -> Loaded | None:
        reading = source.read()
        return None if reading.unsettled else reading.loaded

    loaded = wait_for(quiet, what="a settled reading")
    assert loaded is not None
    return loaded


def tiers(loaded: Loaded) -> dict[str, str | None]:
    return {name: one.spec.tier for name, one in loaded.sessions.items()}


def fill(directory: Path, **said: str) -> Path:
    directory.mkdir(parents=True)
    (directory / "_fleet.yaml").write_text(FLEET)
    for name, tier in said.items():
        (directory / f"{name}.yaml").write_text(f"tier: {tier}\n")
    return directory


def point(link: Path, target: str) -> None:
    """Flip a link in one step."""
    new = link.with_name(f"{link.name}.new")
    new.symlink_to(target)
    new.replace(link)


def test_a_release_is_flipped_to(tmp_path: Path) -> None:
    """`current -> rel/1`: the flip is seen, an equal release is no change, and nothing is gone in between."""
    for release, tier in (("1", "family"), ("2", "family"), ("3", "bots")):
        fill(tmp_path / "rel" / release / "sessions.d", a=tier, b=tier)
    point(tmp_path / "current", "rel/1")
    reader = source(tmp_path / "current" / "sessions.d")
    first = settled(reader)
    point(tmp_path / "current", "rel/2")
    assert settled(reader).digest == first.digest
    point(tmp_path / "current", "rel/3")
    assert set(reader.read().loaded.sessions) == {"a", "b"}
    assert tiers(settled(reader)) == {"a": "bots", "b": "bots"}


def test_a_config_map_is_swapped(tmp_path: Path) -> None:
    """`..data`: files are links through a link that is flipped."""
    place = tmp_path / "sessions.d"
    fill(place / "..1", a="family", b="family")
    fill(place / "..2", a="bots", b="family")
    point(place / "..data", "..1")
    for name in ("_fleet.yaml", "a.yaml", "b.yaml"):
        (place / name).symlink_to(f"..data/{name}")
    reader = source(place)
    assert tiers(settled(reader)) == {"a": "family", "b": "family"}
    point(place / "..data", "..2")
    assert tiers(settled(reader)) == {"a": "bots", "b": "family"}
    point(place / "..data", "..nowhere")
    assert set(settled(reader).sessions) == {"a", "b"}


def test_a_removed_directory_comes_back(tmp_path: Path) -> None:
    """After rm -rf nothing is gone; what is then put there counts."""
    place = fill(tmp_path / "sessions.d", a="family", b="family")
    reader = source(place)
    settled(reader)
    shutil.rmtree(place)
    assert settled(reader).doubtful == (str(place),)
    assert set(reader.read().loaded.sessions) == {"a", "b"}
    fill(place, a="bots")
    assert "b" in reader.read().loaded.sessions
    assert tiers(settled(reader)) == {"a": "bots"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a device")
def test_a_device_does_not_hang_a_pass(tmp_path: Path) -> None:
    """A FIFO or a device among the files is told, and the others count."""
    place = fill(tmp_path / "sessions.d", a="family")
    os.mkfifo(place / "fifo.yaml")
    (place / "tty.yaml").symlink_to("/dev/tty")
    os.mknod(place / "null.yaml", 0o20644, os.makedev(1, 3))
    loaded = settled(source(place))
    assert set(loaded.sessions) == {"a"}
    assert len(loaded.problems) == 3
