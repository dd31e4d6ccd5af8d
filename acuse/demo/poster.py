"""Posts a world over real HTTP, as providers do: many at once, and again when they are told to come back."""

import asyncio
import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Final

import msgspec

from acuse.demo.http_client import Answer, HttpClient, NoAnswer, request, request_head
from acuse.demo.script import CALLER, Post
from acuse.demo.together import together
from acuse.errors import Refusal
from acuse.local.credentials import Credentials

AT_ONCE: Final = 48
MOST_TRIES: Final = 20
LONGEST_WAIT_SECONDS: Final = 10.0
FIRST_WAIT_SECONDS: Final = 0.2
UNAVAILABLE: Final = 503


@dataclass(slots=True)
class Tally:
    """``requests`` were answered as they should be, and left ``records``.

    Of requests that had to be tried again an earlier try may have been taken all the same: ``doubtful`` is how many
    records more there may be for that.
    """

    requests: int = 0
    records: int = 0
    doubtful: int = 0
    tries_again: int = 0


@dataclass(slots=True)
class Poster:
    """Raises a ``Refusal`` when a post is answered otherwise than it should be, or not at all in ``MOST_TRIES``."""

    client: HttpClient
    credentials: Credentials
    tally: Tally = field(default_factory=Tally)

    async def post(self, posts: Sequence[Post], answered: Callable[[Post], None]) -> None:
        """All posts, wave after wave: those of one wave are all answered before the next begins."""
        for _, wave in groupby(posts, key=lambda post: post.wave):
            waiting = iter(list(wave))
            await together(AT_ONCE, partial(self._work, waiting, answered))

    async def _work(self, waiting: Iterator[Post], answered: Callable[[Post], None]) -> None:
        for post in waiting:
            await self._deliver(post)
            answered(post)

    async def _deliver(self, post: Post) -> None:
        raw = self._raw(post)
        wait = FIRST_WAIT_SECONDS
        trouble = ""
        for _ in range(MOST_TRIES):
            try:
                answer = await self.client.ask(raw)
            except NoAnswer as error:
                trouble = str(error)
            else:
                if answer.status == post.status:
                    self._count(post)
                    return
                if answer.status != UNAVAILABLE:
                    raise Refusal(_surprise(post, answer))
                trouble = f"it answers 503: {_error(answer)}"
                wait = answer.retry_after or wait
            self.tally.tries_again += 1
            self.tally.doubtful += post.records
            await asyncio.sleep(min(wait, LONGEST_WAIT_SECONDS))
            wait *= 2
        raise Refusal(f"{self.client.host} did not take a request in {MOST_TRIES} tries; at last {trouble}")

    def _count(self, post: Post) -> None:
        self.tally.requests += 1
        self.tally.records += post.records

    def _raw(self, post: Post) -> bytes:
        path = "/v1/sends" if post.provider == CALLER else f"/webhooks/{post.provider}"
        headers = {"authorization": self._authorization(post.provider)}
        if post.content_type:
            headers["content-type"] = post.content_type
        target = f"{path}?{post.query}" if post.query else path
        return request(request_head(post.method, target, self.client.host, headers), post.body)

    def _authorization(self, provider: str) -> str:
        if provider == CALLER:
            return f"Bearer {self.credentials.api_token}"
        webhook = self.credentials.webhooks[provider]
        return "Basic " + base64.b64encode(f"{webhook.username}:{webhook.password}".encode()).decode()


def _surprise(post: Post, answer: Answer) -> str:
    return f"{post.provider} expected {post.status} and was answered {answer.status}: {_error(answer)}"


def _error(answer: Answer) -> str:
    try:
        told = msgspec.json.decode(answer.body, type=dict[str, str])
    except msgspec.MsgspecError:
        return "no reason given"
    return told.get("error", "no reason given")
