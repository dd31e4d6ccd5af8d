"""Lists messages, newest first.

A message is listed where one of its attempts meets all filters, or where it was asked for so, and stands where the
earliest of these was first heard of. That moment and the message's id are the cursor, so that messages of the same
moment are each shown once, and what comes in while somebody pages on stands before the cursor. (Should an event be
stored late that was received before all others of its attempt, the message moves back and may be shown twice; it is
never left out for it.)
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from dashboards.answers import AttemptCount, AttemptSummary, Listing, MessageSummary
from dashboards.errors import Unreadable
from dashboards.filters import Filters, Page, period_of
from dashboards.paging import Paging, paging
from dashboards.reader import Reader, Row
from dashboards.search import Sought
from dashboards.sending import MOST_RECORDS, Sending
from delivery.messages import message_outcome
from delivery.stages import FAILURES, SUCCESSES

STRETCHES: Final = (timedelta(days=1), timedelta(days=8), timedelta(days=62))
"""How far back is looked for a page of what nobody said the period of."""
TICK: Final = timedelta(microseconds=1)
TEXTS: Final = (
    *("provider", "channel", "country", "sender", "reference", "number_type", "carrier"),
    *("stage", "outcome", "reason", "code", "clock", "recipient"),
)
"""Filters that '' stands for any of."""
FLAGS: Final = ("final", "replied", "contradicted", "revised")
"""Filters that are yes or no."""
MOST_SOUGHT: Final = 10_000
MOST_ATTEMPTS: Final = 200
"""At one message."""


async def read_listing(reader: Reader, filters: Filters, page: Page, now: datetime) -> Listing:
    """One page of the messages that meet `filters`. Raises `Unreadable` for a cursor that is not of these filters."""
    span = await _span(reader, filters)
    if span is None:
        return Listing(messages=[], next_cursor=None)
    paged = paging(page, filters)
    asked = listing_parameters(filters, paged) | span
    rows = await (reader.rows("listing", asked) if filters.since or span else _newest(reader, asked, now))
    shown, onward = paged.shown(rows, at="opened", row_id="message_id")
    summaries = await _summaries(reader, {row["message_id"]: row["opened"] for row in shown}, met_by(filters) | span)
    return Listing(messages=summaries, next_cursor=onward)


async def _newest(reader: Reader, asked: Mapping[str, Any], now: datetime) -> list[Row]:
    """The rows of `listing.sql` where nobody said from when on: of the latest stretch of time that has enough of them.

    A message that is also known from before that stretch stands there, and so is not among these.
    """
    for length in STRETCHES:
        since = min(now, asked["before"], asked["until"]) - length
        rows = await reader.rows("listing", {**asked, "since": since})
        if len(rows) < asked["limit"]:
            continue
        firsts = await reader.rows("listing_first", {**asked, "message_ids": [row["message_id"] for row in rows]})
        opened = {row["message_id"]: row["opened"] for row in firsts}
        if min(opened.values()) >= since:
            return rows
    return await reader.rows("listing", asked)


def listing_parameters(filters: Filters, paged: Paging) -> dict[str, Any]:
    """Those of `listing.sql`."""
    return {**met_by(filters), "attempts_only": filters.attempts_only, **paged.newest_first()}


async def _span(reader: Reader, filters: Filters) -> dict[str, datetime] | None:
    """The parameters that narrow the period to that of what is looked for; None where there is nothing of it.

    Raises `Unreadable` where that is so much that nobody would find anything in it.
    """
    sought = filters.search or Sought(recipient=filters.recipient or "")
    if sought == Sought():
        return {}
    (row,) = await reader.rows("listing_span", {**_sought(sought), **period_of(filters)})
    if row["found"] > MOST_SOUGHT:
        field = "search" if filters.search else "recipient"
        remedy = "give 'from' and 'to' too, or filter by 'reference' instead"
        raise Unreadable(field, f"more than {MOST_SOUGHT} are known by this: {remedy}")
    return {"since": row["earliest"], "until": row["latest"] + TICK} if row["found"] else None


def _sought(sought: Sought) -> dict[str, str]:
    """The parameters of `sought.sql`."""
    return {f"sought_{name}": getattr(sought, name) for name in Sought.__struct_fields__}


async def read_count(reader: Reader, filters: Filters) -> AttemptCount:
    """How many attempts meet `filters`."""
    (row,) = await reader.rows("listing_count", met_by(filters))
    return AttemptCount(attempts=row["attempts"])


def met_by(filters: Filters) -> dict[str, Any]:
    """The parameters of `meets.sql`, which says which attempts meet `filters`."""
    told = {name: getattr(filters, name) for name in TEXTS}
    numbers = {name: getattr(filters, name) for name in ("step", "seconds_from", "seconds_to")}
    flags = {name: getattr(filters, name) for name in FLAGS}
    return {
        **{name: said or "" for name, said in told.items()},
        **{name: -1 if said is None else said for name, said in numbers.items()},
        **_sought(filters.search or Sought()),
        "searched": filters.search is not None,
        **{name: -1 if said is None else int(said) for name, said in flags.items()},
        **period_of(filters),
        "successes": sorted(SUCCESSES),
        "failures": sorted(FAILURES),
    }


async def _summaries(reader: Reader, opened: Mapping[str, datetime], met: Mapping[str, Any]) -> list[MessageSummary]:
    """How these messages stand, each under the moment that is given with it, and in that order."""
    if not opened:
        return []
    asked = {"message_ids": list(opened)}
    plans, attempts, decisions, calls = await asyncio.gather(
        reader.rows("listing_requests", asked),
        reader.rows("listing_attempts", {**met, **asked, "most": MOST_ATTEMPTS}),
        reader.rows("listing_decisions", {**asked, "most": MOST_RECORDS}),
        reader.rows("listing_calls", {**asked, "most": MOST_RECORDS}),
    )
    plan_of = {row["message_id"]: row["name"] for row in plans if row["version"]}
    attempts_of, decided_of, called_of = map(_by_message, (attempts, decisions, calls))
    return [
        _summary(
            Sending(message_id=message_id, decisions=decided_of[message_id], calls=called_of[message_id]),
            opened_at,
            plan_of.get(message_id),
            [msgspec.convert(row, AttemptSummary) for row in attempts_of[message_id]],
        )
        for message_id, opened_at in opened.items()
    ]


def _summary(sending: Sending, opened_at: datetime, plan: str | None, attempts: list[AttemptSummary]) -> MessageSummary:
    course = sending.course_by(planned=plan is not None)
    return MessageSummary(
        message_id=sending.message_id,
        outcome=message_outcome(attempts, [step.standing for step in sending.steps(attempts)], course),
        plan=plan,
        failover=course.failover,
        opened_at=opened_at,
        attempts=attempts,
    )


def _by_message(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    told: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        told[row["message_id"]].append(row)
    return told
