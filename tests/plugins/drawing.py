"""How property tests draw: the same in every run, so that a run fails for what was changed and for nothing else.

`make explore` (`--hypothesis-profile explore`) draws anew, and many times more. What it finds becomes an `@example`, or
a test of its own.
"""

from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

MORE: Final = 10
"""So many times the examples of an ordinary run are drawn by who explores."""

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile(
    "same", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", settings.get_profile("same"), derandomize=False)
# Whoever says `@settings` takes the rest from the profile that is loaded when the test file is imported.
settings.load_profile("same")


def exploring() -> bool:
    return settings.get_current_profile_name().startswith("explore")


def examples(number: int) -> int:
    """For a test that says within itself how many it draws."""
    return number * (MORE if exploring() else 1)


@pytest.hookimpl(trylast=True)  # by then the profile that was asked for is loaded
def pytest_configure() -> None:
    if exploring():
        return
    # Hypothesis also draws constants of the modules that are imported by then: a number changed anywhere, or another
    # order of the tests, would draw other examples.
    assert callable(providers._get_local_constants)
    providers._get_local_constants = providers.Constants


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not exploring():
        return
    seen = set()
    for item in items:
        test = getattr(item, "cls", None) or getattr(item, "function", None)
        name = "settings" if isinstance(test, type) else "_hypothesis_internal_use_settings"
        said = getattr(test, name, None)
        if isinstance(said, settings) and test not in seen:
            seen.add(test)
            setattr(test, name, settings(said, max_examples=said.max_examples * MORE))
