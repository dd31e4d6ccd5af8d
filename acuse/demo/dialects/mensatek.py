"""Mensatek as it calls: SMS, certified SMS, contracts and Fail2voice, as JSON or as a form, by Spanish clocks."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from acuse.demo import numbers
from acuse.demo.dialects.mensatek_stories import CALLED_INSTEAD, STORIES
from acuse.demo.episodes import Episode, Leg, Receipt, Request
from acuse.demo.script import Timing
from acuse.demo.stories import Pace
from acuse.demo.teller import Teller, Telling
from delivery.channels import Channel
from delivery.refs import recipient_ref
from delivery.stages import FAILURES, SUCCESSES, Stage

NAME: Final = "mensatek"
SPAIN: Final = ZoneInfo("Europe/Madrid")
FORM: Final = "application/x-www-form-urlencoded"
PACE: Final = Pace(median=4.5, spread=0.8)
VOICE_PACE: Final = Pace(median=32, spread=0.35, switched_off=0)
MOST_RECIPIENTS: Final = 40
OURS: Final = "34600000000"
ANSWERS: Final = ("SI", "Sí, mañana", "NO", "Confirmo", "¿A qué hora?", "BAJA")
BY_THE_MINUTE: Final = 0.03
WRONG_ZONE: Final = 0.02
ZONE_SLIP: Final = timedelta(hours=2)
CALLS: Final = 0.4
REPLIES: Final = 0.03


class Mensatek:
    """One ``idMensaje`` covers up to ``MOST_RECIPIENTS`` people, as in its send function."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._chance = teller.chance
        # Its ids are integers, here of 12 digits: those of two runs differ by the milliseconds between them.
        self._batch = int(teller.at.timestamp() * 1000) % 10**9 * 1000
        self._taken: set[str] = set()

    def tell(self) -> Episode:
        telling = self._teller.telling(STORIES, PACE)
        batch, number = self._recipient()
        claimed = telling.message_id
        reference = f"{claimed}.1" if claimed and self._chance.random() < 0.2 else telling.reference  # noqa: PLR2004 - a share
        if not telling.reported and self._chance.random() < 0.2:  # noqa: PLR2004 - a share
            claimed = self._teller.uuid7()
            reference = f"{claimed}.1"
        return _Narration(self._teller, telling, batch, number, reference, claimed).episode()

    def requests(self, receipts: Sequence[Receipt]) -> Sequence[Request]:
        made: list[Request] = []
        waiting = list(receipts)
        while waiting:
            together = self._chance.randint(2, 8) if self._chance.random() < 0.02 else 1  # noqa: PLR2004 - a share
            made.append(self._request(tuple(waiting[:together])))
            del waiting[:together]
        return made

    def garbage(self) -> Request:
        bodies = (
            b'{"Servicio":"SMSMASIVO","Resultado":"11","Movil":"346000',
            b"Servicio=SMSMASIVO&Resultado=11&Fecha=2020-12-03",
            b'{"Servicio":"SMSMASIVO","Resultado":"11","Movil":"34600000000","idMensaje":""}',
            b"\x00\xff\xfe not a report",
        )
        return Request("application/json", self._chance.choice(bodies) + b" " * self._chance.randrange(500), ())

    def _recipient(self) -> tuple[str, str]:
        if len(self._taken) >= MOST_RECIPIENTS or self._chance.random() < 0.1:  # noqa: PLR2004 - a share
            self._batch += 1
            self._taken.clear()
        make = numbers.french if self._chance.random() < 0.15 else numbers.spanish  # noqa: PLR2004 - a share
        number = make(self._chance)
        while number in self._taken:
            number = make(self._chance)
        self._taken.add(number)
        return str(self._batch), number

    def _request(self, receipts: tuple[Receipt, ...]) -> Request:
        wires = [receipt.wire for receipt in receipts]
        if len(wires) > 1:
            return Request("application/json", json.dumps(wires).encode(), receipts)
        style = self._chance.random()
        if style < 0.55:  # noqa: PLR2004 - a share
            return Request("application/json", json.dumps(wires[0], ensure_ascii=False).encode(), receipts)
        if style < 0.9:  # noqa: PLR2004 - a share
            return Request(FORM, urlencode(wires[0]).encode(), receipts)
        if style < 0.97:  # noqa: PLR2004 - a share
            latin = urlencode(wires[0], encoding="iso-8859-1").encode()
            return Request(f"{FORM}; charset=ISO-8859-1", latin, receipts)
        return _multipart(wires[0], receipts)


