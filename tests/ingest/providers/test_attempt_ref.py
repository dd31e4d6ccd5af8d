"""A reported send and the callbacks about it meet under one reference, however each of them writes it."""

from collections.abc import Callable

import pytest

from delivery.channels import Channel
from ingest.provider import ReceivesWebhooks
from ingest.providers import PROVIDERS
from ingest.webhook import Unreadable, WebhookRequest

Webhook = Callable[..., WebhookRequest]


def ref_in_callback(name: str, request: WebhookRequest) -> str:
    provider = PROVIDERS[name]()
    assert isinstance(provider, ReceivesWebhooks)
    (event,) = provider.parse(request)
    return event.ref


@pytest.mark.parametrize("movil", ["34600000000", "+34600000000", "0034600000000", "600000000", "34 600 00 00 00"])
@pytest.mark.parametrize("batch", ["10573758", "0010573758"])
@pytest.mark.parametrize("reported", ["10573758", "0010573758", "10573758:34600000000", "10573758:+34600000000"])
def test_mensatek(webhook: Webhook, reported: str, batch: str, movil: str) -> None:
    body = f'{{"Servicio": "SMSMASIVO", "Resultado": "11", "Movil": "{movil}", "idMensaje": "{batch}"}}'
    ref = ref_in_callback("mensatek", webhook(body.encode()))
    provider = PROVIDERS["mensatek"]()
    assert provider.attempt_ref(reported, "+34600000000") == ref
    assert provider.attempt_ref(ref, "+34600000000") == ref
    assert "34600000000" not in ref


def test_a_voice_leg_of_mensatek_is_an_attempt_of_its_own(webhook: Webhook) -> None:
    body = b'{"Servicio": "VOZ", "Resultado": "11", "Movil": "34600000000", "idMensaje": "7"}'
    voice = ref_in_callback("mensatek", webhook(body))
    provider = PROVIDERS["mensatek"]()
    assert provider.attempt_ref("7", "+34600000000", Channel.VOICE) == voice
    assert provider.attempt_ref("7", "+34600000000", Channel.SMS) != voice


def test_mensatek_sends_to_an_e_mail_address(webhook: Webhook) -> None:
    body = b'{"Servicio": "SMSMASIVO", "Resultado": "11", "Movil": "Ana@Example.com", "idMensaje": "7"}'
    ref = ref_in_callback("mensatek", webhook(body))
    assert PROVIDERS["mensatek"]().attempt_ref("7", "ana@example.COM", Channel.EMAIL) == ref
    assert "ana" not in ref


def test_mensatek_needs_the_recipient() -> None:
    with pytest.raises(Unreadable, match="recipient"):
        PROVIDERS["mensatek"]().attempt_ref("10573758", None)


def test_altiria_by_id_ack_and_by_id(webhook: Webhook) -> None:
    provider = PROVIDERS["altiria"]()
    by_gateway = ref_in_callback(
        "altiria", webhook(b"", "", method="GET", query="notification=34645852126,p17,ENTREGADO")
    )
    assert provider.attempt_ref("p17:34645852126", "+34645852126") == by_gateway
    assert provider.attempt_ref(by_gateway, None) == by_gateway
    by_platform = ref_in_callback("altiria", webhook(b"id=102648819&event=sent", "application/x-www-form-urlencoded"))
    assert provider.attempt_ref("102648819", "+34645852126") == by_platform


@pytest.mark.parametrize("name", ["messente", "ainumber", "enviosms"])
def test_ids_that_are_one_recipient_s_stay_as_they_are(name: str) -> None:
    provider = PROVIDERS[name]()
    assert provider.attempt_ref(" 007a ", "+34600000000") == "007a"


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("reported", ["", " ", "a b", "x" * 201, "a\x00b"])
def test_what_cannot_be_a_key_is_refused(name: str, reported: str) -> None:
    with pytest.raises(Unreadable):
        PROVIDERS[name]().attempt_ref(reported, "+34600000000")


@pytest.mark.parametrize("name", ["mensatek", "altiria"])
@pytest.mark.parametrize("reported", [":", "7:", ":34600000000"])
def test_half_a_pair_is_refused(name: str, reported: str) -> None:
    with pytest.raises(Unreadable):
        PROVIDERS[name]().attempt_ref(reported, "+34600000000")
