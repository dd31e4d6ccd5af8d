"""Sums of money as they are shown: exact, and without the zeros that a column adds."""

from decimal import Decimal


def plain(amount: Decimal | None) -> Decimal | None:
    """The same number in its shortest form without an exponent; None stays None."""
    return None if amount is None else Decimal(format(amount.normalize(), "f"))
