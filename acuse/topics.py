"""Creates the declared topics, and says where those that exist differ from their declaration."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidReplicationFactorError, KafkaError, TopicAlreadyExistsError, for_code

from acuse.errors import HopelessRefusal
from delivery.topics import TOPICS, Topic

REQUEST_MS: Final = 30_000
CREATED_SECONDS: Final = 30.0
VISIBLE_SECONDS: Final = 30.0
AGAIN_SECONDS: Final = 0.5
FENCED: Final = "fenced"


class TopicsDiffer(HopelessRefusal):
    """Topics exist with other partitions or configuration than declared; the message lists them and the remedy."""


@dataclass(frozen=True)
class TopicsReport:
    """``created`` and ``missing`` are names; ``differences`` are sentences."""

    created: Sequence[str]
    missing: Sequence[str]
    differences: Sequence[str]


async def ensure_topics(
    bootstrap_servers: str, *, replication_factor: int = 1, topics: Sequence[Topic] = TOPICS
) -> TopicsReport:
    """Create what is missing; returns once the broker serves it.

    Raises ``TopicsDiffer`` when an existing topic is not as declared. Never repartitions and never reconfigures: a
    key would move to another worker than the one that knows it, or history would be cut.
    """
    async with asyncio.timeout(120):
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=REQUEST_MS)
        try:
            await admin.start()
            existing = set(await admin.list_topics())
            absent = [topic for topic in topics if topic.name not in existing]
            await _create(admin, absent, replication_factor)
            await _until_led(admin, [topic.name for topic in topics])
            differences = await _differences(admin, topics)
        finally:
            await admin.close()
    if differences:
        raise TopicsDiffer(
            "topics are not as declared, and Acuse never changes one that exists: "
            + "; ".join(differences)
            + ". Correct them with Kafka's own tools, or start with another broker."
        )
    return TopicsReport(created=[topic.name for topic in absent], missing=[], differences=[])


async def inspect_topics(bootstrap_servers: str, *, topics: Sequence[Topic] = TOPICS) -> TopicsReport:
    """What is missing or different; changes nothing."""
    async with asyncio.timeout(30):
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=REQUEST_MS)
        try:
            await admin.start()
            existing = set(await admin.list_topics())
            present = [topic for topic in topics if topic.name in existing]
            differences = await _differences(admin, present)
        finally:
            await admin.close()
    missing = [topic.name for topic in topics if topic.name not in existing]
    return TopicsReport(created=[], missing=missing, differences=differences)


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication_factor: int) -> None:
    """Asks again, for a while, for what the controller could not create just now."""
    new = {
        topic.name: NewTopic(
            name=topic.name,
            num_partitions=topic.partitions,
            replication_factor=replication_factor,
            topic_configs=dict(topic.config),
        )
        for topic in topics
    }
    deadline = time.monotonic() + CREATED_SECONDS
    while new:
        response = await admin.create_topics(list(new.values()))
        for name, code, message in response.topic_errors:
            # Two processes may create at once; the one that comes second finds what it wanted.
            if code in (0, TopicAlreadyExistsError.errno):
                del new[name]
                continue
            error: KafkaError = for_code(code)(f"{name}: {message}")
            if not _passes(error) or time.monotonic() > deadline:
                raise error
        if new:
            await asyncio.sleep(AGAIN_SECONDS)


def _passes(error: KafkaError) -> bool:
    """Brokers that the controller has not heard of for a moment are fenced: on a busy machine that happens to all."""
    return error.retriable or (isinstance(error, InvalidReplicationFactorError) and FENCED in str(error))


async def _until_led(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    """A topic just created answers "unknown" until its leaders are known."""
    async with asyncio.timeout(VISIBLE_SECONDS):
        while True:
            described: list[dict[str, Any]] = await admin.describe_topics(list(names))
            if all(
                topic["error_code"] == 0 and all(partition["error_code"] == 0 for partition in topic["partitions"])
                for topic in described
            ):
                return
            await asyncio.sleep(0.05)


async def _differences(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> list[str]:
    if not topics:
        return []
    partitions = {
        described["topic"]: len(described["partitions"])
        for described in await admin.describe_topics([topic.name for topic in topics])
    }
    configured = await _configurations(admin, topics)
    found: list[str] = []
    for topic in topics:
        if partitions[topic.name] != topic.partitions:
            found.append(f"{topic.name} has {partitions[topic.name]} partitions, declared are {topic.partitions}")
        found += [
            f"{topic.name} has {key}={configured[topic.name].get(key)}, declared is {value}"
            for key, value in topic.config.items()
            if configured[topic.name].get(key) != value
        ]
    return found


async def _configurations(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
    responses = await admin.describe_configs(resources)
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for response in responses
        for _code, _message, _type, name, entries in response.resources
    }
