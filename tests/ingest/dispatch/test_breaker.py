"""When an account is left alone, and for how long."""

import pytest

from ingest.dispatch.breaker import Breaker, State
from ingest.dispatch.config import BreakerConfig

CONFIG = BreakerConfig(failures=3, open_seconds=10, open_limit_seconds=25, pause_seconds=100, pause_limit_seconds=250)


@pytest.fixture
def breaker() -> Breaker:
    return Breaker(CONFIG)


@pytest.fixture
def closed(breaker: Breaker) -> Breaker:
    breaker.admit(0)
    breaker.answered(0)
    return breaker


def test_the_first_call_of_a_process_goes_alone(breaker: Breaker) -> None:
    assert breaker.wait_seconds(0) == 0
    breaker.admit(0)
    assert breaker.wait_seconds(0) is None
    breaker.answered(0)
    assert breaker.wait_seconds(0) == 0
    assert breaker.state(0) is State.CLOSED


def test_a_call_that_did_not_go_lets_another_probe(breaker: Breaker) -> None:
    breaker.admit(0)
    breaker.withdrawn()
    assert breaker.wait_seconds(0) == 0


def test_failures_in_a_row_open_it_and_a_success_in_between_does_not(closed: Breaker) -> None:
    closed.failed(0)
    closed.failed(0)
    closed.answered(0)
    closed.failed(0)
    closed.failed(0)
    assert closed.state(0) is State.CLOSED
    closed.failed(0)
    assert (closed.state(0), closed.wait_seconds(4)) == (State.OPEN, 6)


def test_it_stays_open_longer_each_time_the_probe_fails_up_to_the_limit(closed: Breaker) -> None:
    now = 0.0
    for _ in range(3):
        closed.failed(now)
    for wait in (10, 20, 25, 25):
        assert closed.wait_seconds(now) == wait
        now += wait
        assert closed.state(now) is State.PROBING
        closed.admit(now)
        closed.failed(now)
    now += 25
    closed.admit(now)
    closed.answered(now)
    for _ in range(3):
        closed.failed(now)
    assert closed.wait_seconds(now) == 10


def test_what_was_under_way_when_it_opened_counts_no_more(closed: Breaker) -> None:
    for _ in range(8):
        closed.failed(0)
    assert closed.wait_seconds(0) == 10


def test_one_refusal_of_credentials_pauses_it_and_what_was_under_way_changes_nothing(closed: Breaker) -> None:
    closed.unauthorised(0)
    closed.unauthorised(1)
    closed.answered(2)
    closed.failed(3)
    closed.put_off(3, 1000)
    assert (closed.state(50), closed.wait_seconds(50)) == (State.PAUSED, 50)
    now = 100.0
    for wait in (200, 250):
        closed.admit(now)
        closed.unauthorised(now)
        assert closed.wait_seconds(now) == wait
        now += wait
    closed.admit(now)
    closed.answered(now)
    assert closed.state(now) is State.CLOSED


def test_a_wish_to_wait_is_granted_without_counting_as_failure(closed: Breaker) -> None:
    for _ in range(5):
        closed.put_off(0, 7)
    assert (closed.state(0), closed.wait_seconds(1), closed.wait_seconds(7)) == (State.CLOSED, 6, 0)
