"""Malice at every gate: what is not believed moves nothing, what is shown obeys nobody, and no secret gets out."""

from pathlib import Path

import pytest

from tests.torture.gates import INHERITED, siege
from tests.torture.ground import Ground, campaign


@pytest.mark.tmux
@pytest.mark.timeout(1800)
def test_malice_gets_nothing_and_harms_nobody(short_path: Path, seed: int) -> None:
    with campaign("gates", Ground(short_path, seed, UPSTREAM_API_KEY=INHERITED)) as ground:
        siege(ground)
