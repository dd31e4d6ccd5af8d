"""A check must fail when what it looks at is wrong, and only then."""

import math
import statistics
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from acuse.demo.checks import Burst, asked_after, check_burst
from acuse.demo.figures import outcome_table, percentiles, reason_table, rows_of
from acuse.demo.ledger import Callback, Taken
from acuse.demo.readback import Found
from dashboards.answers import AttemptSummary, DoubtAnswer
from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import CONCLUSIVE, Stage
from delivery.standing import Clock

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SENT = Callback(stage="sent", reason=None, due=AT, taken=1, lost=False)
DELIVERED = Callback(stage="delivered", reason=None, due=AT, taken=1, lost=False)
LOST = Callback(stage="delivered", reason=None, due=AT, taken=0, lost=True)
FAILED = Callback(stage="undelivered", reason="unknown_number", due=AT, taken=1, lost=False)
REPLY = Callback(stage="reply", reason=None, due=AT, taken=1, lost=False)


def taken(number: str, *callbacks: Callback, channel: Channel = Channel.SMS, refused: bool = False) -> Taken:
    return Taken(
        provider="messente",
        channel=channel,
        id=number,
        reference=f"m{number}.1",
        recipient="+34600000000",
        text="",
        taken_at=AT,
        refused=refused,
        seconds=None,
        callbacks=callbacks,
    )


def found(ref: str, stage: Stage, *, message: str | None = None, channel: Channel = Channel.SMS) -> Found:
    return Found(
        message or f"m{ref}",
        AttemptSummary(
            provider="messente",
            ref=ref,
            channel=channel,
            stage=stage,
            reason=Reason.UNSPECIFIED if stage in (Stage.REJECTED, Stage.UNDELIVERED) else None,
            code="",
            met=True,
            final=stage in CONCLUSIVE,
            revised=False,
            delivery_seconds=1.5 if stage is Stage.DELIVERED else None,
            clock=Clock.PROVIDER if stage is Stage.DELIVERED else None,
            country=None,
            reference=None,
            step=1,
            tries=0,
            opened_at=AT,
            updated_at=AT,
        ),
    )


TRUTH = (
    taken("1", SENT, DELIVERED),
    taken("2", SENT, FAILED),
    taken("3", SENT, LOST),
    taken("4", DELIVERED, FAILED, REPLY),
    taken("5", refused=True),
    taken("6", SENT, channel=Channel.VIBER),
    taken("7", DELIVERED),
)
KNOWN = (
    found("1", Stage.DELIVERED),
    found("2", Stage.EXPIRED),  # a provider may call a failure otherwise
    found("3", Stage.DELIVERED),  # found out by asking
    found("4", Stage.DELIVERED),
    found("m5.1", Stage.REJECTED, message="m5"),
    found("6", Stage.SENT, channel=Channel.VIBER),
    found("reserve", Stage.QUEUED, message="m6"),
    found("7", Stage.DELIVERED),
)
BURST = Burst(
    accepted={f"m{number}": f"demo-r1-{number}" for number in range(1, 7)},
    reported={"messente/7": "m7"},
    taken=TRUTH,
    found={each.key: each for each in KNOWN},
)


DOUBT = DoubtAnswer(message_id="m8", step=1, tries=0, provider="messente", since=AT, why="timeout")


def knowing(*others: Found, without: str = "") -> Burst:
    known = {key: each for key, each in BURST.found.items() if key != without}
    return replace(BURST, found={**known, **{each.key: each for each in others}})


def failing(burst: Burst) -> set[str]:
    return {check.title for check in check_burst(burst) if not check.holds}


def test_all_hold_when_all_is_as_the_providers_say() -> None:
    assert not failing(BURST)


