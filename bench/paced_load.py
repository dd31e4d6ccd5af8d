"""Posts Mensatek's delivery reports at a steady rate, and asks the query API when some of them can be seen.

A process of its own. Prints, as JSON, how many were acknowledged in how many seconds, and the seconds from
acknowledgement to visibility of every probe.
"""

import asyncio
import json
import sys
import time
from base64 import b64encode
from dataclasses import dataclass, field

from acuse.demo.http_client import HttpClient, request, request_head
from delivery.refs import recipient_ref

CONNECTIONS = 256
PROBES_PER_SECOND = 5
LOOK_EVERY_SECONDS = 0.05
GIVE_UP_SECONDS = 30.0
ACKNOWLEDGED = 204
SEEN = 200


@dataclass
class Load:
    """``rate`` is in reports a second; each is of an attempt of its own."""

    ingest: HttpClient
    query: HttpClient
    authorization: str
    rate: int
    seconds: float
    acknowledged: int = 0
    visible_after: list[float] = field(default_factory=list)

    async def run(self) -> float:
        """The seconds that it took until the last one was acknowledged."""
        headers = {"authorization": self.authorization, "content-type": "application/json"}
        head = request_head("POST", "/webhooks/mensatek", self.ingest.host, headers)
        began = time.monotonic()
        total = round(self.rate * self.seconds)
        async with asyncio.TaskGroup() as group:
            for number in range(total):
                if (ahead := began + number / self.rate - time.monotonic()) > 0:
                    await asyncio.sleep(ahead)
                group.create_task(self._post(head, number, group))
            await self._until(total)
            return time.monotonic() - began

    async def _until(self, total: int) -> None:
        async with asyncio.timeout(GIVE_UP_SECONDS):
            while self.acknowledged < total:  # noqa: ASYNC110 - a look now and then is cheaper than an event each
                await asyncio.sleep(0.01)

    async def _post(self, head: bytes, number: int, group: asyncio.TaskGroup) -> None:
        batch, mobile = 9_000_000 + number, f"346{number % 100_000_000:08d}"
        body = {
            "Servicio": "SMSMASIVO",
            "Resultado": 11,
            "Remitente": "ACME",
            "Movil": mobile,
            "Fecha": "2026-03-01 12:00:00",
            "Segundos": "3",
            "idMensaje": batch,
            "Referencia": "order",
            "idReport": number,
        }
        answer = await self.ingest.ask(request(head, json.dumps(body).encode()))
        if answer.status != ACKNOWLEDGED:
            raise RuntimeError(f"{answer.status}: {answer.body!r}")
        self.acknowledged += 1
        if number % (self.rate // PROBES_PER_SECOND) == 0:
            group.create_task(self._probe(recipient_ref(str(batch), f"+{mobile}"), time.monotonic()))

    async def _probe(self, ref: str, since: float) -> None:
        raw = request(request_head("GET", f"/v1/attempts/mensatek/{ref}", self.query.host, {}))
        while (await self.query.ask(raw)).status != SEEN:
            if time.monotonic() - since > GIVE_UP_SECONDS:
                raise RuntimeError(f"{ref} was acknowledged and is not to be seen")
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        self.visible_after.append(time.monotonic() - since)


async def main() -> None:
    ingest, dashboards = int(sys.argv[1]), int(sys.argv[2])
    rate, seconds = int(sys.argv[3]), float(sys.argv[4])
    credentials = sys.stdin.readline().strip()
    load = Load(
        HttpClient("127.0.0.1", ingest, connections=CONNECTIONS, timeout_seconds=GIVE_UP_SECONDS),
        HttpClient("127.0.0.1", dashboards, connections=CONNECTIONS, timeout_seconds=GIVE_UP_SECONDS),
        f"Basic {b64encode(credentials.encode()).decode()}",
        rate,
        seconds,
    )
    took = await load.run()
    print(json.dumps({"acknowledged": load.acknowledged, "seconds": took, "visible_after": load.visible_after}))


if __name__ == "__main__":
    asyncio.run(main())
