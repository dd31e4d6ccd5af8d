"""What alerts, notices and unmaskings become in their tables: columns, a list at a time, as ``rows`` has it."""

from typing import Final

import msgspec

from delivery.health.alerts import Alert
from delivery.notices import Notice
from delivery.unmaskings import Unmasking
from sinks.rows import Columns, Rows, record_columns

_encode: Final = msgspec.json.Encoder(order="deterministic").encode


def alert_columns(rows: Rows[Alert]) -> Columns:
    alerts = rows.values
    return {
        "alert_id": [alert.alert_id for alert in alerts],
        "state": [alert.state for alert in alerts],
        "about": [alert.about for alert in alerts],
        "provider": [alert.lane.provider for alert in alerts],
        "channel": [alert.lane.channel for alert in alerts],
        "country": [alert.lane.country for alert in alerts],
        "at": [alert.at for alert in alerts],
        "opened_at": [alert.opened_at for alert in alerts],
        "value": [alert.value for alert in alerts],
        "threshold": [alert.threshold for alert in alerts],
        "usual": [alert.usual for alert in alerts],
        "text": [alert.text for alert in alerts],
        "measure": [_encode(alert.measure) for alert in alerts],
        **record_columns(rows.records),
    }


def notice_columns(rows: Rows[Notice]) -> Columns:
    """Without ``body``: it may be personal, and what it tells is in decisions and events."""
    notices = rows.values
    return {
        "message_id": [notice.message_id or "" for notice in notices],
        "notice_id": [notice.notice_id for notice in notices],
        "type": [notice.type for notice in notices],
        "about": [notice.about for notice in notices],
        "at": [notice.at for notice in notices],
        "result": [notice.result for notice in notices],
        "tries": [notice.tries for notice in notices],
        "status": [notice.status for notice in notices],
        "why": [notice.why for notice in notices],
        **record_columns(rows.records),
    }


def unmasking_columns(rows: Rows[Unmasking]) -> Columns:
    unmaskings = rows.values
    return {
        "unmasking_id": [unmasking.unmasking_id for unmasking in unmaskings],
        "message_id": [unmasking.message_id for unmasking in unmaskings],
        "at": [unmasking.at for unmasking in unmaskings],
        "who": [unmasking.who for unmasking in unmaskings],
        "role": [unmasking.role for unmasking in unmaskings],
        "why": [unmasking.why for unmasking in unmaskings],
        **record_columns(rows.records),
    }
