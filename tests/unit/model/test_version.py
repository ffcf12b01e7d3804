"""Which versions a quirk is about."""

import pytest

from controller.model.version import excluded


@pytest.mark.parametrize(
    "version, said, out",
    [
        ("2.1.328", None, False),
        ("2.1.328", "2.1.197", False),
        ("2.1.328", "<2.1.113", True),
        ("2.1.112", "<2.1.113", False),
        ("2.1", ">=2.1.0", False),
        ("2.1.197", ">=2.1.113, <2.1.200", False),
        ("2.1.200", ">=2.1.113, <2.1.200", True),
        ("2.1.200-beta.1", "==2.1.200", False),
        (None, "<1", False),
        ("1.0", "some day", False),
    ],
)
def test_only_a_comparison_that_fails_excludes(version: str | None, said: str | None, out: bool) -> None:
    assert excluded(version, said) is out
