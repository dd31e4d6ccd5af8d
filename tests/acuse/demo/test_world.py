"""The world's own expectation of every attempt, against what the parsers and the fold make of its payloads."""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache

import msgspec
import pytest

from acuse.demo.disorder import WAVES
from acuse.demo.script import CALLER, Expected, Post, Timing, World
from acuse.demo.world import make_world
from delivery.attempts import AttemptState, concerns_attempt, fold
from delivery.events import Event
from delivery.standing import Attempt, describe
from ingest.providers import PROVIDERS
from ingest.reported import ReportedSends
from ingest.webhook import Unreadable, WebhookRequest

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MESSAGES = 2_000
WAVE_SECONDS = 5
KEPT_FOR_FICTION = (
    re.compile(r"\+3363998\d{4}"),
    re.compile(r"\+447700900\d{3}"),
    re.compile(r"\+3532091\d{5}"),
    re.compile(r"\+46701740(60[5-9]|6[1-9]\d)"),
    re.compile(r"\+1\d{3}55501\d\d"),
    re.compile(r"\+34600000\d{3}"),  # Spain keeps none: the block of the examples in Mensatek's document
    re.compile(r"\+573001234\d{3}"),  # nor does Colombia: enviosms' example
)

providers = {name: provider() for name, provider in PROVIDERS.items()}
reported = ReportedSends(providers)


@cache
def world() -> World:
    return make_world(messages=MESSAGES, seed=7, at=AT)


def events_of(post: Post, received_at: datetime) -> list[Event]:
    if post.provider == CALLER:
        raws = msgspec.json.decode(post.body, type=list[msgspec.Raw])
        return [reported.read(bytes(raw), received_at) for raw in raws]
    request = WebhookRequest(
        method=post.method,
        path=f"/webhooks/{post.provider}",
        query=post.query,
        headers={},
        content_type=post.content_type,
        body=post.body,
        received_at=received_at,
    )
    return list(providers[post.provider].parse(request))  # type: ignore[attr-defined] # enviosms never calls


class Heard:
    """What Acuse must make of a world, by its parsers and its fold alone."""

    def __init__(self, played: World) -> None:
        self.states: dict[str, AttemptState] = {}
        self.events: dict[str, set[str]] = defaultdict(set)
        self.records: Counter[str] = Counter()
        self.inbound: set[str] = set()
        self.numbers: set[str] = set()
        self.unreadable = 0
        for place, post in enumerate(played.posts):
            received_at = AT + timedelta(seconds=post.wave * WAVE_SECONDS, milliseconds=place % 4_000)
            try:
                events = events_of(post, received_at)
            except Unreadable:
                assert post.status == 400, post
                self.unreadable += 1
                continue
            assert post.status < 300, post
            assert len(events) == post.records, post
            for event in events:
                self._hear(event)

    def _hear(self, event: Event) -> None:
        self.numbers |= {number for number in (event.personal.recipient, event.personal.sender) if number}
        if not concerns_attempt(event):
            self.inbound.add(event.event_id)
            return
        self.records[event.key] += 1
        self.events[event.key].add(event.event_id)
        self.states[event.key] = fold(self.states.get(event.key), event)

    def attempt(self, key: str) -> Attempt:
        return describe(self.states[key], version=0, month="2026-03")


@cache
def heard() -> Heard:
    return Heard(world())


def as_expected(expected: Expected, attempt: Attempt) -> bool:
    ending = expected.ending
    if (attempt.stage, attempt.reason, attempt.revised) != (ending.stage, ending.reason, ending.revised):
        return False
    if len(attempt.contradictions) != ending.contradictions or attempt.channel != expected.channel:
        return False
    if attempt.message_id != (expected.message_id or attempt.derived_message_id):
        return False
    if attempt.reference != expected.reference or bool(attempt.replied_at) != bool(expected.replies):
        return False
    if expected.timing is Timing.EXACT:
        return attempt.delivery_seconds == pytest.approx(expected.seconds, abs=1e-6)
    return expected.timing is Timing.BY_RECEIPT or attempt.delivery_seconds is None


