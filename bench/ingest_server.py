"""The real ingest app in a process of its own, with its producer or with one that does nothing."""

import sys
from collections.abc import Mapping, Sequence

import uvicorn

from ingest.accounts import Account
from ingest.app import create_app
from ingest.config import IngestConfig
from ingest.publisher import Publisher, Record
from ingest.server import spare_the_collector, uvicorn_config

USERNAME, PASSWORD = "bench", "bench"
UNACKNOWLEDGED = "unacknowledged"


class NoPublisher:
    """Takes everything at once and keeps nothing: what the app costs by itself."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def publish(self, records: Sequence[Record]) -> None: ...

    def troubles(self) -> Mapping[str, str]:
        return {}


def main(bootstrap_servers: str, port: str) -> None:
    config = IngestConfig(
        bootstrap_servers=bootstrap_servers,
        accounts={"mensatek": Account("mensatek", callback_username=USERNAME, callback_password=PASSWORD)},
    )
    publisher: Publisher | None = NoPublisher() if bootstrap_servers == UNACKNOWLEDGED else None
    app = create_app(config, publisher=publisher)
    spare_the_collector()
    uvicorn.Server(uvicorn_config(app, host="127.0.0.1", port=int(port))).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
