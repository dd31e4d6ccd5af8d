"""What the routes need of Kafka: records go in, and either all of them are kept or an error says why not."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from delivery import events
from delivery.events import Event
from delivery.requests import Request, encode_request
from delivery.topics import EVENTS, REQUESTS, UNPARSED
from delivery.unparsed import Unparsed, encode_unparsed
from ingest.numbering import numbered


class Record(NamedTuple):
    topic: str
    key: bytes
    value: bytes


class NotPublished(Exception):
    """Kafka has not acknowledged every record. Some may still land: whoever tries again sends the same events, and the
    same event twice is one event. The message says why, for an operator.
    """


class NothingPublished(NotPublished):
    """None of the records was sent, so that none will land."""


class RecordTooLarge(NothingPublished):
    """One record is over what the topic takes, so trying again is of no use."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"a record of {size} bytes is over the limit of {limit} bytes")
        self.size = size
        self.limit = limit


class Publisher(Protocol):
    async def start(self) -> None:
        """Begin to connect, and return at once: a broker that is away delays nothing but readiness."""

    async def stop(self) -> None:
        """Wait a bounded time for what is under way, and let go of the rest."""

    async def publish(self, records: Sequence[Record]) -> None:
        """Return when Kafka has acknowledged every record; answers within the produce timeout.

        Raises `NotPublished`; `NothingPublished`, of which `RecordTooLarge` is one, before anything is sent.
        """

    def troubles(self) -> Mapping[str, str]:
        """Why nothing can be published at present, by part; empty when all is well."""


def event_record(event: Event, topic: str = EVENTS.name) -> Record:
    """Every event goes into Kafka through here, and says what is known of its number."""
    return Record(topic, event.key.encode(), events.encode(numbered(event)))


def unparsed_record(unparsed: Unparsed) -> Record:
    return Record(UNPARSED.name, unparsed.provider.encode(), encode_unparsed(unparsed))


def request_record(request: Request) -> Record:
    return Record(REQUESTS.name, request.message_id.encode(), encode_request(request))
