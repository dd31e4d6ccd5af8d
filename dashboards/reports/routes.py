"""Serves the reports: `/v1/reports/<name>`, whole as JSON, or one table as CSV, Parquet or Arrow, or its SQL."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.errors import Refused, Unreadable
from dashboards.flow.freshness import Freshness, Newest, dated
from dashboards.problems import answer_or_refusal, problem_of
from dashboards.reader import Reader
from dashboards.reads import costed
from dashboards.reports.answers import ANSWERS, Head
from dashboards.reports.asked import Asked, read_asked
from dashboards.reports.catalogue import REPORTS, Report, Table
from dashboards.reports.formats import MEDIA_TYPES, WRITERS, Format, accepted
from dashboards.reports.running import Filled, FilledAll, fill, fill_all, notes, page_size
from dashboards.reports.statements import statement
from dashboards.responses import answer


def report_routes(
    reader: Reader, freshness: Freshness, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> list[Route]:
    return [Route(f"/v1/reports/{report.name}", Reports(reader, report, clock, freshness).answer) for report in REPORTS]


class Reports:
    """One report's handler."""

    def __init__(self, reader: Reader, report: Report, clock: Callable[[], datetime], freshness: Freshness) -> None:
        self._reader = reader
        self._report = report
        self._clock = clock
        self._freshness = freshness

    async def answer(self, request: Request) -> Response:
        """The report as `format` or the `Accept` header wants it. Raises `Unreadable` naming the parameter at fault."""
        asked = read_asked(request.query_params.multi_items(), self._clock(), self._report.parameters)
        form = asked.format or accepted(request.headers.get("accept", ""))
        tables = self._tables(asked, form)
        if form is Format.SQL:
            return Response(statement(tables[0], asked), media_type=MEDIA_TYPES[form])
        # How new what is stored is comes before the questions, so that they see at least what was stored by then.
        if form is Format.JSON:
            newest = await answer_or_refusal(self._freshness.newest())
            filled = await fill_all(self._reader, tables, asked)
            whole = answer(self._whole(asked, tables, filled, newest))
            known = Newest() if isinstance(newest, Refused) else newest
            return dated(costed(whole, [each.read for each in filled.tables.values()]), known)
        dates = await self._freshness.newest()
        table = await fill(self._reader, tables[0], asked)
        response = written(self._report, form, asked, tables[0], table)
        if table.cut:
            onward = request.url.include_query_params(cursor=_cursor(asked, tables[0]))
            response.headers["Link"] = f'<{onward.path}?{onward.query}>; rel="next"'
        return dated(costed(response, [table.read]), dates)

    def _tables(self, asked: Asked, form: Format) -> Sequence[Table]:
        """All of them as JSON; else the one that is named, or the first."""
        if asked.table is None:
            return self._report.tables if form is Format.JSON else self._report.tables[:1]
        chosen = [table for table in self._report.tables if table.name == asked.table]
        if not chosen:
            raise Unreadable("table", f"use one of {', '.join(self._report.table_names)}")
        return chosen

    def _whole(self, asked: Asked, tables: Sequence[Table], filled: FilledAll, newest: Newest | Refused) -> Head:
        there = [table for table in tables if table.name in filled.tables]
        told: dict[str, Any] = {name: [] for name in self._report.table_names}
        told |= {name: list(found.rows) for name, found in filled.tables.items()}
        told["cursors"] = {table.name: _cursor(asked, table) for table in there if filled.tables[table.name].cut}
        told["notes"] = notes(asked, filled.tables, there)
        told["data_as_of"] = None if isinstance(newest, Refused) else newest.data_as_of
        told["read"] = {name: found.read for name, found in filled.tables.items()}
        failed = {**filled.failed, **({"data_as_of": newest} if isinstance(newest, Refused) else {})}
        told["problems"] = {name: problem_of(why) for name, why in failed.items()}
        shape = ANSWERS[self._report.name]
        as_asked = {name: getattr(asked, name) for name in shape.__struct_fields__ if name in Asked.__struct_fields__}
        return shape(**told, **as_asked)


def _cursor(asked: Asked, table: Table) -> str:
    return asked.cursor(table.name, page_size(table, asked))


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
