"""The time, as an argument."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""The present in UTC, aware."""


def system_clock() -> datetime:
    return datetime.now(UTC)
