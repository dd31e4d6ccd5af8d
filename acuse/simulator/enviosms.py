"""The Colombian SMS Sending API (`enviosms`), from its document.

One endpoint, POST; every answer is JSON, errors `{"error": …}` in English. No callbacks, no status request, no
cancelling: what becomes of a message only the control API knows.

Assumed, the document leaving it out: the path (any under the mount is taken), the header of the key (`X-API-Key`,
`API-Key`, or `Authorization` with it alone or after a word such as Bearer), the words of the 400s but for the first,
and that an account without credit is answered 403. A `programmedDate` that is past is refused.

Options in the world file: ``may_send = false`` makes the key one without permission (403).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import phonenumbers
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from acuse.simulator.callbacks import CallbackPoster
from acuse.simulator.clock import Clock
from acuse.simulator.world import World
from delivery.channels import Channel

NAME: Final = "enviosms"
KEY_HEADERS: Final = ("x-api-key", "api-key", "authorization")
LONGEST_TEXT: Final = 1530
"""Ten parts of 153, the most that handsets put together again."""

MISSING_KEY: Final = "API Key is missing or invalid."
NO_PERMISSION: Final = "API Key does not have permission to send SMS."
BODY_REQUIRED: Final = "The 'messageBody' field is required when 'journeyID' is not specified."
NOT_JSON: Final = "The request body must be a valid JSON object."
RECIPIENT_REQUIRED: Final = "The 'recipient' field is required."
BAD_RECIPIENT: Final = "The 'recipient' field must be a mobile number in international format."
EXCLUSIVE: Final = "The 'messageBody' and 'journeyID' fields are mutually exclusive."
TEMPLATE_REQUIRED: Final = "The 'templateID' field is required when 'journeyID' is specified."
PARAMS_REQUIRED: Final = "The 'templateParams' field is required when 'journeyID' is specified."
BAD_DATE: Final = "The 'programmedDate' field must be a future ISO 8601 UTC date and time."
TOO_LONG: Final = "The 'messageBody' field exceeds the maximum length."


class _Refused(Exception):
    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


def create(world: World, post: CallbackPoster, clock: Clock) -> Starlette:  # noqa: ARG001 - it has no callbacks
    """The provider. See the module for what it knows."""

    async def send(request: Request) -> Response:
        try:
            _authorise(request, world)
            order = _order(await request.body())
            answer = _take(order, world, clock())
        except _Refused as refused:
            return _json({"error": refused.error}, refused.status)
        return _json(answer)

    return Starlette(routes=[Route("/{path:path}", send, methods=["POST"]), Route("/", send, methods=["POST"])])


def _authorise(request: Request, world: World) -> None:
    account = world.account(NAME)
    shown = {request.headers.get(name, "").rpartition(" ")[2] for name in KEY_HEADERS}
    if account.credentials["api_key"] not in shown:
        raise _Refused(401, MISSING_KEY)
    if account.options.get("may_send") is False:
        raise _Refused(403, NO_PERMISSION)


def _order(body: bytes) -> Mapping[str, Any]:
    try:
        order = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise _Refused(400, NOT_JSON) from None
    if not isinstance(order, dict):
        raise _Refused(400, NOT_JSON)
    return order


def _take(order: Mapping[str, Any], world: World, now: datetime) -> dict[str, str]:
    recipient = _recipient(order)
    text = _content(order)
    scheduled_for = _programmed(order, now)
    if not isinstance(order.get("flashMessage", False), bool):
        raise _Refused(400, "The 'flashMessage' field must be a boolean.")
    if not world.charge(NAME, 1):
        raise _Refused(403, NO_PERMISSION)
    sms_id = UUID(world.uuid(NAME)).hex[:24]
    message = world.take(
        NAME, channel=Channel.SMS, recipient=recipient, id=sms_id, text=text, scheduled_for=scheduled_for
    )
    if message.fate.refused:
        world.refuse(message)
        world.refund(NAME, 1)
        raise _Refused(400, BAD_RECIPIENT)
    answer = {"smsId": sms_id, "status": "Queued"}
    if scheduled_for:
        answer["scheduledFor"] = str(order["programmedDate"])
    return answer


def _recipient(order: Mapping[str, Any]) -> str:
    written = order.get("recipient")
    if not written:
        raise _Refused(400, RECIPIENT_REQUIRED)
    try:
        number = phonenumbers.parse(str(written))
    except phonenumbers.NumberParseException:
        raise _Refused(400, BAD_RECIPIENT) from None
    if not phonenumbers.is_possible_number(number):
        raise _Refused(400, BAD_RECIPIENT)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _content(order: Mapping[str, Any]) -> str:
    """The text; of a journey what names it, since the provider alone knows its words."""
    body, journey = order.get("messageBody"), order.get("journeyID")
    if body and journey:
        raise _Refused(400, EXCLUSIVE)
    if not journey:
        if not body or not isinstance(body, str):
            raise _Refused(400, BODY_REQUIRED)
        if len(body) > LONGEST_TEXT:
            raise _Refused(400, TOO_LONG)
        return body
    if not order.get("templateID"):
        raise _Refused(400, TEMPLATE_REQUIRED)
    if not isinstance(order.get("templateParams"), dict):
        raise _Refused(400, PARAMS_REQUIRED)
    for name in ("journeyID", "templateID"):
        if not _is_guid(order[name]):
            raise _Refused(400, f"The '{name}' field must be a valid GUID.")
    return f"journey {journey}, template {order['templateID']}, {msgspec.json.encode(order['templateParams']).decode()}"


def _is_guid(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


def _programmed(order: Mapping[str, Any], now: datetime) -> datetime | None:
    written = order.get("programmedDate")
    if written is None:
        return None
    try:
        at = datetime.fromisoformat(str(written))
    except ValueError:
        raise _Refused(400, BAD_DATE) from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    if at <= now:
        raise _Refused(400, BAD_DATE)
    return at


def _json(document: Mapping[str, str], status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")
