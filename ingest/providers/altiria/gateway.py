"""Altiria's SMS gateway: the other API of the name, which its own client speaks. An account is there by its address.

From its client (sms-python-client 1.0): `sendSms` and `getCredit` below `/apirest/ws`, JSON with the credentials in the
body, `destination`, `message` with `msg`, `senderId`, `ack`, `idAck`, `concat`, `certDelivery` and `encoding`
(`unicode`); the answer's `status`, and its codes with their meanings; an error of the request itself as `error` beside
another HTTP status than 200.
From the versions of its specification that can be read publicly: `idAck` has at most 20 characters, and comes back in
the confirmation. Our reference has more, so it cannot travel: what does is a digest of it, the same for the same step,
which makes the attempt's ref, but names no message to who sees it alone.
Assumed: `details`, an array with a `status` for each destination, where the whole was taken.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from delivery.channels import Channel
from delivery.orders import Order
from delivery.reasons import Reason
from delivery.refs import recipient_ref
from delivery.segmentation import Encoding, segmentation
from ingest.accounts import Account, NotConfigured
from ingest.answered import answered, by_status, mapping, sequence, text
from ingest.discreet import discreet
from ingest.operations import OperationFailed
from ingest.outbound import (
    JSON,
    HttpAnswer,
    HttpCall,
    Refused,
    Sending,
    SendResult,
    Taken,
    Unauthorised,
    Unclear,
    shortened,
)
from ingest.providers.altiria.client import number
from ingest.providers.altiria.options import AltiriaOptions
from ingest.sent import sent_event
from ingest.unsendable import Unsendable

ADDRESS_ENDS_WITH: Final = "/apirest/ws"
LONGEST_ID_ACK: Final = 20
TAKEN: Final = "000"
NOT_OURS: Final = "020"
INTERNAL: Final = "001"
STATUSES: Final[Mapping[str, tuple[Reason, str]]] = {
    "001": (Reason.PROVIDER_ERROR, "INTERNAL_SERVER_ERROR"),
    "002": (Reason.PROVIDER_ERROR, "SSL_PORT_ERROR"),
    "010": (Reason.INVALID_NUMBER, "DESTINATION_FORMAT_ERROR"),
    "013": (Reason.CONTENT_REFUSED, "MESSAGE_IS_TOO_LONG"),
    "014": (Reason.CONTENT_REFUSED, "INVALID_HTTP_REQUEST_ENCODING"),
    "015": (Reason.INVALID_NUMBER, "INVALID_DESTINATION"),
    "016": (Reason.DUPLICATE, "DUPLICATED_DESTINATION"),
    "017": (Reason.CONTENT_REFUSED, "EMPTY_MESSAGE"),
    "018": (Reason.PROVIDER_ERROR, "TOO_MANY_DESTINATIONS"),
    "019": (Reason.PROVIDER_ERROR, "TOO_MANY_MESSAGES"),
    "020": (Reason.PROVIDER_ERROR, "AUTHENTICATION_ERROR"),
    "033": (Reason.PROVIDER_ERROR, "INVALID_DESTINATION_SMS_PORT"),
    "034": (Reason.PROVIDER_ERROR, "INVALID_ORIGIN_SMS_PORT"),
    "035": (Reason.CONTENT_REFUSED, "INVALID_LANDING"),
    "036": (Reason.CONTENT_REFUSED, "LANDING_NOT_EXISTS"),
    "037": (Reason.CONTENT_REFUSED, "TOO_MANY_LANDINGS"),
    "038": (Reason.CONTENT_REFUSED, "SYNTAX_LANDING_ERROR"),
    "039": (Reason.CONTENT_REFUSED, "SYNTAX_WEB_PARAMS_ERROR"),
}


def is_gateway(account: Account) -> bool:
    """Whether the account's address is the SMS gateway's."""
    return account.base_url.rstrip("/").endswith(ADDRESS_ENDS_WITH)


def with_credentials(call: HttpCall, account: Account) -> bytes:
    """The body as the gateway takes it. Raises `NotConfigured`."""
    login, password = (account.credentials.get(name, "") for name in ("login", "password"))
    if not login or not password:
        raise NotConfigured(f"[providers.{account.name}] login and password: the SMS gateway wants both")
    return json.dumps({"credentials": {"login": login, "passwd": password}} | json.loads(call.body or b"{}")).encode()


def check(order: Order, options: AltiriaOptions, sending: Sending) -> None:
    """Raises `Unsendable` for what only the platform can send."""
    if order.channel is not Channel.SMS:
        raise Unsendable("channel", f"Altiria's SMS gateway, where this account is, does not send {order.channel}")
    if order.send_at is not None and order.send_at > sending.at:
        raise Unsendable("send_at", "Altiria's SMS gateway, where this account is, sends at once; leave it out")
    for name, given in (("landing", options.landing), ("flash", options.flash)):
        if given:
            raise Unsendable(f"options.{name}", "Altiria's SMS gateway, where this account is, does not take it")


def send_call(order: Order, options: AltiriaOptions, reference: str) -> HttpCall:
    personal = order.personal
    written = segmentation(personal.text or "")
    message: dict[str, Any] = {"msg": personal.text}
    if personal.sender:
        message["senderId"] = personal.sender
    message |= {"ack": True, "idAck": id_ack(reference)}
    if len(written.parts) > 1:
        message["concat"] = True
    if options.certified:
        message["certDelivery"] = True
    if options.encoding == "utf-16" or (options.encoding is None and written.encoding is Encoding.UCS2):
        message["encoding"] = "unicode"
    return _post("/sendSms", {"destination": [number(personal.to)], "message": message})


def credit_call() -> HttpCall:
    return _post("/getCredit", {})


def id_ack(reference: str) -> str:
    return hashlib.blake2b(reference.encode(), digest_size=LONGEST_ID_ACK // 2).hexdigest()


def read_sent(order: Order, sending: Sending, call: HttpCall, answer: HttpAnswer) -> SendResult:
    body = mapping(answered(answer))
    status = _status(body) if answer.succeeded else ""
    if status == TAKEN:
        ref = recipient_ref(id_ack(sending.reference), order.personal.to)
        return Taken([sent_event(order, sending, answer, call, ref=ref, code=status, code_text="accepted")])
    if status == NOT_OURS:
        return Unauthorised(STATUSES[status][1])
    if status == INTERNAL:
        return Unclear(STATUSES[status][1])
    if status:
        reason, meaning = STATUSES.get(status, (Reason.UNKNOWN_CODE, "a status that is in no table"))
        return Refused(reason, discreet(status, order), meaning)
    result = by_status(answer)
    words = discreet(text(body.get("error")), order)
    return Refused(result.reason, result.code, words) if isinstance(result, Refused) and words else result


def read_credit(answer: HttpAnswer) -> Mapping[str, str]:
    """Raises `OperationFailed`."""
    body = mapping(answered(answer))
    status = _status(body)
    if not answer.succeeded or status != TAKEN:
        _, meaning = STATUSES.get(status, (None, shortened(text(body.get("error")))))
        raise OperationFailed(meaning or f"HTTP {answer.status}, status {status or 'missing'}")
    return {"credit": text(body.get("credit"))}


def _status(body: Mapping[str, Any]) -> str:
    """The whole's status; where that was taken, the one destination's."""
    status = text(body.get("status"))
    details = [text(mapping(detail).get("status")) for detail in sequence(body.get("details"))]
    return next((detail for detail in details if detail and detail != TAKEN), status) if status == TAKEN else status


def _post(path: str, body: Mapping[str, Any]) -> HttpCall:
    return HttpCall("POST", path, json.dumps(body).encode(), JSON)
