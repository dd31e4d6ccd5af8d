"""In which order tests are begun."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those marked so first, and all others as they are found."""
    items.sort(key=lambda item: item.get_closest_marker("first") is None)
