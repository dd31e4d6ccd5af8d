"""Ingest, asked over real HTTP as applications and providers ask it: again when they are told to come back."""

import asyncio
import base64
from dataclasses import dataclass
from typing import Final

import msgspec

from acuse.demo.http_client import Answer, HttpClient, NoAnswer, request, request_head
from acuse.errors import Refusal
from acuse.local.credentials import Credentials

JSON: Final = "application/json"
MOST_TRIES: Final = 20
LONGEST_WAIT_SECONDS: Final = 10.0
FIRST_WAIT_SECONDS: Final = 0.2
UNAVAILABLE: Final = 503


@dataclass(slots=True)
class Edge:
    """Every method raises a ``Refusal`` when a request is answered otherwise than it should be, or not at all in
    ``MOST_TRIES``.
    """

    client: HttpClient
    credentials: Credentials
    tries_again: int = 0

    async def ask(self, path: str, body: bytes, *, status: int, key: str = "") -> Answer:
        """As an application. ``key`` makes it safe to ask again, where that is not so already."""
        headers = {"authorization": f"Bearer {self.credentials.api_token}", "content-type": JSON}
        if key:
            headers["idempotency-key"] = key
        return await self._until_answered(path, headers, body, status)

    async def call_back(self, provider: str, body: bytes, *, status: int) -> Answer:
        """As a provider."""
        webhook = self.credentials.webhooks[provider]
        proof = base64.b64encode(f"{webhook.username}:{webhook.password}".encode()).decode()
        headers = {"authorization": f"Basic {proof}", "content-type": JSON}
        return await self._until_answered(f"/webhooks/{provider}", headers, body, status)

    async def _until_answered(self, path: str, headers: dict[str, str], body: bytes, status: int) -> Answer:
        raw = request(request_head("POST", path, self.client.host, headers), body)
        wait, trouble = FIRST_WAIT_SECONDS, ""
        for _ in range(MOST_TRIES):
            try:
                answer = await self.client.ask(raw)
            except NoAnswer as error:
                trouble = str(error)
            else:
                if answer.status == status:
                    return answer
                if answer.status != UNAVAILABLE:
                    raise Refusal(f"{path} was to answer {status} and answered {answer.status}: {_error(answer)}")
                trouble = f"it answers 503: {_error(answer)}"
                wait = answer.retry_after or wait
            self.tries_again += 1
            await asyncio.sleep(min(wait, LONGEST_WAIT_SECONDS))
            wait *= 2
        raise Refusal(f"{self.client.host} did not take a request in {MOST_TRIES} tries; at last {trouble}")


def _error(answer: Answer) -> str:
    try:
        told = msgspec.json.decode(answer.body, type=dict[str, str])
    except msgspec.MsgspecError:
        return "no reason given"
    return f"{told['field']}: {told['error']}" if "field" in told else told.get("error", "no reason given")
