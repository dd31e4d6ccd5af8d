"""What the API's description says of alerts."""

from typing import Any, Final

from dashboards.openapi_parts import COUNTRY, CURSOR, FORMAT, LIMIT, MOMENT, in_files, in_query, operation
from dashboards.telling_answers import Alerts
from delivery.channels import Channel
from delivery.health.alerts import AlertKind

ALERTS: Final[dict[str, dict[str, Any]]] = {
    "open": {"type": "boolean", "description": "whether it is open still"},
    "about": {"enum": list(AlertKind), "description": "what does worse than it should"},
    "provider": {"type": "string", "description": "the provider that does"},
    "channel": {"enum": list(Channel), "description": "its channel"},
    "country": {**COUNTRY, "description": "the country that it is about, where it is about one"},
    "from": {**MOMENT, "description": "opened at this time or later, ISO 8601 with zone"},
    "to": {**MOMENT, "description": "opened before this time, ISO 8601 with zone"},
    "limit": {**LIMIT, "description": "how many alerts at most"},
    "cursor": CURSOR,
}


def alert_paths() -> dict[str, Any]:
    summary = "Alerts: ways to people that do worse than they should, those that opened last first"
    alerts = operation(summary, Alerts, parameters=in_query({**ALERTS, "format": FORMAT}))
    return {"/v1/alerts": {"get": in_files(alerts)}}
