# ruff: noqa: PLC0415 - the parts are imported when run, so that --help is quick
"""Kafka is asked, and what it cannot answer is said in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from acuse.errors import Refusal


@contextmanager
def asking_kafka(servers: str) -> Iterator[None]:
    """Raises `Refusal` for a topic that is not there, and for all that Kafka's client raises."""
    from aiokafka.errors import KafkaError

    from ingest.publisher import NotPublished
    from ingest.topic_reader import TopicStalled

    try:
        yield
    except LookupError as error:
        raise Refusal(str(error)) from error
    except (KafkaError, TimeoutError, TopicStalled, NotPublished) as error:
        raise Refusal(
            f"Kafka at {servers}: {type(error).__name__}; is it running, and is the address right?"
        ) from error
