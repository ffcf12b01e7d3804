"""Files are written whole or not at all."""

import os
import subprocess
from pathlib import Path

import pytest

from controller.errors import MusterError
from controller.load.edit import EditRefused, create_file, patch_text, read_text, replace_file, set_value
from controller.load.scan import counts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a session file that is not like a new one."""
    place = tmp_path / "a.yaml"
    place.write_bytes(b"\xef\xbb\xbftier: family\r\n")
    place.chmod(0o640)
    return place


def test_a_text_is_read_with_its_line_ends(file: Path) -> None:
    """What is read is what is compared and written, byte for byte."""
    assert read_text(file).encode() == file.read_bytes()
    assert read_text(file.with_name("none.yaml")) == ""


def test_a_file_keeps_its_mode_and_owner(file: Path) -> None:
    """The file is another and looks like the one before; nothing is left beside it."""
    if os.geteuid() == 0:
        os.chown(file, 12345, 12345)
    before = file.stat()
    replace_file(file, read_text(file), "tier: bots\n")
    after = file.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert (file.read_text(), os.listdir(file.parent)) == ("tier: bots\n", ["a.yaml"])


def test_an_edit_of_somebody_else_is_not_lost(file: Path) -> None:
    """What was read must still stand there when it is replaced."""
    old = read_text(file)
    file.write_text("tier: mine\n")
    with pytest.raises(EditRefused, match="changed in the meantime"):
        replace_file(file, old, "tier: bots\n")
    assert (file.read_text(), os.listdir(file.parent)) == ("tier: mine\n", ["a.yaml"])


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    """A link's target is replaced when it stands inside; a way out is refused."""
    link = tmp_path / "link.yaml"
    link.symlink_to("a.yaml")
    replace_file(link, read_text(link), "tier: bots\n")
    assert (link.is_symlink(), file.read_text()) == (True, "tier: bots\n")
    away = tmp_path / "dir" / "away.yaml"
    away.parent.mkdir()
    away.symlink_to("../a.yaml")
    with pytest.raises(EditRefused, match="leads to"):
        replace_file(away, read_text(away), "tier: mine\n")


def test_a_file_is_created_once(tmp_path: Path) -> None:
    """What is there is never written over."""
    place = tmp_path / "a.yaml"
    create_file(place, "tier: family\n")
    with pytest.raises(EditRefused, match="there already"):
        create_file(place, "tier: bots\n")
    assert (place.read_text(), os.listdir(tmp_path)) == ("tier: family\n", ["a.yaml"])


def test_a_file_that_was_not_there_is_created(tmp_path: Path) -> None:
    """A first word for the fleet needs no file to be there."""
    place = tmp_path / "_fleet.yaml"
    replace_file(place, read_text(place), set_value(read_text(place), ("tiers", "family"), "fast"))
    assert place.read_text() == "tiers: {family: fast}\n"


def test_no_directory_is_an_error_for_people(tmp_path: Path) -> None:
    """The sentence says what cannot be written, and why."""
    with pytest.raises(MusterError, match="no such file or directory"):
        create_file(tmp_path / "none" / "a.yaml", "x: y\n")


def test_a_temporary_name_never_counts() -> None:
    """A reader that looks while we write sees no second session."""
    assert not counts(".a.yaml.muster")


@pytest.mark.parametrize("name", ["a.yaml", "b.yaml"])
def test_what_a_killed_command_left_is_in_nobodys_way(file: Path, name: str) -> None:
    """It is taken away by the next command that writes the same file, be it there or new."""
    place = file.with_name(name)
    place.with_name(f".{name}.muster").write_text("tier: ha")
    replace_file(place, read_text(place), "tier: bots\n")
    assert (place.read_text(), sorted(os.listdir(file.parent))) == ("tier: bots\n", sorted({"a.yaml", name}))


@pytest.mark.parametrize("old", ["tier: a\n", "tier: a", "tier: a\r\nmodel: b\r\n", "# x\n" * 20 + "tier: a\n"])
def test_a_patch_applies(tmp_path: Path, old: str) -> None:
    """What is printed for a managed directory is what git takes in its repository."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "sessions.d").mkdir()
    file = tmp_path / "sessions.d" / "a.yaml"
    file.write_bytes(old.encode())
    new = set_value(old, ("tier",), "b")
    patch = patch_text(file, old, new)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch.encode(), check=True)
    assert file.read_bytes().decode() == new
