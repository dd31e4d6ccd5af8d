"""Answers what became of attempts.

The state is the tracking worker's, as failover acts upon it. Events reach ClickHouse by another topic and may be a
moment ahead of it: they are listed all the same, and `pending_events` says how many the state does not know of. Only
where there is no state at all yet is it folded here, from the first copy of each event.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import reduce
from typing import Final, TypeAlias

from dashboards.answers import AttemptAnswer, EventAnswer, EventKind, PayloadAnswer, StateFrom
from dashboards.masking import masked
from dashboards.money import plain
from dashboards.reader import Reader, Row
from dashboards.stored import stored_attempt, stored_event
from delivery.attempts import AttemptState, fold
from delivery.events import Event, Reply, Status
from delivery.facts import fact_of
from delivery.stages import Stage
from delivery.standing import Attempt, describe

Key: TypeAlias = tuple[str, str]
"""Provider and ref."""

MOST_EVENTS: Final = 1000
"""Of one attempt; what is left off is said."""


async def read_attempts(reader: Reader, keys: Collection[Key]) -> dict[Key, AttemptAnswer]:
    """The attempts of these keys; those that nothing is known of are missing."""
    if not keys:
        return {}
    # The state first: what comes between the two questions is then pending rather than unheard of.
    states = {_key(row): stored_attempt(row) for row in await reader.rows("attempt_states", {"keys": sorted(keys)})}
    heard = {*states, *await _heard(reader, {*keys} - {*states})}
    rows: dict[Key, list[Row]] = defaultdict(list)
    if heard:
        for row in await reader.rows("attempt_events", {"keys": sorted(heard), "most": MOST_EVENTS + 1}):
            rows[_key(row)].append(row)
    return {key: _answer(states.get(key), rows[key]) for key in sorted({*states, *rows})}


async def _heard(reader: Reader, stateless: Collection[Key]) -> Sequence[Key]:
    """Those of which there are events already. Who waits for an attempt asks for it again and again until it is there,
    and to ask for all columns of nothing costs the engine three times as much.
    """
    if not stateless:
        return []
    return [_key(row) for row in await reader.rows("attempts_heard", {"keys": sorted(stateless)})]


def _key(row: Row) -> Key:
    return row["provider"], row["ref"]


def _answer(tracked: Attempt | None, rows: Sequence[Row]) -> AttemptAnswer:
    kept = [(stored_event(row), row) for row in rows[:MOST_EVENTS]]
    attempt = tracked or _folded([event for event, _ in kept])
    return AttemptAnswer(
        provider=attempt.provider,
        ref=attempt.ref,
        channel=attempt.channel,
        message_id=attempt.message_id,
        stage=attempt.stage,
        reason=attempt.reason,
        final=attempt.final,
        revised=attempt.revised,
        contradictions=attempt.contradictions,
        times=attempt.times,
        delivery_seconds=attempt.delivery_seconds,
        clock=attempt.clock,
        code=attempt.code,
        reason_text=_reason_text(attempt, rows),
        recipient=masked(next((row["recipient"] for row in rows if row["recipient"] and row["kind"] != "reply"), None)),
        country=attempt.country,
        number_type=attempt.number_type,
        carrier=attempt.carrier,
        sender=attempt.sender,
        reference=attempt.reference,
        handle=attempt.handle,
        step=attempt.step,
        tries=attempt.tries,
        expected_cost=plain(attempt.expected_cost),
        opened_at=attempt.opened_at,
        updated_at=attempt.updated_at,
        closed_at=attempt.closed_at,
        replied_at=attempt.replied_at,
        state_from=StateFrom.TRACKING if tracked else StateFrom.EVENTS,
        pending_events=sum(fold(attempt.state, event) is not attempt.state for event, _ in kept),
        events_left_off=len(rows) > MOST_EVENTS,
        events=[_event(event, row) for event, row in sorted(kept, key=lambda told: _order(told[0]))],
    )


def _folded(events: Sequence[Event]) -> Attempt:
    state = reduce(fold, events, _NOTHING)
    if state is None:
        raise AssertionError("an attempt is known by its state or by an event")
    return describe(state, version=0, month="")


_NOTHING: Final[AttemptState | None] = None


def _order(event: Event) -> tuple[object, ...]:
    """By when it happened, as far as the provider's claim can be relied on, as the fold has it."""
    return fact_of(event).at, event.received_at, event.event_id


def _reason_text(attempt: Attempt, rows: Sequence[Row]) -> str:
    """What the provider said, in its own words, when the attempt came to stand as it does."""
    fact = attempt.state.stages.get(Stage(attempt.stage))
    return next((str(row["code_text"]) for row in rows if fact and row["event_id"] == fact.event_id), "")


def _event(event: Event, row: Row) -> EventAnswer:
    told = None if isinstance(event, Reply) else event
    return EventAnswer(
        event_id=event.event_id,
        kind=EventKind(row["kind"]),
        stage=told.stage if told else None,
        code=event.code,
        occurred_at=event.occurred.at if event.occurred else None,
        received_at=event.received_at,
        copies=row["copies"],
        code_text=event.code_text,
        reason=told.reason if told else None,
        final=told.final if told else False,
        source=event.source,
        zone=event.occurred.zone if event.occurred else None,
        precision=event.occurred.precision if event.occurred else None,
        occurred_text=event.occurred.text if event.occurred else "",
        elapsed_seconds=event.elapsed_seconds if isinstance(event, Status) else None,
        timed=event.timed if isinstance(event, Status) else True,
        payload=_payload(row),
    )


def _payload(row: Row) -> PayloadAnswer | None:
    if not row["payload_sha256"]:
        return None
    return PayloadAnswer(
        sha256=row["payload_sha256"],
        index=row["payload_index"],
        count=row["payload_count"],
        bytes=row["payload_bytes"],
        content_type=row["content_type"],
    )
