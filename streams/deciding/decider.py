"""Deciding: load, fold, store, decide, for one batch of one partition after the other.

Why every request is acted upon, and by whoever acts on each decision's id once, once. For each message:

1. Its state is the fold of all requests of its key up to an offset (``requests_read``), and of the newest version of
   each of its attempts. Requests are read in order, and an attempt's greater version replaces the lesser, so reading
   some of either again changes nothing, and two states join (``delivery.message_states``).
2. A batch is folded and stored locally in one step without a pause. The outbox then writes the changelog and the
   decisions, each partition's in the order of the batches, and waits until Kafka has all of it; only then is the batch
   acknowledged, in the order of the batches (``streams.changes``). So an offset is committed after everything that it
   led to is in Kafka.
3. A worker that dies before may leave a store that is ahead of the changelog, or either ahead of the decisions. Its
   successor reads from the committed offsets again. What a record leads to depends on the record, its offset and what
   was known before it: the request at the offset by which the state knows it leads to the decision to send, under the
   same id, and a repetition of it at another offset to none; a settlement's id is that of the sending it is about; a
   withdrawal's that of the attempt. So the same decisions are written again, under the same ids, and the state is
   written again though it does not change: whatever was lost is made good. Of withdrawals only those that still can
   be are repeated.
4. Recovery joins the states that it finds of one message, since a worker that had been cut off may have written its
   own behind its successor's.

How long a repeated request is known for one: as long as the state is kept (``streams.deciding.forgetting``), which is
the receipt window at least, from when the message was last heard of. Polls are decided by timers
(``streams.deciding.polls``), which change no state. So is what a plan asks for in time (``streams.deciding.steps``);
the state is marked with it once Kafka has it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from faust.types import EventT

from delivery.decisions import Decision, encode_decision
from delivery.message_states import MessageState
from streams import metrics
from streams.changes import Change, Changes
from streams.config import DecidingTopics
from streams.deciding.batches import Decided, Polled, decide_attempts, decide_calls, decide_requests
from streams.deciding.polls import Polls
from streams.deciding.states import decode_state, encode_state
from streams.deciding.steps import Steps
from streams.outbox import Outbox
from streams.store import PartitionStore
from streams.transport import Published
from streams.writing import Entries, KafkaWriter


class Writer(KafkaWriter[DecidingTopics]):
    """Writes decisions too."""

    async def decide(self, decisions: Iterable[Decision]) -> Published:
        """Decisions go by their message."""
        entries = ((decision.message_id.encode(), encode_decision(decision)) for decision in decisions)
        return await self.spread(self._topics.decisions, self._topics.decisions_partitions, entries)

    async def tell(self, decided: Sequence[Decided]) -> Published:
        published = await self.decide(decision for each in decided for decision in each.decisions)
        return published + await self.set_aside(item for each in decided for item in each.poison)


class Decider:
    """Folds batches into the store; what follows from that is left to the outbox."""

    def __init__(
        self,
        store: PartitionStore,
        writer: Writer,
        outbox: Outbox,
        polls: Polls,
        steps: Steps,
        *,
        topics: DecidingTopics,
        polled: Polled,
    ) -> None:
        self._store = store
        self._changes = Changes(store, writer, outbox, writer.tell)
        self._polls = polls
        self._steps = steps
        self._topics = topics
        self._polled = polled

    def take(self, event: EventT[Any], acknowledge: Callable[[], None]) -> None:
        """Decide on one batch and store what changed, at once; ``acknowledge`` is called when all is in Kafka.

        The outbox must have room.
        """
        partition: int = event.message.partition

        def load(keys: Sequence[bytes]) -> list[MessageState | None]:
            return [None if value is None else decode_state(value) for value in self._store.read(partition, keys)]

        if event.message.topic == self._topics.requests:
            decided = decide_requests(event.value, load)
        elif event.message.topic == self._topics.calls:
            decided = decide_calls(event.value, load)
        else:
            decided = decide_attempts(event.value, load, self._polled)
        entries: Entries = [
            (key, None if state is None else encode_state(state)) for key, state in decided.written.items()
        ]
        records = 1 + len(entries) + len(decided.decisions)
        self._changes.put(Change(partition, entries, decided, acknowledge), records)
        self._polls.open(partition, decided.opened)
        for key, state in decided.written.items():
            self._steps.time(partition, key, state)
        _measure(decided)

    def mark(self, partition: int) -> None:
        """Store what of a partition's plans was decided and is acknowledged. The outbox must have room."""
        entries = self._steps.marked(partition)
        self._changes.put(Change(partition, entries, Decided(), _nothing), 1 + len(entries))
        for key, value in entries:
            self._steps.time(partition, key, None if value is None else decode_state(value))


def _nothing() -> None:
    """A mark has no record to be acknowledged."""


def _measure(decided: Decided) -> None:
    for kind, count in decided.kinds.items():
        metrics.DECIDING_READ.labels(kind).inc(count)
    measure_decisions(decided.decisions)
    metrics.DECIDING_POISON.inc(len(decided.poison))


def measure_decisions(decisions: Sequence[Decision]) -> None:
    for (kind, why), count in Counter((type(each).__name__, each.why.value) for each in decisions).items():
        metrics.DECIDING_DECISIONS.labels(kind, why).inc(count)
