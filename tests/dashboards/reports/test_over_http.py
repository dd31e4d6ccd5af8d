"""Reports as they are asked for over HTTP: every format, and clear refusals."""

import csv
import io
import re
from datetime import datetime
from decimal import Decimal
from functools import partial

import httpx2
import jsonschema
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis.strategies import text as texts
from openapi_spec_validator import OpenAPIV31SpecValidator
from pyarrow import parquet

from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.errors import TooSlow
from dashboards.openapi import document
from dashboards.reader import Reader
from dashboards.reports.answers import ANSWERS
from dashboards.reports.catalogue import REPORTS
from dashboards.reports.formats import Format, accepted, safe
from delivery.events import Personal
from delivery.reasons import Reason
from delivery.stages import Stage
from sinks.client import open_client

PERIOD = {"from": "2026-03-31T00:00:00Z", "to": "2026-04-02T00:00:00Z"}
SENDER = "+34600111222"
EMPTY = ("costs", "distribution", "conversations", "closing", "steps", "unparsed", "codes", "calls", "notices")
FORMULA = '=HYPERLINK("http://x","y")'


@pytest.fixture
def stored(projection, history) -> None:
    for number, (sender, reference) in enumerate(((SENDER, FORMULA), ("ACME", "-2+3"), ("ACME", None))):
        story = history(ref=f"r{number}", told={"reference": reference, "country": "ES"})
        end = story.status(Stage.UNDELIVERED, 9.0, reason=Reason.BLOCKED, code="5", code_text="barred, at its wish")
        projection.store([story.send(1.0, personal=Personal(sender=sender)), end])
    projection.store([history(ref="r9").reply(3.0)])


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("clickhouse_config", ["embedded", "server"], indirect=True)
@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
async def test_a_whole_report_is_as_described(report, ask) -> None:
    sliced = {"zone": "Europe/Madrid", "group": "provider"} if report.sliced else {}
    told = await ask(f"/v1/reports/{report.name}", **PERIOD, compare="previous", **sliced)
    schema = f"#/components/schemas/{ANSWERS[report.name].__name__}"
    described = {"$ref": schema, "components": document()["components"]}
    jsonschema.Draft202012Validator(described).validate(told)
    assert (told["from"], told["compare"]) == (PERIOD["from"], "previous")
    assert {name: told[name] for name in sliced} == sliced
    assert all(told[table] for table in report.table_names if table not in EMPTY)
    assert any("the period before" in note for note in told["notes"])
    assert set(told["read"]) == set(report.table_names)
    assert told["problems"] == {}
    assert all(read["rows"] > 0 for name, read in told["read"].items() if told[name] and report.sliced)


class Slow(Reader):
    """For it what `slow` names takes too long, and nothing else does."""

    slow: frozenset[str] = frozenset()

    async def answer(self, name, parameters=None):
        if name in self.slow:
            raise TooSlow(10)
        return await super().answer(name, parameters)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
async def test_what_takes_too_long_takes_nothing_else_with_it(clickhouse_config) -> None:
    reader = Slow(partial(open_client, clickhouse_config, readonly=True), concurrency=2, timeout_seconds=60)
    reader.slow = frozenset({"reports/delivery_curve", "newest_event"})
    transport = httpx2.ASGITransport(
        create_app(DashboardsConfig(open_to_this_machine=True), reader), client=("127.0.0.1", 1024)
    )
    path = "/v1/reports/delivery-time"
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        answer = await client.get(path, params=PERIOD)
        told = answer.json()
        described = {"$ref": "#/components/schemas/DeliveryTimeReport", "components": document()["components"]}
        jsonschema.Draft202012Validator(described).validate(told)
        assert told["figures"]
        assert (told["curve"], told["data_as_of"]) == ([], None)
        assert "acuse-data-as-of" not in answer.headers
        assert set(told["problems"]) == {"curve", "data_as_of"}
        assert "curve" not in told["read"]
        why = told["problems"]["curve"]
        assert why["status"] == 504
        assert "narrow it with 'from' and 'to'" in why["error"]
        alone = await client.get(path, params={**PERIOD, "table": "curve"})
        assert (alone.status_code, alone.json()) == (504, {"error": why["error"]})
        as_file = await client.get(path, params={**PERIOD, "table": "curve", "format": "csv"})
        assert as_file.status_code == 504
        reader.slow = frozenset({"reports/figures", "reports/trend"})
        assert (await client.get("/v1/reports/overview", params=PERIOD)).json() == {"error": why["error"]}
        reader.slow = frozenset({"doubts"})
        standing = (await client.get("/v1/pipeline")).json()
        assert {name: problem["status"] for name, problem in standing["problems"].items()} == {"doubts": 504}
        assert standing["stored"]
        reader.slow = frozenset({"doubts", "alerts", "newest_stored"})
        assert (await client.get("/v1/pipeline")).status_code == 504
    await reader.close()


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
async def test_every_table_in_every_format(report, client) -> None:
    for table in report.tables:
        path, asked = f"/v1/reports/{report.name}", {**PERIOD, "table": table.name}
        whole = (await client.get(path, params=asked)).json()[table.name]
        names = list(table.row.__struct_fields__)
        as_csv = await client.get(path, params=asked, headers={"Accept": "text/csv"})
        assert as_csv.headers["content-type"].startswith("text/csv")
        assert f"acuse-{report.name}-{table.name}-20260331T000000Z" in as_csv.headers["content-disposition"]
        lines = list(csv.reader(io.StringIO(as_csv.text)))
        assert (lines[0], len(lines) - 1) == (names, len(whole))
        as_parquet = await client.get(path, params={**asked, "format": "parquet"})
        as_arrow = await client.get(path, params={**asked, "format": "arrow"})
        of_parquet = parquet.read_table(pa.BufferReader(as_parquet.content))
        for read in (of_parquet, pa.ipc.open_stream(as_arrow.content).read_all()):
            assert read.column_names == names
            for row, said in zip(read.to_pylist(), whole, strict=True):
                # How long it has been silent depends on when it is asked.
                apart = {"silent_seconds": said.get("silent_seconds")} if "silent_seconds" in said else {}
                assert {name: _as_json(value) for name, value in row.items()} | apart == said


