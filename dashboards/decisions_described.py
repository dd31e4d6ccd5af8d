"""What the API's description says of decisions, and of what is in doubt."""

from typing import Any, Final

from dashboards.answers import Doubts
from dashboards.decision_answers import DecisionKind, Decisions
from dashboards.decisions import MOST_STEPS
from dashboards.openapi_parts import CURSOR, FORMAT, LIMIT, MOMENT, in_files, in_query, operation
from delivery.channels import Channel
from delivery.decisions import FailoverOutcome, Why
from delivery.reasons import Reason

DOUBTED: Final[dict[str, dict[str, Any]]] = {
    "limit": {**LIMIT, "description": "how many steps at most"},
    "cursor": {"type": "string", "description": "the `next_cursor` of the answer before"},
}
DECIDED: Final[dict[str, dict[str, Any]]] = {
    "message_id": {"type": "string", "format": "uuid", "description": "decisions about this message"},
    "kind": {"enum": list(DecisionKind), "description": "what was decided"},
    "why": {"enum": list(Why), "description": "the rule that was followed"},
    "plan": {"type": "string", "description": "the plan's name, as the decision's grounds have it"},
    "provider": {"type": "string", "description": "the provider that is to do something"},
    "channel": {"enum": list(Channel), "description": "the channel of what is to be done"},
    "reason": {"enum": list(Reason), "description": "why the step before failed"},
    "outcome": {"enum": list(FailoverOutcome), "description": "what came of failing over"},
    "step": {"type": "integer", "minimum": 0, "maximum": MOST_STEPS, "description": "the step of the plan, from 1"},
    "from": {**MOMENT, "description": "decided at this time or later, ISO 8601 with zone"},
    "to": {**MOMENT, "description": "decided before this time, ISO 8601 with zone"},
    "limit": {**LIMIT, "description": "how many decisions at most"},
    "cursor": CURSOR,
}


def decision_paths() -> dict[str, Any]:
    doubts = operation(
        "Steps of which nobody can tell whether their provider took them, the oldest first",
        Doubts,
        parameters=in_query({**DOUBTED, "format": FORMAT}),
    )
    decisions = operation(
        "What was decided, why and on which grounds, newest first; a page may hold fewer than `limit`",
        Decisions,
        parameters=in_query({**DECIDED, "format": FORMAT}),
    )
    return {"/v1/doubts": {"get": in_files(doubts)}, "/v1/decisions": {"get": in_files(decisions)}}
