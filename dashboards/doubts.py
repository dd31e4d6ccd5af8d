"""Lists the steps of which nobody can tell whether their provider took them, the oldest first."""

from typing import Final

import msgspec

from dashboards.answers import DoubtAnswer, Doubts
from dashboards.cursor import Cursor, read_cursor
from dashboards.filters import Page
from dashboards.listing import EARLIEST
from dashboards.reader import Reader
from delivery.decisions import tries_in

OF_DOUBTS: Final = "doubts"
"""What tells this listing's cursors from those of messages."""


async def read_doubts(reader: Reader, page: Page) -> Doubts:
    """One page of them. Raises `Unreadable` for a cursor of another listing.

    One that came into doubt since is on a later page; one that was settled since is left out.
    """
    after = read_cursor(page.cursor, OF_DOUBTS) if page.cursor else None
    asked = {
        "after": after.opened_at if after else EARLIEST,
        "after_id": after.message_id if after else "",
        "limit": page.limit + 1,
    }
    rows = await reader.rows("doubts", asked)
    shown = rows[: page.limit]
    last = Cursor(shown[-1]["since"], shown[-1]["decision_id"], OF_DOUBTS) if len(rows) > page.limit else None
    return Doubts(
        doubts=[msgspec.convert({**row, "tries": tries_in(row["decision_id"])}, DoubtAnswer) for row in shown],
        next_cursor=last.written() if last else None,
    )
