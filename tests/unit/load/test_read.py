"""One file, opened without trust."""

import os
from pathlib import Path

import pytest

from controller.load.lease import Writer
from controller.load.read import Look, look
from controller.model.problem import Code

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root refuses what others may write")


def see(directory: Path, name: str, roots: tuple[Path, ...] = ()) -> Look:
    fd = os.open(directory, os.O_RDONLY)
    try:
        link = (directory / name).is_symlink()
        found = look(fd, name, link=link, roots=roots or (directory,), path=directory)
    finally:
        os.close(fd)
    assert found is not None
    return found


def code(found: Look) -> Code | None:
    return found.fault.code if found.fault else None


def test_a_fifo_does_not_hang(tmp_path: Path) -> None:
    """Opening a FIFO or a device must not wait for anybody."""
    os.mkfifo(tmp_path / "a.yaml")
    assert code(see(tmp_path, "a.yaml")) is Code.NOT_A_FILE


def test_a_device_and_a_directory_are_no_files(tmp_path: Path) -> None:
    """Only regular files are read."""
    (tmp_path / "dir.yaml").mkdir()
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    assert code(see(tmp_path, "dir.yaml")) is Code.NOT_A_FILE
    assert see(tmp_path, "zero.yaml", (Path("/"),)).content is None


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    """256 KiB are more than any session says."""
    (tmp_path / "a.yaml").write_bytes(b"#" * (256 * 1024 + 1))
    assert code(see(tmp_path, "a.yaml")) is Code.TOO_LARGE


def test_links_stay_inside(tmp_path: Path) -> None:
    """A link is followed as long as it ends inside the roots; loops and ways out are told."""
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.yaml").write_text("tier: family\n")
    (inside / "real.yaml").write_text("tier: family\n")
    (inside / "near.yaml").symlink_to("real.yaml")
    (inside / "far.yaml").symlink_to(outside / "secret.yaml")
    (inside / "loop.yaml").symlink_to("loop.yaml")
    assert see(inside, "near.yaml").content == b"tier: family\n"
    assert code(see(inside, "far.yaml")) is Code.OUTSIDE
    assert see(inside, "far.yaml", (tmp_path,)).content == b"tier: family\n"
    assert code(see(inside, "loop.yaml")) is Code.NOT_A_FILE


def test_a_writer_is_noticed(tmp_path: Path) -> None:
    """A file that somebody has open for writing may be half of what it will be."""
    file = tmp_path / "a.yaml"
    file.write_text("tier: family\n")
    free = see(tmp_path, "a.yaml").writer
    with file.open("r+"):
        held = see(tmp_path, "a.yaml").writer
    assert (free, held) in {(Writer.NONE, Writer.HELD), (Writer.UNKNOWN, Writer.UNKNOWN)}


def test_nothing_there_is_no_fault(tmp_path: Path) -> None:
    """A file that went since it was listed is absent, which counts slowly."""
    fd = os.open(tmp_path, os.O_RDONLY)
    assert look(fd, "a.yaml", link=False, roots=(), path=tmp_path) is None
    os.close(fd)


@ROOT
@pytest.mark.parametrize("mode, uid", [(0o664, 0), (0o646, 0), (0o644, 12345)])
def test_root_believes_only_its_own_files(tmp_path: Path, mode: int, uid: int) -> None:
    """Whoever can write a session file of root's controller runs what they like as root."""
    file = tmp_path / "a.yaml"
    file.write_text("tier: family\n")
    file.chmod(mode)
    os.chown(file, uid, 0)
    assert code(see(tmp_path, "a.yaml")) is Code.UNSAFE_OWNER
