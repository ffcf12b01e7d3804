"""The wheel holds the package and its profiles, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.house.reading import ROOT, files, standing

KINDS = ("*.py", "*.yaml", "*.js", "*.json", "*.sh")
"""Code, profiles, and extensions and hooks that an agent is given."""


def build(root: Path, place: Path) -> Path:
    """Build offline: the back end is installed, nothing is fetched."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-build-isolation", "--no-deps"]
    built = subprocess.run([*pip, "--wheel-dir", place, root], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(place.glob("muster_controller-*.whl"))


def faults(wheel: Path, root: Path) -> list[str]:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {name for name in names if name.startswith("controller/")}
    wanted = {p.relative_to(root).as_posix() for kind in KINDS for p in files(root / "controller", kind)}
    found = [f"{name} is no part of the package" for name in names - package if ".dist-info/" not in name]
    found += [f"{name} is no code and no profile" for name in package - wanted]
    found += [f"{name} is missing" for name in wanted - package]
    return sorted(found)


def test_the_wheel_holds_the_package_and_nothing_else(tmp_path: Path) -> None:
    standing("README.md")
    wheel = build(ROOT, tmp_path)

    assert faults(wheel, ROOT) == []
    assert any(name.endswith("entry_points.txt") for name in zipfile.ZipFile(wheel).namelist())


def test_a_wheel_with_tests_or_without_profiles_is_found(tmp_path: Path) -> None:
    for name in ("controller/a.py", "controller/agents/parrot.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    wheel = tmp_path / "x.whl"
    with zipfile.ZipFile(wheel, "w") as z:
        for name in ("controller/a.py", "controller/b.md", "tests/test_a.py", "x-1.dist-info/METADATA"):
            z.writestr(name, "")

    assert faults(wheel, tmp_path) == [
        "controller/agents/parrot.yaml is missing",
        "controller/b.md is no code and no profile",
        "tests/test_a.py is no part of the package",
    ]