@pytest.mark.parametrize(
    ("spoil", "titles"),
    [
        (lambda: knowing(without="messente/1"), {"messages accepted", "taken by a provider", "standing as was told"}),
        (lambda: knowing(without="messente/7"), {"sent by the application", "taken by a provider"}),
        (lambda: knowing(found("7", Stage.DELIVERED, message="m8")), {"taken by a provider"}),
        (lambda: knowing(found("1", Stage.SENT)), {"standing as was told", "… told to be delivered"}),
        (lambda: knowing(found("2", Stage.DELIVERED)), {"standing as was told", "… told to be failed"}),
        (lambda: knowing(found("4", Stage.UNDELIVERED)), {"standing as was told", "… told to be delivered"}),
        (lambda: knowing(found("6", Stage.DELIVERED, channel=Channel.VIBER)), {"standing as was told"}),
        (lambda: knowing(found("1", Stage.UNKNOWN)), {"standing as was told"}),
        (lambda: knowing(without="messente/m5.1"), {"refused by a provider"}),
        (lambda: knowing(found("9", Stage.QUEUED, message="m1", channel=Channel.VOICE)), {"no provider knows of them"}),
        (lambda: knowing(found("9", Stage.DELIVERED, message="m1")), {"no provider knows of them", "sent twice"}),
        (
            lambda: replace(knowing(found("9", Stage.DELIVERED, message="m1")), taken=(*TRUTH, taken("9", DELIVERED))),
            {"sent twice"},
        ),
        (lambda: replace(BURST, taken=(*TRUTH, taken("9", DELIVERED))), {"taken by a provider"}),
    ],
)
def test_what_is_otherwise_is_noticed(spoil: Callable[[], Burst], titles: set[str]) -> None:
    assert titles <= failing(spoil())


def test_what_acuse_held_back_no_provider_refused() -> None:
    late = found("m1.1", Stage.REJECTED, message="m1")
    known = msgspec.structs.replace(late, attempt=msgspec.structs.replace(late.attempt, reason=Reason.EXPIRED))
    assert failing(knowing(late, without="messente/1")) >= {"refused by a provider"}
    assert "refused by a provider" not in failing(knowing(known, without="messente/1"))


def test_what_is_in_doubt_need_not_be_known() -> None:
    unsure = replace(BURST, accepted={**BURST.accepted, "m8": "demo-r1-8"})
    assert failing(unsure) == {"messages accepted"}
    assert not failing(replace(unsure, doubts=(DOUBT,)))
    it_was = msgspec.structs.replace(taken("8"), text="Su pedido demo-r1-8 sale hoy.")
    assert not failing(replace(unsure, doubts=(DOUBT,), taken=(*TRUTH, it_was)))
    assert "taken by a provider" in failing(replace(unsure, taken=(*TRUTH, it_was)))


def test_what_the_application_does_not_know_it_cannot_report() -> None:
    unknown = msgspec.structs.replace(taken("8"), text="Su pedido demo-r1-own-8 sale hoy.")
    assert not failing(replace(BURST, taken=(*TRUTH, unknown)))


def test_what_others_sent_does_not_count() -> None:
    assert not failing(knowing(found("99", Stage.DELIVERED, message="of another run")))


def test_a_call_that_nobody_was_told_of_need_not_be_known() -> None:
    call = msgspec.structs.replace(taken("10573758", channel=Channel.VOICE), provider="mensatek")
    assert not failing(replace(BURST, taken=(*TRUTH, call)))
    heard = msgspec.structs.replace(call, callbacks=(SENT,))
    assert "taken by a provider" in failing(replace(BURST, taken=(*TRUTH, heard)))


def test_lost_ends_are_counted_with_those_that_are_known_all_the_same() -> None:
    assert asked_after(BURST) == (1, 1)
    assert asked_after(knowing(found("3", Stage.SENT))) == (1, 0)


def test_what_is_held_in_reserve_was_not_tried() -> None:
    assert "messente/reserve" not in {each.key for each in BURST.tried}
    assert len(list(BURST.tried)) == len(KNOWN) - 1


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=200))
def test_percentiles_are_those_of_the_statistics_module(seconds: list[float]) -> None:
    cut = statistics.quantiles(seconds, n=100, method="inclusive")
    assert percentiles(seconds) == pytest.approx((cut[49], cut[94], cut[98]))


def test_percentiles_of_nothing_and_of_one() -> None:
    assert all(math.isnan(figure) for figure in percentiles([]))
    assert percentiles([4.0]) == (4.0, 4.0, 4.0)


def test_the_tables_fit_a_narrow_terminal() -> None:
    console = Console(width=80)
    wide = [found(str(number), Stage.DELIVERED, channel=Channel.WHATSAPP) for number in range(12_000)]
    rows = rows_of([*wide, *KNOWN])
    with console.capture() as shown:
        console.print(outcome_table(rows))
        console.print(reason_table(rows))
    assert "…" not in shown.get()
    assert "messente whatsapp" in shown.get()
