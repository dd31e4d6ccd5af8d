"""Who holds a claim, whatever was written in which order."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.calls import Call, Called, Calling, InDoubt, Result
from delivery.phases import Phase
from ingest.dispatch.ledger import Ledger, as_metadata, from_metadata

AT = datetime(2026, 3, 1, tzinfo=UTC)


def about(claim: str, decision: str = "m/1", offset: int = 0, *, step: int | None = 1, at: datetime = AT) -> dict:  # type: ignore[type-arg]
    return {
        "decision_id": decision,
        "message_id": "m",
        "provider": "toy",
        "claim": claim,
        "at": at,
        "decision_offset": offset,
        "step": step,
    }


def calling(claim: str, **more: object) -> Calling:
    return Calling(**about(claim, **more))  # type: ignore[arg-type]


def called(claim: str, result: Result, **more: object) -> Called:
    return Called(result=result, **about(claim, **more))  # type: ignore[arg-type]


def in_doubt(claim: str, **more: object) -> InDoubt:
    return InDoubt(why="no answer", **about(claim, **more))  # type: ignore[arg-type]


def folded(*calls: Call) -> Ledger:
    ledger = Ledger()
    for offset, call in enumerate(calls):
        ledger.fold(call, offset)
    return ledger


RELEASED, TAKEN, NOT_TAKEN, ABANDONED = Result.RELEASED, Result.TAKEN, Result.NOT_TAKEN, Result.ABANDONED


@pytest.mark.parametrize(
    ("calls", "phase", "holder"),
    [
        ([], Phase.FREE, None),
        ([calling("a")], Phase.CLAIMED, "a"),
        ([calling("a"), calling("b")], Phase.CLAIMED, "a"),
        ([calling("a"), called("a", RELEASED), calling("b")], Phase.CLAIMED, "b"),
        ([calling("a"), called("b", RELEASED), calling("b")], Phase.CLAIMED, "a"),
        ([calling("a"), in_doubt("a"), calling("b")], Phase.DOUBT, None),
        ([calling("a"), in_doubt("a"), called("a", RELEASED), calling("b")], Phase.CLAIMED, "b"),
        ([calling("a"), called("a", RELEASED), in_doubt("a"), calling("b")], Phase.DOUBT, None),
        ([calling("a"), called("a", RELEASED), calling("b"), in_doubt("a")], Phase.CLAIMED, "b"),
        ([calling("a"), in_doubt("a"), called("a", TAKEN), called("a", RELEASED), calling("b")], Phase.DONE, None),
        ([calling("a"), called("a", TAKEN), in_doubt("a"), calling("b")], Phase.DONE, None),
        ([in_doubt(""), calling("a")], Phase.DOUBT, None),
        ([calling("a"), in_doubt("a"), called("a", NOT_TAKEN), calling("b")], Phase.DONE, None),
        (
            [calling("a"), in_doubt("a"), called("a", RELEASED), calling("b"), called("a", NOT_TAKEN)],
            Phase.CLAIMED,
            "b",
        ),
        ([calling("a"), called("a", RELEASED), calling("b"), called("a", TAKEN)], Phase.DONE, None),
        ([calling("a"), in_doubt("a"), called("a", ABANDONED), calling("b")], Phase.ABANDONED, None),
        (
            [calling("a"), in_doubt("a"), called("a", ABANDONED), called("a", RELEASED), calling("b")],
            Phase.ABANDONED,
            None,
        ),
        (
            [calling("a"), in_doubt("a"), called("a", RELEASED), called("a", ABANDONED), calling("b")],
            Phase.ABANDONED,
            None,
        ),
        (
            [calling("a"), in_doubt("a"), called("a", RELEASED), calling("b"), called("a", ABANDONED)],
            Phase.CLAIMED,
            "b",
        ),
        ([calling("a"), called("a", ABANDONED)], Phase.CLAIMED, "a"),
        ([called("a", ABANDONED), calling("b")], Phase.CLAIMED, "b"),
        ([calling("a"), in_doubt("a"), called("a", ABANDONED), called("", NOT_TAKEN)], Phase.DONE, None),
        ([calling("a"), called("a", TAKEN), called("a", ABANDONED)], Phase.DONE, None),
    ],
)
def test_the_first_claim_holds_until_it_is_ended(calls: list[Call], phase: Phase, holder: str | None) -> None:
    ledger = folded(*calls)
    assert ledger.phase("m/1") is phase
    assert [claim for claim in "abc" if ledger.holds("m/1", claim)] == ([holder] if holder else [])


CALLS = st.one_of(
    st.builds(calling, st.sampled_from("abc")),
    st.builds(called, st.sampled_from("abc"), st.sampled_from(Result)),
    st.builds(in_doubt, st.sampled_from("abc")),
)


@given(st.lists(CALLS, max_size=12))
def test_what_was_once_done_is_never_claimed_again(calls: list[Call]) -> None:
    ledger, was_done = Ledger(), False
    for offset, call in enumerate(calls):
        ledger.fold(call, offset)
        was_done |= isinstance(call, Called) and call.result not in (RELEASED, NOT_TAKEN, ABANDONED)
        was_done |= ledger.phase("m/1") is Phase.DONE
        assert not was_done or ledger.phase("m/1") is Phase.DONE


@given(st.lists(CALLS, max_size=12))
def test_a_second_claim_holds_only_after_the_first_was_released(calls: list[Call]) -> None:
    ledger, holder, released = Ledger(), "", True
    for offset, call in enumerate(calls):
        ledger.fold(call, offset)
        if isinstance(call, Called) and call.result is RELEASED and call.claim == holder:
            released = True
        entry = ledger.entry("m/1")
        if entry and ledger.holds("m/1", entry.claim) and isinstance(call, Calling) and call.claim == entry.claim:
            assert released or call.claim == holder
            holder, released = entry.claim, False


def test_a_successor_reads_from_the_first_call_about_what_is_not_done() -> None:
    ledger = Ledger()
    ledger.fold(calling("a", decision="m/1", offset=10), 100)
    ledger.fold(calling("b", decision="n/1", offset=12), 101)
    ledger.fold(called("b", TAKEN, decision="n/1", offset=12), 102)
    ledger.fold(called("a", TAKEN, decision="m/1", offset=10), 103)
    assert ledger.read_from(9, 104) == 100
    assert ledger.read_from(11, 104) == 101
    assert ledger.read_from(13, 104) == 104
    assert from_metadata(as_metadata(104)) == 104


@pytest.mark.parametrize("metadata", ["", "calls=", "calls=-1", "something else"])
def test_without_a_word_of_the_calls_they_are_read_from_the_beginning(metadata: str) -> None:
    assert from_metadata(metadata) == 0


def test_sends_are_remembered_and_polls_are_not() -> None:
    ledger = Ledger()
    old = AT - timedelta(days=4)
    ledger.fold(called("a", TAKEN, decision="old", offset=1, at=old), 0)
    ledger.fold(called("b", TAKEN, decision="new", offset=2), 1)
    ledger.fold(called("c", Result.ANSWERED, decision="poll", offset=3, step=None), 2)
    ledger.fold(called("d", Result.ANSWERED, decision="poll not committed", offset=9, step=None), 3)
    ledger.fold(calling("e", decision="old not committed", offset=9, at=old), 4)
    ledger.forget(AT - timedelta(days=3), below=9)
    names = ("old", "new", "poll", "poll not committed", "old not committed")
    assert [name for name in names if ledger.entry(name)] == ["new", "poll not committed", "old not committed"]


async def test_a_change_is_waited_for_and_only_so_long() -> None:
    ledger = folded(calling("a"))
    async with asyncio.timeout(60):
        assert not await ledger.changed("m/1", 0.01)
        waiting = asyncio.create_task(ledger.changed("m/1", 5))
        await asyncio.sleep(0)
        ledger.fold(called("a", TAKEN), 1)
        assert await waiting
