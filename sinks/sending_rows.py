"""What requests, decisions and calls become in their tables: columns, a list at a time, as ``rows`` has it.

Of a text, only what its order allows to be kept is put into a column; the rest of the content only where the text
itself may be kept.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from delivery.calls import Call, Called, CallPersonal, InDoubt
from delivery.decisions import (
    CancelDecision,
    Decision,
    EndDecision,
    Grounds,
    OutcomeDecision,
    PollDecision,
    SendDecision,
    SettleDecision,
    Target,
    WaitDecision,
)
from delivery.orders import Order, Store, kept_text, spoken_text
from delivery.outlines import encode_outline, outline
from delivery.refs import canonical_ref
from delivery.requests import CancelRequest, MessageRequest, Request, SettleRequest
from sinks.money import money_column
from sinks.rows import Columns, Rows, record_columns

REQUEST_KINDS: Final[Mapping[type, str]] = {
    MessageRequest: "message",
    CancelRequest: "cancel",
    SettleRequest: "settle",
}
DECISION_KINDS: Final[Mapping[type, str]] = {
    SendDecision: "send",
    PollDecision: "poll",
    CancelDecision: "cancel",
    SettleDecision: "settle",
    WaitDecision: "wait",
    EndDecision: "end",
    OutcomeDecision: "outcome",
}
NO_GROUNDS: Final = Grounds(rule="")
NOTHING_EXCHANGED: Final = CallPersonal()
CONTENT: Final = ("template", "media", "voice", "options")

_encode: Final = msgspec.json.Encoder(order="deterministic").encode


def request_columns(rows: Rows[Request]) -> Columns:
    requests = rows.values
    asked = [request if isinstance(request, MessageRequest) else None for request in requests]
    orders = [request.order if request else None for request in asked]
    found = [request if isinstance(request, SettleRequest) else None for request in requests]
    plans = [request and request.plan for request in asked]
    return {
        "message_id": [request.message_id for request in requests],
        "kind": [REQUEST_KINDS[type(request)] for request in requests],
        "received_at": [request.received_at for request in requests],
        "provider": [request and request.order.provider for request in asked],
        "channel": [request and request.order.channel for request in asked],
        **_order_columns(orders),
        "on_doubt": [request and request.on_doubt for request in asked],
        "begins_at": [request and request.send_at for request in asked],
        "plan": [plan.name if plan else "" for plan in plans],
        "plan_version": [plan.version if plan else "" for plan in plans],
        "outline": [encode_outline(outline(plan)) if plan else b"" for plan in plans],
        "step": [request and request.step for request in found],
        "tries": [request and request.tries for request in found],
        "finding": [request and request.finding for request in found],
        "ref": [_found_ref(request) for request in found],
        "resend": [request is not None and request.resend for request in found],
        **_content_columns(orders),
        **record_columns(rows.records),
    }


def decision_columns(rows: Rows[Decision]) -> Columns:
    decisions = rows.values
    orders = [each.order if isinstance(each, SendDecision | SettleDecision) else None for each in decisions]
    targets = [each.target if isinstance(each, PollDecision | CancelDecision) else None for each in decisions]
    sends = [each if isinstance(each, SendDecision) else None for each in decisions]
    found = [each if isinstance(each, SettleDecision) else None for each in decisions]
    about: list[Order | Target | None] = [order or target for order, target in zip(orders, targets, strict=True)]
    content = _content_columns(orders)
    told = zip(targets, content["recipient"], strict=True)
    content["recipient"] = [target.recipient if target else recipient for target, recipient in told]
    return {
        "message_id": [each.message_id for each in decisions],
        "decision_id": [each.decision_id for each in decisions],
        "kind": [DECISION_KINDS[type(each)] for each in decisions],
        "decided_at": [each.decided_at for each in decisions],
        "why": [each.why for each in decisions],
        "provider": [part and part.provider for part in about],
        "channel": [part and part.channel for part in about],
        "step": [None if isinstance(each, PollDecision | CancelDecision) else each.step for each in decisions],
        "tries": [each.tries if isinstance(each, SendDecision | WaitDecision) else None for each in decisions],
        "on_doubt": [each and each.on_doubt for each in sends],
        **_decided_columns(decisions),
        **_order_columns(orders),
        "ref": [target.ref if target else _found_ref(each) for target, each in zip(targets, found, strict=True)],
        "handle": [target and target.handle for target in targets],
        "round": [each.round if isinstance(each, PollDecision) else None for each in decisions],
        "finding": [each and each.finding for each in found],
        "resend": [each is not None and each.resend for each in found],
        **content,
        **record_columns(rows.records),
    }


def call_columns(rows: Rows[Call]) -> Columns:
    calls = rows.values
    called = [call if isinstance(call, Called) else None for call in calls]
    doubts = [call if isinstance(call, InDoubt) else None for call in calls]
    personal = [_exchanged(call) for call in calls]
    return {
        "message_id": [call.message_id for call in calls],
        "decision_id": [call.decision_id for call in calls],
        "kind": [
            "called" if done else "doubt" if doubt else "calling" for done, doubt in zip(called, doubts, strict=True)
        ],
        "at": [call.at for call in calls],
        "provider": [call.provider for call in calls],
        "claim": [call.claim for call in calls],
        "decision_offset": [call.decision_offset for call in calls],
        "step": [call.step for call in calls],
        "result": [call and call.result for call in called],
        "refs": [call.refs if call else () for call in called],
        "code": [call.code if call else "" for call in called],
        "text": [call.text if call else "" for call in called],
        "reason": [call and call.reason for call in called],
        "tries": [call and call.tries for call in called],
        "status": [call and call.status for call in called],
        "looked_up": [call is not None and call.looked_up for call in called],
        "why": [call.why if call else "" for call in doubts],
        "request": [part.request for part in personal],
        "raw": [part.raw for part in personal],
        "content_type": [part.content_type for part in personal],
        **record_columns(rows.records),
    }


def _decided_columns(decisions: Sequence[Decision]) -> Columns:
    sends = [each if isinstance(each, SendDecision) else None for each in decisions]
    outcomes = [each if isinstance(each, OutcomeDecision) else None for each in decisions]
    grounds = [each.grounds or NO_GROUNDS for each in decisions]
    return {
        "expires_at": [each and each.expires_at for each in sends],
        "waits": [each and each.waits for each in sends],
        "choice": [each and each.choice for each in sends],
        "cost": money_column(each.cost if each else None for each in sends),
        "until": [each.until if isinstance(each, WaitDecision) else None for each in decisions],
        "outcome": [each and each.outcome for each in outcomes],
        "extra_cost": money_column(each.extra_cost if each else None for each in outcomes),
        "added_seconds": [each and each.added_seconds for each in outcomes],
        "rule": [part.rule for part in grounds],
        "plan": [part.plan for part in grounds],
        "plan_version": [part.plan_version for part in grounds],
        "timer": [part.timer for part in grounds],
        "reason": [part.reason for part in grounds],
        "spent": money_column(part.spent for part in grounds),
        "grounds": [b"" if part is NO_GROUNDS else _encode(part) for part in grounds],
    }


def _exchanged(call: Call) -> CallPersonal:
    return (call.personal if isinstance(call, Called | InDoubt) else None) or NOTHING_EXCHANGED


def _found_ref(found: SettleRequest | SettleDecision | None) -> str | None:
    """What a person gave may have a number in it, which is personal."""
    return canonical_ref(found.ref) if found and found.ref else None


def _order_columns(orders: Sequence[Order | None]) -> dict[str, Sequence[Any]]:
    return {
        "send_at": [order and order.send_at for order in orders],
        "ttl_seconds": [order and order.ttl_seconds for order in orders],
        "priority": [order and order.priority for order in orders],
        "store": [order and order.store for order in orders],
        "reference": [order and order.reference for order in orders],
        "country": [order and order.country for order in orders],
    }


def _content_columns(orders: Sequence[Order | None]) -> dict[str, Sequence[Any]]:
    return {
        "recipient": [order and order.personal.to for order in orders],
        "sender": [order and order.personal.sender for order in orders],
        "text": [order and kept_text(spoken_text(order.personal), order.store) for order in orders],
        "content": [_content(order) if order else b"" for order in orders],
    }


def _content(order: Order) -> bytes:
    if order.store is not Store.PLAINTEXT:
        return b""
    content = {name: getattr(order.personal, name) for name in CONTENT}
    given = {name: part for name, part in content.items() if part}
    return _encode(given) if given else b""
