"""What all campaigns did together is told at the end of the run."""

import os

import pytest

from tests.torture.ground import TOLL

DEFAULT = "20261121"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a campaign once for each seed."""
    if "seed" in metafunc.fixturenames:
        said = os.environ.get("TORTURE_SEED", DEFAULT)
        metafunc.parametrize("seed", [int(one) for one in said.split(",")])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the numbers; with several workers each has its own, and none is printed."""
    if TOLL.counted:
        terminalreporter.write_line(f"torture: {TOLL}")
