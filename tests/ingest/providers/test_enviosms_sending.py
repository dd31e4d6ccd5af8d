"""What is particular to the SMS Sending API: its two modes, its samples, its key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.accounts import Account, NotConfigured
from ingest.outbound import HttpAnswer, Taken
from ingest.provider import CanBePolled, CancelsMessages, HasOperations, LooksUp, ReceivesWebhooks
from ingest.providers.enviosms import EnvioSms
from tests.ingest.providers.golden import AT, cases, expected, order_of, sending_of

PROVIDER = EnvioSms()
ACCOUNT = Account("enviosms", base_url="https://sms.example.com/send", credentials={"api_key": "my-key"})
PARAMETERS = {
    *("recipient", "messageBody", "journeyID", "templateID", "templateParams", "programmedDate", "flashMessage"),
}
"""The document's table, copied by hand."""
DIRECT, JOURNEY = {"messageBody"}, {"journeyID", "templateID", "templateParams"}


def test_every_parameter_of_the_document_is_in_a_golden_request_and_the_modes_exclude_each_other() -> None:
    bodies = [call["body"] for call in expected("enviosms", "sends").values()]
    assert {name for body in bodies for name in body} == PARAMETERS
    for body in bodies:
        assert set(body) & (DIRECT | JOURNEY) in (DIRECT, JOURNEY)


def test_the_document_s_samples_are_our_requests() -> None:
    made = {name: call["body"] for name, call in expected("enviosms", "sends").items()}
    assert made["directly, only what is required"] == {
        "recipient": "+573001234567",
        "messageBody": "Hola Juan, tu código de acceso es 4572.",
    }
    assert made["by journey"] == {
        "recipient": "+573001234567",
        "journeyID": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "templateID": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "templateParams": {"customerName": "María López", "orderNumber": "78910", "deliveryDate": "2025-07-11"},
    }


def test_the_key_is_in_its_header_and_named_where_it_is_missing() -> None:
    assert PROVIDER.headers(ACCOUNT) == {"x-api-key": "my-key"}
    with pytest.raises(NotConfigured, match=r"\[providers.enviosms\] api_key"):
        PROVIDER.headers(Account("enviosms"))


def test_it_can_send_and_nothing_else() -> None:
    for ability in (ReceivesWebhooks, CanBePolled, CancelsMessages, LooksUp, HasOperations):
        assert not isinstance(PROVIDER, ability)


@given(st.sampled_from([200, 400, 401, 500]), st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_answer_breaks_the_reading(status: int, body: bytes) -> None:
    order = order_of(cases("enviosms", "sends")[0])
    result = PROVIDER.read_sent(order, sending_of("enviosms"), HttpAnswer(status, body, AT))
    assert isinstance(result, Taken) is (status == 200 and b"smsid" in body.lower())
