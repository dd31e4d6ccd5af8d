"""Who is let in: the right credentials and nobody else, for every provider that calls."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta

import pytest

from ingest.accounts import Account
from ingest.provider import ReceivesWebhooks
from ingest.providers import PROVIDERS
from ingest.webhook import WebhookRequest

Webhook = Callable[..., WebhookRequest]

CALLERS = {name: provider for name, made in PROVIDERS.items() if isinstance(provider := made(), ReceivesWebhooks)}
ACCOUNT = Account("any", callback_username="ana", callback_password="contraseña:ñ")
BODY = b'{"a": 1}'


def basic(username: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}


@pytest.fixture(params=CALLERS, name="caller")
def caller_fixture(request: pytest.FixtureRequest) -> ReceivesWebhooks:
    return CALLERS[request.param]


def test_the_right_credentials_are_let_in(caller: ReceivesWebhooks, webhook: Webhook) -> None:
    assert caller.verify(webhook(BODY, headers=basic("ana", "contraseña:ñ")), ACCOUNT)
    lower_case = {"authorization": basic("ana", "contraseña:ñ")["authorization"].replace("Basic", "basic")}
    assert caller.verify(webhook(BODY, headers=lower_case), ACCOUNT)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Basic"},
        {"authorization": "Basic "},
        {"authorization": "Basic %%%"},
        {"authorization": "Basic YW5h"},
        {"authorization": "Basic \xff\xfe"},
        {"authorization": "Bearer YW5hOmNvbnRyYXNlw7FhOsOx"},
        basic("ana", "otra"),
        basic("eva", "contraseña:ñ"),
        basic("", ""),
        basic("ana", ""),
        basic("", "contraseña:ñ"),
        basic("ana", "contraseña"),
        basic("Ana", "contraseña:ñ"),
        basic("ana", "contraseña:ñ "),
    ],
    ids=str,
)
def test_nobody_else_is(caller: ReceivesWebhooks, webhook: Webhook, headers: dict[str, str]) -> None:
    assert not caller.verify(webhook(BODY, headers=headers), ACCOUNT)


@pytest.mark.parametrize(
    "account",
    [
        Account("any"),
        Account("any", callback_username="ana"),
        Account("any", callback_password="x"),
        Account("any", credentials={"password": "", "inbound_secret": "", "api_secret": "", "webhook_secret": ""}),
    ],
    ids=["nothing", "no password", "no username", "empty credentials"],
)
def test_what_is_not_configured_lets_nobody_in(caller: ReceivesWebhooks, webhook: Webhook, account: Account) -> None:
    timestamp = str(int(webhook().received_at.timestamp()))
    empty_key = hmac.new(b"", BODY, hashlib.sha256).hexdigest()
    empty_token = token("", timestamp)
    for username, password in (("", ""), ("ana", ""), ("", "x"), ("ana", "x")):
        headers = basic(username, password) | {
            "x-messente-signature": empty_key,
            "x-authorization": empty_token,
            "x-auth-token": empty_token,
        }
        assert not caller.verify(webhook(BODY, headers=headers), account)


def test_secrets_do_not_show() -> None:
    assert "contraseña" not in repr(ACCOUNT)
    assert "s3cret" not in repr(Account("any", credentials={"password": "s3cret"}))


SIGNED = Account("messente", credentials={"password": "api-password", "inbound_secret": "shared"})


@pytest.mark.parametrize("secret", ["api-password", "shared"])
def test_messente_signs_the_body(webhook: Webhook, secret: str) -> None:
    signature = hmac.new(secret.encode(), BODY, hashlib.sha256).hexdigest()
    caller = CALLERS["messente"]
    assert caller.verify(webhook(BODY, headers={"x-messente-signature": signature}), SIGNED)
    assert caller.verify(webhook(BODY, headers={"x-messente-signature": signature.upper()}), SIGNED)
    assert not caller.verify(webhook(BODY + b" ", headers={"x-messente-signature": signature}), SIGNED)
    assert not caller.verify(webhook(BODY, headers={"x-messente-signature": signature[:-1]}), SIGNED)
    assert not caller.verify(webhook(BODY, headers={"x-messente-signature": "ñ\udcff"}), SIGNED)
    assert not caller.verify(webhook(BODY, headers={"x-messente-signature": signature}), Account("messente"))


def token(secret: str, timestamp: str) -> str:
    digest = hmac.new(secret.encode(), timestamp.encode(), hashlib.sha256).hexdigest()
    return base64.b64encode(f"{timestamp}.{digest}".encode()).decode()


TOKENS = Account("ainumber", credentials={"api_secret": "account", "webhook_secret": "webhook"})


@pytest.mark.parametrize(("header", "secret"), [("x-authorization", "account"), ("x-auth-token", "webhook")])
def test_ai_number_proves_itself_by_a_token(webhook: Webhook, header: str, secret: str) -> None:
    caller = CALLERS["ainumber"]
    now = webhook().received_at
    timestamp = str(int(now.timestamp()))
    assert caller.verify(webhook(BODY, headers={header: token(secret, timestamp)}), TOKENS)
    later = now + timedelta(hours=23)
    assert caller.verify(webhook(BODY, headers={header: token(secret, timestamp)}, received_at=later), TOKENS)
    for refused in (
        webhook(BODY, headers={header: token(secret, timestamp)}, received_at=now + timedelta(hours=25)),
        webhook(BODY, headers={header: token(secret, timestamp)}, received_at=now - timedelta(hours=1)),
        webhook(BODY, headers={header: token("another", timestamp)}),
        webhook(BODY, headers={header: token(secret, "nan")}),
        webhook(BODY, headers={header: token(secret, "")}),
        webhook(BODY, headers={header: "no base64!"}),
        webhook(BODY, headers={header: base64.b64encode(b"\xff.\xff").decode()}),
        webhook(BODY, headers={header: ""}),
    ):
        assert not caller.verify(refused, TOKENS)


def test_a_secret_proves_only_what_it_is_for(webhook: Webhook) -> None:
    timestamp = str(int(webhook().received_at.timestamp()))
    swapped = {"x-authorization": token("webhook", timestamp), "x-auth-token": token("account", timestamp)}
    assert not CALLERS["ainumber"].verify(webhook(BODY, headers=swapped), TOKENS)
