"""What e2e installs is the same everywhere and always."""

import pytest

from tests.e2e.install import NODE, PACKAGES, Package


@pytest.mark.parametrize("package", [*PACKAGES.values(), NODE], ids=lambda package: package.name)
def test_an_install_is_pinned_to_its_last_package_and_names_no_address(package: Package) -> None:
    assert package.lock.exists(), "write it: python -m tests.e2e.install --lock NAME"
    lock = package.lock.read_text()

    assert package.version in lock
    assert "://" not in lock
