"""Which windows people open by writing, how they are kept, and when one counts as closed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.events import Payload, Personal, Precision, ProviderTime, Reply, Source, Zone
from delivery.orders import Order, OrderPersonal, Template
from delivery.windows import (
    MARGIN,
    OPEN_FOR,
    MalformedWindow,
    contact_id,
    decode_window,
    encode_window,
    latest,
    needs_window,
    opened_by,
)

GOLDEN = Path(__file__).parents[1] / "fixtures" / "delivery" / "window.v1.json"
AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
PERSON = "+34600000001"


def reply(at: datetime = AT, **changes: object) -> Reply:
    made = Reply(
        provider="ainumber",
        ref="r1",
        channel=Channel.WHATSAPP,
        received_at=at,
        source=Source.WEBHOOK,
        payload=Payload(sha256="0" * 64),
        personal=Personal(sender=PERSON, text="hello"),
    )
    return msgspec.structs.replace(made, **changes)


def said(at: datetime, zone: Zone = Zone.STATED) -> ProviderTime:
    return ProviderTime(at=at, zone=zone, precision=Precision.SECOND, text=at.isoformat())


def test_whoever_writes_opens_a_window_for_a_day_and_is_not_named() -> None:
    window = opened_by(reply())
    assert window is not None
    assert (window.last_inbound_at, window.open_until) == (AT, AT + OPEN_FOR)
    assert window.contact == contact_id("ainumber", Channel.WHATSAPP, PERSON)
    assert "34600000001" not in encode_window(window).decode() + window.key
    assert window.key == f"{window.contact}/2026-03-01T12"
    others = {contact_id("altiria", Channel.WHATSAPP, PERSON), contact_id("ainumber", Channel.VIBER, PERSON)}
    assert window.contact not in others
    assert len(others) == 2


@pytest.mark.parametrize(
    ("claim", "at"),
    [
        (said(AT - timedelta(hours=3)), AT - timedelta(hours=3)),
        (said(AT + timedelta(minutes=3)), AT),
        (said(AT + timedelta(hours=3)), AT),
        (said(AT - timedelta(hours=3), Zone.ABSENT), AT),
        (None, AT),
    ],
)
def test_a_window_opens_when_it_was_written_as_far_as_that_can_be_relied_on(claim, at) -> None:
    window = opened_by(reply(occurred=claim))
    assert window is not None
    assert window.last_inbound_at == at


@pytest.mark.parametrize(
    "changes", [{"channel": Channel.SMS}, {"personal": Personal()}, {"personal": Personal(sender="", text="x")}]
)
def test_what_opens_no_window(changes) -> None:
    assert opened_by(reply(**changes)) is None


def test_it_counts_as_closed_once_that_is_certain() -> None:
    window = opened_by(reply())
    assert window is not None
    assert not window.is_closed(AT + OPEN_FOR + MARGIN)
    assert window.is_closed(AT + OPEN_FOR + MARGIN + timedelta(seconds=1))


@given(st.lists(st.integers(0, 60 * 72), min_size=1, max_size=12))
def test_whatever_order_they_are_written_in_what_compaction_leaves_closes_none_too_early(minutes) -> None:
    """The last record of each key is left, as Kafka compacts."""
    windows = [opened_by(reply(AT + timedelta(minutes=each))) for each in minutes]
    left = {window.key: window for window in windows if window}
    known = max(left.values(), key=lambda window: window.last_inbound_at)
    newest = max(window.open_until for window in windows if window)
    assert not known.is_closed(newest)
    assert max(latest(filter(None, windows)), key=lambda window: window.open_until).open_until == newest


def test_only_words_of_our_own_on_whatsapp_need_an_open_window() -> None:
    personal = OrderPersonal(to=PERSON, text="hello")
    free = Order(provider="ainumber", channel=Channel.WHATSAPP, personal=personal)
    template = OrderPersonal(to=PERSON, template=Template(name="welcome", language="es"))
    assert needs_window(free)
    assert not needs_window(msgspec.structs.replace(free, personal=template))
    assert not needs_window(msgspec.structs.replace(free, channel=Channel.VIBER))


def test_every_version_ever_written_is_still_read() -> None:
    assert encode_window(decode_window(GOLDEN.read_bytes())) == GOLDEN.read_bytes().strip()
    with pytest.raises(MalformedWindow):
        decode_window(b"{}")
