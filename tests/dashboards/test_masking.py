"""Numbers as they are shown."""

import pytest

from dashboards.masking import masked
from dashboards.templating import duration


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


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "—"), (0.04, "0.0 s"), (9.96, "10.0 s"), (59.6, "1 min 0 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")],
)
def test_a_duration_is_written_as_people_say_it(seconds, shown) -> None:
    assert duration(seconds) == shown
