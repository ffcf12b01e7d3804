"""Let failures inside the shared suites show their values, as those of test modules do."""

import pytest

pytest.register_assert_rewrite("tests.contract.runtime_contract", "tests.contract.real_runtime")
