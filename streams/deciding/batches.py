"""What one batch of requests or of attempts leads to. No I/O and no clock."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from aiokafka import ConsumerRecord
from msgspec import Struct, field

from delivery.briefs import AttemptBrief, Seen, SeenAlias, SeenAttempt, decode_seen
from delivery.calls import Call, MalformedCall, Result, decode_call
from delivery.channels import Channel
from delivery.decisions import Decision
from delivery.events import MalformedEvent
from delivery.failover import decide_attempt, decide_request
from delivery.identities import attempt_key
from delivery.message_states import MessageState, with_attempt, with_call, with_request, without_attempt
from delivery.requests import MalformedRequest, Request, SettleRequest, decode_request
from delivery.unparsed import Unparsed
from streams.poison import unreadable

Load: TypeAlias = Callable[[Sequence[bytes]], Sequence[MessageState | None]]
Polled: TypeAlias = Mapping[str, frozenset[Channel]]
"""For each provider that can be asked how far an attempt has come, the channels on which it can."""

NOBODY: Final = "acuse"
"""Stands for the provider of a record that no provider is the cause of."""
ABANDONED: Final = Result.ABANDONED.encode()
"""Occurs in every call of this result, and in hardly any other."""
NO_CHANNELS: Final[frozenset[Channel]] = frozenset()


class Decided(Struct):
    """What a batch came to.

    ``written`` is what the table must hold now, nothing where it is None; ``opened`` are the attempts that are heard of
    for the first time and can be asked after, by message. ``kinds`` counts requests by kind, and attempts by whether
    anything is kept of them.
    """

    written: dict[bytes, MessageState | None] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    opened: list[tuple[bytes, AttemptBrief]] = field(default_factory=list)
    poison: list[Unparsed] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)

    def count(self, kind: str, number: int = 1) -> None:
        self.kinds[kind] = self.kinds.get(kind, 0) + number


def decide_requests(records: Sequence[ConsumerRecord], load: Load) -> Decided:
    """Fold the requests of one partition, in their order, into the states that ``load`` knows.

    A state that knows a request already is written again, and so is what followed from it: see ``decider``.
    """
    decided = Decided()
    requests = list(_requests(records, decided))
    known = _loaded(dict.fromkeys(key for key, _, _ in requests), load)
    for key, offset, request in requests:
        decided.count(type(request).__name__)
        before = known[key]
        if isinstance(request, SettleRequest) and (before is None or before.asked is None):
            continue
        state = known[key] = decided.written[key] = with_request(before, request, offset)
        decided.decisions += decide_request(state, request, offset)
    return decided


def decide_attempts(records: Sequence[ConsumerRecord], load: Load, polled: Polled) -> Decided:
    """Fold attempts likewise. Those of messages that we were not asked to send are kept while they may be asked after.

    Of the rest, that is nearly all, no more is read than that it is so.
    """
    decided = Decided()
    seen = list(_attempts(records, decided))
    known = _loaded(dict.fromkeys(key for key, _ in seen), load)
    for key, each in seen:
        before = known[key]
        if isinstance(each, SeenAlias):
            known[key] = decided.written[key] = _retired(before, attempt_key(each.provider, each.ref))
        elif before is not None or each.channel in polled.get(each.provider, NO_CHANNELS):
            known[key] = decided.written[key] = _advanced(key, before, each, polled, decided)
            decided.count("followed")
        else:
            decided.count("passed_over")
    return decided


def decide_calls(records: Sequence[ConsumerRecord], load: Load) -> Decided:
    """Fold what the dispatcher gave up to find out; all other calls, that is nearly all, change nothing here."""
    decided = Decided()
    calls = list(_abandoned(records, decided))
    known = _loaded(dict.fromkeys(key for key, _ in calls), load)
    for key, call in calls:
        before = known[key]
        if before is not None:
            known[key] = decided.written[key] = with_call(before, call)
            decided.count("abandoned")
    return decided


def _advanced(
    key: bytes, before: MessageState | None, seen: SeenAttempt, polled: Polled, decided: Decided
) -> MessageState | None:
    """The state after an attempt; nothing where nobody asked for the message and no more of it is awaited.

    That there is to be nothing is written again too: it may be that only the store knows.
    """
    brief = seen.brief()
    state = with_attempt(before, seen.message_id, brief)
    decided.decisions += decide_attempt(state, brief.key)
    if not _kept(state):
        return None
    new = before is None or brief.key not in before.attempts
    if new and not brief.final and brief.channel in polled.get(brief.provider, NO_CHANNELS):
        decided.opened.append((key, brief))
    return state


def _retired(before: MessageState | None, key: str) -> MessageState | None:
    if before is None:
        return None
    state = without_attempt(before, key)
    return state if _kept(state) else None


def _kept(state: MessageState) -> bool:
    return state.requests_read >= 0 or any(not brief.final for brief in state.attempts.values())


def _loaded(keys: Iterable[bytes], load: Load) -> dict[bytes, MessageState | None]:
    wanted = list(keys)
    return dict(zip(wanted, load(wanted), strict=True)) if wanted else {}


def _requests(records: Sequence[ConsumerRecord], decided: Decided) -> Iterable[tuple[bytes, int, Request]]:
    for record in records:
        try:
            request = _request(record)
        except MalformedRequest as error:
            decided.poison.append(unreadable(record, NOBODY, str(error)))
        else:
            yield record.key, record.offset, request


def _request(record: ConsumerRecord) -> Request:
    request = decode_request(record.value or b"")
    if request.message_id.encode() != record.key:
        # Its decisions would go to another partition than the one that knows its calls.
        raise MalformedRequest("the record's key is not the message's id")
    return request


def _abandoned(records: Sequence[ConsumerRecord], decided: Decided) -> Iterable[tuple[bytes, Call]]:
    for record in records:
        if ABANDONED not in (record.value or b""):
            continue
        try:
            yield record.key, decode_call(record.value or b"")
        except MalformedCall as error:
            decided.poison.append(unreadable(record, NOBODY, str(error)))


def _attempts(records: Sequence[ConsumerRecord], decided: Decided) -> Iterable[tuple[bytes, Seen]]:
    passed_over = 0
    for record in records:
        try:
            seen = decode_seen(record.value or b"")
        except MalformedEvent as error:
            decided.poison.append(unreadable(record, NOBODY, str(error)))
            continue
        if isinstance(seen, SeenAlias) or seen.ours:
            yield record.key, seen
        else:
            passed_over += 1
    if passed_over:
        decided.count("passed_over", passed_over)
