"""Plans, and what may become of sendings, for properties to be held against."""

from decimal import Decimal

import msgspec
from hypothesis import strategies as st

from delivery.backtest.courses import Course
from delivery.plans import Plan, Rule, Then
from delivery.reasons import Reason
from delivery.stages import Stage
from tests.delivery.backtest.recording import Fate, course, plan_of, step

PROVIDERS = ("one", "two", "three")
FAILURES = st.sampled_from([Reason.ABSENT_SUBSCRIBER, Reason.OPTED_OUT, Reason.NO_CREDIT, Reason.EXPIRED, None])
ENDINGS = st.sampled_from([Stage.DELIVERED, Stage.UNDELIVERED, Stage.EXPIRED, Stage.UNKNOWN, None])


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """Nothing heard at all, a refusal, or steps on the way to an ending, or to two of them."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return Course()
    reason = draw(FAILURES)
    if kind == 1:
        return course((draw(st.integers(0, 5)), Stage.REJECTED), reason=reason, ours=True)
    at = sorted(draw(st.lists(st.integers(0, 120), min_size=4, max_size=4)))
    heard = [(at[0], Stage.QUEUED)]
    if draw(st.booleans()):
        heard.append((at[1], Stage.SENT))
    ending = draw(ENDINGS)
    if ending is not None:
        heard.append((at[2], ending))
        if ending is not Stage.DELIVERED and draw(st.booleans()):
            heard.append((at[3], Stage.DELIVERED))
    return course(*heard, reason=reason)


@st.composite
def plans(draw: st.DrawFn, most: int = 3) -> Plan:
    steps = []
    for _ in range(draw(st.integers(1, most))):
        names = draw(st.lists(st.sampled_from(PROVIDERS), min_size=1, max_size=2, unique=True))
        rules = {}
        if draw(st.booleans()):
            then = draw(st.sampled_from(Then))
            rules[Reason.ABSENT_SUBSCRIBER] = Rule(then=then, times=2, after_seconds=draw(st.integers(1, 20)))
        planned = step(*names, ttl=draw(st.none() | st.integers(1, 90)))
        steps.append(msgspec.structs.replace(planned, rules=rules))
    return msgspec.structs.replace(
        plan_of(*steps), maximum_cost=draw(st.sampled_from([None, Decimal("0.10"), Decimal("0.50")]))
    )


FATES = st.lists(st.builds(Fate, courses(), st.none() | st.integers(0, 5)), min_size=1, max_size=5)


EVIDENCE = st.lists(st.tuples(st.sampled_from(PROVIDERS), courses()), max_size=6)
