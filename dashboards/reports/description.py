"""What the OpenAPI document says of reports."""

from typing import Any, Final

from dashboards.parameters import DEFAULT_LIMIT, LARGEST_LIMIT
from dashboards.reports.answers import ANSWERS
from dashboards.reports.asked import LONGEST_PERIOD, Bucket, Compared, Group
from dashboards.reports.catalogue import REPORTS, Report
from dashboards.reports.formats import MEDIA_TYPES, Format
from delivery.channels import Channel
from delivery.number_types import NumberType

REPORT_TYPES: Final = tuple(ANSWERS.values())
MOMENT: Final = {"type": "string", "format": "date-time"}
TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 256}
SINCE: Final = (
    "attempts first heard of (replies: received; failover: messages asked for) at this time or later, ISO 8601 with "
    "zone; a day before `to` "
    f"unless told, and {LONGEST_PERIOD.days} days before it at most"
)
PARAMETERS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "from": (MOMENT, SINCE),
    "to": (MOMENT, "those before this time; now unless told"),
    "zone": (TEXT, "the IANA name of the zone whose hours, days, weeks and months are meant; UTC unless told"),
    "bucket": ({"enum": list(Bucket)}, "what time is cut into; chosen by the period unless told"),
    "compare": ({"enum": list(Compared)}, "`previous` for the period of the same length before it too"),
    "provider": (TEXT, "the provider's name"),
    "channel": ({"enum": list(Channel)}, "the channel"),
    "country": ({"type": "string", "pattern": "^[A-Za-z]{2}$"}, "the recipient's country, ISO 3166-1 alpha-2"),
    "number_type": ({"enum": list(NumberType)}, "what kind of line the recipient's number is, by its country's plan"),
    "carrier": (TEXT, "a guess at the recipient's carrier: whose the number first was, before it may have been ported"),
    "sender": (TEXT, "our own number or name that it was sent from; in a URL a + is written %2B"),
    "reference": (TEXT, "the caller's own reference"),
    "plan": (TEXT, "the plan's name"),
    "group": ({"enum": list(Group)}, "a row for each of these; tables that have a group of their own keep it"),
    "limit": (
        {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT},
        "how many rows of each table at most; those over time have a limit of their own",
    ),
    "cursor": (
        {"type": "string"},
        "goes on in one table under the same filters: of `cursors` in the answer before, or in its `Link` header",
    ),
    "format": ({"enum": list(Format)}, "how it is written; JSON unless this or the `Accept` header says else"),
}


def report_paths(reference: str, errors: dict[str, Any]) -> dict[str, Any]:
    """The paths of all reports; `reference` leads to a schema, `errors` are the answers that every operation has."""
    return {f"/v1/reports/{report.name}": {"get": _operation(report, reference, errors)} for report in REPORTS}


def _operation(report: Report, reference: str, errors: dict[str, Any]) -> dict[str, Any]:
    of_one = "one table only; unless told, all of them as JSON, and else the first"
    described = {**PARAMETERS, "table": ({"enum": list(report.table_names)}, of_one)}
    return {
        "summary": report.summary,
        "security": [{"token": []}],
        "parameters": [
            {"name": name, "in": "query", "description": meaning, "schema": schema}
            for name, (schema, meaning) in described.items()
            if name in report.parameters
        ],
        "responses": {"200": _answers(ANSWERS[report.name].__name__, reference), **errors},
    }


def _answers(schema: str, reference: str) -> dict[str, Any]:
    content: dict[str, Any] = {media.partition(";")[0]: {} for media in MEDIA_TYPES.values()}
    content[MEDIA_TYPES[Format.JSON]] = {"schema": {"$ref": reference.format(name=schema)}}
    cut = {"description": "Of a file: that it has not all rows, and what to do", "schema": {"type": "string"}}
    onward = {"description": 'Of a file that is cut: where its next rows are, rel="next"', "schema": {"type": "string"}}
    cost = {"description": "What ClickHouse read for it: rows, bytes and seconds", "schema": {"type": "string"}}
    headers = {"Acuse-Notes": cut, "Acuse-Read": cost, "Link": onward}
    return {"description": "The answer", "headers": headers, "content": content}
