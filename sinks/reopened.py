"""Attempts that were begun anew, joined to what is stored of them.

Tracking forgets an attempt when its receipt window has closed. A receipt that comes even later begins a fresh state
for the same key, of a higher version, which would hide all that was known before. So such a state is joined to the
stored one (`delivery.attempts.join`) and keeps the stored row's place, its month and `heard_at`, where it replaces it.

Which states are looked up: every attempt that this process has not met yet, unless it is *first-hand*: it holds a Send
that was received within the window of the time the Send itself claims, so that no window of it can have closed before.
In traffic that reports its sends nothing is looked up; otherwise it is one key a new attempt. While catching up from
far behind, all are looked up: partitions are then not read in step (a message id that was claimed moves an attempt to
another one), and the fresh state may come before the one that it continues. Whichever comes second joins the first.
A state met before is not looked up again while its ``opened_at`` stays: a fresh state has a later one.

The join is idempotent and in any order the same, so a replay or a rebuild ends with the same content.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from clickhouse_connect.driver.client import Client

from delivery.attempts import join
from delivery.facts import FURTHEST_AHEAD
from delivery.standing import Attempt, describe
from sinks.rows import Record, Rows, read_state

Key = tuple[str, str]

STORED: Final = """
SELECT ref, state, version, month, heard_at FROM attempts FINAL WHERE provider = %(provider)s AND ref IN %(refs)s
SETTINGS do_not_merge_across_partitions_select_final = 1
"""
"""By one provider at a time: the engine reads a list of pairs at five times the cost of one of texts."""

TAKE_OUT: Final = "DELETE FROM attempts WHERE provider = %(provider)s AND ref = %(ref)s AND month = %(month)s"

TAKE_OUTCOME_OUT: Final = """
DELETE FROM outcomes
WHERE month = %(month)s AND heard_at = toDateTime(%(heard)s, 'UTC') AND id = sipHash64(%(provider)s, %(ref)s)
"""

REMEMBERED: Final = 200_000
"""How many attempts that were looked up are remembered; one that was forgotten is only looked up again."""

QUERY_BYTES: Final = 100_000
"""How long a list of keys may grow: the engine takes a query text of 256 KiB."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where the rows of an attempt stand. ``heard`` is ``heard_at`` in whole seconds since 1970, 0 if not known."""

    month: str
    heard: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A row that now stands where the attempt was first heard of and is to be taken out of this place.

    ``month_too``: of another month, so that it is in another partition of ``attempts`` too.
    """

    key: Key
    place: Place
    month_too: bool


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the tables hold of an attempt, and the places it is kept in: one, but for a race between two sinks."""

    attempt: Attempt
    places: frozenset[Place]


@dataclass(frozen=True, slots=True)
class _Known:
    opened_at: datetime
    stored: _Stored | None


