from hypothesis import given
from hypothesis import strategies as st

from delivery.refs import canonical_ref, recipient_ref


def test_a_number_written_into_a_reference_leads_to_the_same_attempt_and_does_not_stay() -> None:
    kept = recipient_ref("10573758", "+34600000000")
    assert canonical_ref("10573758:34600000000") == canonical_ref("10573758:+34600000000") == kept
    assert "34600000000" not in kept


def test_references_are_kept_for_ever_so_their_form_never_changes() -> None:
    assert recipient_ref("10573758", "+34600000000") == "10573758:hd74cf7447db9ee21"


@given(st.from_regex(r"[1-9][0-9]{3,9}", fullmatch=True), st.from_regex(r"\+[1-9][0-9]{7,13}", fullmatch=True))
def test_a_kept_reference_is_its_own_canonical_form(batch: str, recipient: str) -> None:
    kept = recipient_ref(batch, recipient)
    assert canonical_ref(kept) == kept
    assert canonical_ref(f"{batch}:{recipient}") == kept


def test_other_references_are_left_alone() -> None:
    for ref in ("64ccdfb4ddf40404f498e5b2", "a:b", "2f0b5a7e-1f3b-4b36-9d50-0d5f2f8f7f10", "123"):
        assert canonical_ref(ref) == ref