def _as_json(value):
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


@pytest.mark.usefixtures("stored")
async def test_the_sql_of_a_table_is_what_is_asked(client, projection) -> None:
    """As clickhouse-client runs it: a session that sets the parameters and then asks."""
    odd = "a\tb\\'{x}\n"
    for report in REPORTS:
        for table in report.tables:
            sliced = {"zone": "Europe/Madrid", "group": "sender"} if report.sliced else {}
            asked = {**PERIOD, "table": table.name, "format": "sql", **sliced}
            narrowed = {"reference": odd} if table.name == "trend" else {}
            answer = await client.get(f"/v1/reports/{report.name}", params={**asked, **narrowed})
            assert answer.headers["content-type"].startswith("application/sql")
            settings, _, sql = answer.text.partition("\n\n")
            for line in settings.split(";\n"):
                projection.client.command(line.removesuffix(";"))
            rows = projection.client.query(sql).result_rows
            whole = await client.get(f"/v1/reports/{report.name}", params={**asked, **narrowed, "format": "json"})
            assert len(rows) == len(whole.json()[table.name])
            if narrowed:
                assert projection.client.query("SELECT {reference:String}").result_rows == [(odd,)]


@pytest.mark.usefixtures("stored")
async def test_csv_runs_nothing_and_keeps_numbers_whole(client) -> None:
    for by, wanted in (("sender", {SENDER, "ACME"}), ("reference", {"'" + FORMULA, "'-2+3"})):
        asked = {**PERIOD, "group": by, "format": "csv"}
        text = (await client.get("/v1/reports/overview", params=asked)).text
        assert {row["group"] for row in csv.DictReader(io.StringIO(text))} - {""} == wanted


@given(texts())
def test_whatever_a_cell_holds_no_spreadsheet_runs_it(text: str) -> None:
    shown = safe(text)
    assert shown in (text, f"'{text}")
    assert not shown.strip().startswith(("=", "-", "@"))
    assert not shown.startswith(("\t", "\r", "\n"))
    assert shown[:1] != "+" or shown[1:].isdecimal()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("+34600000000", "+34600000000"),
        ("+34600000000\n=1", "'+34600000000\n=1"),
        ("+1+2", "'+1+2"),
        (" =1+1", "' =1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\uff1d1", "'\uff1d1"),
        ("order 5", "order 5"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_run(text, written) -> None:
    assert safe(text) == written


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Format.JSON),
        ("*/*", Format.JSON),
        ("text/html, text/csv;q=0.5", Format.CSV),
        ("text/csv;q=0.2, application/vnd.apache.parquet", Format.PARQUET),
        ("application/vnd.apache.arrow.stream; q=1.0", Format.ARROW),
        ("text/csv;q=nan, application/json;q=x", Format.JSON),
    ],
)
def test_what_the_accept_header_likes_best(accept, form) -> None:
    assert accepted(accept) is form


