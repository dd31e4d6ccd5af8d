"""One row of a provider's code table."""

import msgspec

from delivery.reasons import Reason
from delivery.stages import Stage


class Outcome(msgspec.Struct, frozen=True):
    """What one code of a provider means.

    ``timed`` is False where the provider itself says that the time of delivery is not known: it counts as
    delivered and takes no part in delivery times. ``text`` is the code's meaning in the provider's own words.
    """

    stage: Stage
    reason: Reason | None = None
    final: bool = False
    timed: bool = True
    text: str = ""


UNKNOWN = Outcome(Stage.UNKNOWN, Reason.UNKNOWN_CODE)
"""What a code means that is in no table: never dropped, never an error, never a failure."""
