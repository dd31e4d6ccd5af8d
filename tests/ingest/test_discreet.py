import pytest

from delivery.channels import Channel
from delivery.orders import Order, OrderPersonal
from ingest.discreet import discreet

ORDER = Order(
    provider="any",
    channel=Channel.SMS,
    personal=OrderPersonal(to="+34600000000", sender="Clínica Ana", text="Su cita es mañana"),
)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Remitente no validado", "Remitente no validado"),
        ("'+34600000000' no es un móvil", "'…' no es un móvil"),
        ("34 600 00 00 00: erróneo", "…: erróneo"),
        ("(+34) 600-000-000", "(+34) …"),
        ("0034600000000, 600000000", "…, …"),
        ("«Su cita es mañana» de Clínica Ana", "«…» de …"),
        ("12345 is short, 404 too", "12345 is short, 404 too"),
        ("two\n\tlines", "two lines"),
        ("x" * 1000, "x" * 300),
        ("", ""),
    ],
)
def test_a_provider_s_words_come_without_number_name_and_text(words: str, said: str) -> None:
    assert discreet(words, ORDER) == said


def test_a_short_text_is_any_word() -> None:
    order = Order(provider="any", channel=Channel.SMS, personal=OrderPersonal(to="+34600000000", text="no"))
    assert discreet("no credit now", order) == "no credit now"
