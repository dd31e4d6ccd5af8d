"""Grafana dashboards, one a report: its charts, then each of its tables whole."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct

from dashboards.grafana.queries import fields_of, panel_sql
from dashboards.reports.asked import FILTERED_BY, Bucket, Group
from dashboards.reports.catalogue import REPORTS, Report, Table
from delivery.channels import Channel
from delivery.number_types import NumberType

PLUGIN: Final = "grafana-clickhouse-datasource"
SOURCE: Final = {"type": PLUGIN, "uid": "acuse"}
TIME_SERIES, TABLE = 0, 1
"""How the plugin is to understand what is answered."""
WIDTH: Final = 24
HEIGHT: Final = 8
LEFT_OUT: Final = frozenset({"replies", "pipeline"})
"""Reports that rest on who wrote what to whom, or on what could not be read of it: Grafana's ClickHouse user must not.
(Of the pipeline there are metrics.)
"""
UNITS: Final = {
    "percentunit": r".*(_rate|rate|rate_.*|share|share_.*|_covered|coverage|same_mix_.*|change)$",
    "s": r"^(p[0-9]+|.*_p[0-9]+|.*_by|.*seconds.*|longest|least)$",
}
"""Of columns, by their names."""


class Chart(Struct, frozen=True, kw_only=True):
    """One chart over the `fields` of a table, all of one unit; `by` is what else tells its points apart, and with
    `total` it is of the row of all together.
    """

    table: str
    title: str
    kind: str
    fields: tuple[str, ...]
    unit: str = "short"
    by: str = ""
    stacked: bool = False
    total: bool = False


FATES: Final = ("delivered", "failed", "in_flight", "unknown")
PERCENTILES: Final = ("p50", "p95", "p99")
CHARTS: Final[dict[str, tuple[Chart, ...]]] = {
    "overview": (
        Chart(table="figures", title="All together", kind="stat", fields=("handed_over", *FATES), total=True),
        Chart(table="trend", title="What became of it", kind="timeseries", fields=FATES, by="group", stacked=True),
        Chart(
            table="trend",
            title="Delivery rate",
            kind="timeseries",
            fields=("delivery_rate",),
            by="group",
            unit="percentunit",
        ),
    ),
    "delivery-time": (
        Chart(table="trend", title="Time to delivery", kind="timeseries", fields=PERCENTILES, by="group", unit="s"),
        Chart(table="distribution", title="Distribution", kind="barchart", fields=("delivered",), by="least"),
    ),
    "failures": (
        Chart(
            table="trend", title="Failures by reason", kind="timeseries", fields=("failed",), by="reason", stacked=True
        ),
    ),
}


def boards() -> dict[str, dict[str, Any]]:
    """Each dashboard by its uid."""
    return {f"acuse-{report.name}": _board(report) for report in REPORTS if report.name not in LEFT_OUT}


def _board(report: Report) -> dict[str, Any]:
    return {
        "uid": f"acuse-{report.name}",
        "title": f"Acuse: {report.name.replace('-', ' ')}",
        "description": report.summary,
        "tags": ["acuse"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "timezone": "utc",
        "time": {"from": "now-24h", "to": "now"},
        "refresh": "1m",
        "templating": {"list": list(_variables(report))},
        "panels": list(_placed(report)),
    }


def _variables(report: Report) -> Iterator[dict[str, Any]]:
    if report.sliced:
        yield _text("zone", "UTC")
        yield _choice("bucket", list(Bucket), Bucket.HOUR)
        yield _choice("group", ["", *Group], "")
    among: dict[str, Sequence[str]] = {"channel": list(Channel), "number_type": list(NumberType)}
    for name in (*FILTERED_BY, "plan"):
        if name in report.narrowed_by:
            yield _choice(name, ["", *among[name]], "") if name in among else _text(name, "")


def _text(name: str, value: str) -> dict[str, Any]:
    current = {"text": value, "value": value}
    return {
        "name": name,
        "type": "textbox",
        "query": value,
        "current": current,
        "options": [{**current, "selected": True}],
    }


def _choice(name: str, among: Sequence[str], value: str) -> dict[str, Any]:
    options = [{"text": str(each) or "any", "value": str(each), "selected": each == value} for each in among]
    (current,) = (option for option in options if option["selected"])
    written = ", ".join(f"{option['text']} : {option['value']}" for option in options)
    return {"name": name, "type": "custom", "query": written, "current": current, "options": options, "multi": False}


def _placed(report: Report) -> Iterator[dict[str, Any]]:
    """The panels one below the other; narrow ones two in a row."""
    x = y = 0
    panels = [*(_chart(report, chart) for chart in CHARTS.get(report.name, ())), *map(_table, report.tables)]
    for number, panel in enumerate(panels, 1):
        width = WIDTH if panel["type"] in ("table", "stat") else WIDTH // 2
        if x + width > WIDTH:
            x, y = 0, y + HEIGHT
        yield {"id": number, "gridPos": {"x": x, "y": y, "w": width, "h": HEIGHT}, **panel}
        x += width


def _chart(report: Report, chart: Chart) -> dict[str, Any]:
    (table,) = (table for table in report.tables if table.name == chart.table)
    timed = chart.kind == "timeseries"
    fields = [*(["at"] if timed else []), *([chart.by] if chart.by else []), *chart.fields]
    sql = panel_sql(table, fields, "told.total = 1" if chart.total else "", "at" if timed else "")
    custom = {"stacking": {"mode": "normal"}, "drawStyle": "bars", "fillOpacity": 80} if chart.stacked else {}
    return {
        "type": chart.kind,
        "title": chart.title,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": chart.unit, "custom": custom}, "overrides": []},
        "targets": [_target(sql, TIME_SERIES if timed else TABLE)],
        # Bars stand on words or times, never on numbers.
        "transformations": [_as_text(chart.by)] if chart.kind == "barchart" else [],
    }


def _as_text(field: str) -> dict[str, Any]:
    conversions = [{"targetField": field, "destinationType": "string"}]
    return {"id": "convertFieldType", "options": {"conversions": conversions}}


def _table(table: Table) -> dict[str, Any]:
    overrides = [
        {"matcher": {"id": "byRegexp", "options": f"/{names}/"}, "properties": [{"id": "unit", "value": unit}]}
        for unit, names in UNITS.items()
    ]
    return {
        "type": "table",
        "title": table.name.replace("_", " "),
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {}, "overrides": overrides},
        "targets": [_target(panel_sql(table, fields_of(table)), TABLE)],
    }


def _target(sql: str, form: int) -> dict[str, Any]:
    return {
        "refId": "A",
        "datasource": SOURCE,
        "editorType": "sql",
        "queryType": "table",
        "format": form,
        "rawSql": sql,
    }
