"""Under systemd and launchd, sessions survive the controller: these keys are why."""

import configparser
import os
import plistlib
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.reading import ROOT, write

UNIT = Path("packaging/systemd/muster.service")
PLIST = Path("packaging/launchd/ai.muster.controller.plist")
KEYS = {
    "Type": "notify",
    "KillMode": "process",
    "OOMPolicy": "continue",
    "Restart": "on-failure",
    "Delegate": "yes",
}


def unit_faults(root: Path) -> list[str]:
    unit = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#", ";"), strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # keys of systemd have their case
    unit.read(root / UNIT)
    service = dict(unit["Service"]) if unit.has_section("Service") else {}
    found = [f"{key} is {service.get(key)}, not {value}" for key, value in KEYS.items() if service.get(key) != value]
    if not service.get("WatchdogSec", "0").isdigit() or int(service.get("WatchdogSec", "0")) < 1:
        found.append("WatchdogSec is missing: a controller that hangs would stay")
    if not service.get("ExecStart", "").endswith("/muster run"):
        found.append("ExecStart does not run muster")
    return found


def plist_faults(root: Path) -> list[str]:
    job = plistlib.loads((root / PLIST).read_bytes())
    found = (
        [] if job.get("AbandonProcessGroup") is True else ["AbandonProcessGroup is not true: sessions would be killed"]
    )
    if job.get("Label") != PLIST.stem:
        found.append("the label is not the file's name")
    if "muster run" not in " ".join(job.get("ProgramArguments", [])):
        found.append("ProgramArguments do not run muster")
    return found


def test_the_unit_lets_sessions_live() -> None:
    assert unit_faults(ROOT) == []


def test_the_launch_agent_lets_sessions_live() -> None:
    assert plist_faults(ROOT) == []


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """With a program that is there: the unit's own is installed later."""
    unit = tmp_path / UNIT.name
    unit.write_text((ROOT / UNIT).read_text().replace("%h/.local/bin/muster", "/bin/true"))
    command = ["systemd-analyze", "verify", "--user", "--man=no", str(unit)]
    verified = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"})

    assert verified.returncode == 0, verified.stderr
    assert UNIT.name not in verified.stderr


def test_a_unit_that_kills_sessions_is_found(tmp_path: Path) -> None:
    write(tmp_path, {str(UNIT): "[Service]\nType=notify\nExecStart=/x/muster run\nKillMode=mixed\nWatchdogSec=9\n"})
    found = " ".join(unit_faults(tmp_path))

    assert "KillMode is mixed" in found
    assert "OOMPolicy is None" in found
    assert "WatchdogSec" not in found


def test_a_launch_agent_that_kills_sessions_is_found(tmp_path: Path) -> None:
    write(tmp_path, {str(PLIST): plistlib.dumps({"Label": "other"}).decode()})

    assert len(plist_faults(tmp_path)) == 3
