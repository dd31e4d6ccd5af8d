"""`acuse rebuild` on a local stack's directory: its own Kafka is started for it, and stopped again."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from acuse.configs import clickhouse_config, sink_config
from acuse.local.broker import Broker
from acuse.local.directory import StackDirectory
from acuse.local.errors import StackError
from acuse.local.leash import leashed
from acuse.local.ports import free_port
from acuse.local.supervisor import end_stale
from acuse.settings import Settings
from sinks.rebuild import GroupIsActive, rebuild

SESSION_SECONDS: Final = 20.0
"""The stopped sink counts as a member until its session times out, and nobody else can be one: the lock is ours."""
RETRY_SECONDS: Final = 1.0


def rebuild_local(data: Path, settings: Settings, progress: Callable[[int, int], None]) -> int:
    """Returns how many records were read. Raises ``StackError`` while the stack runs, nothing having been touched."""
    directory = StackDirectory(data)
    if not directory.kafka.exists():
        raise StackError(f"there is no local stack in {directory.root}; name its directory with --data")
    with directory.locked():
        end_stale(directory.children)
        directory.require_space()
        with _broker(directory) as broker:
            sink = replace(sink_config(settings), bootstrap_servers=broker.bootstrap_servers)
            clickhouse = replace(clickhouse_config(settings), path=directory.clickhouse, cluster=None)
            deadline = time.monotonic() + SESSION_SECONDS
            while True:
                try:
                    return asyncio.run(rebuild(sink, clickhouse, progress))
                except GroupIsActive:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(RETRY_SECONDS)


@contextmanager
def _broker(directory: StackDirectory) -> Iterator[Broker]:
    broker = Broker(directory.kafka, free_port())
    broker.start(through=leashed)
    try:
        yield broker
    finally:
        broker.stop()
