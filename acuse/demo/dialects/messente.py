"""Messente as it calls: one JSON report at each change, times in UTC without zone, Viber falling back to SMS."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from acuse.demo import numbers
from acuse.demo.episodes import Episode, Leg, Receipt, Request
from acuse.demo.script import Ending, Timing
from acuse.demo.stories import After, Beat, Pace, Story, failed, never_told, odd, told
from acuse.demo.teller import Teller, Telling
from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import FAILURES, Stage

NAME: Final = "messente"
SOON, ARRIVAL, ACTING, RETRY, GIVEN_UP = After.SOON, After.ARRIVAL, After.ACTING, After.RETRY, After.GIVEN_UP

DELIVERED: Final = Ending(Stage.DELIVERED)
SEEN: Final = Ending(Stage.SEEN)
PUT: Final = Beat(ARRIVAL, ("DELIVRD/0",))
ON_ITS_WAY: Final = Beat(SOON, ("ACK/0", "ACCEPTD/0"), going=True)
READ: Final = Beat(ACTING, ("SEEN/10",))
OUT_OF_TIME: Final = Beat(RETRY, ("EXPIRED/2",))
BOTH_ARRIVE: Final = "delivered after its fallback was"

COMMON: Final = (
    told(300, DELIVERED, PUT, put=0),
    told(100, DELIVERED, ON_ITS_WAY, PUT, put=1),
    told(12, Ending(Stage.SENT), ON_ITS_WAY),
    never_told(12),
    failed(6, Stage.UNDELIVERED, Reason.UNSPECIFIED, "UNDELIV/1", "FAILED/1"),
    failed(8, Stage.UNDELIVERED, Reason.INVALID_NUMBER, "UNDELIV/3", "FAILED/5"),
    failed(4, Stage.UNDELIVERED, Reason.BLOCKED, "UNDELIV/8"),
    failed(4, Stage.REJECTED, Reason.SENDER_REFUSED, "REJECTD/7", "NACK/7", after=SOON),
    failed(2, Stage.REJECTED, Reason.NO_CREDIT, "NACK/4", after=SOON),
    failed(2, Stage.REJECTED, Reason.DUPLICATE, "NACK/6", after=SOON),
    failed(3, Stage.REJECTED, Reason.UNROUTABLE, "REJECTD/9", after=SOON),
    failed(2, Stage.UNDELIVERED, Reason.PROVIDER_ERROR, "FAILED/999", after=RETRY),
    failed(3, Stage.CANCELLED, Reason.CANCELLED, "DELETED/0", after=SOON),
    odd("unknown code", 2, DELIVERED, Beat(SOON, ("ROUTED/0",)), PUT, put=1),
    odd("unknown code", 2, DELIVERED, Beat(ARRIVAL, ("DELIVRD/42",)), put=0),
    odd("unknown code", 2, Ending(Stage.UNDELIVERED, Reason.UNKNOWN_CODE), Beat(ARRIVAL, ("UNDELIV/42",))),
    odd(
        "failed after delivered", 4, Ending(Stage.DELIVERED, contradictions=1), PUT, Beat(RETRY, ("UNDELIV/1",)), put=0
    ),
    odd("delivered after failed", 4, Ending(Stage.DELIVERED, revised=True), Beat(SOON, ("UNDELIV/1",)), PUT, put=1),
    Story(3, Ending(Stage.QUEUED), (Beat(RETRY, ("UNKNOWN/0",)),), needs_send=True),
    Story(5, DELIVERED, (PUT,), 0, send=Stage.SCHEDULED, needs_send=True),
)
ON_SMS: Final = (*COMMON, failed(15, Stage.EXPIRED, Reason.EXPIRED, "EXPIRED/2", after=GIVEN_UP))
FALLING_BACK: Final = tuple(story for story in ON_SMS if not story.needs_send)
WITH_READING: Final = (
    *COMMON,
    told(250, SEEN, PUT, READ, put=0),
    told(60, SEEN, ON_ITS_WAY, PUT, READ, put=1),
    odd("seen without delivered", 25, SEEN, READ),
    Story(70, Ending(Stage.EXPIRED, Reason.EXPIRED), (OUT_OF_TIME,)),
)
ON_VIBER: Final = (
    *WITH_READING,
    odd(BOTH_ARRIVE, 12, Ending(Stage.DELIVERED, revised=True), OUT_OF_TIME, Beat(RETRY, ("DELIVRD/0",)), put=1),
)
"""An ``err`` that is new says nothing against its status; a status that is new says nothing at all."""

PACES: Final = {
    Channel.SMS: Pace(median=6, spread=0.9),
    Channel.VIBER: Pace(median=2.4, spread=0.6, switched_off=0.08),
    Channel.WHATSAPP: Pace(median=2.9, spread=0.6, switched_off=0.06),
}
STORIES: Final = {Channel.SMS: ON_SMS, Channel.VIBER: ON_VIBER, Channel.WHATSAPP: WITH_READING}
MIX: Final = {Channel.SMS: 40, Channel.VIBER: 45, Channel.WHATSAPP: 15}
PEOPLE: Final = (numbers.french, numbers.irish, numbers.swedish, numbers.british)
REPLIES: Final = 0.01
ANSWERS: Final = ("Tak", "Yes please", "STOP", "Täname 🙏", "Call me")


class Messente:
    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._chance = teller.chance

    def tell(self) -> Episode:
        channel = self._chance.choices(list(MIX), weights=list(MIX.values()))[0]
        telling = self._teller.telling(STORIES[channel], PACES[channel])
        tellings = [(channel, telling)]
        if channel is Channel.VIBER and _falls_back(telling.story):
            fallback = self._teller.telling(FALLING_BACK, PACES[Channel.SMS])
            # Both are over by now, so the first began earlier by as long as the second took.
            first = telling.moved(-fallback.lasting)
            second = fallback.moved(first.moments[0] - fallback.sent_at).of_message(first)
            tellings = [(channel, first), (Channel.SMS, second)]
        return self._episode(tellings)

    def requests(self, receipts: Sequence[Receipt]) -> Sequence[Request]:
        """One a report, to its own ``dlr_url``, whose query carries the caller's reference."""
        return [_request(receipt) for receipt in receipts]

    def garbage(self) -> Request:
        bodies = (b'{"status":"DELIVRD","err":0}', b"[[]]", b'{"status":', b'{"message_id":"x","channel":"pager"}')
        return Request("application/json", self._chance.choice(bodies) + b" " * self._chance.randrange(500), ())

    def _episode(self, tellings: Sequence[tuple[Channel, Telling]]) -> Episode:
        omnimessage, number = self._teller.uuid4(), self._chance.choice(PEOPLE)(self._chance)
        legs, receipts = [], []
        for channel, telling in tellings:
            ref = self._teller.uuid4()
            legs.append(self._leg(telling, channel, ref, number))
            receipts += [
                Receipt(legs[-1].key, self._report(telling, channel, ref, omnimessage, number, beat, moment))
                for beat, moment in zip(telling.story.beats, telling.moments, strict=True)
            ]
        if self._chance.random() < REPLIES:
            receipts.append(Receipt(None, self._inbound(number, tellings[0]), is_reply=True))
        return Episode(legs=legs, receipts=receipts, oddity=tellings[0][1].story.oddity)

    def _leg(self, telling: Telling, channel: Channel, ref: str, number: str) -> Leg:
        seconds = telling.claimed_seconds(_exactly)
        return Leg(
            provider=NAME,
            ref=ref,
            channel=channel,
            ending=telling.story.ending,
            timing=Timing.NONE if seconds is None else Timing.EXACT,
            seconds=seconds,
            message_id=telling.message_id,
            reference=telling.reference,
            send=self._teller.send(telling, provider=NAME, ref=ref, channel=channel, to=number),
        )

    def _report(
        self, telling: Telling, channel: Channel, ref: str, omnimessage: str, number: str, beat: Beat, moment: datetime
    ) -> Mapping[str, Any]:
        status, _, err = self._chance.choice(beat.codes).partition("/")
        return {
            "sender": "ACME",
            "status": status,
            "err": int(err),
            "error": None if err in ("0", "10") else "as the operator says",
            "channel": channel.value,
            "message_id": ref,
            "omnimessage_id": omnimessage,
            "to": numbers.oddly_written(number, self._chance),
            "timestamp": _written(moment),
            QUERY: telling.reference,
        }

    def _inbound(self, number: str, told: tuple[Channel, Telling]) -> Mapping[str, Any]:
        channel, telling = told
        return {
            "msg_id": self._teller.uuid4(),
            "sub_msg_id": "1",
            "channel": channel.value,
            "sender": number,
            "recipient": "+447700900000",
            "text": self._chance.choice(ANSWERS),
            "time": _written(telling.starts_at + timedelta(seconds=self._chance.uniform(0, 1))),
        }


QUERY: Final = "?"
"""Where a wire keeps the reference that travels in its address and not in its body."""


def _falls_back(story: Story) -> bool:
    """Messente tries the next channel when this one failed, and when its time is out; then both may arrive."""
    return story.ending.stage in FAILURES - {Stage.CANCELLED} or story.oddity == BOTH_ARRIVE


def _request(receipt: Receipt) -> Request:
    body = {name: value for name, value in receipt.wire.items() if name != QUERY}
    query = f"reference={receipt.wire[QUERY]}" if QUERY in receipt.wire else ""
    return Request("application/json", json.dumps(body, ensure_ascii=False).encode(), (receipt,), query=query)


def _exactly(moment: datetime) -> datetime:
    return moment


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")
