"""Altiria as it calls: bare confirmations of its SMS gateway, and forms for voice and WhatsApp; no zone on any time.

So nothing is computed from its clock: delivery times are those between our receipts, and which of two contradicting
receipts came first is told by their arrival alone.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from acuse.demo import numbers
from acuse.demo.episodes import Episode, Leg, Receipt, Request
from acuse.demo.script import Ending, Timing
from acuse.demo.stories import After, Beat, Pace, Story, failed, never_told, odd, told
from acuse.demo.teller import Teller, Telling
from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.refs import recipient_ref
from delivery.stages import Stage

NAME: Final = "altiria"
FORM: Final = "application/x-www-form-urlencoded"
SPAIN: Final = ZoneInfo("Europe/Madrid")
SOON, ARRIVAL, ACTING, RETRY, GIVEN_UP = After.SOON, After.ARRIVAL, After.ACTING, After.RETRY, After.GIVEN_UP
DELIVERED: Final = Ending(Stage.DELIVERED)
LOST: Final = (Stage.UNDELIVERED, Reason.UNSPECIFIED)

CONFIRMED: Final = Beat(ARRIVAL, ("ENTREGADO",))
ON_SMS: Final = (
    told(700, DELIVERED, CONFIRMED, put=0),
    told(40, DELIVERED, CONFIRMED, Beat(SOON, ("CERT(https://example.com/c.pdf)",)), put=0),
    never_told(30),
    failed(60, *LOST, "NO_ENTREGADO", "NO ENTREGADO"),
    failed(15, *LOST, "ERROR_114", "ERROR_115"),
    Story(
        6,
        Ending(Stage.QUEUED, Reason.UNKNOWN_CODE),
        (Beat(SOON, ("ERROR_999",)),),
        None,
        "unknown code",
        needs_send=True,
    ),
    odd(
        "failed after delivered",
        6,
        Ending(Stage.DELIVERED, contradictions=1),
        CONFIRMED,
        Beat(RETRY, ("NO_ENTREGADO",)),
        put=0,
    ),
    odd(
        "delivered after failed",
        6,
        Ending(Stage.DELIVERED, revised=True),
        Beat(SOON, ("NO_ENTREGADO",)),
        CONFIRMED,
        put=1,
    ),
)

PUT: Final = Beat(ARRIVAL, ("delivered",))
ON_ITS_WAY: Final = Beat(SOON, ("sent",))
ON_VOICE: Final = (
    told(70, DELIVERED, PUT, put=0),
    told(15, DELIVERED, ON_ITS_WAY, PUT, put=1),
    failed(10, *LOST, "undelivered", "failed"),
    failed(5, Stage.EXPIRED, Reason.EXPIRED, "expired", after=RETRY),
)
ON_WHATSAPP: Final = (
    told(50, DELIVERED, PUT, put=0),
    told(30, Ending(Stage.SEEN), PUT, Beat(ACTING, ("read",)), put=0),
    odd("seen without delivered", 5, Ending(Stage.SEEN), Beat(ACTING, ("read",))),
    failed(4, *LOST, "failed"),
    failed(4, Stage.REJECTED, Reason.UNSPECIFIED, "rejected", after=SOON),
    failed(4, Stage.EXPIRED, Reason.EXPIRED, "expired", after=GIVEN_UP),
)

STORIES: Final = {Channel.SMS: ON_SMS, Channel.VOICE: ON_VOICE, Channel.WHATSAPP: ON_WHATSAPP}
PACES: Final = {
    Channel.SMS: Pace(median=6, spread=0.9),
    Channel.VOICE: Pace(median=30, spread=0.4, switched_off=0),
    Channel.WHATSAPP: Pace(median=2.8, spread=0.6),
}
MIX: Final = {Channel.SMS: 70, Channel.VOICE: 12, Channel.WHATSAPP: 18}
REPLIES: Final = 0.05


class Altiria:
    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._chance = teller.chance
        self._first_id = int(teller.at.timestamp() * 1000) % 10**9 * 10**5

    def tell(self) -> Episode:
        channel = self._chance.choices(list(MIX), weights=list(MIX.values()))[0]
        telling = self._teller.telling(STORIES[channel], PACES[channel])
        number = self._person()
        told = self._by_the_gateway if channel is Channel.SMS else self._by_the_platform
        return told(telling, channel, number)

    def requests(self, receipts: Sequence[Receipt]) -> Sequence[Request]:
        return [self._request(receipt) for receipt in receipts]

    def garbage(self) -> Request:
        bodies = (b"notification=34600000000", b"id=1&channel=fax&event=delivered", b"event=delivered", b"[1]")
        return Request(FORM, self._chance.choice(bodies) + b"&pad=" + b"x" * self._chance.randrange(500), ())

    def _person(self) -> str:
        return (numbers.spanish if self._chance.random() < 0.8 else numbers.french)(self._chance)  # noqa: PLR2004 - a share

    def _by_the_gateway(self, telling: Telling, channel: Channel, number: str) -> Episode:
        """``idAck`` is the caller's own, of 20 characters at most: the confirmations bring nothing else."""
        id_ack = f"{self._teller.run}{self._teller.told:x}"
        ref = recipient_ref(id_ack, number)
        leg = self._leg(telling, channel, ref, number, reported_as=f"{id_ack}:{number}", reference=id_ack)
        receipts = [
            Receipt(leg.key, {"notification": f"{self._written(number)},{id_ack},{self._chance.choice(beat.codes)}"})
            for beat in telling.story.beats
        ]
        return Episode(legs=[leg], receipts=receipts, in_order=True, oddity=telling.story.oddity)

    def _by_the_platform(self, telling: Telling, channel: Channel, number: str) -> Episode:
        ref = str(self._first_id + self._teller.told)
        leg = self._leg(telling, channel, ref, number, reported_as=ref, reference=None)
        receipts = [
            Receipt(leg.key, self._notification(ref, channel, number, self._chance.choice(beat.codes), moment))
            for beat, moment in zip(telling.story.beats, telling.moments, strict=True)
        ]
        if channel is Channel.WHATSAPP and self._chance.random() < REPLIES:
            receipts.append(Receipt(None, self._inbound(number, telling), is_reply=True))
        return Episode(legs=[leg], receipts=receipts, in_order=True, oddity=telling.story.oddity)

    def _leg(
        self, telling: Telling, channel: Channel, ref: str, number: str, *, reported_as: str, reference: str | None
    ) -> Leg:
        send = self._teller.send(telling, provider=NAME, ref=reported_as, channel=channel, to=number)
        if send:
            # With a time of ours at one end only, the figure would be the age of what the demo made up.
            del send["sent_at"]
        return Leg(
            provider=NAME,
            ref=ref,
            channel=channel,
            ending=telling.story.ending,
            timing=Timing.BY_RECEIPT if telling.delivered_at else Timing.NONE,
            message_id=telling.message_id,
            reference=telling.reference if send else reference,
            send=send,
        )

    def _notification(self, ref: str, channel: Channel, number: str, event: str, moment: datetime) -> Mapping[str, Any]:
        padded = f"00{ref}" if self._chance.random() < 0.05 else ref  # noqa: PLR2004 - a share
        return {
            "id": padded,
            "channel": channel.value,
            "event": event,
            "to": self._written(number),
            "date": moment.astimezone(SPAIN).strftime("%Y-%m-%d %H:%M"),
        }

    def _inbound(self, number: str, telling: Telling) -> Mapping[str, Any]:
        return {
            "id": f"{self._first_id + self._teller.told}9",
            "channel": "whatsapp",
            "event": "inbound",
            "from": self._written(number),
            "to": "34600000000",
            "text": "Sí, gracias",
            "date": telling.starts_at.astimezone(SPAIN).strftime("%Y-%m-%d %H:%M:%S"),
        }

    def _written(self, number: str) -> str:
        return numbers.oddly_written(number, self._chance)

    def _request(self, receipt: Receipt) -> Request:
        style = self._chance.random()
        if "notification" in receipt.wire and style < 0.5:  # noqa: PLR2004 - half of them
            query = f"notification={quote(receipt.wire['notification'])}"
            return Request("", b"", (receipt,), query=query, method="GET")
        if "notification" not in receipt.wire and style < 0.3:  # noqa: PLR2004 - a share
            return Request("application/json", json.dumps(receipt.wire, ensure_ascii=False).encode(), (receipt,))
        return Request(FORM, urlencode(receipt.wire).encode(), (receipt,))
