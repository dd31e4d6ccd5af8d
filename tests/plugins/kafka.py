"""A real Kafka with every declared topic."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from acuse.local.broker import Broker
from acuse.local.ports import free_port
from acuse.topics import ensure_topics


@contextmanager
def running_broker(directory: Path) -> Iterator[Broker]:
    """One of its own, for who needs a Kafka that nobody else writes to."""
    # On a busy machine its controller would take it for dead after the 4 s of a local stack, and its topics would stand
    # still; only who kills it waits longer for that.
    broker = Broker(directory, free_port(), extra={"broker.session.timeout.ms": "12000"})
    broker.start()
    try:
        asyncio.run(ensure_topics(broker.bootstrap_servers))
        yield broker
    finally:
        broker.stop()
