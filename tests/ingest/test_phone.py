import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.phone import Phone, read_phone, read_sender

SPANISH = Phone("+34600000000", "ES")


@pytest.mark.parametrize(
    "written",
    [
        "+34600000000",
        "34600000000",
        "0034600000000",
        "00 34 600000000",
        " +34 600-000.000 ",
        "+34 (600) 000000",
        "600000000",
    ],
)
def test_however_it_is_written_it_is_the_same_number(written: str) -> None:
    assert read_phone(written, "ES") == SPANISH


@pytest.mark.parametrize(
    ("written", "e164", "country"),
    [
        ("4915112345678", "+4915112345678", "DE"),
        ("+573001234567", "+573001234567", "CO"),
        ("+3725555555", "+3725555555", "EE"),
        ("+44 (0)20 7946 0958", "+442079460958", "GB"),
        ("+14155550100", "+14155550100", "US"),
        ("5215512345678", "+525512345678", "MX"),
        ("+52 1 55 1234 5678", "+525512345678", "MX"),
        ("+34999999999", "+34999999999", "ES"),
        ("+80012345678", "+80012345678", None),
    ],
)
def test_numbers_of_the_world(written: str, e164: str, country: str | None) -> None:
    assert read_phone(written, "ES") == Phone(e164, country)


@pytest.mark.parametrize(
    "written",
    ["", " ", "1234", "MIEMPRESA", "destino@dominio.com", "+", "++34600000000", "3.46e10", "١٢٣٤٥٦٧٨٩", "9" * 40],
)
def test_what_is_no_number_is_none(written: str) -> None:
    assert read_phone(written, "ES") is None


def test_a_sender_is_a_number_or_a_name() -> None:
    assert read_sender("0034600000000") == "+34600000000"
    assert read_sender(" MIEMPRESA ") == "MIEMPRESA"
    assert read_sender("25600") == "25600"
    assert read_sender("  ") is None
    assert read_sender(None) is None


@given(st.text(max_size=40), st.sampled_from([None, "ES", "CO"]))
def test_any_text(text: str, home: str | None) -> None:
    phone = read_phone(text, home)
    if phone is not None:
        assert phone.e164.startswith("+")
        assert phone.e164[1:].isascii()
        assert phone.e164[1:].isdigit()
        assert read_phone(phone.e164, home) == phone, "what we write, we read as the same"
