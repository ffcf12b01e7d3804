"""No file names a package registry: a mirror, a wheel folder or an offline machine serves as well."""

import re
from pathlib import Path

import pytest

from tests.house.reading import ROOT, files, write

# In halves, so that this file may be read by its own check.
HOSTS = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "npm" + "js.com",
    "yarn" + "pkg.com",
    "crates" + ".io",
    "proxy.go" + "lang.org",
    "ruby" + "gems.org",
    "anaconda" + ".org",
]
PIN = re.compile(r"^[a-z0-9-]+==[^ ;]+( ;.*)? \\$")


def named_registries(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)} names {host}"
        for path in files(root)
        if (text := path.read_text(encoding="utf-8", errors="replace").lower())
        for host in HOSTS
        if host in text
    ]


def lock_faults(lock: Path) -> list[str]:
    """What is in a lock besides pins, their hashes and who wants them."""
    found = []
    for number, line in enumerate(lock.read_text().splitlines(), start=1):
        if "://" in line or "@" in line:
            found.append(f"{lock.name}:{number} has an address")
        elif not line.startswith((" ", "#")) and not PIN.match(line):
            found.append(f"{lock.name}:{number} is no pin with hashes: {line}")
    return found


def pins(lock: Path) -> set[str]:
    return {line.split(" ")[0] for line in lock.read_text().splitlines() if "==" in line}


def test_no_file_names_a_registry() -> None:
    assert named_registries(ROOT) == []


@pytest.mark.parametrize("name", ["run", "dev"])
def test_a_lock_holds_pins_and_hashes_only(name: str) -> None:
    assert lock_faults(ROOT / "requirements" / f"{name}.lock") == []


def test_both_locks_agree() -> None:
    assert pins(ROOT / "requirements" / "run.lock") <= pins(ROOT / "requirements" / "dev.lock")


def test_a_named_registry_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"a/README.md": f"see https://{HOSTS[0].upper()}/x", ".ci/run": "fine", ".venv/pip.conf": HOSTS[0]})

    assert named_registries(tmp_path) == [f"a/README.md names {HOSTS[0]}"]


def test_a_lock_with_an_address_or_a_loose_version_is_found(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    lock.write_text("--index-url https://mirror\nloose>=1\nfine==1 \\\n    --hash=sha256:0\nours @ file:///x\n")

    assert [fault.split(" ")[0] for fault in lock_faults(lock)] == ["x.lock:1", "x.lock:2", "x.lock:5"]
