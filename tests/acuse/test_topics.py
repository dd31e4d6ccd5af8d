from types import SimpleNamespace

import msgspec
import pytest
from aiokafka.admin import NewTopic
from aiokafka.errors import InvalidReplicationFactorError

from acuse import topics
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


class Fencing:
    """Stands in for Kafka's admin client: its controller has not heard of any broker for the first ``times``."""

    def __init__(self, times: int, message: str = "All brokers are currently fenced.") -> None:
        self.asked: list[list[str]] = []
        self._times = times
        self._message = message

    async def create_topics(self, topics: list[NewTopic]) -> SimpleNamespace:
        names = [topic.name for topic in topics]
        self.asked.append(names)
        wrong = InvalidReplicationFactorError.errno if len(self.asked) <= self._times else 0
        return SimpleNamespace(topic_errors=[(name, wrong * (name == "b"), self._message) for name in names])


async def test_what_cannot_be_created_while_brokers_are_fenced_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(topics, "AGAIN_SECONDS", 0.0)
    wanted = [msgspec.structs.replace(EVENTS, name=name) for name in "ab"]
    fencing = Fencing(times=2)
    await topics._create(fencing, wanted, 1)
    assert fencing.asked == [["a", "b"], ["b"], ["b"]]
    for_good = Fencing(times=9, message="replication factor: 3 larger than available brokers: 1")
    with pytest.raises(InvalidReplicationFactorError, match="larger than available"):
        await topics._create(for_good, wanted, 3)
    assert len(for_good.asked) == 1