@pytest.mark.parametrize(
    ("field", "said", "remedy"),
    [
        ("from", "yesterday", "ISO 8601"),
        ("from", "2025-01-01T00:00:00Z", "92 days"),
        ("to", "2026-03-31T00:00:00Z", "later than 'from'"),
        ("zone", "Mars/Olympus", "Europe/Madrid"),
        ("bucket", "minute", "one day"),
        ("bucket", "decade", "hour"),
        ("compare", "next", "previous"),
        ("channel", "pigeon", "sms"),
        ("country", "Spain", "two letters"),
        ("group", "moon", "provider"),
        ("limit", "501", "500"),
        ("table", "chairs", "figures, trend"),
        ("format", "xls", "csv"),
        ("provder", "x", "did you mean 'provider'"),
    ],
)
async def test_refusals_name_the_parameter(field, said, remedy, ask_unread) -> None:
    body = await ask_unread.refused("/v1/reports/overview", 400, **{**PERIOD, field: said})
    assert body["field"] == field
    assert remedy in body["error"]


@pytest.mark.usefixtures("projection")
async def test_a_period_that_was_not_asked_for_is_told(ask) -> None:
    told = await ask("/v1/reports/overview")
    assert any("one day" in note for note in told["notes"])
    assert told["bucket"] == "hour"


@pytest.mark.usefixtures("stored")
async def test_what_does_not_fit_is_told(client) -> None:
    asked = {**PERIOD, "group": "reference", "limit": 2}
    told = (await client.get("/v1/reports/overview", params=asked)).json()
    assert len(told["figures"]) == 3
    assert any("'figures' has more than 2 rows" in note for note in told["notes"])
    as_file = await client.get("/v1/reports/overview", params={**asked, "format": "csv"})
    assert "larger 'limit'" in as_file.headers["acuse-notes"]
    assert re.fullmatch(r"rows=4, bytes=\d+, seconds=\d+\.\d{3}", as_file.headers["acuse-read"])
    assert len(as_file.text.splitlines()) == 4
    everything = await client.get("/v1/reports/overview", params={**asked, "limit": 3, "format": "csv"})
    assert "acuse-notes" not in everything.headers
    assert "link" not in everything.headers


@pytest.mark.usefixtures("stored")
async def test_what_is_cut_goes_on_by_its_cursor(client, ask) -> None:
    asked = {**PERIOD, "group": "reference", "limit": 2}
    whole = await ask("/v1/reports/overview", **{**asked, "limit": 3})
    first = await ask("/v1/reports/overview", **asked)
    cursor = first["cursors"]["figures"]
    rest = await ask("/v1/reports/overview", group="reference", cursor=cursor)
    assert first["figures"] + rest["figures"] == whole["figures"]
    assert (rest["from"], rest["as_of"], rest["trend"], rest["cursors"]) == (PERIOD["from"], first["as_of"], [], {})
    as_file = await client.get("/v1/reports/overview", params={**asked, "format": "csv"})
    onward = as_file.links["next"]["url"]
    assert onward.startswith("/v1/reports/overview?")
    assert len((await client.get(onward)).text.splitlines()) == 2
    for changed in ({"group": "provider"}, {"table": "trend"}, {"to": "2026-04-03T00:00:00Z"}):
        refused = await client.get("/v1/reports/overview", params={**asked, "cursor": cursor, **changed})
        assert (refused.status_code, refused.json()["field"]) == (400, "cursor")


@pytest.mark.usefixtures("projection")
@pytest.mark.parametrize("clickhouse_config", ["embedded", "server"], indirect=True)
@pytest.mark.parametrize(
    "odd",
    [
        {"reference": "a\tb\\'\x00{x:String} -- %é"},
        {"sender": "' OR 1=1 --", "group": "sender"},
        {"provider": "\ud7ff\n", "bucket": "month"},
        {"from": "1971-01-01T00:00:00+14:00", "to": "1971-01-02T00:00:00Z", "zone": "Pacific/Apia"},
        {"from": "2199-10-02T00:00:00Z", "to": "2199-12-31T23:59:59.999999-12:00", "compare": "previous"},
    ],
)
async def test_odd_words_and_far_times_find_nothing(odd, ask) -> None:
    for report in REPORTS:
        understood = {name: said for name, said in odd.items() if name in report.parameters}
        told = await ask(f"/v1/reports/{report.name}", **{**PERIOD, "compare": "previous", **understood})
        rows = [row for name in report.table_names for row in told[name]]
        assert all(row.get("group") is None and not row.get("handed_over") and not row.get("messages") for row in rows)


def test_every_parameter_is_described() -> None:
    OpenAPIV31SpecValidator(document()).validate()
    for report in REPORTS:
        described = document()["paths"][f"/v1/reports/{report.name}"]["get"]["parameters"]
        assert {parameter["name"] for parameter in described} == set(report.parameters)