class Reopened:
    """Used by one thread at a time. ``receipt_window`` is tracking's; ``clock`` says what time it is."""

    def __init__(self, receipt_window: timedelta, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._window = receipt_window
        self._clock = clock
        self._known: OrderedDict[Key, _Known] = OrderedDict()
        self.looked_up = 0
        self.joined = 0

    def settle(self, client: Client, rows: Rows[Attempt]) -> tuple[Rows[Attempt], list[Moved]]:
        """One row for each attempt, joined to what is stored, and the rows that it makes obsolete elsewhere.

        Without effect on the database, so that it can be repeated after an error.
        """
        latest = _latest(rows)
        unproven = [key for key, (attempt, record) in latest.items() if not self._met(key, attempt, record)]
        stored = self._look_up(client, unproven)
        for key in unproven:
            self._remember(key, _Known(latest[key][0].opened_at, stored.get(key)))
        settled: Rows[Attempt] = Rows()
        moved: list[Moved] = []
        for key, (attempt, record) in latest.items():
            known = self._known.get(key)
            before = known.stored if known else None
            now = combine(before.attempt, attempt) if before else attempt
            self.joined += now is not attempt
            settled.add(now, record)
            if before:
                left = sorted(before.places - {place_of(now)})
                moved += [Moved(key, place, place.month != now.month) for place in left]
        return settled, moved

    def _met(self, key: Key, attempt: Attempt, record: Record) -> bool:
        known = self._known.get(key)
        if known:
            return known.opened_at == attempt.opened_at
        catching_up = self._clock().timestamp() - record.timestamp / 1000 > self._window.total_seconds() / 2
        return not catching_up and first_hand(attempt, self._window)

    def _remember(self, key: Key, known: _Known) -> None:
        self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _look_up(self, client: Client, keys: Sequence[Key]) -> dict[Key, _Stored]:
        found: dict[Key, _Stored] = {}
        for provider, refs in _portions(keys):
            asked = {"provider": provider, "refs": refs}
            for ref, state, version, month, heard_at in client.query(STORED, parameters=asked).result_rows:
                attempt = describe(read_state(state), version=version, month=month, heard_at=heard_at)
                row = _Stored(attempt, frozenset({place_of(attempt)}))
                other = found.get((provider, ref))
                found[provider, ref] = (
                    _Stored(combine(other.attempt, row.attempt), other.places | row.places) if other else row
                )
        self.looked_up += len(keys)
        return found


def first_hand(attempt: Attempt, receipt_window: timedelta) -> bool:
    """Whether no receipt window of this attempt can have closed before its state began."""
    send = attempt.state.send
    return send is not None and send.claimed and send.received_at - send.at < receipt_window - FURTHEST_AHEAD


def combine(before: Attempt, after: Attempt) -> Attempt:
    """What two states of one attempt amount to; ``after`` itself where it has merely grown out of ``before``.

    The place is that of the state which was opened first, the version the higher one.
    """
    if after.version >= before.version and after.opened_at <= before.opened_at:
        return after
    first = min(before, after, key=lambda attempt: (attempt.opened_at, attempt.version))
    return describe(
        join(before.state, after.state),
        version=max(before.version, after.version),
        month=first.month,
        heard_at=first.heard_at,
    )


def place_of(attempt: Attempt) -> Place:
    return Place(attempt.month, int(attempt.heard_at.timestamp()) if attempt.heard_at else 0)


def take_outcomes_out(client: Client, moved: Sequence[Moved]) -> None:
    """Removes rows of ``outcomes`` from where they no longer stand; seldom any, and only after catching up.

    To be done before they are put in where they stand now: should that not be come to, the place is still known from
    what is in ``attempts``, and it is all done again.
    """
    for row in moved:
        provider, ref = row.key
        asked = {"provider": provider, "ref": ref, "month": row.place.month, "heard": row.place.heard}
        client.command(TAKE_OUTCOME_OUT, parameters=asked)


def take_out(client: Client, moved: Sequence[Moved]) -> None:
    """Removes rows of ``attempts`` from partitions in which they no longer stand, once they are in the right one."""
    for row in moved:
        if row.month_too:
            provider, ref = row.key
            client.command(TAKE_OUT, parameters={"provider": provider, "ref": ref, "month": row.place.month})


def _latest(rows: Rows[Attempt]) -> Mapping[Key, tuple[Attempt, Record]]:
    latest: dict[Key, tuple[Attempt, Record]] = {}
    for attempt, record in zip(rows.values, rows.records, strict=True):
        key = (attempt.provider, attempt.ref)
        other = latest.get(key)
        latest[key] = (combine(other[0], attempt), record) if other else (attempt, record)
    return latest


def _portions(keys: Iterable[Key]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each provider's refs, so many at a time as a query takes."""
    by_provider: dict[str, list[str]] = {}
    for provider, ref in keys:
        by_provider.setdefault(provider, []).append(ref)
    for provider, refs in by_provider.items():
        portion: list[str] = []
        length = 0
        for ref in refs:
            # Escaping may double each character; quotes and a comma come to four.
            length += 2 * len(ref.encode()) + 4
            if portion and length > QUERY_BYTES:
                yield provider, tuple(portion)
                portion, length = [], 0
            portion.append(ref)
        yield provider, tuple(portion)
