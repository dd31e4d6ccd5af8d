"""What became of notices, as the topic has it now."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from delivery.notices import MalformedNotice, Notice, NoticeResult, decode_notice
from delivery.topics import NOTICES, Topic
from ingest.topic_reader import TopicReader

MOST_DEAD: Final = 10_000
"""Of so many the bodies are held at one time."""

Progress = Callable[[int, int], None]
"""Called with how many records have been looked at, and how many there are."""


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The oldest first; `more` tells that there are others beyond the bound."""

    notices: list[Notice]
    more: bool = False


async def latest_notices(
    bootstrap_servers: str,
    *,
    limit: int,
    since: datetime | None = None,
    topic: Topic = NOTICES,
    progress: Progress | None = None,
) -> list[Notice]:
    """The newest ends, the oldest of them first. Raises `LookupError`, `TopicStalled` and Kafka's own errors."""
    kept: deque[Notice] = deque(maxlen=limit)
    async for notice in _notices(bootstrap_servers, topic, since, progress):
        kept.append(notice)
    return list(kept)


async def dead_letters(
    bootstrap_servers: str,
    *,
    since: datetime | None = None,
    topic: Topic = NOTICES,
    most: int = MOST_DEAD,
    progress: Progress | None = None,
) -> DeadLetters:
    """The notices that were not taken in the end, and not later either; `since` reads only what was written from then
    on. Raises as `latest_notices`.
    """
    dead: dict[str, Notice] = {}
    more = False
    async for notice in _notices(bootstrap_servers, topic, since, progress):
        if notice.result is NoticeResult.DELIVERED:
            dead.pop(notice.notice_id, None)
        elif notice.notice_id in dead or len(dead) < most:
            dead[notice.notice_id] = notice
        else:
            more = True
    return DeadLetters(list(dead.values()), more)


async def notices_by_id(
    bootstrap_servers: str,
    ids: Collection[str],
    *,
    topic: Topic = NOTICES,
    progress: Progress | None = None,
) -> list[Notice]:
    """The latest of each that is known. Raises as `latest_notices`."""
    found: dict[str, Notice] = {}
    async for notice in _notices(bootstrap_servers, topic, None, progress):
        if notice.notice_id in ids:
            found[notice.notice_id] = notice
    return list(found.values())


async def _notices(
    bootstrap_servers: str, topic: Topic, since: datetime | None, progress: Progress | None
) -> AsyncIterator[Notice]:
    """In the order in which they were written; what is no notice is passed over."""
    async with TopicReader(bootstrap_servers) as reader:
        span = await reader.span(topic, since=since)
        total, done = sum(end - start for start, end in span.values()), 0
        async for records in reader.read(span):
            for record in records:
                try:
                    yield decode_notice(record.value or b"")
                except MalformedNotice:
                    continue
            done += len(records)
            if progress is not None:
                progress(done, total)