class _Narration:
    """One telling in Mensatek's words."""

    def __init__(
        self, teller: Teller, telling: Telling, batch: str, number: str, reference: str, claimed: str | None
    ) -> None:
        self._teller = teller
        self._chance = teller.chance
        self._telling = telling
        self._batch = batch
        self._number = number
        self._reference = reference
        self._claimed = claimed
        self._ref = recipient_ref(batch, number)

    def episode(self) -> Episode:
        story = self._telling.story
        legs = [self._leg()]
        receipts = [
            Receipt(legs[0].key, self._report("SMSMASIVO", self._chance.choice(beat.codes), moment))
            for beat, moment in zip(story.beats, self._telling.moments, strict=True)
        ]
        if story.ending.stage in FAILURES and receipts and self._chance.random() < CALLS:
            leg, receipt = self._call()
            legs.append(leg)
            receipts.append(receipt)
        if story.ending.stage in SUCCESSES and self._chance.random() < REPLIES:
            receipts.append(Receipt(legs[0].key, self._reply(), is_reply=True))
        return Episode(legs=legs, receipts=receipts, oddity=story.oddity)

    def _leg(self) -> Leg:
        telling = self._telling
        # A caller knows the id of the batch, or the attempt's own.
        ref = self._batch if self._chance.random() < 0.7 else f"{self._batch}:{self._number}"  # noqa: PLR2004 - a share
        send = self._teller.send(telling, provider=NAME, ref=ref, channel=Channel.SMS, to=self._number)
        if send:
            send["reference"] = self._reference
        delivered_at = telling.delivered_at
        return Leg(
            provider=NAME,
            ref=self._ref,
            channel=Channel.SMS,
            ending=telling.story.ending,
            timing=Timing.EXACT if delivered_at else Timing.NONE,
            seconds=float(self._elapsed(delivered_at)) if delivered_at else None,
            message_id=self._claimed,
            reference=self._reference,
            send=send,
        )

    def _call(self) -> tuple[Leg, Receipt]:
        """Fail2voice: the same ``idMensaje`` and number, another service, an attempt of its own."""
        called = self._teller.telling(CALLED_INSTEAD, VOICE_PACE)
        code = self._chance.choice(called.story.beats[0].codes)
        talking = called.moments[0] - called.sent_at
        moment = self._telling.moments[-1] + talking
        delivered = called.story.ending.stage is Stage.DELIVERED
        leg = Leg(
            provider=NAME,
            ref=recipient_ref(f"{self._batch}-voice", self._number),
            channel=Channel.VOICE,
            ending=called.story.ending,
            timing=Timing.EXACT if delivered else Timing.NONE,
            seconds=float(int(talking.total_seconds())) if delivered else None,
            message_id=self._claimed if self._reference == f"{self._claimed}.1" else None,
            reference=self._reference,
        )
        wire = self._report("FAIL2VOICE", code, moment)
        return leg, Receipt(leg.key, {**wire, "Segundos": str(int(talking.total_seconds()))})

    def _elapsed(self, moment: datetime) -> int:
        return int((moment - self._telling.starts_at).total_seconds())

    def _report(self, service: str, code: str, moment: datetime) -> Mapping[str, Any]:
        return {
            "Servicio": service,
            "Resultado": code,
            "Remitente": "ACME",
            "Movil": numbers.oddly_written(self._number, self._chance),
            "Fecha": self._date(moment),
            "Segundos": str(self._elapsed(moment)),
            "idMensaje": self._batch,
            "Referencia": self._reference,
            "idReport": str(self._chance.getrandbits(32)),
        }

    def _date(self, moment: datetime) -> str:
        """As its clock shows it: without zone, at times by the minute or in another zone where one receipt is all."""
        local = moment.astimezone(SPAIN)
        if len(self._telling.moments) == 1:
            odd = self._chance.random()
            if odd < BY_THE_MINUTE:
                return local.strftime("%Y-%m-%d %H:%M")
            if odd < BY_THE_MINUTE + WRONG_ZONE:
                local += self._chance.choice((-ZONE_SLIP, ZONE_SLIP))
        return local.strftime("%Y-%m-%d %H:%M:%S")

    def _reply(self) -> Mapping[str, Any]:
        moment = self._telling.moments[-1] + timedelta(seconds=self._chance.uniform(1, 2))
        return {
            "Servicio": "SMSRECIBIDO",
            "timestamp": str(int(moment.timestamp())),
            "Fecha": moment.astimezone(SPAIN).strftime("%Y-%m-%d %H:%M:%S"),
            "Movil": OURS,
            "Remitente": numbers.oddly_written(self._number, self._chance),
            "Mensaje": self._chance.choice(ANSWERS),
            "idR": str(self._chance.getrandbits(26)),
            "idM": self._batch,
            "EsCert": "false",
            "Referencia": self._reference,
        }


def _multipart(wire: Mapping[str, Any], receipts: tuple[Receipt, ...]) -> Request:
    boundary = "acuse-demo"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in wire.items()
    ]
    body = "".join([*parts, f"--{boundary}--\r\n"]).encode()
    return Request(f"multipart/form-data; boundary={boundary}", body, receipts)
