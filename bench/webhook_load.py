"""Posts Mensatek's delivery reports over keep-alive connections as fast as they are accepted, and prints how many.

A process of its own, and no more than a protocol: a client library would cost more than what it measures.
"""

import asyncio
import base64
import itertools
import json
import sys
import time
from collections.abc import Iterator
from typing import cast

import uvloop

REQUESTS = 20_000
ACCEPTED = b"HTTP/1.1 204"
END = b"\r\n\r\n"


def reports(run: int) -> list[bytes]:
    """Requests that are all different, since a key decides the partition."""
    credentials = base64.b64encode(b"bench:bench").decode()
    requests = []
    for number in range(REQUESTS):
        body = json.dumps(
            {
                "Servicio": "SMSMASIVO",
                "Resultado": 11,
                "Remitente": "ACME",
                "Movil": f"346{number % 100_000_000:08d}",
                "Fecha": "2026-03-01 12:00:00",
                "Segundos": "3",
                "idMensaje": run * REQUESTS + number,
                "Referencia": "order",
                "idReport": number,
            }
        )
        head = (
            "POST /webhooks/mensatek HTTP/1.1\r\nhost: bench\r\n"
            f"authorization: Basic {credentials}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        requests.append((head + body).encode())
    return requests


class Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], deadline: float, done: "asyncio.Future[None]") -> None:
        self._requests = requests
        self._deadline = deadline
        self._done = done
        self.accepted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not checked by isinstance: uvloop's transports only quack.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        if not data.endswith(END) or not data.startswith(ACCEPTED):
            self._done.set_exception(RuntimeError(f"not accepted: {data!r}"))
            self._transport.close()
            return
        self.accepted += 1
        if time.monotonic() < self._deadline:
            self._transport.write(next(self._requests))
        else:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


async def load(port: int, run: int, connections: int, seconds: float) -> float:
    """Accepted requests per second."""
    loop = asyncio.get_running_loop()
    requests = itertools.cycle(reports(run))
    began = time.monotonic()
    opened, ends = [], []
    for _ in range(connections):
        done = loop.create_future()
        ends.append(done)
        _, connection = await loop.create_connection(
            lambda done=done: Connection(requests, began + seconds, done),  # type: ignore[misc]
            "127.0.0.1",
            port,
        )
        opened.append(connection)
    await asyncio.wait_for(asyncio.gather(*ends), seconds + 30)
    return sum(connection.accepted for connection in opened) / (time.monotonic() - began)


if __name__ == "__main__":
    print(uvloop.run(load(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))))
