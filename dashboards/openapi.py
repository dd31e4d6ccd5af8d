"""The OpenAPI 3.1 document of the query API, made from the answers' own types and the tables of parameters."""

import re
from functools import cache
from typing import Any, Final

import msgspec

from dashboards import answers
from dashboards.access.people import needed_role
from dashboards.alerts_described import alert_paths
from dashboards.decision_answers import Decisions
from dashboards.decisions_described import decision_paths
from dashboards.flow.amiss import Amiss
from dashboards.flow.described import flow_paths
from dashboards.flow.event_answers import LiveEvents
from dashboards.flow.pipeline_answers import Pipeline, Stored
from dashboards.messages_described import message_paths
from dashboards.openapi_parts import REFERENCE, json_answer
from dashboards.replies_described import reply_paths
from dashboards.reply_answers import Replies
from dashboards.reports.description import REPORT_TYPES, report_paths
from dashboards.telling_answers import Alerts
from dashboards.unmasked_answers import UnmaskedAnswer
from dashboards.unmaskings_described import unmasking_paths
from dashboards.unmaskings_listed import ListedUnmaskings

ABOUT: Final = {
    "title": "Acuse query API",
    "version": "1",
    "description": "What became of every message. Read only; recipients' numbers are masked.",
}
ANSWERED: Final = (
    *(answers.AttemptAnswer, answers.MessageAnswer, answers.Listing, answers.AttemptCount, answers.Doubts),
    *(Decisions, Alerts, LiveEvents, Pipeline, Stored, Replies, UnmaskedAnswer, ListedUnmaskings, Amiss),
    *REPORT_TYPES,
    *(answers.ErrorAnswer, answers.Health),
)
"""The types of all answers."""


@cache
def document() -> dict[str, Any]:
    """The whole document; every operation needs a bearer token where tokens are configured. Each has a name, which
    programs that are made from it call it by: get_v1_messages_message_id; `x-acuse-role` is what it takes to ask it.
    """
    paths = {
        **message_paths(),
        **decision_paths(),
        **alert_paths(),
        **report_paths(),
        **flow_paths(),
        **reply_paths(),
        **unmasking_paths(),
        **_probes(),
    }
    for path, operations in paths.items():
        for method, operation in operations.items():
            operation["operationId"] = "_".join((method, *re.findall(r"[a-z0-9]+", path)))
            if "security" in operation:
                operation["x-acuse-role"] = str(needed_role(path))
    return {"openapi": "3.1.0", "info": ABOUT, "paths": paths, "components": _components()}


def _components() -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components(ANSWERED, ref_template=REFERENCE)
    return {
        # As they are read: a tuple by default is a list there.
        "schemas": msgspec.json.decode(msgspec.json.encode(schemas)),
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }


def _probes() -> dict[str, Any]:
    alive, ready = "Whether the process lives", "Whether it can answer: ClickHouse is there and migrated"
    metrics = "Metrics for Prometheus"
    counted = {"200": {"description": metrics, "content": {"text/plain": {}}}}
    return {
        "/livez": {"get": {"summary": alive, "responses": {"200": json_answer(alive, answers.Health)}}},
        "/readyz": {
            "get": {
                "summary": ready,
                "responses": {status: json_answer(ready, answers.Health) for status in ("200", "503")},
            }
        },
        "/metrics": {"get": {"summary": metrics, "responses": counted}},
    }
