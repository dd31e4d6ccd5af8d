"""Orders as omnimessages, and what Messente's answers to them say."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlsplit

import msgspec

from delivery.channels import Channel
from delivery.orders import Order, Priority, Store
from delivery.stages import Stage
from ingest.accounts import Account
from ingest.identifiers import identifier
from ingest.outbound import HttpAnswer, HttpCall, Sending, SendResult, Taken, Unclear
from ingest.providers.messente import client
from ingest.providers.messente.callbacks import CHANNELS
from ingest.providers.messente.client import Leg, Omnimessage, TakenLeg, TakenOmnimessage
from ingest.providers.messente.faults import read_failure
from ingest.providers.messente.legs import legs_of, words_of
from ingest.sent import content_of, sent_event
from ingest.webhook import Unreadable

_taken: Final = msgspec.json.Decoder(TakenOmnimessage)


def send_call(order: Order, sending: Sending) -> HttpCall:
    """Raises `Unsendable`."""
    dlr_url, secrets = callback_address(sending.account, sending.reference)
    message = Omnimessage(
        to=order.personal.to,
        messages=legs_of(order),
        dlr_url=dlr_url or None,
        text_store=None if order.store is Store.PLAINTEXT else order.store.value,
        time_to_send=_written(order.send_at) if order.send_at else None,
        priority=None if order.priority is Priority.REGULAR else order.priority.value,
    )
    return client.send(message, secrets)


def read_sent(order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
    """The first leg is queued, or scheduled where the order is; Messente holds the later ones until it has failed."""
    if not answer.succeeded:
        return read_failure(answer, content_of(order))
    try:
        taken = _taken.decode(answer.body)
        refs = [identifier(leg.message_id, "message_id") for leg in taken.messages]
        handle = identifier(taken.omnimessage_id, "omnimessage_id")
        channels = [Channel(leg.channel) for leg in taken.messages]
    except (msgspec.MsgspecError, UnicodeError, RecursionError, Unreadable, ValueError):
        refs, channels = [], []
    if not refs or not CHANNELS.issuperset(channels):
        return Unclear(f"HTTP {answer.status} without the ids of messages")
    legs = _asked(legs_of(order), taken.messages)
    call = send_call(order, sending)
    later = order.send_at is not None and order.send_at > answer.received_at
    return Taken(
        [
            sent_event(
                order,
                sending,
                answer,
                call,
                ref=ref,
                channel=channel,
                stage=Stage.SCHEDULED if later or place > 0 else Stage.QUEUED,
                handle=handle,
                sender=said.sender,
                text=words_of(asked) or "" if asked else "",
            )
            for place, (ref, channel, said, asked) in enumerate(zip(refs, channels, taken.messages, legs, strict=True))
        ]
    )


def callback_address(account: Account, reference: str) -> tuple[str, tuple[str, ...]]:
    """Where reports are to be sent, with the credentials and the reference that they shall come with; its secrets."""
    address = urlsplit(account.callback_url)
    if not address.netloc:
        return "", ()
    host = address.netloc.rpartition("@")[2]
    proof = ""
    if account.callback_username and account.callback_password:
        proof = f"{quote(account.callback_username, safe='')}:{quote(account.callback_password, safe='')}"
    query = f"{address.query}&" if address.query else ""
    complete = address._replace(
        netloc=f"{proof}@{host}" if proof else host,
        query=f"{query}reference={quote(reference, safe='')}",
        fragment="",
    )
    return complete.geturl(), (proof,) if proof else ()


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _asked(legs: Sequence[Leg], answered: Sequence[TakenLeg]) -> Sequence[Leg | None]:
    """The leg that each answered one is: the first of its channel that is not another's already."""
    left = list(legs)
    found: list[Leg | None] = []
    for said in answered:
        same = next((leg for leg in left if leg.__struct_config__.tag == said.channel), None)
        found.append(same)
        if same is not None:
            left.remove(same)
    return found
