import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.notify.retrying import Retrying


def test_the_usual_waits_are_those_that_standard_webhooks_begins_with() -> None:
    usual = Retrying()
    assert [usual.wait_seconds(tried, 0, None, 0) for tried in (1, 2, 3, 4)] == [5, 300, 1800, None]


def test_what_the_receiver_wishes_for_counts_for_more_but_not_beyond_the_end() -> None:
    retrying = Retrying(schedule=(5, 10), give_up_seconds=100)
    assert retrying.wait_seconds(1, 0, 60, 0) == 60
    assert retrying.wait_seconds(1, 0, 1, 0) == 5
    assert retrying.wait_seconds(1, 30, 3600, 0) == 70
    assert retrying.wait_seconds(2, 100, None, 0) is None


@given(
    st.lists(st.floats(0.1, 1e5), max_size=8),
    st.floats(1, 1e5),
    st.floats(0, 3600) | st.none(),
    st.floats(0, 1),
    st.floats(0, 60),
)
def test_it_has_an_end(schedule: list[float], give_up: float, asked: float | None, chance: float, took: float) -> None:
    retrying, elapsed, tried = Retrying(schedule, give_up), took, 1
    while (wait := retrying.wait_seconds(tried, elapsed, asked, chance)) is not None:
        assert 0 < wait <= give_up - elapsed
        tried, elapsed = tried + 1, elapsed + wait
        assert tried <= len(schedule) + 1
        assert elapsed <= give_up * (1 + 1e-9)
        elapsed += took


@pytest.mark.parametrize("chance", [0, 0.5, 1])
def test_what_failed_together_does_not_come_again_together(chance: float) -> None:
    assert Retrying().wait_seconds(2, 5, None, chance) == pytest.approx(300 * (1 + 0.1 * chance))
