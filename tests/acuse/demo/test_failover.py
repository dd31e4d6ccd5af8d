"""What came of plans, by the providers' ledger: told apart sending by sending, and held against what was read back."""

from dataclasses import replace
from decimal import Decimal

import pytest
from rich.console import Console

from acuse.demo.checks import Burst
from acuse.demo.failover import check_failovers, plan_rows, plan_table
from acuse.demo.ledger import Callback, Taken
from acuse.demo.plans import demo_plans
from acuse.demo.readback import Found
from acuse.demo.sendings import Place, Story, stories
from acuse.demo.wanted import Wanted
from dashboards.answers import AttemptSummary, MessageSummary
from delivery.channels import Channel
from delivery.decisions import FailoverOutcome
from delivery.messages import MessageOutcome
from delivery.reasons import Reason
from delivery.stages import CONCLUSIVE, Stage
from tests.acuse.demo.test_checks import AT, DELIVERED, FAILED, LOST, SENT

TEXT = "Su pedido demo-r1-1 sale hoy."
WANTED = Wanted("mensatek", Channel.SMS, "demo-r1-1", {"text": TEXT, "plan": "sms-sms"}, "sms-sms")
LATER = Callback(stage="delivered", reason=None, taken=0, lost=False)
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


RESCUED = Burst(
    accepted={M: "demo-r1-1"},
    planned={M: WANTED},
    reported={},
    taken=(taken(FAILED), second(DELIVERED)),
    found={},
    failovers={M: message(FailoverOutcome.RESCUED, attempt(1, Stage.UNDELIVERED), attempt(2, Stage.DELIVERED))},
)


def failing(burst: Burst) -> set[str]:
    return {check.title for check in check_failovers(burst) if not check.holds}


def test_all_hold_when_all_is_as_the_providers_say() -> None:
    assert not failing(RESCUED)
    assert [check.truth for check in check_failovers(RESCUED)] == ["1", "1", "1", "0", "0", "0"]


@pytest.mark.parametrize(
    ("known", "titles"),
    [
        (
            message(FailoverOutcome.BOTH, attempt(1, Stage.DELIVERED), attempt(2, Stage.DELIVERED)),
            {"… … a further one arrived"},
        ),
        (message(None, attempt(1, Stage.UNDELIVERED)), {"… sent by a further step", "… … a further one arrived"}),
        (
            message(FailoverOutcome.RESCUED, attempt(1, Stage.REJECTED), attempt(2, Stage.DELIVERED), plan="viber-sms"),
            {"messages with a plan"},
        ),
        (None, {"messages with a plan", "… sent by a further step", "… … a further one arrived"}),
    ],
)
def test_what_is_otherwise_is_noticed(known: MessageSummary | None, titles: set[str]) -> None:
    assert failing(replace(RESCUED, failovers={M: known} if known else {})) == titles


def test_what_is_in_doubt_need_not_go_on() -> None:
    assert not failing(replace(RESCUED, failovers={M: message(None)}, doubts=frozenset({M})))


def test_the_table_fits_a_narrow_terminal() -> None:
    many = {
        name: message(FailoverOutcome.RESCUED, attempt(1, Stage.UNDELIVERED), attempt(2, Stage.DELIVERED), plan=name)
        for name in demo_plans()
    }
    rows = plan_rows(replace(RESCUED, failovers=many))
    assert {name: (row.messages, row.went_on) for name, row in rows.items()} == dict.fromkeys(demo_plans(), (1, 1))
    console = Console(width=80)
    with console.capture() as shown:
        console.print(plan_table(rows))
    assert "…" not in shown.get()
    assert "sms-fail2voice" in shown.get()
