"""What choices weigh by the shares of their providers."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.health.lanes import Group
from delivery.health.records import GroupShares
from delivery.health.weights import factors_of, weigh
from delivery.orders import Order, OrderPersonal
from delivery.plans import Choice

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def choice(provider: str, country: str | None = "ES", weight: int = 1) -> Choice:
    order = Order(provider=provider, channel=Channel.SMS, personal=OrderPersonal(to="+34600000000"), country=country)
    return Choice(order=order, weight=weight)


def factors(**countries: dict[str, int]):
    groups = [Group(Channel.SMS, "" if name == "everywhere" else name) for name in countries]
    return factors_of(
        {
            group: GroupShares(group=group, version=1, judge="j", at=NOON, shares=shares, resting=shares)
            for group, shares in zip(groups, countries.values(), strict=True)
        }
    )


def test_by_country_then_by_channel_then_equally() -> None:
    known = factors(everywhere={"a": 30, "b": 70}, ES={"a": 10, "b": 90})
    assert weigh([choice("a"), choice("b")], known) == (10, 90)
    assert weigh([choice("a", "FR"), choice("b", "FR")], known) == (30, 70)
    assert weigh([choice("a", None), choice("b", None)], known) == (30, 70)
    assert weigh([choice("x"), choice("y")], known) == (50, 50)
    assert weigh([choice("a"), choice("b")], {}) == (50, 50)
    # Of somebody unknown, as much as one of equal share: a is at a fifth of that.
    assert weigh([choice("a"), choice("x")], known) == (17, 83)


def test_own_weights_count_too() -> None:
    known = factors(everywhere={"a": 20, "b": 80})
    assert weigh([choice("a", weight=4), choice("b", weight=1)], known) == (50, 50)
    assert weigh([choice("a", weight=0), choice("b")], known) == (0, 100)
    assert weigh([choice("a", weight=0), choice("b", weight=0)], known) == (0, 0)
    assert weigh([choice("a", weight=3)], factors(everywhere={"a": 0, "b": 100})) == (3,)
    assert weigh([choice("a", weight=1), choice("b", weight=5000)], known) == (1, 100)
    assert weigh([], known) == ()


@given(
    st.lists(st.tuples(st.sampled_from("abcx"), st.sampled_from(["ES", "FR", None]), st.integers(0, 50)), max_size=6),
    st.integers(0, 100),
)
def test_weights_are_whole_and_somebody_is_always_left(said, share: int) -> None:
    known = factors(everywhere={"a": share, "b": 100 - share, "c": 0}, ES={"a": 100 - share, "b": share})
    weights = weigh([choice(*each) for each in said], known)
    assert len(weights) == len(said)
    assert all(type(weight) is int and weight >= 0 for weight in weights)
    assert any(weights) == any(weight for _, _, weight in said)
