"""What a keeper costs: there may be hundreds. CPU at rest is measured by ``benchmarks``."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.keeper.world import World

PSS_MIB = 24
LIGHT = (
    "import sys; import controller.runtimes.acp.keeper; print(*sorted({name.split('.')[0] for name in sys.modules}))"
)


def pss(pid: int) -> float:
    """Memory in MiB, what is shared counted in parts."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a process's memory is without what is shared")
def test_an_idle_keeper_is_small(world: World) -> None:
    """Shown by ``pytest -s``. Also after a conversation, and a front end that has come and gone."""
    client = world.joined()
    client.said_and_done("burst:2000:500")
    client.close()
    world.wait(front_ends=0, activity="idle")

    cost = pss(world.keeper.pid)

    print(f"\na keeper at rest: {cost:.1f} MiB")
    assert cost <= PSS_MIB


def test_a_keeper_loads_the_standard_library_and_us() -> None:
    ran = subprocess.run([sys.executable, "-P", "-c", LIGHT], capture_output=True, text=True, check=True)

    strange = set(ran.stdout.split()) - sys.stdlib_module_names - {"controller", "__main__", "sitecustomize"}
    assert {name for name in strange if not name.startswith(("_", "distutils"))} == set()
