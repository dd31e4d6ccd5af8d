"""Webhooks: who is told what, with which proof."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from acuse.simulator.ainumber.answers import Failed
from acuse.simulator.ainumber.messages import Sent, received, written
from acuse.simulator.ainumber.people import NAME, Contact, People
from acuse.simulator.callbacks import Callback
from acuse.simulator.clock import Clock
from acuse.simulator.fates import Answered, Beat
from acuse.simulator.world import World

RECEIVED: Final = "message.received"
SENT: Final = "message.sent"
STATUS: Final = "message.sent_status"
SESSION_STATUS: Final = "whatsapp.message.session.sent_status"
TEMPLATE_STATUS: Final = "whatsapp.message.template.sent_status"
EVENTS: Final = (
    "contact.created",
    "contact.subscription_created",
    "contact.subscription_updated",
    "contact.unsubscribed",
    RECEIVED,
    SENT,
    STATUS,
    SESSION_STATUS,
    TEMPLATE_STATUS,
    "whatsapp.message.template.approval_status",
    "conversation.change_folder",
)
OF_DASHBOARD: Final = frozenset({RECEIVED, STATUS})


def token(secret: str, at: datetime) -> str:
    """What proves a request, either way."""
    timestamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), timestamp.encode(), hashlib.sha256).hexdigest()
    return base64.b64encode(f"{timestamp}.{digest}".encode()).decode()


@dataclass(slots=True, eq=False)
class Webhook:
    id: str
    url: str
    created_at: datetime
    events: set[str] = field(default_factory=set)


class Hooks:
    def __init__(self, world: World, people: People, clock: Clock) -> None:
        self._world = world
        self._people = people
        self._clock = clock
        self._webhooks: dict[str, Webhook] = {}

    def subscribe(self, url: str, event: str) -> dict[str, Any]:
        """One event more for the address. Raises ``Failed``."""
        if event not in EVENTS:
            raise Failed(f"event: unknown, must be one of {', '.join(EVENTS)}.")
        webhook = self._webhooks.setdefault(url, Webhook(self._people.new_id(), url, self._clock()))
        webhook.events.add(event)
        return {
            "id": webhook.id,
            "url": webhook.url,
            "active": True,
            "secret_key": self._world.account(NAME).credentials["webhook_secret"],
            "selected_webhooks": sorted(webhook.events),
            "created_at": written(webhook.created_at),
        }

    def callbacks(self, contact: Contact, sent: Sent) -> list[Callback]:
        """All that is ever to be told of a message, in its order."""
        message, told = sent.message, []
        for step in sent.steps:
            events = {STATUS, TEMPLATE_STATUS if sent.is_template else SESSION_STATUS}
            events |= {SENT} if step.status == "sent" else set()
            data = {"message_id": sent.id, "message_reference_id": sent.reference_id} | sent.status(step)
            told += self._to_all(events, contact, data, due=message.due(step.beat), code=step.code, beat=step.beat)
        if message.fate.reply:
            data = {"message_id": sent.answer_id} | sent.answer_document()
            del data["id"]
            due = message.due(sent.answer)
            told += self._to_all({RECEIVED}, contact, data, due=due, code="received", beat=sent.answer)
        return told

    def written(self, contact: Contact, text: str) -> list[Callback]:
        """What is told of something that the person writes, in answer to nothing."""
        now = self._clock()
        data = received(self._people.new_id(), text, now)
        told = {"message_id": data.pop("id"), **data}
        return self._to_all({RECEIVED}, contact, told, due=now, code="received", beat=Answered(0.0, text))

    def _to_all(
        self,
        events: set[str],
        contact: Contact,
        data: Mapping[str, Any],
        *,
        due: datetime,
        code: str,
        beat: Beat | Answered,
    ) -> list[Callback]:
        account = self._world.account(NAME)
        dashboard = self._webhooks.get(account.callback_url)
        subscribed = {"": (dashboard.events if dashboard else set()) | OF_DASHBOARD}
        subscribed |= {url: hook.events for url, hook in self._webhooks.items() if hook is not dashboard}
        data = {"conversation_id": contact.conversation_id, "contact": contact.short(), **data}
        return [
            Callback(
                due=due,
                code=code,
                beat=beat,
                body=msgspec.json.encode({"event": event, "data": data}),
                url=url,
                sign=self._proofs,
            )
            for url, wanted in subscribed.items()
            for event in sorted(events & wanted)
            if url or account.callback_url or not self._webhooks
        ]

    def _proofs(self, at: datetime, _: bytes) -> Mapping[str, str]:
        credentials = self._world.account(NAME).credentials
        return {
            "x-authorization": token(credentials["api_secret"], at),
            "x-auth-token": token(credentials["webhook_secret"], at),
        }
