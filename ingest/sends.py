"""`POST /v1/sends`: what callers that send by themselves tell us. 202 means that Kafka has every send of it."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from delivery import events
from delivery.identities import derived_message_id
from ingest import responses
from ingest.answers import Answer
from ingest.api_route import ApiRequest, Done, one_label
from ingest.intake import Intake
from ingest.invalid import InvalidField
from ingest.items import items
from ingest.metrics import Outcome
from ingest.provider import Provider
from ingest.reported import ReportedSends

MOST_AT_ONCE: Final = 1_000
SENDS_BETWEEN_BREATHS: Final = 50
"""Checking a number takes long enough that webhooks must get their turn in between."""


class Sends:
    """The work of the route."""

    def __init__(
        self, providers: Mapping[str, type[Provider]], *, intake: Intake, clock: Callable[[], datetime]
    ) -> None:
        self._reported = ReportedSends({name: provider() for name, provider in providers.items()})
        self._intake = intake
        self._clock = clock

    async def report(self, request: ApiRequest) -> Done:
        sends = await self._read(request.body)
        await self._intake.take(sends)
        receipts = responses.document({"sends": [_receipt(event) for event in sends]}, 202)
        return Done(Answer(Outcome.ACCEPTED, receipts), one_label(event.provider for event in sends))

    async def _read(self, body: bytes) -> list[events.Send]:
        raws, is_list = items(body, at_most=MOST_AT_ONCE)
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


def _receipt(event: events.Send) -> dict[str, str]:
    return {
        "provider": event.provider,
        "ref": event.ref,
        "message_id": event.message_id or derived_message_id(event.key),
        "event_id": event.event_id,
    }
