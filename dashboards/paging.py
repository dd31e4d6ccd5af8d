"""One page of a listing: what its query is asked for, and where the next page begins.

Rows stand in the order of a moment and an id, and a query is asked for one more than is shown, which tells whether
there is another page.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from dashboards.cursor import Cursor, digest, read_cursor
from dashboards.filters import Page
from dashboards.parameters import EARLIEST, LATEST
from dashboards.reader import Row


class Paging(Struct, frozen=True):
    """At most `limit` rows, after this one; `filters` tells what is listed from all else."""

    limit: int
    filters: str
    after: Cursor | None

    def newest_first(self) -> dict[str, Any]:
        """The parameters of a query that begins with the latest."""
        at, row_id = (self.after.at, self.after.row_id) if self.after else (LATEST, "")
        return {"before": at, "before_id": row_id, "limit": self.limit + 1}

    def oldest_first(self) -> dict[str, Any]:
        """The parameters of a query that begins with the earliest."""
        at, row_id = (self.after.at, self.after.row_id) if self.after else (EARLIEST, "")
        return {"after": at, "after_id": row_id, "limit": self.limit + 1}

    def shown(self, rows: Sequence[Row], *, at: str, row_id: str) -> tuple[Sequence[Row], str | None]:
        """Those of the query's rows that are of this page, and the cursor to the next, None where there is none.

        `at` and `row_id` are the columns by which they are ordered.
        """
        shown = rows[: self.limit]
        if len(rows) <= self.limit:
            return shown, None
        return shown, Cursor(shown[-1][at], shown[-1][row_id], self.filters).written()


def paging(page: Page, filters: Struct | str) -> Paging:
    """The page of what meets `filters`, or of the listing of this name. Raises `Unreadable` for another's cursor."""
    told = filters if isinstance(filters, str) else digest(filters)
    return Paging(page.limit, told, read_cursor(page.cursor, told) if page.cursor else None)
