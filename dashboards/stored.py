"""Events, attempts and calls as the rows of ClickHouse hold them, turned back into the domain's own."""

from collections.abc import Mapping
from typing import Final

import msgspec

from dashboards.reader import Row
from delivery.attempts import AttemptState
from delivery.calls import Call, Called, Calling, InDoubt, Result
from delivery.channels import Channel
from delivery.decisions import Why
from delivery.events import Event, Payload, Personal, Precision, ProviderTime, Reply, Send, Source, Status, Zone
from delivery.marks import Decided, Mark
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.stages import Stage
from delivery.standing import Attempt, describe

MARKED: Final[Mapping[str, Decided]] = {"send": Decided.SENT, "wait": Decided.WAITED, "end": Decided.ENDED}

_state_decoder: msgspec.json.Decoder[AttemptState] = msgspec.json.Decoder(AttemptState)


def stored_attempt(row: Row) -> Attempt:
    """The attempt of a row of `attempt_states.sql`: its facts, and what they amount to by today's rules."""
    return describe(_state_decoder.decode(row["state"]), version=row["version"], month=row["month"])


def stored_event(row: Row) -> Event:
    """The event of a row of `attempt_events.sql`, without what is personal and without its payload."""
    common = {
        **{name: row[name] for name in ("provider", "ref", "received_at", "event_id", "code", "code_text")},
        **{name: row[name] for name in ("message_id", "reference", "country", "carrier", "handle", "step", "tries")},
        "number_type": NumberType(row["number_type"]) if row["number_type"] else None,
        "channel": Channel(row["channel"]),
        "source": Source(row["source"]),
        "payload": Payload(sha256=""),
        "personal": Personal(),
        "occurred": _occurred(row),
    }
    if row["kind"] == "reply":
        return Reply(**common, reply_id=row["reply_id"], answers_attempt=row["answers_attempt"])
    told = {
        **common,
        "stage": Stage(row["stage"]),
        "reason": Reason(row["reason"]) if row["reason"] else None,
        "final": row["final"],
    }
    if row["kind"] == "send":
        return Send(**told, scheduled_for=row["scheduled_for"])
    return Status(**told, timed=row["timed"], elapsed_seconds=row["elapsed_seconds"])


def stored_call(row: Row) -> Call:
    """The call of a row of `message_calls.sql`, without what is personal."""
    common = {
        name: row[name] for name in ("decision_id", "message_id", "provider", "claim", "at", "decision_offset", "step")
    }
    if row["kind"] == "calling":
        return Calling(**common)
    if row["kind"] == "doubt":
        return InDoubt(**common, why=row["why"])
    return Called(
        **common,
        **{name: row[name] for name in ("code", "text", "tries", "status", "looked_up")},
        result=Result(row["result"]),
        refs=tuple(row["refs"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
    )


def stored_mark(row: Row) -> Mark | None:
    """What of a decision its message's course depends on; None where that does not."""
    kind = MARKED.get(row["kind"])
    if kind is None:
        return None
    return Mark(kind=kind, at=row["decided_at"], why=Why(row["why"]), step=row["step"] or 0, tries=row["tries"] or 0)


def _occurred(row: Row) -> ProviderTime | None:
    if row["occurred_at"] is None:
        return None
    return ProviderTime(
        at=row["occurred_at"],
        zone=Zone(row["zone"]),
        precision=Precision(row["precision"]),
        text=row["occurred_text"] or "",
    )
