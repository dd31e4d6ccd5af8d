"""Serves the reports: `/v1/reports/<name>`, whole as JSON, or one table as CSV, Parquet or Arrow, or its SQL."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.errors import Unreadable
from dashboards.reader import Reader
from dashboards.reports.answers import ANSWERS, ReportHead
from dashboards.reports.asked import FILTERED_BY, Asked, read_asked
from dashboards.reports.catalogue import REPORTS, Report, Table
from dashboards.reports.formats import MEDIA_TYPES, WRITERS, Format, accepted
from dashboards.reports.running import Filled, fill, notes
from dashboards.reports.statements import statement
from dashboards.responses import answer

SHOWN_AS_ASKED: Final = ("since", "until", "as_of", "zone", "bucket", "compare", "group", "limit")


def report_routes(reader: Reader, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[Route]:
    return [Route(f"/v1/reports/{report.name}", Reports(reader, report, clock).answer) for report in REPORTS]


class Reports:
    """One report's handler."""

    def __init__(self, reader: Reader, report: Report, clock: Callable[[], datetime]) -> None:
        self._reader = reader
        self._report = report
        self._clock = clock

    async def answer(self, request: Request) -> Response:
        """The report as `format` or the `Accept` header wants it. Raises `Unreadable` naming the parameter at fault."""
        asked = read_asked(request.query_params.multi_items(), self._clock())
        form = asked.format or accepted(request.headers.get("accept", ""))
        tables = self._tables(asked, form)
        if form is Format.SQL:
            return Response(statement(tables[0], asked), media_type=MEDIA_TYPES[form])
        filled = await asyncio.gather(*(fill(self._reader, table, asked) for table in tables))
        if form is Format.JSON:
            return answer(self._whole(asked, tables, filled))
        return written(self._report, form, asked, tables[0], filled[0])

    def _tables(self, asked: Asked, form: Format) -> Sequence[Table]:
        """All of them as JSON; else the one that is named, or the first."""
        if asked.table is None:
            return self._report.tables if form is Format.JSON else self._report.tables[:1]
        chosen = [table for table in self._report.tables if table.name == asked.table]
        if not chosen:
            raise Unreadable("table", f"use one of {', '.join(self._report.table_names)}")
        return chosen

    def _whole(self, asked: Asked, tables: Sequence[Table], filled: Sequence[Filled]) -> ReportHead:
        by_name = {table.name: found for table, found in zip(tables, filled, strict=True)}
        told: dict[str, Any] = {name: getattr(asked, name) for name in (*SHOWN_AS_ASKED, *FILTERED_BY)}
        for name in self._report.table_names:
            told[name] = list(by_name[name].rows) if name in by_name else []
        return ANSWERS[self._report.name](**told, notes=notes(asked, by_name, tables))


def written(report: Report, form: Format, asked: Asked, table: Table, filled: Filled) -> Response:
    """One table as a file; a header says where not all of its rows are in it."""
    response = Response(WRITERS[form](table.row, filled.rows), media_type=MEDIA_TYPES[form])
    name = f"acuse-{report.name}-{table.name}-{asked.since:%Y%m%dT%H%M%SZ}-{asked.until:%Y%m%dT%H%M%SZ}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Vary"] = "Accept"
    said = notes(asked, {table.name: filled}, [table])
    if filled.cut:
        response.headers["Acuse-Notes"] = said[-1]
    return response
