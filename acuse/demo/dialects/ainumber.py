"""AI Number as it calls: WhatsApp's words in JSON, Unix seconds, and what people write."""

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
from delivery.stages import SUCCESSES, Stage

NAME: Final = "ainumber"
SOON, ARRIVAL, ACTING, RETRY = After.SOON, After.ARRIVAL, After.ACTING, After.RETRY
PACE: Final = Pace(median=2.2, spread=0.7, switched_off=0.05)

DELIVERED: Final = Ending(Stage.DELIVERED)
SEEN: Final = Ending(Stage.SEEN)
SENT: Final = Beat(SOON, ("sent",), going=True)
PUT: Final = Beat(ARRIVAL, ("delivered",))
READ: Final = Beat(ACTING, ("read", "seen"))

STORIES: Final = (
    told(200, DELIVERED, PUT, put=0),
    told(120, DELIVERED, SENT, PUT, put=1),
    told(260, SEEN, PUT, READ, put=0),
    told(80, SEEN, SENT, PUT, READ, put=1),
    told(10, Ending(Stage.SENT), SENT),
    never_told(10),
    failed(18, Stage.UNDELIVERED, Reason.NOT_ON_CHANNEL, "failed/131026"),
    failed(10, Stage.UNDELIVERED, Reason.WINDOW_CLOSED, "failed/131047", "failed/470", after=SOON),
    failed(5, Stage.UNDELIVERED, Reason.TEMPLATE_REFUSED, "failed/132001", "failed/132015", after=SOON),
    failed(4, Stage.UNDELIVERED, Reason.RATE_LIMITED, "failed/131056", "failed/131048", after=SOON),
    failed(3, Stage.UNDELIVERED, Reason.UNSPECIFIED, "failed"),
    failed(3, Stage.UNDELIVERED, Reason.OPTED_OUT, "failed/131050", after=SOON),
    odd("unknown code", 3, Ending(Stage.UNDELIVERED, Reason.UNSPECIFIED), Beat(SOON, ("failed/139999",))),
    odd("unknown code", 3, DELIVERED, Beat(SOON, ("warning",)), PUT, put=1),
    odd("seen without delivered", 30, SEEN, READ),
    odd(
        "failed after delivered",
        4,
        Ending(Stage.DELIVERED, contradictions=1),
        PUT,
        Beat(RETRY, ("failed/131000",)),
        put=0,
    ),
    odd("delivered after failed", 4, Ending(Stage.DELIVERED, revised=True), Beat(SOON, ("failed/131016",)), PUT, put=1),
    Story(2, Ending(Stage.QUEUED), (Beat(SOON, ("pending",), going=True),)),
)

REPLIES: Final = 0.06
PEOPLE: Final = ("Alex Example", "Sam Sample", "Núria Exemple", "José Ejemplo")
WORDS: Final = ("¿A qué hora?", "Gracias 🙏", "Who is this?", "Please call me", "STOP")


class AiNumber:
    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._chance = teller.chance

    def tell(self) -> Episode:
        telling = self._teller.telling(STORIES, PACE)
        ref = self._teller.uuid4()
        number = (numbers.american if self._chance.random() < 0.5 else numbers.british)(self._chance)  # noqa: PLR2004 - half
        person = self._chance.choice(PEOPLE)
        seconds = telling.claimed_seconds(_by_the_second)
        leg = Leg(
            provider=NAME,
            ref=ref,
            channel=Channel.WHATSAPP,
            ending=telling.story.ending,
            timing=Timing.NONE if seconds is None else Timing.EXACT,
            seconds=seconds,
            message_id=telling.message_id,
            reference=telling.reference if telling.reported else None,
            send=self._teller.send(telling, provider=NAME, ref=ref, channel=Channel.WHATSAPP, to=number),
        )
        contact = {"name": person, "phone": numbers.oddly_written(number, self._chance)}
        receipts = [
            Receipt(leg.key, _status(ref, self._chance.choice(beat.codes), contact, moment))
            for beat, moment in zip(telling.story.beats, telling.moments, strict=True)
        ]
        if telling.story.ending.stage in SUCCESSES and self._chance.random() < REPLIES:
            receipts.append(Receipt(None, self._written(telling, contact), is_reply=True))
        return Episode(legs=[leg], receipts=receipts, oddity=telling.story.oddity)

    def requests(self, receipts: Sequence[Receipt]) -> Sequence[Request]:
        return [
            Request("application/json", json.dumps(receipt.wire, ensure_ascii=False).encode(), (receipt,))
            for receipt in receipts
        ]

    def garbage(self) -> Request:
        bodies = (b'{"event":"message.sent_status","data":{}}', b'{"event":"weather"}', b"event=message.received", b"{")
        return Request("application/json", self._chance.choice(bodies) + b" " * self._chance.randrange(500), ())

    def _written(self, telling: Telling, contact: Mapping[str, str]) -> Mapping[str, Any]:
        moment = telling.moments[-1] + timedelta(seconds=1)
        return {
            "event": "message.received",
            "data": {
                "message_id": self._teller.uuid4(),
                "contact": contact,
                "body": self._chance.choice(WORDS),
                "timestamp": _seconds(moment),
            },
        }


def _status(ref: str, code: str, contact: Mapping[str, str], moment: datetime) -> Mapping[str, Any]:
    status, _, error = code.partition("/")
    data: dict[str, Any] = {"message_id": ref, "status": status, "contact": contact, "timestamp": _seconds(moment)}
    if error:
        data["error_code"] = int(error)
    return {"event": "message.sent_status", "data": data}


def _by_the_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _seconds(moment: datetime) -> int:
    return int(_by_the_second(moment).timestamp())
