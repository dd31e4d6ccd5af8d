"""A sink in a process of its own, to be killed: told what to do as JSON, it says how many rows it has stored."""

import asyncio
import json
import signal
import sys
from pathlib import Path

from sinks import metrics
from sinks.config import ClickHouseConfig, SinkConfig
from sinks.service import Sink


async def report() -> None:
    told = 0
    while True:
        stored = int(metrics.ROWS.labels("events")._value.get())
        if stored != told:
            told = stored
            print(stored, flush=True)  # noqa: T201 - what the test reads
        await asyncio.sleep(0.01)


async def main() -> None:
    told = json.loads(sys.argv[1])
    place = told["clickhouse"]
    sink = Sink(
        SinkConfig(**told["sink"]),
        ClickHouseConfig(**{**place, "path": Path(place["path"]) if place["path"] else None}),
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, sink.stop)
    reporting = asyncio.create_task(report())
    await sink.run()
    reporting.cancel()


asyncio.run(main())
