"""What a back-test found, as JSON has it."""

from datetime import datetime

from msgspec import Struct

from delivery.backtest.tally import Figures, Spread


class Variant(Struct, frozen=True, kw_only=True):
    """``ttl_seconds`` is that of every step but the last, None for the plan's own.

    ``figures`` are over all seeds, and so is ``fates``: how many sendings had which fate, in one seed on average.
    """

    ttl_seconds: int | None
    figures: Spread
    fates: dict[str, float]


class Report(Struct, frozen=True, kw_only=True):
    """``recorded`` is what really happened to the same messages; ``of`` the plan that all of them were sent by, None
    for any and none.

    ``left_out`` messages are too young for it to be known what became of them; ``sampled`` is the share of messages
    that was looked at. ``without_content`` messages lack what the plan's steps would say, so that nobody knows in how
    many parts.
    """

    plan: str
    version: str
    begins: datetime
    ends: datetime
    of: str | None
    heard_until: datetime
    seeds: int
    sampled: float
    messages: int
    left_out: int
    without_content: int
    unreadable: int
    currency: str
    recorded: Figures
    variants: list[Variant]
