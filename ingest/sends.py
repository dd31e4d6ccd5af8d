"""`POST /v1/sends`: what callers that send by themselves tell us. 202 means that Kafka has every send of it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from starlette.types import Receive, Scope, Send

from delivery import events
from delivery.identities import derived_message_id
from ingest import responses
from ingest.answers import REFUSABLE, Answer, bad_method, refused
from ingest.bearer import Bearers, unknown_bearer
from ingest.bodies import BodyReader, ClientLeft
from ingest.intake import Intake
from ingest.invalid import InvalidField
from ingest.items import NotJson, items
from ingest.metrics import NO_PROVIDER, Metrics, Outcome
from ingest.provider import Provider
from ingest.reported import ReportedSends

MOST_AT_ONCE: Final = 1_000
SENDS_BETWEEN_BREATHS: Final = 50
"""Checking a number takes long enough that webhooks must get their turn in between."""
METHODS: Final = frozenset({"POST"})


class Sends:
    """The ASGI application of the route."""

    def __init__(
        self,
        providers: Mapping[str, type[Provider]],
        bearers: Bearers,
        *,
        reader: BodyReader,
        intake: Intake,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._reported = ReportedSends({name: provider() for name, provider in providers.items()})
        self._bearers = bearers
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
        if self._bearers.token(scope) is None:
            return unknown_bearer()
        try:
            sends = await self._read(await self._reader.read(scope, receive))
            await self._intake.take(sends)
        except NotJson as error:
            return Answer(Outcome.UNREADABLE, responses.refusal(400, str(error), field="body"))
        except InvalidField as error:
            return Answer(Outcome.INVALID, responses.refusal(422, error.remedy, field=error.field))
        except REFUSABLE as error:
            return refused(error)
        return sends

    async def _read(self, body: bytes) -> list[events.Send]:
        raws, is_list = items(body)
        if not raws:
            raise InvalidField("", "the list is empty; give at least one send")
        if len(raws) > MOST_AT_ONCE:
            raise InvalidField("", f"{len(raws)} sends; give at most {MOST_AT_ONCE} in one request")
        received_at = self._clock()
        sends = []
        for index, raw in enumerate(raws):
            if index % SENDS_BETWEEN_BREATHS == SENDS_BETWEEN_BREATHS - 1:
                await asyncio.sleep(0)
            try:
                sends.append(self._reported.read(raw, received_at))
            except InvalidField as error:
                raise (error.within(index) if is_list else error) from None
        return sends


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
