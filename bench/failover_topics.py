"""Messages with a plan of two steps, and what is told of them, for deciding to be measured on."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from acuse.topics import ensure_topics
from bench.fold_topics import fill
from delivery.briefs import AttemptBrief
from delivery.channels import Channel
from delivery.decisions import SendDecision, Why, decode_decision, send_id
from delivery.events import Event, Payload, Personal, Send, Source, Status, encode
from delivery.marks import Decided, Mark
from delivery.message_states import MessageState, with_attempt, with_request
from delivery.orders import Order, OrderPersonal
from delivery.plans import Choice, Plan, PlannedStep
from delivery.requests import MessageRequest, encode_request
from delivery.stages import Stage
from delivery.topics import (
    ATTEMPTS,
    CALLS,
    DECIDING_CHANGELOG,
    DECISIONS,
    EVENTS,
    REQUESTS,
    TRACKING_CHANGELOG,
    UNPARSED,
)
from streams.config import DecidingTopics, TrackingTopics
from streams.deciding.states import encode_state

PROVIDER = "messente"
TTL_SECONDS = 3600
FAR = timedelta(days=1)


@dataclass(frozen=True)
class FailoverTopics:
    tracking: TrackingTopics
    deciding: DecidingTopics

    def told(self) -> dict[str, Any]:
        return {"tracking": asdict(self.tracking), "deciding": asdict(self.deciding)}


async def fresh_topics(servers: str) -> FailoverTopics:
    name = f"b{uuid.uuid4().hex[:8]}"
    shared = {"attempts": f"{name}.attempts", "unparsed": f"{name}.unparsed", "events": f"{name}.events"}
    tracking = TrackingTopics(group=f"{name}-tracking", **shared)
    deciding = DecidingTopics(
        group=f"{name}-deciding",
        requests=f"{name}.requests",
        calls=f"{name}.calls",
        decisions=f"{name}.decisions",
        tracking_group=tracking.group,
        **shared,
    )
    declared = {
        deciding.requests: REQUESTS,
        deciding.calls: CALLS,
        deciding.decisions: DECISIONS,
        deciding.changelog: DECIDING_CHANGELOG,
        tracking.changelog: TRACKING_CHANGELOG,
        tracking.events: EVENTS,
        tracking.attempts: ATTEMPTS,
        tracking.unparsed: UNPARSED,
    }
    await ensure_topics(servers, topics=[msgspec.structs.replace(topic, name=name) for name, topic in declared.items()])
    return FailoverTopics(tracking, deciding)


def request(number: int, at: datetime) -> MessageRequest:
    """A Viber message, and an SMS where that does not arrive within the hour."""
    personal = OrderPersonal(to="+34600000000", text="Su pedido esta en camino")
    orders = [Order(provider=PROVIDER, channel=channel, personal=personal) for channel in (Channel.VIBER, Channel.SMS)]
    steps = tuple(PlannedStep(choices=(Choice(order=order),), ttl_seconds=TTL_SECONDS) for order in orders)
    plan = Plan(steps=steps, version="bench")
    return MessageRequest(message_id=message(number), received_at=at, order=orders[0], plan=plan)


def message(number: int) -> str:
    return str(uuid.UUID(int=number))


def _send(number: int, step: int, at: datetime) -> Send:
    return Send(**_common(number, step, at), source=Source.CALL, stage=Stage.QUEUED)


def _common(number: int, step: int, at: datetime) -> dict[str, Any]:
    return {
        "provider": PROVIDER,
        "ref": f"m{number:09d}.{step}",
        "channel": Channel.VIBER if step == 1 else Channel.SMS,
        "received_at": at,
        "message_id": message(number),
        "step": step,
        "payload": Payload(sha256="0" * 64),
        "personal": Personal(recipient="+34600000000", raw=b"{}" * 50, content_type="application/json"),
    }


def history(number: int, at: datetime) -> list[Event]:
    """Handed over, on its way, at the handset."""
    told = [
        Status(**_common(number, 1, at + timedelta(seconds=later)), source=Source.WEBHOOK, stage=stage, code=stage)
        for later, stage in ((1, Stage.SENT), (9, Stage.DELIVERED))
    ]
    return [_send(number, 1, at), *told]


async def fill_requests(servers: str, topics: FailoverTopics, count: int) -> None:
    now = datetime.now(UTC)
    entries = ((message(number).encode(), encode_request(request(number, now))) for number in range(count))
    await fill(servers, topics.deciding.requests, entries)


async def fill_events(servers: str, topics: FailoverTopics, count: int) -> int:
    """How many there are."""
    now = datetime.now(UTC)
    events = [event for number in range(count) for event in history(number, now)]
    await fill(servers, topics.tracking.events, ((event.key.encode(), encode(event)) for event in events))
    return len(events)


async def fill_pending(
    servers: str,
    topics: FailoverTopics,
    count: int,
    coming_due: int,
    *,
    due_after_seconds: float,
    due_within_seconds: float,
) -> None:
    """Messages whose first step is on its way: some come due one after the other, the rest in a day."""
    await fill(
        servers,
        topics.deciding.changelog,
        _pending(count, coming_due, datetime.now(UTC), due_after_seconds, due_within_seconds),
    )


def _pending(count: int, coming_due: int, now: datetime, after: float, within: float) -> Iterator[tuple[bytes, bytes]]:
    for number in range(count):
        soon = timedelta(seconds=after + within * number / coming_due)
        due = now + (soon if number < coming_due else FAR + timedelta(milliseconds=number))
        yield message(number).encode(), encode_state(_waiting(number, due))


def _waiting(number: int, due: datetime) -> MessageState:
    sent_at = due - timedelta(seconds=TTL_SECONDS)
    state = with_request(None, request(number, sent_at), number)
    brief = AttemptBrief(
        provider=PROVIDER,
        ref=f"m{number:09d}.1",
        channel=Channel.VIBER,
        stage=Stage.SENT,
        final=False,
        opened_at=sent_at,
        updated_at=sent_at,
        version=2,
        step=1,
    )
    mark = Mark(kind=Decided.SENT, at=sent_at, why=Why.REQUESTED, step=1)
    state = with_attempt(state, state.message_id, brief)
    return MessageState(
        message_id=state.message_id,
        asked=state.asked,
        attempts=state.attempts,
        requests_read=state.requests_read,
        requested_at=state.requested_at,
        marks={send_id(state.message_id, 1): mark},
    )


async def decided_late(servers: str, topics: FailoverTopics) -> list[float]:
    """By how many seconds each message's second step was decided later than it was due, by the broker's clock."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers)
    await consumer.start()
    places = [TopicPartition(topics.deciding.decisions, at) for at in range(topics.deciding.decisions_partitions)]
    consumer.assign(places)
    ends: Mapping[TopicPartition, int] = await consumer.end_offsets(places)
    await consumer.seek_to_beginning()
    late: dict[str, float] = {}
    while any([await consumer.position(place) < ends[place] for place in places]):
        for records in (await consumer.getmany(timeout_ms=500)).values():
            for record in records:
                decision = decode_decision(record.value)
                if isinstance(decision, SendDecision) and decision.grounds and decision.grounds.timer:
                    late[decision.decision_id] = record.timestamp / 1000 - decision.grounds.timer.timestamp()
    await consumer.stop()
    return list(late.values())
