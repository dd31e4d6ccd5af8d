"""What is stored: of each table how many rows, and of when the newest is."""

from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from dashboards.errors import Unreadable
from dashboards.flow.freshness import Freshness, dated
from dashboards.flow.pipeline_answers import Stored, StoredTable
from dashboards.listing_files import as_file, wanted
from dashboards.parameters import EARLIEST, LONGEST_TEXT
from dashboards.reader import Reader
from dashboards.reports.formats import MEDIA_TYPES, Format
from dashboards.reports.statements import stated
from dashboards.responses import answer

QUESTION: Final = "newest_stored"
UNTIMED: Final = "attempts"
"""The table of whose rows ClickHouse does not know at once of when they are."""


async def read_stored(reader: Reader, newest_attempt: datetime | None) -> list[StoredTable]:
    """`newest_attempt` is when the newest event was received that an attempt knows of."""
    return [
        StoredTable(
            table=row["name"],
            newest_at=newest_attempt if row["name"] == UNTIMED else row["at"] if row["at"] > EARLIEST else None,
            rows=row["rows"],
        )
        for row in await reader.rows(QUESTION)
    ]


class StoredTables:
    """The handler, over one reader."""

    def __init__(self, reader: Reader, freshness: Freshness) -> None:
        self._reader = reader
        self._freshness = freshness

    async def answer(self, request: Request) -> Response:
        """Raises `Unreadable` for any parameter but `format`, and `Refused` where ClickHouse cannot be asked."""
        form, given = wanted(request)
        for name, _ in given:
            raise Unreadable(name[:LONGEST_TEXT], "this takes no parameter but 'format'")
        if form is Format.SQL:
            return Response(stated(QUESTION, {}), media_type=MEDIA_TYPES[form])
        newest = await self._freshness.newest()
        tables = await read_stored(self._reader, newest.attempt)
        if form is Format.JSON:
            return dated(answer(Stored(tables=tables)), newest)
        return dated(as_file("stored", StoredTable, tables, form, request, None), newest)
