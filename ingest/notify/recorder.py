"""Keeps what became of each notice, and knows which have come to an end."""

import asyncio
import logging
from collections import OrderedDict
from typing import Final

from delivery.notices import MalformedNotice, Notice, decode_notice, encode_notice
from delivery.topics import Topic
from ingest.publisher import NotPublished, Publisher, Record
from ingest.topic_reader import TopicReader

logger = logging.getLogger(__name__)

RETRY_SECONDS: Final = 1.0


class Recorder:
    """`ended` tells repetitions of the latest `remembered` notices; of older ones the receiver does, by their id."""

    def __init__(self, publisher: Publisher, topic: Topic, remembered: int) -> None:
        self._publisher = publisher
        self._topic = topic
        self._remembered = remembered
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._read_to: dict[int, int] = {}

    def ended(self, notice_id: str) -> bool:
        return notice_id in self._ended

    async def write(self, notice: Notice) -> None:
        """Return when Kafka has acknowledged it, and until then try again."""
        while True:
            try:
                await self._publisher.publish([notice_record(notice, self._topic)])
            except NotPublished as error:
                logger.warning("what became of a notice is not acknowledged, and written again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return self._remember(notice.notice_id)

    async def recall(self, bootstrap_servers: str) -> None:
        """Know the latest ends that the topic holds now. Raises what `TopicReader` does."""
        async with TopicReader(bootstrap_servers) as reader:
            span = await reader.span(self._topic)
            share = self._remembered // max(len(span), 1)
            news = {
                part: (begin, end)
                for part, (start, end) in span.items()
                if (begin := max(start, end - share, self._read_to.get(part.partition, 0))) < end
            }
            async for records in reader.read(news):
                for record in records:
                    try:
                        self._remember(decode_notice(record.value or b"").notice_id)
                    except MalformedNotice:
                        continue
            self._read_to.update({part.partition: end for part, (_, end) in span.items()})

    def _remember(self, notice_id: str) -> None:
        self._ended[notice_id] = None
        if len(self._ended) > self._remembered:
            self._ended.popitem(last=False)


def notice_record(notice: Notice, topic: Topic) -> Record:
    return Record(topic.name, notice.notice_id.encode(), encode_notice(notice))
