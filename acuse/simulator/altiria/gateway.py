"""The SMS gateway under `/apirest/ws`."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from acuse.simulator.altiria.errors import json
from acuse.simulator.altiria.notifications import FORM
from acuse.simulator.altiria.texts import as_gsm, parts_of
from acuse.simulator.callbacks import Callback, CallbackPoster
from acuse.simulator.fates import Beat
from acuse.simulator.messages import TakenMessage
from acuse.simulator.numbers import e164
from acuse.simulator.world import World
from delivery.channels import Channel
from delivery.stages import SUCCESSES, Stage

NAME: Final = "altiria"
TAKEN: Final = "000"
INTERNAL: Final = "001"
BAD_DESTINATION: Final = "010"
TOO_LONG: Final = "013"
NO_DESTINATION: Final = "015"
DUPLICATE: Final = "016"
EMPTY: Final = "017"
TOO_MANY: Final = "018"
NOT_KNOWN: Final = "020"

MOST_DESTINATIONS: Final = 100
MOST_PARTS: Final = 10
LONGEST_ID: Final = 20
CERTIFICATE_SECONDS: Final = 30.0
NOT_DELIVERED: Final = ("NO_ENTREGADO", "NO_ENTREGADO", "ERROR_114", "ERROR_115")


class _Unreadable(Exception):
    """The request is not what the gateway takes; the message names how."""


class _Status(Exception):
    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Gateway:
    def __init__(self, world: World, post: CallbackPoster) -> None:
        self._world = world
        self._post = post

    async def send_sms(self, request: Request) -> Response:
        return await self._answer(request, self._send)

    async def get_credit(self, request: Request) -> Response:
        return await self._answer(request, self._credit)

    async def _answer(self, request: Request, function: Any) -> Response:
        try:
            document = await _document(request)
            self._authorise(document)
            return json(await function(document))
        except _Unreadable as unreadable:
            return json({"error": str(unreadable)}, 400)
        except _Status as failed:
            return json({"status": failed.status})

    def _authorise(self, document: Mapping[str, Any]) -> None:
        shown = document.get("credentials")
        if not isinstance(shown, dict):
            raise _Unreadable("CREDENTIALS_NOT_NULL")
        given = {name.lower(): value for name, value in shown.items()}
        login, password = given.get("login", given.get("apikey")), given.get("passwd", given.get("apisecret"))
        if login is None:
            raise _Unreadable("LOGIN_NOT_NULL")
        if password is None:
            raise _Unreadable("PASSWORD_NOT_NULL")
        account = self._world.account(NAME)
        if (login, password) != (account.credentials["login"], account.credentials["password"]):
            raise _Status(NOT_KNOWN)
        if account.options.get("broken"):
            raise _Status(INTERNAL)

    async def _credit(self, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"status": TAKEN, "credit": f"{self._world.account(NAME).credit:.2f}"}

    async def _send(self, document: Mapping[str, Any]) -> dict[str, Any]:
        destinations, message = document.get("destination"), document.get("message")
        if not isinstance(destinations, list) or not destinations:
            raise _Status(NO_DESTINATION)
        if len(destinations) > MOST_DESTINATIONS:
            raise _Status(TOO_MANY)
        if not isinstance(message, dict):
            raise _Unreadable("MESSAGE_NOT_NULL")
        text, parts = _text(message)
        numbers = [_number(each) for each in destinations]
        if not any(numbers):
            raise _Status(NO_DESTINATION)
        if not self._world.charge(NAME, parts * len(set(filter(None, numbers)))):
            raise _Status(INTERNAL)
        details: list[dict[str, Any]] = []
        for place, (destination, number) in enumerate(zip(destinations, numbers, strict=True)):
            if number is None:
                details.append({"destination": str(destination), "status": BAD_DESTINATION})
            elif number in numbers[:place]:
                details.append({"destination": str(destination), "status": DUPLICATE})
            else:
                details += await self._send_to(str(destination), number, message, text, parts)
        if all(each["status"] != TAKEN for each in details):
            raise _Status(NO_DESTINATION)
        return {"status": TAKEN, "details": details}

    async def _send_to(
        self, destination: str, number: str, message: Mapping[str, Any], text: str, parts: int
    ) -> list[dict[str, Any]]:
        id_ack = str(message.get("idAck") or "")[:LONGEST_ID] if message.get("ack") is True else ""
        taken = self._world.take(
            NAME,
            channel=Channel.SMS,
            recipient=number,
            id=str(self._world.number(NAME)),
            reference=id_ack,
            sender=str(message.get("senderId") or ""),
            text=text,
        )
        if taken.fate.refused:
            self._world.refuse(taken)
            self._world.refund(NAME, parts)
            return [{"destination": destination, "status": BAD_DESTINATION}]
        if id_ack:
            is_certified = message.get("certDelivery") is True
            await self._post.plan(taken, self._confirmations(taken, destination, id_ack, is_certified=is_certified))
        names = [destination] if parts == 1 else [f"{destination}({part})" for part in range(parts)]
        acknowledged = {"idAck": id_ack} if id_ack else {}
        return [{"destination": name, "status": TAKEN} | acknowledged for name in names]

    def _confirmations(
        self, message: TakenMessage, destination: str, id_ack: str, *, is_certified: bool
    ) -> list[Callback]:
        told: list[tuple[Beat, str]] = []
        for beat in message.fate.beats:
            if beat.stage in SUCCESSES:
                told.append((beat, "ENTREGADO"))
            elif beat.stage is Stage.EXPIRED:
                told.append((beat, "NO_ENTREGADO"))
            elif beat.stage is not Stage.SENT:
                told.append((beat, message.fate.chance.choice(NOT_DELIVERED)))
        if is_certified and told:
            last = Beat(told[-1][0].after + CERTIFICATE_SECONDS, told[-1][0].stage, told[-1][0].reason)
            told.append((last, f"CERT(https://certificates.example.com/{message.id}.pdf)"))
        return [self._confirmation(message, f"{destination},{id_ack},{status}", status, beat) for beat, status in told]

    def _confirmation(self, message: TakenMessage, notification: str, status: str, beat: Beat) -> Callback:
        account = self._world.account(NAME)
        fields, due = urlencode({"notification": notification}), message.due(beat)
        if account.callback_format == FORM:
            kind = "application/x-www-form-urlencoded"
            return Callback(due=due, code=status, beat=beat, body=fields.encode(), content_type=kind)
        address = account.callback_url
        url = f"{address}{'&' if '?' in address else '?'}{fields}" if address else ""
        return Callback(due=due, code=status, beat=beat, method="GET", url=url)


async def _document(request: Request) -> Mapping[str, Any]:
    try:
        document = msgspec.json.decode(await request.body())
    except msgspec.DecodeError:
        raise _Unreadable("JSON_NOT_VALID") from None
    if not isinstance(document, dict):
        raise _Unreadable("JSON_NOT_VALID")
    return document


def _text(message: Mapping[str, Any]) -> tuple[str, int]:
    """What the person reads, and in how many SMS."""
    text = message.get("msg")
    if not isinstance(text, str) or not text.strip():
        raise _Status(EMPTY)
    is_unicode = message.get("encoding") == "unicode"
    text = text if is_unicode else as_gsm(text)
    parts = parts_of(text, unicode=is_unicode)
    if parts > (MOST_PARTS if message.get("concat") is True else 1):
        raise _Status(TOO_LONG)
    return text, parts


def _number(destination: object) -> str | None:
    """Written with the country's code and without `+`."""
    written = str(destination)
    return None if written.startswith("+") else e164(written)
