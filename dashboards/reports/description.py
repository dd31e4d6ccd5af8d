"""What the OpenAPI document says of reports."""

from typing import Any, Final

from dashboards.openapi_parts import COUNTRY, ERRORS, FORMAT, LIMIT, MOMENT, ONWARD, REFERENCE, in_query, refusals
from dashboards.reports.answers import ANSWERS
from dashboards.reports.asked import LONGEST_PERIOD, Bucket, Compared, Group
from dashboards.reports.catalogue import REPORTS, Report
from dashboards.reports.formats import MEDIA_TYPES, Format
from delivery.channels import Channel
from delivery.number_types import NumberType

REPORT_TYPES: Final = tuple(ANSWERS.values())
TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 256}
SINCE: Final = (
    "attempts first heard of (replies: received; failover: messages asked for) at this time or later, ISO 8601 with "
    "zone; a day before `to` "
    f"unless told, and {LONGEST_PERIOD.days} days before it at most"
)
PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "from": {**MOMENT, "description": SINCE},
    "to": {**MOMENT, "description": "those before this time; now unless told"},
    "zone": {
        **TEXT,
        "description": "the IANA name of the zone whose hours, days, weeks and months are meant; UTC unless told",
    },
    "bucket": {"enum": list(Bucket), "description": "what time is cut into; chosen by the period unless told"},
    "compare": {
        "enum": list(Compared),
        "description": "`previous` for the period of the same length before it too",
    },
    "provider": {**TEXT, "description": "the provider's name"},
    "channel": {"enum": list(Channel), "description": "the channel"},
    "country": {**COUNTRY, "description": "the recipient's country, ISO 3166-1 alpha-2"},
    "number_type": {
        "enum": list(NumberType),
        "description": "what kind of line the recipient's number is, by its country's plan",
    },
    "carrier": {
        **TEXT,
        "description": "a guess at the recipient's carrier: whose the number first was, before it may have been ported",
    },
    "sender": {
        **TEXT,
        "description": "our own number or name that it was sent from; in a URL a + is written %2B",
    },
    "reference": {**TEXT, "description": "the caller's own reference"},
    "plan": {**TEXT, "description": "the plan's name"},
    "group": {
        "enum": list(Group),
        "description": "a row for each of these; tables that have a group of their own keep it",
    },
    "limit": {
        **LIMIT,
        "description": "how many rows of each table at most; those over time have a limit of their own",
    },
    "cursor": {
        "type": "string",
        "description": "goes on in one table under the same filters: of `cursors` in the answer before, or in its "
        "`Link` header",
    },
    "format": FORMAT,
}


def report_paths() -> dict[str, Any]:
    return {f"/v1/reports/{report.name}": {"get": _operation(report)} for report in REPORTS}


def _operation(report: Report) -> dict[str, Any]:
    of_one = "one table only; unless told, all of them as JSON, and else the first"
    described = {**PARAMETERS, "table": {"enum": list(report.table_names), "description": of_one}}
    return {
        "summary": report.summary,
        "security": [{"token": []}],
        "parameters": in_query({name: told for name, told in described.items() if name in report.parameters}),
        "responses": {"200": _answers(ANSWERS[report.name]), **refusals(ERRORS)},
    }


def _answers(answered: type) -> dict[str, Any]:
    content: dict[str, Any] = {media.partition(";")[0]: {} for media in MEDIA_TYPES.values()}
    content[MEDIA_TYPES[Format.JSON]] = {"schema": {"$ref": REFERENCE.format(name=answered.__name__)}}
    cut = {"description": "Of a file: that it has not all rows, and what to do", "schema": {"type": "string"}}
    cost = {"description": "What ClickHouse read for it: rows, bytes and seconds", "schema": {"type": "string"}}
    headers = {"Acuse-Notes": cut, "Acuse-Read": cost, "Link": ONWARD}
    partly = "The answer; of all tables as JSON, those that could be answered, and in `problems` why the others not"
    return {"description": partly, "headers": headers, "content": content}
