"""A dispatcher in a process of its own, to be killed and stopped. Run as `python dispatcher_process.py <settings>`.

The settings are JSON, as `run` reads them; it says `ready` when it takes up decisions.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from delivery.topics import CALLS, DECISIONS, EVENTS, WINDOWS, Topic
from ingest.accounts import Account
from ingest.caller import CallLimits
from ingest.dispatch.config import (
    BreakerConfig,
    DispatchConfig,
    DispatchTopics,
    DoubtConfig,
    LineConfig,
    RetryConfig,
)
from ingest.dispatch.dispatcher import Dispatcher
from tests.ingest.dispatch.toy import KEY, Toy, ToyThatLooksUp


async def run(said: dict) -> None:
    def named(topic: Topic) -> Topic:
        return Topic(name=f"{said['prefix']}.{topic.name}", key=topic.key, partitions=said["partitions"])

    call_seconds = said.get("call_seconds", 3)
    config = DispatchConfig(
        bootstrap_servers=said["bootstrap_servers"],
        accounts={"toy": Account("toy", base_url=said["url"], credentials={"key": KEY})},
        line=LineConfig(rate_per_second=200, concurrency=16),
        group_id=f"{said['prefix']}.{DECISIONS.name}",
        instance_id=said.get("instance_id"),
        topics=DispatchTopics(
            decisions=named(DECISIONS), calls=named(CALLS), events=named(EVENTS), windows=named(WINDOWS)
        ),
        calls=CallLimits(connect_seconds=call_seconds, read_seconds=call_seconds, total_seconds=call_seconds + 1),
        breaker=BreakerConfig(failures=1000),
        retry=RetryConfig(tries=5, first_seconds=0.05, limit_seconds=0.2, give_up_seconds=120),
        doubt=DoubtConfig(lookup_seconds=(0.1, 0.3)),
        lease_seconds=said.get("lease_seconds", 2.0),
        session_seconds=said.get("session_seconds", 6.0),
        handover_seconds=said.get("handover_seconds", 2),
        stop_seconds=said.get("stop_seconds", 3),
        commit_seconds=0.1,
    )
    dispatcher = Dispatcher(config, {"toy": ToyThatLooksUp if said.get("looks_up") else Toy})
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, dispatcher.stop)
    running = asyncio.create_task(dispatcher.run())
    while dispatcher.ready() and not running.done():  # noqa: ASYNC110 - nothing else tells
        await asyncio.sleep(0.02)
    print("ready", flush=True)  # noqa: T201 - whoever started it waits for this
    await running


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
