"""Makes the world: all that five providers and their callers will say in one burst, and what must come of it.

The same seed, time and number of messages make the same world, to the byte.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from acuse.demo import disorder
from acuse.demo.dialects.ainumber import AiNumber
from acuse.demo.dialects.altiria import Altiria
from acuse.demo.dialects.enviosms import EnvioSms
from acuse.demo.dialects.mensatek import Mensatek
from acuse.demo.dialects.messente import Messente
from acuse.demo.episodes import Babbler, Dialect, Episode, Leg, Receipt, Request
from acuse.demo.script import CALLER, Expected, Post, World
from acuse.demo.teller import Teller

DIALECTS: Final[Mapping[str, Callable[[Teller], Dialect]]] = {
    "mensatek": Mensatek,
    "messente": Messente,
    "altiria": Altiria,
    "ainumber": AiNumber,
    "enviosms": EnvioSms,
}
SHARES: Final[Mapping[str, float]] = {
    "mensatek": 0.40,
    "messente": 0.24,
    "altiria": 0.16,
    "ainumber": 0.14,
    "enviosms": 0.06,
}
GARBAGE: Final = 0.001
MOST_AT_ONCE: Final = 1_000
FEWEST_AT_ONCE: Final = 50
ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"

READ: Final = 204
TAKEN: Final = 202
UNREADABLE: Final = 400


def run_name(at: datetime) -> str:
    """A short name that no run at another millisecond has."""
    number, name = int(at.timestamp() * 1000), ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        name = ALPHABET[digit] + name
    return name


def make_world(*, messages: int, seed: int, at: datetime) -> World:
    """``messages`` messages, whose stories are over at ``at``."""
    builder = _Builder(messages=messages, seed=seed, at=at)
    builder.tell()
    return builder.world()


class _Builder:
    def __init__(self, *, messages: int, seed: int, at: datetime) -> None:
        self._at = at
        self._run = run_name(at)
        self._messages = messages
        self._chance = random.Random(f"{seed}/{at.isoformat()}/order")
        self._dialects = {
            name: make(Teller(self._run, at, random.Random(f"{seed}/{at.isoformat()}/{name}"), name[:2]))
            for name, make in DIALECTS.items()
        }
        self._legs: dict[str, Leg] = {}
        self._sends: list[Leg] = []
        self._receipts: dict[tuple[str, int], list[Receipt]] = defaultdict(list)
        self._posts: list[Post] = []
        self._events: Counter[str] = Counter()
        self._records: Counter[str] = Counter()
        self._replies: Counter[str] = Counter()
        self._inbound = 0
        self._garbage = 0
        self._oddities: Counter[str] = Counter()

    def tell(self) -> None:
        for name, count in _portions(self._messages).items():
            for _ in range(count):
                self._stage(name, self._dialects[name].tell())
        self._post_sends()
        for (name, wave), receipts in sorted(self._receipts.items()):
            for request in self._dialects[name].requests(receipts):
                self._post(name, wave, request)
        self._post_garbage()
        self._chance.shuffle(self._posts)
        self._posts.sort(key=lambda post: post.wave)

    def world(self) -> World:
        return World(
            run=self._run,
            at=self._at,
            posts=tuple(self._posts),
            expected={key: self._expected(leg) for key, leg in self._legs.items()},
            messages=self._messages,
            inbound=self._inbound,
            garbage=self._garbage,
            oddities=dict(self._oddities),
        )

    def _stage(self, name: str, episode: Episode) -> None:
        for leg in episode.legs:
            self._legs[leg.key] = leg
            if leg.send:
                self._sends.append(leg)
                self._events[leg.key] += 1
        arrival = disorder.arrival(episode, self._chance)
        for receipt, wave in zip(episode.receipts, arrival.receipts, strict=True):
            self._receipts[name, wave].append(receipt)
            if receipt.key is None:
                self._inbound += 1
            else:
                self._events[receipt.key] += 1
                self._replies[receipt.key] += receipt.is_reply
        self._oddities.update(oddity for oddity in (episode.oddity, arrival.oddity) if oddity)

    def _post_sends(self) -> None:
        self._chance.shuffle(self._sends)
        batches = list(self._batches())
        # One caller has lost an answer and reports its sends once more.
        for batch in [*batches, min(batches, key=len)] if batches else []:
            body = json.dumps([leg.send for leg in batch], ensure_ascii=False).encode()
            self._posts.append(
                Post(
                    wave=disorder.SENDS,
                    provider=CALLER,
                    method="POST",
                    query="",
                    content_type="application/json",
                    body=body,
                    records=len(batch),
                    status=TAKEN,
                )
            )
            self._records.update(leg.key for leg in batch)

    def _batches(self) -> Iterator[Sequence[Leg]]:
        start = 0
        while start < len(self._sends):
            size = self._chance.randint(FEWEST_AT_ONCE, MOST_AT_ONCE)
            yield self._sends[start : start + size]
            start += size

    def _post(self, name: str, wave: int, request: Request) -> None:
        post = _post(name, wave, request, status=READ)
        self._posts.append(post)
        more = disorder.repetitions(self._chance)
        for _ in range(more):
            again = self._chance.randint(wave, disorder.LAST)
            self._posts.append(replace(post, wave=again))
        for receipt in request.receipts:
            if receipt.key is not None:
                self._records[receipt.key] += 1 + more
        self._oddities["repeated"] += bool(more)
        self._oddities["several reports at once"] += len(request.receipts) > 1

    def _post_garbage(self) -> None:
        babblers = [(name, dialect) for name, dialect in self._dialects.items() if isinstance(dialect, Babbler)]
        for _ in range(max(1, round(self._messages * GARBAGE))):
            name, dialect = self._chance.choice(babblers)
            self._posts.append(_post(name, self._chance.choice(disorder.WAVES), dialect.garbage(), status=UNREADABLE))
            self._garbage += 1

    def _expected(self, leg: Leg) -> Expected:
        return Expected(
            provider=leg.provider,
            ref=leg.ref,
            channel=leg.channel,
            message_id=leg.message_id,
            ending=leg.ending,
            timing=leg.timing,
            seconds=leg.seconds,
            events=self._events[leg.key],
            records=self._records[leg.key],
            replies=self._replies[leg.key],
            reference=leg.reference,
        )


def _post(name: str, wave: int, request: Request, *, status: int) -> Post:
    return Post(
        wave=wave,
        provider=name,
        method=request.method,
        query=request.query,
        content_type=request.content_type,
        body=request.body,
        records=len(request.receipts),
        status=status,
    )


def _portions(messages: int) -> dict[str, int]:
    """How many messages each provider has, all of them together exactly ``messages``."""
    portions, share, given = {}, 0.0, 0
    for name, own in SHARES.items():
        share += own
        portions[name] = round(messages * share) - given
        given += portions[name]
    return portions
