"""The same fold on Quix Streams, as its documents would have it: a stateful function for each event."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from quixstreams import Application, State, message_context
from quixstreams.models.serializers import Serializer

from delivery.attempts import fold
from delivery.events import decode
from streams.config import TrackingTopics
from streams.states import Tracked, alias_of, decode_tracked, encode_tracked
from streams.tracking import keyed

if TYPE_CHECKING:
    from delivery.standing import Record


class _Keyed(Serializer):
    """Takes the value of a key and its value."""

    def __call__(self, value: tuple[bytes, bytes], ctx: Any) -> bytes:  # noqa: ARG002 - Quix Streams' own
        return value[1]


def quixstreams(said: Mapping[str, Any]) -> Mapping[str, float]:
    """Quix Streams' own way: a stateful function for each event, RocksDB state with its changelog."""
    topics = TrackingTopics(**said["topics"])
    app = Application(
        broker_address=said["servers"],
        consumer_group=topics.group,
        auto_offset_reset="earliest",
        state_dir=said["data_dir"],
        loglevel="WARNING",
        producer_extra_config={"enable.idempotence": True},
    )
    times: list[float] = [0.0, 0.0]
    seen = 0

    def track(value: bytes, state: State) -> list[tuple[bytes, bytes]]:
        nonlocal seen
        seen += 1
        times[0] = times[0] or time.monotonic()
        told = _advance(value, state)
        if seen == said["events"]:
            times[1] = time.monotonic()
            app.stop()
        return told

    events = app.topic(topics.events, key_deserializer="bytes", value_deserializer="bytes")
    attempts = app.topic(topics.attempts, key_serializer="bytes", value_serializer=_Keyed())
    frame = app.dataframe(events).apply(track, stateful=True, expand=True)
    frame.to_topic(attempts, key=lambda entry: entry[0])
    app.run()
    return {"seconds": times[1] - times[0]}


def _advance(value: bytes, state: State) -> list[tuple[bytes, bytes]]:
    event = decode(value)
    version = 2 * message_context().offset
    kept = state.get_bytes("attempt")
    tracked = None if kept is None else decode_tracked(kept)
    told: list[Record] = []
    if tracked is None:
        tracked = Tracked(version, event.received_at.strftime("%Y-%m"), 0, fold(None, event))
    else:
        before = tracked.state
        after = fold(before, event)
        if after is before:
            return []
        tracked.state, tracked.version = after, version
        if after.claim is not before.claim:
            tracked.claimed_version = version
            told.append(alias_of(tracked.attempt(), version))
    state.set_bytes("attempt", encode_tracked(tracked))
    return [keyed(record) for record in (tracked.attempt(), *told)]