def test_every_attempt_is_heard_of_and_no_other() -> None:
    assert heard().states.keys() == world().expected.keys()


def test_every_attempt_becomes_what_the_world_meant_it_to() -> None:
    astray = {
        key: (expected, heard().attempt(key))
        for key, expected in world().expected.items()
        if not as_expected(expected, heard().attempt(key))
    }
    assert not astray


def test_every_event_and_every_repetition_is_counted() -> None:
    for key, expected in world().expected.items():
        assert (len(heard().events[key]), heard().records[key]) == (expected.events, expected.records), key


def test_what_belongs_to_no_attempt_is_counted_too() -> None:
    assert (len(heard().inbound), heard().unreadable) == (world().inbound, world().garbage)
    assert world().inbound
    assert world().garbage


def test_the_same_seed_and_time_make_the_same_world() -> None:
    again = make_world(messages=MESSAGES, seed=7, at=AT)
    assert again == world()


def test_another_seed_or_another_millisecond_makes_attempts_of_its_own() -> None:
    later = make_world(messages=200, seed=7, at=AT + timedelta(milliseconds=1))
    other = make_world(messages=200, seed=8, at=AT + timedelta(seconds=1))
    assert not world().expected.keys() & later.expected.keys()
    assert not world().expected.keys() & other.expected.keys()
    assert later.run != world().run


def test_all_that_goes_wrong_in_the_field_goes_wrong_here() -> None:
    assert world().oddities.keys() >= {
        "receipt before its send",
        "out of order",
        "repeated",
        "several reports at once",
        "failed after delivered",
        "delivered after failed",
        "unknown code",
        "seen without delivered",
        "receipt that never comes",
        "delivered at an unknown time",
        "delivered after its fallback was",
        "one receipt a part",
    }
    assert all(world().oddities.values())


def test_one_receipt_comes_dozens_of_times() -> None:
    many = make_world(messages=20_000, seed=1, at=AT)
    assert max(expected.records - expected.events for expected in many.expected.values()) >= 45


def test_every_provider_and_channel_has_its_part() -> None:
    assert {(expected.provider, expected.channel.value) for expected in world().expected.values()} == {
        ("mensatek", "sms"),
        ("mensatek", "voice"),
        ("messente", "sms"),
        ("messente", "viber"),
        ("messente", "whatsapp"),
        ("altiria", "sms"),
        ("altiria", "voice"),
        ("altiria", "whatsapp"),
        ("ainumber", "whatsapp"),
        ("enviosms", "sms"),
    }


def test_nobody_has_the_numbers() -> None:
    real = {number for number in heard().numbers if number.startswith("+")}
    assert real
    assert not {number for number in real if not any(kept.fullmatch(number) for kept in KEPT_FOR_FICTION)}


def test_callers_report_no_more_at_once_than_they_may() -> None:
    batches = [post for post in world().posts if post.provider == CALLER]
    assert all(post.records <= 1_000 and len(post.body) < 400_000 for post in batches)
    assert sum(post.records for post in batches) > MESSAGES / 2


def test_waves_come_in_order() -> None:
    waves = [post.wave for post in world().posts]
    assert waves == sorted(waves)
    assert set(waves) == set(WAVES)


@pytest.mark.parametrize("messages", [1, 2, 5, 17])
def test_a_world_may_be_small(messages: int) -> None:
    small = make_world(messages=messages, seed=3, at=AT)
    assert small.messages == messages
    assert Heard(small).states.keys() == small.expected.keys()


def test_the_comparison_notices_what_is_wrong() -> None:
    """A check that nothing could fail would prove nothing."""
    key, expected = next((key, each) for key, each in world().expected.items() if each.timing is Timing.EXACT)
    attempt = heard().attempt(key)
    assert as_expected(expected, attempt)
    for wrong in ({"delivery_seconds": 0.123}, {"revised": True}, {"reference": "another"}, {"message_id": "another"}):
        assert not as_expected(expected, msgspec.structs.replace(attempt, **wrong))
