"""Posts Mensatek's delivery reports at a steady rate, and asks the query API when some of them can be seen.

A process of its own, and lean: it shares the machine with what it measures. Prints, as JSON, how many were acknowledged
in how many seconds, and the seconds from acknowledgement to visibility of every probe.
"""

import asyncio
import json
import sys
import time
from base64 import b64encode
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import httptools
import uvloop

from acuse.demo.http_client import request, request_head
from delivery.refs import recipient_ref

HOST = "127.0.0.1"
CONNECTIONS = 256
PROBES_PER_SECOND = 5
LOOK_EVERY_SECONDS = 0.2
"""A report is seen so much too late at the most. Each look is a query that the machine must answer too."""
PACE_SECONDS = 0.002
GIVE_UP_SECONDS = 30.0
ACKNOWLEDGED = 204
SEEN = 200


class Connection(asyncio.Protocol):
    """One request at a time. ``httptools`` calls the last method as it parses."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not checked by isinstance: uvloop's transports only quack.
        self.transport = cast("asyncio.Transport", transport)

    def ask(self, raw: bytes) -> asyncio.Future[int]:
        """The status of the answer."""
        self._answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.transport.write(raw)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._answer.set_result(self._parser.get_status_code())


@dataclass
class Load:
    """``rate`` is in reports a second; each is of an attempt of its own."""

    ingest: int
    dashboards: int
    authorization: str
    rate: int
    seconds: float
    acknowledged: int = 0
    visible_after: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    idle: list[Connection] = field(default_factory=list)
    due: deque[int] = field(default_factory=deque)

    async def run(self) -> float:
        """The seconds that it took until the last one was acknowledged."""
        self.idle = [await self._connection(self.ingest) for _ in range(CONNECTIONS)]
        headers = {"authorization": self.authorization, "content-type": "application/json"}
        self.head = request_head("POST", "/webhooks/mensatek", f"{HOST}:{self.ingest}", headers)
        began = time.monotonic()
        total = round(self.rate * self.seconds)
        posted = 0
        async with asyncio.timeout(self.seconds + GIVE_UP_SECONDS), asyncio.TaskGroup() as self.probes:
            while self.acknowledged < total:
                by_now = min(total, round((time.monotonic() - began) * self.rate))
                self.due.extend(range(posted, by_now))
                posted = by_now
                while self.due and self.idle:
                    self._post(self.idle.pop())
                if self.refused:
                    raise RuntimeError(f"answered {self.refused[0]}")
                await asyncio.sleep(PACE_SECONDS)
            return time.monotonic() - began

    async def _connection(self, port: int) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(Connection, HOST, port)
        return connection

    def _post(self, connection: Connection) -> None:
        number = self.due.popleft()
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
        answer = connection.ask(request(self.head, json.dumps(body).encode()))
        ref = recipient_ref(str(batch), f"+{mobile}") if number % (self.rate // PROBES_PER_SECOND) == 0 else None
        answer.add_done_callback(partial(self._answered, connection, ref))

    def _answered(self, connection: Connection, ref: str | None, answer: asyncio.Future[int]) -> None:
        if answer.result() != ACKNOWLEDGED:
            self.refused.append(answer.result())
            return
        self.acknowledged += 1
        if ref is not None:
            self.probes.create_task(self._probe(ref, time.monotonic()))
        if self.due:
            self._post(connection)
        else:
            self.idle.append(connection)

    async def _probe(self, ref: str, since: float) -> None:
        connection = await self._connection(self.dashboards)
        raw = request(request_head("GET", f"/v1/attempts/mensatek/{ref}", f"{HOST}:{self.dashboards}", {}))
        while await connection.ask(raw) != SEEN:
            if time.monotonic() - since > GIVE_UP_SECONDS:
                raise RuntimeError(f"{ref} was acknowledged and is not to be seen")
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        self.visible_after.append(time.monotonic() - since)
        connection.transport.close()


async def main() -> None:
    ingest, dashboards = int(sys.argv[1]), int(sys.argv[2])
    rate, seconds = int(sys.argv[3]), float(sys.argv[4])
    credentials = sys.stdin.readline().strip()
    load = Load(ingest, dashboards, f"Basic {b64encode(credentials.encode()).decode()}", rate, seconds)
    took = await load.run()
    print(json.dumps({"acknowledged": load.acknowledged, "seconds": took, "visible_after": load.visible_after}))


if __name__ == "__main__":
    uvloop.run(main())
