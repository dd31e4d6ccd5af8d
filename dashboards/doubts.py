"""Lists the steps of which nobody can tell whether their provider took them, the oldest first."""

from typing import Final

import msgspec

from dashboards.answers import DoubtAnswer, Doubts
from dashboards.filters import Page
from dashboards.paging import paging
from dashboards.reader import Reader
from delivery.decisions import tries_in

OF_DOUBTS: Final = "doubts"
"""What tells this listing's cursors from those of messages."""


async def read_doubts(reader: Reader, page: Page) -> Doubts:
    """One page of them. Raises `Unreadable` for a cursor of another listing.

    One that came into doubt since is on a later page; one that was settled since is left out.
    """
    paged = paging(page, OF_DOUBTS)
    rows = await reader.rows("doubts", paged.oldest_first())
    shown, onward = paged.shown(rows, at="since", row_id="decision_id")
    return Doubts(
        doubts=[msgspec.convert({**row, "tries": tries_in(row["decision_id"])}, DoubtAnswer) for row in shown],
        next_cursor=onward,
    )
