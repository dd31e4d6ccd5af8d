"""`POST /v1/sends`: what callers that send by themselves tell us. 202 means that Kafka has every send of it."""

import asyncio
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from starlette.types import Receive, Scope, Send

from delivery import events
from delivery.identities import derived_message_id
from ingest import responses
from ingest.answers import REFUSABLE, Answer, bad_method, refused, unauthorized
from ingest.bodies import BodyReader, ClientLeft
from ingest.intake import Intake
from ingest.metrics import NO_PROVIDER, Metrics, Outcome
from ingest.provider import Provider
from ingest.reported import InvalidSend, ReportedSends

MOST_AT_ONCE: Final = 1_000
SENDS_BETWEEN_BREATHS: Final = 50
"""Checking a number takes long enough that webhooks must get their turn in between."""
METHODS: Final = frozenset({"POST"})
CHALLENGE: Final = 'Bearer realm="acuse"'
_SCHEME: Final = b"bearer "


class Sends:
    """The ASGI application of the route."""

    def __init__(
        self,
        providers: Mapping[str, type[Provider]],
        tokens: frozenset[str],
        *,
        reader: BodyReader,
        intake: Intake,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._reported = ReportedSends({name: provider() for name, provider in providers.items()})
        self._tokens = tuple(token.encode() for token in tokens if token)
        self._reader = reader
        self._intake = intake
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except ClientLeft:
            self._metrics.answered(NO_PROVIDER, Outcome.ABANDONED)
            return
        if isinstance(answer, Answer):
            self._metrics.answered(NO_PROVIDER, answer.outcome)
            await answer.response(scope, receive, send)
            return
        self._metrics.answered(_provider_label(answer), Outcome.ACCEPTED)
        await responses.document({"sends": [_receipt(event) for event in answer]}, 202)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Sequence[events.Send] | Answer:
        if scope["method"] not in METHODS:
            return bad_method(METHODS)
        if not self._knows(scope):
            return unauthorized("a token of [api] tokens is needed: Authorization: Bearer <token>", CHALLENGE)
        try:
            sends = await self._read(await self._reader.read(scope, receive))
            await self._intake.take(sends)
        except _NotJson as error:
            return Answer(Outcome.UNREADABLE, responses.refusal(400, str(error), field="body"))
        except InvalidSend as error:
            return Answer(Outcome.INVALID, responses.refusal(422, error.remedy, field=error.field))
        except REFUSABLE as error:
            return refused(error)
        return sends

    def _knows(self, scope: Scope) -> bool:
        """Compare with every token, whichever fits, so that the time tells nothing of any."""
        shown = b""
        for name, value in scope["headers"]:
            if name == b"authorization" and value[: len(_SCHEME)].lower() == _SCHEME:
                shown = value[len(_SCHEME) :].strip()
        known = False
        for token in self._tokens:
            known |= hmac.compare_digest(shown, token)
        return known

    async def _read(self, body: bytes) -> list[events.Send]:
        items, is_list = _items(body)
        if not items:
            raise InvalidSend("", "the list is empty; give at least one send")
        if len(items) > MOST_AT_ONCE:
            raise InvalidSend("", f"{len(items)} sends; give at most {MOST_AT_ONCE} in one request")
        received_at = self._clock()
        sends = []
        for index, raw in enumerate(items):
            if index % SENDS_BETWEEN_BREATHS == SENDS_BETWEEN_BREATHS - 1:
                await asyncio.sleep(0)
            try:
                sends.append(self._reported.read(raw, received_at))
            except InvalidSend as error:
                raise (error.within(index) if is_list else error) from None
        return sends


class _NotJson(ValueError):
    pass


def _items(body: bytes) -> tuple[list[bytes], bool]:
    """The exact bytes of each send, and whether they came in a list."""
    try:
        if body.lstrip()[:1] == b"[":
            return [bytes(item) for item in msgspec.json.decode(body, type=list[msgspec.Raw])], True
        return [bytes(msgspec.json.decode(body, type=msgspec.Raw))], False
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _NotJson("not JSON in UTF-8; give one object, or a list of them") from None


def _provider_label(sends: Sequence[events.Send]) -> str:
    providers = {event.provider for event in sends}
    return providers.pop() if len(providers) == 1 else "several"


def _receipt(event: events.Send) -> dict[str, str]:
    return {
        "provider": event.provider,
        "ref": event.ref,
        "message_id": event.message_id or derived_message_id(event.key),
        "event_id": event.event_id,
    }
