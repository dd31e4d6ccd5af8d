"""The topics whose every record becomes a row of a table of their own, but for events, which have a way made for their
number.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from delivery import topics
from delivery.calls import decode_call
from delivery.decisions import decode_decision
from delivery.health.alerts import decode_alert
from delivery.notices import decode_notice
from delivery.requests import decode_request
from delivery.unmaskings import decode_unmasking
from sinks.rows import Columns, Rows
from sinks.schema import ALERTS, CALLS, DECISIONS, NOTICES, REQUESTS, UNMASKINGS, Table
from sinks.sending_rows import call_columns, decision_columns, request_columns
from sinks.telling_rows import alert_columns, notice_columns, unmasking_columns


class Append(NamedTuple):
    """How the records of a topic become rows of a table."""

    table: Table
    decode: Callable[[bytes], Any]
    columns: Callable[[Rows[Any]], Columns]


APPENDS: Final[Mapping[str, Append]] = {
    topics.REQUESTS.name: Append(REQUESTS, decode_request, request_columns),
    topics.DECISIONS.name: Append(DECISIONS, decode_decision, decision_columns),
    topics.CALLS.name: Append(CALLS, decode_call, call_columns),
    topics.ALERTS.name: Append(ALERTS, decode_alert, alert_columns),
    topics.NOTICES.name: Append(NOTICES, decode_notice, notice_columns),
    topics.AUDIT.name: Append(UNMASKINGS, decode_unmasking, unmasking_columns),
}
"""By topic."""
