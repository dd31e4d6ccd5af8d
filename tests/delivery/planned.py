"""Plans, and what may be told of the sendings of one, for the tests of failing over."""

from datetime import UTC, datetime, time
from decimal import Decimal

from hypothesis import strategies as st

from delivery.briefs import AttemptBrief
from delivery.channels import Channel
from delivery.orders import Order, OrderPersonal
from delivery.plans import Choice, OnDoubt, Pick, Plan, PlannedStep, Rule, Success, Then
from delivery.quiet import QuietHours
from delivery.reasons import Reason
from delivery.requests import MessageRequest
from delivery.stages import CONCLUSIVE, FAILURES, PROGRESS, SUCCESSES, Stage

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
MESSAGE = "01960000-0000-7000-8000-000000000001"
RECIPIENT = "+34600000000"


def order(provider: str = "messente", channel: Channel = Channel.SMS) -> Order:
    return Order(provider=provider, channel=channel, personal=OrderPersonal(to=RECIPIENT, text="Hola"))


def choice(provider: str = "messente", channel: Channel = Channel.SMS, **more: object) -> Choice:
    return Choice(order=order(provider, channel), **more)


def step(*choices: Choice, **more: object) -> PlannedStep:
    return PlannedStep(choices=choices or (choice(),), **more)


def request(*steps: PlannedStep, send_at: datetime | None = None, **more: object) -> MessageRequest:
    plan = Plan(steps=steps, version="1", **more)
    first = steps[0].choices[0].order
    return MessageRequest(message_id=MESSAGE, received_at=NOON, order=first, plan=plan, send_at=send_at)


def brief(
    stage: Stage = Stage.QUEUED,
    *,
    at: datetime = NOON,
    ref: str = "r-1",
    version: int = 2,
    provider: str = "messente",
    channel: Channel = Channel.SMS,
    step: int | None = 1,
    tries: int = 0,
    reason: Reason | None = None,
    closed: bool = False,
    opened_at: datetime | None = None,
) -> AttemptBrief:
    return AttemptBrief(
        provider=provider,
        ref=ref,
        channel=channel,
        stage=stage,
        final=closed or stage in CONCLUSIVE,
        opened_at=opened_at or at,
        updated_at=at,
        version=version,
        reason=reason,
        step=step,
        tries=tries,
        arrived_at=at if stage in SUCCESSES else None,
        closed=closed,
    )


def standing(heard: list[tuple[Stage, Reason | None]], *, closed: bool) -> tuple[Stage, Reason | None]:
    """What an attempt is of which this was heard: success before failure before progress, as ``delivery.standing``."""
    stages = [stage for stage, _ in heard]
    for success in (Stage.SEEN, Stage.DELIVERED):
        if success in stages:
            return success, None
    for stage, reason in heard:
        if stage in FAILURES:
            return stage, reason
    known = [stage for stage in PROGRESS if stage in stages]
    return (known[-1], None) if known and not closed else (Stage.UNKNOWN, None)


reasons = st.sampled_from(
    (
        Reason.OPTED_OUT,
        Reason.NO_CREDIT,
        Reason.PROVIDER_UNAVAILABLE,
        Reason.WINDOW_CLOSED,
        Reason.NOT_ON_CHANNEL,
        Reason.CONGESTION,
        Reason.CANCELLED,
        Reason.UNSPECIFIED,
    )
)
rules = st.builds(
    Rule, then=st.sampled_from(Then), times=st.integers(1, 2), after_seconds=st.sampled_from((10, 60, 600))
)
choices = st.builds(
    Choice,
    order=st.builds(order, st.sampled_from(("messente", "mensatek", "altiria")), st.sampled_from(Channel)),
    weight=st.integers(0, 3),
    cost=st.none() | st.sampled_from([Decimal("0.01"), Decimal("0.05")]),
    legs=st.just(()) | st.just(()) | st.just((Channel.VIBER, Channel.SMS)) | st.just((Channel.SMS, Channel.VOICE)),
)
steps = st.builds(
    PlannedStep,
    choices=st.lists(choices, min_size=1, max_size=3).map(tuple),
    pick=st.sampled_from(Pick),
    ttl_seconds=st.none() | st.sampled_from((30, 120, 3600)),
    success=st.sampled_from(Success),
    rules=st.dictionaries(reasons.filter(lambda reason: reason is not Reason.OPTED_OUT), rules, max_size=2),
    on_doubt=st.sampled_from(OnDoubt),
)
quiet_hours = st.builds(
    QuietHours,
    begins=st.sampled_from((time(12, 1), time(13), time(22))),
    ends=st.sampled_from((time(14), time(2, 30), time(8))),
    zones=st.sampled_from((("Europe/Madrid",), ("Europe/Madrid", "Atlantic/Canary"), ("America/Havana",))),
    channels=st.just(()) | st.just((Channel.VOICE,)),
)
requests = st.builds(
    request,
    steps,
    send_at=st.none() | st.just(NOON.replace(hour=13)),
) | st.lists(steps, min_size=1, max_size=4).flatmap(
    lambda several: st.builds(
        request,
        *(st.just(each) for each in several),
        send_at=st.none() | st.none() | st.just(NOON.replace(hour=13)),
        quiet=st.none() | quiet_hours,
        maximum_cost=st.none() | st.sampled_from([Decimal("0.02"), Decimal("0.1")]),
    )
)
