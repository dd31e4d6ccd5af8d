"""A notifier in a process of its own, to be killed. Run as `python notifier_process.py <settings>`.

The settings are JSON, as `run` reads them; it says `ready` when notices are sent.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from prometheus_client import CollectorRegistry

from delivery.topics import ALERTS, DECISIONS, EVENTS, NOTICES, Topic
from ingest.dispatch.config import BreakerConfig
from ingest.notify.config import NotifyConfig, NotifyTopics, ReceiverConfig
from ingest.notify.notifier import Notifier
from ingest.notify.retrying import Retrying
from tests.ingest.notify.application import KEYS


async def run(said: dict) -> None:
    def named(topic: Topic, partitions: int) -> Topic:
        return Topic(name=f"{said['prefix']}.{topic.name}", key=topic.key, partitions=partitions)

    config = NotifyConfig(
        bootstrap_servers=said["bootstrap_servers"],
        receiver=ReceiverConfig(
            url=said["url"], keys=KEYS, connect_seconds=30, answer_seconds=60, concurrency=8, rate_per_second=500
        ),
        retrying=Retrying(schedule=(0.1,) * 50, give_up_seconds=600),
        breaker=BreakerConfig(failures=1000),
        group_id=f"{said['prefix']}.{DECISIONS.name}",
        topics=NotifyTopics(
            decisions=named(DECISIONS, said["partitions"]),
            events=named(EVENTS, said["partitions"]),
            alerts=named(ALERTS, 1),
            notices=named(NOTICES, 1),
        ),
        instance_id=said.get("instance_id"),
        window=50,
        session_seconds=6,
        commit_seconds=0.1,
    )
    notifier = Notifier(config, CollectorRegistry())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, notifier.stop)
    running = asyncio.create_task(notifier.run())
    while notifier.notes() and not running.done():  # noqa: ASYNC110 - nothing else tells
        await asyncio.sleep(0.02)
    print("ready", flush=True)  # noqa: T201 - whoever started it waits for this
    await running


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
