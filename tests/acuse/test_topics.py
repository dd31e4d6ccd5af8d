import msgspec
import pytest

from acuse.local.broker import Broker
from acuse.topics import TopicsDiffer, ensure_topics, inspect_topics
from delivery.topics import EVENTS, TOPICS


async def test_every_declared_topic_is_there(broker: Broker) -> None:
    report = await inspect_topics(broker.bootstrap_servers)
    assert not report.missing
    assert not report.differences


async def test_creating_again_changes_nothing(broker: Broker) -> None:
    assert not (await ensure_topics(broker.bootstrap_servers)).created


async def test_an_existing_topic_that_differs_is_named_with_what_differs(broker: Broker) -> None:
    other = msgspec.structs.replace(EVENTS, partitions=3, config={**EVENTS.config, "retention.ms": "5"})
    with pytest.raises(TopicsDiffer) as raised:
        await ensure_topics(broker.bootstrap_servers, topics=[other])
    assert "acuse.events has 8 partitions, declared are 3" in str(raised.value)
    assert "retention.ms=-1, declared is 5" in str(raised.value)


async def test_what_is_missing_is_named(broker: Broker) -> None:
    absent = msgspec.structs.replace(EVENTS, name="acuse.no-such-topic")
    report = await inspect_topics(broker.bootstrap_servers, topics=[*TOPICS, absent])
    assert report.missing == ["acuse.no-such-topic"]
