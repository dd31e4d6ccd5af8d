"""What came of plans, by the providers' ledger: told apart sending by sending, and held against what was read back."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from rich.console import Console

from acuse.demo.checks import Burst
from acuse.demo.failover import check_failovers, plan_table
from acuse.demo.ledger import Callback, Taken
from acuse.demo.plans import demo_plans
from acuse.demo.readback import Found
from acuse.demo.sendings import Place, Story, stories
from acuse.demo.wanted import Wanted
from dashboards.answers import AttemptSummary, DoubtAnswer, MessageSummary
from dashboards.reports.answers import FailoverReport
from dashboards.reports.failover_rows import PlanFates
from dashboards.reports.rows import Period
from delivery.channels import Channel
from delivery.decisions import FailoverOutcome
from delivery.messages import MessageOutcome
from delivery.reasons import Reason
from delivery.stages import CONCLUSIVE, Stage
from tests.acuse.demo.test_checks import AT, DELIVERED, FAILED, LOST, SENT

TEXT = "Su pedido demo-r1-1 sale hoy."
WANTED = Wanted("mensatek", Channel.SMS, "demo-r1-1", {"text": TEXT, "plan": "sms-sms"}, "sms-sms")
LATER = Callback(stage="delivered", reason=None, due=AT, taken=0, lost=False)
M = "0192"


def taken(
    *callbacks: Callback,
    provider: str = "mensatek",
    reference: str = f"{M}.1",
    channel: Channel = Channel.SMS,
    text: str = TEXT,
    refused: bool = False,
    leg: int = 0,
) -> Taken:
    return Taken(
        provider=provider,
        channel=channel,
        id=f"1{leg}",
        reference=reference,
        recipient="+34600000000",
        text=text,
        taken_at=AT,
        refused=refused,
        seconds=None,
        callbacks=callbacks,
        leg=leg,
    )


def second(*callbacks: Callback, reference: str = f"{M}.2") -> Taken:
    return taken(*callbacks, provider="messente", reference=reference)


def story(*told: Taken, held_back: tuple[Found, ...] = ()) -> Story:
    return stories({M: WANTED}, told, held_back)[M]


def attempt(step: int, stage: Stage, reason: Reason | None = None) -> AttemptSummary:
    return AttemptSummary(
        provider="mensatek",
        ref=f"{M}.{step}",
        channel=Channel.SMS,
        stage=stage,
        reason=reason,
        code="",
        met=True,
        final=stage in CONCLUSIVE,
        revised=False,
        delivery_seconds=None,
        clock=None,
        country=None,
        reference=None,
        step=step,
        tries=0,
        opened_at=AT,
        updated_at=AT,
    )


def message(failover: FailoverOutcome | None, *attempts: AttemptSummary, plan: str = "sms-sms") -> MessageSummary:
    return MessageSummary(
        message_id=M,
        outcome=MessageOutcome.DELIVERED,
        plan=plan,
        failover=failover,
        opened_at=AT,
        attempts=list(attempts),
    )


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ((taken(SENT, DELIVERED),), None),  # nothing further was sent
        ((taken(SENT, FAILED), second(SENT, DELIVERED)), FailoverOutcome.RESCUED),
        ((taken(SENT), second(SENT, DELIVERED)), FailoverOutcome.RESCUED),
        ((taken(DELIVERED), second(SENT, FAILED)), FailoverOutcome.NEEDLESS),
        ((taken(DELIVERED), second(SENT)), FailoverOutcome.NEEDLESS),
        ((taken(DELIVERED), second(DELIVERED)), FailoverOutcome.BOTH),
        ((taken(FAILED), second(FAILED)), FailoverOutcome.FAILED_TOO),
        ((taken(refused=True), second(FAILED)), FailoverOutcome.FAILED_TOO),
        ((taken(FAILED), second(SENT)), None),  # it is under way
        ((taken(SENT, LOST), second(DELIVERED)), None),  # both, once it is asked after
        ((taken(FAILED), second(SENT, LATER)), None),
    ],
)
def test_what_came_of_it_by_what_was_told(told: tuple[Taken, ...], outcome: FailoverOutcome | None) -> None:
    assert story(*told).outcome is outcome


def test_the_legs_of_a_provider_are_one_sending() -> None:
    call = taken(DELIVERED, channel=Channel.VOICE, leg=1)
    told = story(taken(FAILED), call)
    assert not told.went_on
    assert told.outcome is None
    assert list(told.sendings) == [Place(1)]
    assert told.sendings[Place(1)].channel is Channel.SMS
    assert told.sendings[Place(1)].has_arrived


def test_a_repetition_of_a_step_is_a_sending_and_no_further_step() -> None:
    told = story(taken(FAILED), taken(DELIVERED, reference=f"{M}.1.1"))
    assert list(told.sendings) == [Place(1), Place(1, 1)]
    assert (told.went_on, told.outcome, told.extra_cost) == (False, None, Decimal("0.05"))


def test_who_carries_no_reference_is_told_by_what_it_says() -> None:
    words = taken(provider="ainumber", reference="", channel=Channel.WHATSAPP, refused=True)
    template = taken(DELIVERED, provider="ainumber", reference="", channel=Channel.WHATSAPP, text="Hola (demo-r1-1)")
    told = story(words, template)
    assert list(told.sendings) == [Place(1), Place(2)]
    assert (told.outcome, told.extra_cost) == (FailoverOutcome.RESCUED, Decimal("0.04"))


def test_what_acuse_held_back_no_provider_knows() -> None:
    held = Found(M, attempt(1, Stage.REJECTED, Reason.EXPIRED))
    refused = Found(M, attempt(1, Stage.REJECTED, Reason.INVALID_NUMBER))
    told = second(DELIVERED)
    assert story(told, held_back=(held,)).outcome is FailoverOutcome.RESCUED
    assert not story(told, held_back=(refused,)).went_on


def test_a_further_sms_costs_its_parts() -> None:
    long = replace(WANTED, fields={**WANTED.fields, "text": f"{TEXT} {'largo ' * 40}"})
    told = stories({M: long}, (taken(FAILED), second(DELIVERED)), ())[M]
    assert told.extra_cost == Decimal("0.12")


def test_what_is_in_doubt_was_sent_all_the_same() -> None:
    doubt = DoubtAnswer(message_id=M, step=2, tries=0, provider="messente", since=AT, why="timeout")
    told = stories({M: WANTED}, (taken(FAILED),), (), (doubt,))[M]
    assert (told.went_on, told.extra_cost) == (True, Decimal("0.06"))


def test_the_added_delay_is_from_the_first_sending_to_a_further_arrival() -> None:
    arrived = msgspec.structs.replace(DELIVERED, due=AT + timedelta(seconds=14))
    assert story(taken(FAILED), second(SENT, arrived)).added_seconds == 14.0
    assert story(taken(DELIVERED), second(FAILED)).added_seconds is None


def report(**figures: Any) -> FailoverReport:
    """Of one message that was rescued, but for what is given."""
    fates = {"rescued": 1, "needless": 0, "both": 0, "failed_too": 0, "pending": 0, "cost": Decimal("0.11")}
    counts = {"messages": 1, "sent": 1, "failed_over": 1, "sendings_of_unknown_cost": 0}
    rates = {"extra_cost": Decimal("0.06"), "rescue_rate": 1.0, "needless_rate": 0.0}
    added = {"added_seconds_p50": 14.5, "added_seconds_p95": 14.5}
    said: dict[str, Any] = {**fates, **counts, **rates, **added, **figures}
    plan = said.pop("plan", "sms-sms")
    ways = ((None, None), (plan, "1"))
    return FailoverReport(
        since=AT,
        until=AT,
        as_of=AT,
        data_as_of=AT,
        compare=None,
        plan="",
        provider="",
        channel="",
        limit=50,
        plans=[PlanFates(period=Period.CURRENT, plan=name, version=version, **said) for name, version in ways],
        steps=[],
        notes=[],
        cursors={},
        read={},
        problems={},
    )


ARRIVED = msgspec.structs.replace(DELIVERED, due=AT + timedelta(seconds=14))
RESCUED = Burst(
    accepted={M: "demo-r1-1"},
    planned={M: WANTED},
    reported={},
    taken=(taken(FAILED), second(ARRIVED)),
    found={},
    failovers={M: message(FailoverOutcome.RESCUED, attempt(1, Stage.UNDELIVERED), attempt(2, Stage.DELIVERED))},
    report=report(),
)


def failing(burst: Burst) -> set[str]:
    return {check.title for check in check_failovers(burst, 2.0) if not check.holds}


def test_all_hold_when_all_is_as_the_providers_say() -> None:
    assert not failing(RESCUED)
    truth = [check.truth for check in check_failovers(RESCUED, 2.0)]
    assert truth == ["1", "1", "1", "0", "0", "0", "1 0 0 0", "0.06 €", "14.0 s"]


BOTH = message(FailoverOutcome.BOTH, attempt(1, Stage.DELIVERED), attempt(2, Stage.DELIVERED))


@pytest.mark.parametrize(
    ("otherwise", "titles"),
    [
        ({"failovers": {M: BOTH}}, {"… … rescued by it", "… … so the report counts", "… … added delay, p50"}),
        ({"failovers": {M: BOTH}, "report": report(rescued=0, both=1, added_seconds_p50=None)}, {"… … rescued by it"}),
        ({"report": report(messages=2)}, {"messages with a plan"}),
        ({"report": report(plan="viber-sms")}, {"messages with a plan"}),
        ({"report": report(failed_over=0)}, {"… sent by a further step"}),
        ({"report": report(failed_too=1)}, {"… … so the report counts"}),
        ({"report": report(extra_cost=Decimal("0.12"))}, {"… … extra cost"}),
        ({"report": report(added_seconds_p50=9.0)}, {"… … added delay, p50"}),
        ({"report": report(added_seconds_p50=30.0)}, {"… … added delay, p50"}),
        ({"report": report(added_seconds_p50=None)}, {"… … added delay, p50"}),
        ({"taken": (taken(FAILED),)}, {"… sent by a further step", "… … extra cost", "… … added delay, p50"}),
    ],
)
def test_what_is_otherwise_is_noticed(otherwise: dict[str, Any], titles: set[str]) -> None:
    assert failing(replace(RESCUED, **otherwise)) == titles


def test_what_came_of_what_is_in_doubt_need_not_be_known() -> None:
    doubt = DoubtAnswer(message_id=M, step=2, tries=0, provider="messente", since=AT, why="timeout")
    unsure = replace(RESCUED, failovers={M: message(None)}, report=report(rescued=0, pending=1, added_seconds_p50=None))
    assert failing(unsure) == {"… … rescued by it"}
    assert not failing(replace(unsure, doubts=(doubt,)))


def test_the_table_fits_a_narrow_terminal() -> None:
    large = report(**dict.fromkeys(("messages", "failed_over", "rescued"), 9_999), extra_cost=Decimal("999.99"))
    total, one = large.plans
    names = [total, *(msgspec.structs.replace(one, plan=name) for name in demo_plans())]
    console = Console(width=80)
    with console.capture() as shown:
        console.print(plan_table(msgspec.structs.replace(large, plans=names)))
    assert "…" not in shown.get()
    assert all(name in shown.get() for name in (*demo_plans(), "all of them", "999.99", "14.5 s"))
