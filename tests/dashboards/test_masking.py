"""Numbers as they are shown."""

import pytest

from dashboards.masking import masked


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+34600000000", "+34•••••••00"),
        ("+573001234567", "+57••••••••67"),
        ("+1234567", "••••••••"),
        ("somebody@example.com", "som•••••••••••••••om"),
        ("", None),
        (None, None),
    ],
)
def test_a_number_is_shown_to_be_recognised_and_not_to_be_called(number, shown) -> None:
    assert masked(number) == shown
