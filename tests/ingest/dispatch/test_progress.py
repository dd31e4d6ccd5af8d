from hypothesis import given
from hypothesis import strategies as st

from ingest.dispatch.progress import Progress


def test_nothing_below_the_low_water_mark_is_under_way() -> None:
    progress = Progress(5)
    assert progress.low_water == 5
    for offset in (5, 7, 8):  # a gap, as a transaction's marker leaves it
        progress.begin(offset)
    progress.done(7)
    assert (progress.low_water, progress.under_way) == (5, 2)
    progress.done(5)
    assert progress.low_water == 8
    progress.done(8)
    assert progress.low_water == 9


@given(st.permutations(range(12)))
def test_it_reaches_the_end_in_whatever_order_things_are_done(order: list[int]) -> None:
    progress = Progress(0)
    for offset in range(12):
        progress.begin(offset)
    for done, offset in enumerate(order):
        progress.done(offset)
        left = order[done + 1 :]
        assert progress.low_water == (min(left) if left else 12)
