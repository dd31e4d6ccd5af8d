"""Tells events as they come in: each record once, to whoever asks again with the cursor of the answer before.

A cursor is a place in each partition of the topic, not a time, since partitions are stored each at its own pace: what
was received earlier and is stored later is told all the same. Left out is only what was received more than a day before
the newest when the first answer was given, and what a sink stores out of its partition's order after a crash.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.answers import EventKind
from dashboards.errors import Unreadable
from dashboards.flow.event_answers import LiveEvent, LiveEvents
from dashboards.masking import masked
from dashboards.parameters import DEFAULT_LIMIT, EARLIEST, YEARS, Read, limit, read_known, text, word
from dashboards.reader import Reader, Row
from dashboards.responses import answer
from delivery.channels import Channel
from delivery.stages import Stage
from delivery.topics import EVENTS

LOOKED_BACK: Final = timedelta(days=1)
"""From the newest event: whatever was received earlier is not waited for."""
WINDOWS: Final = (timedelta(hours=1), timedelta(days=1), timedelta(days=31))
"""In which the newest events are looked for, the shortest first that has enough."""
NARROWED_BY: Final[Mapping[str, Read]] = {
    "provider": text,
    "channel": word(Channel),
    "kind": word(EventKind),
    "stage": word(Stage),
}
LONGEST_CURSOR: Final = 4096

Number = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Offset = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Reached(Struct, frozen=True, array_like=True):
    """Where to go on in each partition; in one that is not named, with what was received `since` then or later."""

    since: datetime
    next_offsets: dict[Number, Offset]

    def written(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).rstrip(b"=").decode()


_decoder: msgspec.json.Decoder[Reached] = msgspec.json.Decoder(Reached)


def read_reached(field: str, written: str) -> Reached:
    """What `written` gave. Raises `Unreadable` for any other text."""
    reached = _decoded(written) if len(written) <= LONGEST_CURSOR else None
    if reached is None or reached.since.tzinfo is None or reached.since.year not in (EARLIEST.year, *YEARS):
        raise Unreadable(field, "use the 'next_cursor' of an earlier answer exactly as it was given")
    return reached


def _decoded(written: str) -> Reached | None:
    try:
        padded = written.encode("ascii") + b"=" * (-len(written) % 4)
        return _decoder.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        return None


async def read_events(reader: Reader, given: Iterable[tuple[str, str]]) -> LiveEvents:
    """The newest events, or those that came in after a cursor. Raises `Unreadable` naming the parameter at fault."""
    asked = read_known(given, {**NARROWED_BY, "after": read_reached, "limit": limit})
    narrowed = {name: str(asked.get(name, "")) for name in NARROWED_BY}
    most: int = asked.get("limit", DEFAULT_LIMIT)
    if "after" in asked:
        return await _new(reader, asked["after"], narrowed, most)
    return await _newest(reader, narrowed, most)


async def _new(reader: Reader, reached: Reached, narrowed: Mapping[str, str], most: int) -> LiveEvents:
    ends = await _ends(reader, reached)
    if not ends:
        return LiveEvents(events=[], next_cursor=reached.written(), more=False)
    begins = [reached.next_offsets.get(partition, 0) for partition in ends]
    places = {"partitions": list(ends), "offsets": begins, "ends": list(ends.values()), "least": min(begins)}
    asked = {**narrowed, **places, "since": reached.since, "limit": most + 1}
    rows = await reader.rows("events_new", asked)
    more = len(rows) > most
    told = rows[:most]
    # Of what did not fit, each partition goes on after its last that did.
    gone = {row["partition"]: row["offset"] + 1 for row in told} if more else ends
    after = Reached(reached.since, {**reached.next_offsets, **gone})
    return LiveEvents(events=_events(told), next_cursor=after.written(), more=more)


async def _newest(reader: Reader, narrowed: Mapping[str, str], most: int) -> LiveEvents:
    (newest,) = await reader.rows("newest_event")
    if not newest["events"]:
        return LiveEvents(events=[], next_cursor=Reached(EARLIEST, {}).written(), more=False)
    reached = Reached(newest["at"] - LOOKED_BACK, {})
    ends = await _ends(reader, reached)
    asked = {**narrowed, "partitions": list(ends), "ends": list(ends.values()), "limit": most + 1}
    rows: list[Row] = []
    for window in WINDOWS:
        rows = await reader.rows("events_newest", {**asked, "since": newest["at"] - window})
        if len(rows) > most:
            break
    after = Reached(reached.since, ends)
    return LiveEvents(events=_events(rows[:most]), next_cursor=after.written(), more=False)


async def _ends(reader: Reader, reached: Reached) -> dict[int, int]:
    """Where each partition goes on after all that is stored of it; those of which there is nothing new are left out."""
    asked: dict[str, Any] = {
        "since": reached.since,
        "partitions": list(reached.next_offsets),
        "offsets": list(reached.next_offsets.values()),
        # A partition that has not begun begins at 0.
        "least": min(reached.next_offsets.values()) if len(reached.next_offsets) >= EVENTS.partitions else 0,
    }
    return {row["partition"]: row["next_offset"] for row in await reader.rows("events_ends", asked)}


def _events(rows: Iterable[Row]) -> list[LiveEvent]:
    return [_event(row) for row in sorted(rows, key=lambda row: row["received_at"])]


def _event(row: Row) -> LiveEvent:
    told = {name: row[name] for name in LiveEvent.__struct_fields__ if name not in ("recipient", "of_attempt")}
    of_attempt = row["kind"] != EventKind.REPLY or row["answers_attempt"]
    # Of a reply, the recipient is our own.
    recipient = masked(row["recipient"]) if row["kind"] != EventKind.REPLY else None
    return msgspec.convert({**told, "recipient": recipient, "of_attempt": of_attempt}, LiveEvent)


def event_routes(reader: Reader) -> list[Route]:
    async def events(request: Request) -> Response:
        return answer(await read_events(reader, request.query_params.multi_items()))

    return [Route("/v1/events", events)]
