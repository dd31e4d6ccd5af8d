"""Sums of money as columns keep them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from sinks.schema import MONEY_DIGITS

STEP: Final = Decimal(1).scaleb(-MONEY_DIGITS)
MOST: Final = Decimal(10) ** 15
"""More than this is left for the column to refuse, which it does one row at a time."""


def money_column(sums: Iterable[Decimal | None]) -> list[Decimal | None]:
    """As fine as the column is."""
    return [
        each.quantize(STEP) if each is not None and each.is_finite() and abs(each) < MOST else each for each in sums
    ]
