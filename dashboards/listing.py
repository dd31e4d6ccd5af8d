"""Lists messages, newest first.

A message is listed where one of its attempts meets all filters, and stands where the earliest such attempt was first
heard of. That moment and the message's id are the cursor, so that messages of the same moment are each shown once, and
what comes in while somebody pages on stands before the cursor. (Should an event be stored late that was received
before all others of its attempt, the message moves back and may be shown twice; it is never left out for it.)
"""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from dashboards.answers import AttemptSummary, Listing, MessageSummary
from dashboards.cursor import Cursor, digest, read_cursor
from dashboards.filters import Filters, Page
from dashboards.reader import Reader
from delivery.messages import message_outcome

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
MOST_ATTEMPTS: Final = 200
"""At one message."""


async def read_listing(reader: Reader, filters: Filters, page: Page) -> Listing:
    """One page of the messages that meet `filters`. Raises `Unreadable` for a cursor that is not of these filters."""
    filters_digest = digest(filters)
    after = read_cursor(page.cursor, filters_digest) if page.cursor else None
    asked = {
        **_parameters(filters),
        "before": after.opened_at if after else LATEST,
        "before_id": after.message_id if after else "",
        "limit": page.limit + 1,
    }
    rows = await reader.rows("listing", asked)
    shown = rows[: page.limit]
    attempts = await _attempts(reader, [row["message_id"] for row in shown])
    last = Cursor(shown[-1]["opened"], shown[-1]["message_id"], filters_digest) if len(rows) > page.limit else None
    return Listing(
        messages=[
            MessageSummary(
                message_id=row["message_id"],
                outcome=message_outcome(attempts[row["message_id"]]),
                opened_at=row["opened"],
                attempts=attempts[row["message_id"]],
            )
            for row in shown
        ],
        next_cursor=last.written() if last else None,
    )


def _parameters(filters: Filters) -> dict[str, Any]:
    return {
        "since": filters.since or EARLIEST,
        "until": filters.until or LATEST,
        "final": -1 if filters.final is None else int(filters.final),
        **{
            name: getattr(filters, name) or ""
            for name in ("provider", "channel", "stage", "reason", "country", "reference", "recipient")
        },
    }


async def _attempts(reader: Reader, message_ids: list[str]) -> dict[str, list[AttemptSummary]]:
    attempts: dict[str, list[AttemptSummary]] = defaultdict(list)
    if message_ids:
        for row in await reader.rows("listing_attempts", {"message_ids": message_ids, "most": MOST_ATTEMPTS}):
            attempts[row["message_id"]].append(msgspec.convert(row, AttemptSummary))
    return attempts
