"""What is drawn from depends on what is on record, and neither on its order nor on how often it was read."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from delivery.attempts import fold, state_of
from delivery.backtest.courses import Course
from delivery.backtest.evidence import Chance, Drawn, Evidence
from delivery.backtest.sampling import Sample
from delivery.briefs import SeenAttempt, decode_seen
from delivery.channels import Channel
from delivery.events import Event, Payload, Personal, Send, Source, Status
from delivery.orders import Order, OrderPersonal
from delivery.plans import Choice
from delivery.stages import Stage
from delivery.standing import describe, encode_record
from tests.delivery.backtest.recording import NOON

HORIZON = timedelta(minutes=5)
LATER = NOON + timedelta(days=1)


def event(
    ref: str, at: datetime, stage: Stage, *, provider: str, country: str, channel: Channel, message: str
) -> Event:
    about = {
        "provider": provider,
        "ref": ref,
        "channel": channel,
        "received_at": at,
        "payload": Payload(sha256="0"),
        "personal": Personal(),
        "message_id": message or None,
        "country": country,
        "code": stage.value,
        "step": 1 if message else None,
    }
    if stage is Stage.QUEUED:
        return Send(source=Source.CALL, **about)
    final = stage in {Stage.DELIVERED, Stage.UNDELIVERED, Stage.CANCELLED}
    return Status(source=Source.WEBHOOK, stage=stage, final=final, **about)


def attempt(
    ref: str,
    *heard: tuple[int, Stage],
    provider: str = "one",
    country: str = "ES",
    channel: Channel = Channel.SMS,
    message: str = "",
) -> list[SeenAttempt]:
    """All versions of one that was sent at noon."""
    state, versions = None, []
    for version, (seconds, stage) in enumerate([(0, Stage.QUEUED), *heard], start=1):
        at = NOON + timedelta(seconds=seconds)
        told = event(ref, at, stage, provider=provider, country=country, channel=channel, message=message)
        state = fold(state, told) if state else state_of(told)
        seen = decode_seen(encode_record(describe(state, version=2 * version, month="2026-03")))
        assert isinstance(seen, SeenAttempt)
        versions.append(seen)
    return versions


def evidence(*attempts: list[SeenAttempt], most: int = 1_000, withdrawn: Sequence[str] = ()) -> Evidence:
    made = Evidence(most)
    for key in withdrawn:
        made.add_withdrawal(key)
    for versions in attempts:
        for seen in versions:
            made.add(seen)
    made.settle(LATER, HORIZON)
    return made


def choice(country: str = "ES", *legs: Channel) -> Choice:
    order = Order(provider="one", channel=Channel.SMS, personal=OrderPersonal(to="+34600000000"), country=country)
    return Choice(order=order, legs=legs)


def draws(made: Evidence, what: Choice, many: int = 50, unconcluded_for: timedelta | None = None) -> list[Course]:
    return [made.draw(what, Chance(1, str(number)), unconcluded_for)[0] for number in range(many)]


def delivered_after(course: Course) -> int:
    ended = course.legs[0].concluded_after()
    assert ended is not None
    return int(ended.total_seconds())


MANY = [attempt(f"ref-{number}", (number + 1, Stage.DELIVERED)) for number in range(60)]


def test_neither_order_nor_repetition_matters() -> None:
    mixed = [*MANY, *MANY[:20]]
    Random(3).shuffle(mixed)
    for most in (10, 1_000):
        assert draws(evidence(*MANY, most=most), choice()) == draws(evidence(*mixed, most=most), choice())
    assert len({delivered_after(course) for course in draws(evidence(*MANY, most=10), choice(), 500)}) == 10


def test_a_course_is_told_from_when_it_was_sent() -> None:
    (course,) = draws(evidence(attempt("ref", (3, Stage.SENT), (9, Stage.DELIVERED))), choice(), 1)
    (leg,) = course.legs
    assert [(each.after.total_seconds(), each.stage) for each in leg.heard] == [
        (0, Stage.QUEUED),
        (3, Stage.SENT),
        (9, Stage.DELIVERED),
    ]
    assert leg.heard[-1].arrived_after == timedelta(seconds=9)


def test_other_countries_stand_in_where_there_are_few() -> None:
    abroad = [attempt(f"fr-{number}", (200, Stage.DELIVERED), country="FR") for number in range(5)]
    made = evidence(*MANY, *abroad)
    assert made.draw(choice(), Chance(1, "a"))[1] is Drawn.SAME_COUNTRY
    assert made.draw(choice("FR"), Chance(1, "a"))[1] is Drawn.ANY_COUNTRY
    assert made.draw(choice("PT"), Chance(1, "a"))[1] is Drawn.ANY_COUNTRY
    alone = evidence(*abroad)
    assert alone.draw(choice("FR"), Chance(1, "a"))[1] is Drawn.SAME_COUNTRY


def test_other_channels_and_providers_do_not() -> None:
    other = [
        attempt("a", (1, Stage.DELIVERED), provider="two"),
        attempt("b", (1, Stage.DELIVERED), channel=Channel.VIBER),
    ]
    assert evidence(*other).draw(choice(), Chance(1, "a")) == (Course(), Drawn.NO_EVIDENCE)


def test_what_is_too_young_or_was_withdrawn_tells_nothing() -> None:
    made = Evidence()
    for seen in [*attempt("young"), *attempt("gone", (1, Stage.CANCELLED))]:
        made.add(seen)
    made.settle(NOON + timedelta(minutes=4), HORIZON)
    assert made.draw(choice(), Chance(1, "a"))[1] is Drawn.NO_EVIDENCE
    silent = evidence(attempt("silent")).draw(choice(), Chance(1, "a"))
    assert (len(silent[0].legs), silent[1]) == (1, Drawn.SAME_COUNTRY)


def test_what_lasted_is_drawn_from_what_lasted() -> None:
    lasting = draws(evidence(*MANY), choice(), 200, timedelta(seconds=40))
    assert {delivered_after(course) for course in lasting} <= set(range(41, 61))


def test_legs_of_one_sending_stay_together() -> None:
    legs = [
        attempt("omni-1", (20, Stage.UNDELIVERED), channel=Channel.VIBER, message="m"),
        attempt("omni-2", (30, Stage.DELIVERED), message="m"),
    ]
    viber = choice("ES", Channel.VIBER, Channel.SMS)
    (course,) = draws(evidence(*legs, *MANY), viber, 1)
    assert [leg.channel for leg in course.legs] == [Channel.VIBER, Channel.SMS]
    assert all(len(each.legs) == 1 for each in draws(evidence(*legs, *MANY), choice()))


def test_a_next_leg_that_is_told_of_only_when_there_is_one_follows_a_first_that_failed() -> None:
    arrived = [attempt(f"ok-{number}", (5, Stage.DELIVERED)) for number in range(80)]
    failed = []
    for number in range(20):
        message = f"m-{number}"
        failed.append(attempt(f"sms-{number}", (9, Stage.UNDELIVERED), message=message))
        failed.append(attempt(f"call-{number}", (30, Stage.DELIVERED), channel=Channel.VOICE, message=message))
        failed.append(attempt(f"plain-{number}", (9, Stage.UNDELIVERED)))
    made = evidence(*arrived, *failed)
    courses = draws(made, choice("ES", Channel.SMS, Channel.VOICE), 500)
    assert {len(course.legs) for course in courses} == {1, 2}
    assert 60 < sum(len(course.legs) == 2 for course in courses) < 140  # of 500 a fifth
    assert all(course.legs[0].heard[-1].stage is Stage.DELIVERED for course in courses if len(course.legs) == 1)


def test_without_any_like_it_the_first_leg_is_all_there_is() -> None:
    (course,) = draws(evidence(*MANY), choice("ES", Channel.SMS, Channel.VOICE), 1)
    assert [leg.channel for leg in course.legs] == [Channel.SMS]


def test_withdrawals_have_effect_as_often_as_they_had() -> None:
    attempts = [attempt(f"w-{n}", (1, Stage.CANCELLED if n < 30 else Stage.DELIVERED)) for n in range(40)]
    made = evidence(*attempts, withdrawn=[f"one/w-{number}" for number in range(40)])
    honoured = sum(made.withdraws("one", Channel.SMS, Chance(1, str(number))) for number in range(1_000))
    assert 700 < honoured < 800
    assert not made.withdraws("two", Channel.SMS, Chance(1, "a"))


def test_a_sample_is_about_as_large_as_asked_for_and_the_same_again() -> None:
    names = [f"message-{number}".encode() for number in range(2_000)]
    sample = Sample(500, len(names))
    chosen = {name for name in names if sample.has(name)}
    assert 400 < len(chosen) < 600
    assert chosen == {name for name in names if Sample(500, len(names)).has(name)}
    assert all(Sample(2_000, 2_000).has(name) for name in names)
