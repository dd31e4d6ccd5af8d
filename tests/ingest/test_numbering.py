"""What a number's plan says of it, on every event that goes into Kafka."""

from datetime import UTC, datetime
from typing import Any

import phonenumbers
import pytest

from delivery import events
from delivery.channels import Channel
from delivery.events import Event, Payload, Personal, Reply, Send, Source, Status
from delivery.number_types import NumberType
from delivery.stages import Stage
from ingest.numbering import TYPES, Numbering, numbering, numbering_of
from ingest.phone import read_phone
from ingest.publisher import event_record

ABOUT: dict[str, Any] = {
    "provider": "mensatek",
    "ref": "1:h2",
    "channel": Channel.SMS,
    "received_at": datetime(2026, 3, 1, tzinfo=UTC),
    "source": Source.WEBHOOK,
    "payload": Payload(sha256="00"),
}


def kept(event: Event) -> Event:
    return events.decode(event_record(event).value)


@pytest.mark.parametrize(
    ("number", "number_type", "carrier"),
    [
        ("+34600000000", NumberType.MOBILE, "Vodafone"),
        ("+447400123456", NumberType.MOBILE, "Three"),
        ("+34912345678", NumberType.FIXED, None),
        ("+14155550100", NumberType.FIXED_OR_MOBILE, None),
        ("+34900123456", NumberType.TOLL_FREE, None),
        ("+34803123456", NumberType.PREMIUM_RATE, None),
        ("+34701234567", NumberType.PERSONAL, None),
        ("+80012345678", NumberType.TOLL_FREE, None),
        ("+34999999999", NumberType.UNKNOWN, None),
    ],
)
def test_numbers_of_the_world(number: str, number_type: NumberType, carrier: str | None) -> None:
    assert numbering(number) == Numbering(number_type, carrier)


@pytest.mark.parametrize("number_type", list(TYPES))
def test_what_was_found_when_a_number_was_read_is_what_its_e164_says(number_type: int) -> None:
    examples = [phonenumbers.example_number_for_type(region, number_type) for region in phonenumbers.SUPPORTED_REGIONS]
    for example in filter(None, examples):
        written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        phone = read_phone(written, "ES")
        if phone:
            assert numbering(phone.e164) == numbering_of(phonenumbers.parse(phone.e164)), written


def test_every_type_that_a_plan_may_name_has_a_word_of_ours() -> None:
    assert set(TYPES) == set(phonenumbers.PhoneNumberType.values())


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Send(**ABOUT, personal=Personal(recipient="+34600000000")), (NumberType.MOBILE, "Vodafone")),
        (
            Status(**ABOUT, stage=Stage.SENT, personal=Personal(recipient="+34912345678", sender="+34600000000")),
            (NumberType.FIXED, None),
        ),
        (
            Reply(**ABOUT, personal=Personal(recipient="+34912345678", sender="+34600000000")),
            (NumberType.MOBILE, "Vodafone"),
        ),
        (Send(**ABOUT, personal=Personal(recipient="ana@example.com")), (None, None)),
        (Send(**ABOUT, personal=Personal(recipient="+1")), (None, None)),
        (Send(**ABOUT, personal=Personal()), (None, None)),
    ],
)
def test_an_event_is_kept_with_what_is_known_of_the_persons_number(
    event: Event, told: tuple[NumberType | None, str | None]
) -> None:
    written = kept(event)
    assert (written.number_type, written.carrier) == told
    assert written.event_id == event.event_id, "it is the same event as it was before this was known"
