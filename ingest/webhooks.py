"""`/webhooks/{provider}`: what providers tell us. 204 means that Kafka has every event of the request."""

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.types import Receive, Scope, Send

from delivery.unparsed import Unparsed
from ingest import responses
from ingest.accounts import Account
from ingest.answers import ACCEPTED, REFUSABLE, Answer, bad_method, refused, unauthorized
from ingest.bodies import BodyReader, ClientLeft
from ingest.intake import Intake
from ingest.metrics import NO_PROVIDER, Metrics, Outcome
from ingest.provider import Provider, ReceivesWebhooks, WithoutWebhooks
from ingest.webhook import Unreadable, WebhookRequest

CHALLENGE: Final = 'Basic realm="acuse", charset="UTF-8"'
KEPT_HEADERS: Final = frozenset({"content-encoding", "content-language", "content-type"})
"""What reading a payload again may depend on; no other header is kept, credentials least of all."""
KEPT_QUERY_CREDENTIAL: Final = "removed"

logger = logging.getLogger(__name__)


PATH: Final = "/webhooks/"


def is_webhook(path: str) -> bool:
    """Whether it is this route's: the provider's name follows, and nothing after that."""
    return path.startswith(PATH) and len(path) > len(PATH) and "/" not in path[len(PATH) :]


@dataclass(frozen=True, slots=True)
class _Caller:
    """One provider that may call, and how we know it."""

    name: str
    receiver: ReceivesWebhooks
    account: Account


class Webhooks:
    """The ASGI application of the paths for which `is_webhook` holds."""

    def __init__(
        self,
        providers: Mapping[str, type[Provider]],
        accounts: Mapping[str, Account],
        *,
        reader: BodyReader,
        intake: Intake,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._callers: dict[str, _Caller] = {}
        self._silent: dict[str, str] = {}
        for name, provider_type in providers.items():
            provider = provider_type()
            if isinstance(provider, ReceivesWebhooks):
                self._callers[name] = _Caller(name, provider, accounts.get(name) or Account(name))
            elif isinstance(provider, WithoutWebhooks):
                self._silent[name] = provider.no_webhooks_because
            else:
                raise TypeError(f"provider {name} neither receives webhooks nor says why it does not")
        self._reader = reader
        self._intake = intake
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"][len(PATH) :]
        caller = self._callers.get(name)
        label = name if caller or name in self._silent else NO_PROVIDER
        try:
            answer = await self._answer(caller, scope, receive) if caller else self._unknown(name)
        except ClientLeft:
            self._metrics.answered(label, Outcome.ABANDONED)
            return
        self._metrics.answered(label, answer.outcome)
        await answer.response(scope, receive, send)

    async def _answer(self, caller: _Caller, scope: Scope, receive: Receive) -> Answer:
        if scope["method"] not in caller.receiver.webhook_methods:
            return bad_method(caller.receiver.webhook_methods)
        try:
            body = await self._reader.read(scope, receive)
            request = _webhook_request(scope, body, self._clock())
            if not caller.receiver.verify(request, caller.account):
                return unauthorized(_credentials_remedy(caller), CHALLENGE)
            return await self._take(caller, request)
        except REFUSABLE as error:
            return refused(error)

    async def _take(self, caller: _Caller, request: WebhookRequest) -> Answer:
        try:
            events = caller.receiver.parse(request)
        except Unreadable as error:
            await self._intake.keep(_unparsed(caller, request, str(error)))
            refusal = responses.refusal(400, f"{error.remedy}; the payload was kept", field=error.field)
            return Answer(Outcome.UNREADABLE, refusal)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not lose what a provider told us
            kind = type(error).__name__
            # Its message may quote the payload, which is personal: where it happened says enough.
            frames = "".join(traceback.format_tb(error.__traceback__))
            logger.error("%s while reading a webhook of %s; the payload is kept\n%s", kind, caller.name, frames)  # noqa: TRY400
            await self._intake.keep(_unparsed(caller, request, f"internal: {kind}"))
            return Answer(Outcome.FAILED, responses.refusal(500, "internal error; the payload was kept"))
        await self._intake.take(events)
        return ACCEPTED

    def _unknown(self, name: str) -> Answer:
        reason = self._silent.get(name) or f"unknown provider; known are {', '.join(sorted(self._callers))}"
        return Answer(Outcome.NOT_FOUND, responses.refusal(404, reason, field="provider"))


def _webhook_request(scope: Scope, body: bytes, received_at: datetime) -> WebhookRequest:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return WebhookRequest(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        content_type=headers.get("content-type", ""),
        body=body,
        received_at=received_at,
    )


def _unparsed(caller: _Caller, request: WebhookRequest, error: str) -> Unparsed:
    return Unparsed(
        provider=caller.name,
        received_at=request.received_at,
        method=request.method,
        path=request.path,
        query=_without_credentials(request.query, caller.account),
        headers={name: value for name, value in request.headers.items() if name in KEPT_HEADERS},
        content_type=request.content_type,
        body=request.body,
        error=error,
    )


def _without_credentials(query: str, account: Account) -> str:
    """The query as it came, unless a parameter's value is one of the account's credentials."""
    if not query:
        return query
    secrets = {account.callback_username, account.callback_password, *account.credentials.values()} - {""}
    parameters = parse_qsl(query, keep_blank_values=True)
    if not any(value in secrets for _, value in parameters):
        return query
    return urlencode([(key, KEPT_QUERY_CREDENTIAL if value in secrets else value) for key, value in parameters])


def _credentials_remedy(caller: _Caller) -> str:
    return f"credentials missing or wrong; use those of [providers.{caller.name}], callback_username and _password"
