"""Contacts, their tags and fields, and their conversations."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from acuse.simulator.ainumber.answers import Failed
from acuse.simulator.ainumber.messages import Sent, written
from acuse.simulator.clock import Clock
from acuse.simulator.numbers import e164
from acuse.simulator.shelf import Shelf
from acuse.simulator.world import World

NAME: Final = "ainumber"
FOLDERS: Final = ("open", "done", "spam", "notified")


@dataclass(slots=True, eq=False)
class Tag:
    id: str
    name: str

    def document(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name}


@dataclass(slots=True, eq=False)
class Field:
    id: str
    name: str
    type: str
    options: list[str]

    def document(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "type": self.type, "options": self.options}


@dataclass(slots=True, eq=False)
class Contact:
    """``conversation_id`` names the one conversation held with the person."""

    id: str
    conversation_id: str
    phone: str
    created_at: datetime
    name: str = ""
    status: str = "subscribed"
    folder: str = "open"
    chatbot_active: bool = True
    agent_id: str | None = None
    tags: list[Tag] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)

    @property
    def whatsapp_user_id(self) -> str:
        """What stands for the number in WhatsApp."""
        return f"XX.{int(hashlib.sha256(self.phone.encode()).hexdigest()[:16], 16)}"

    def short(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "phone": self.phone, "whatsapp_user_id": self.whatsapp_user_id}

    def document(self) -> dict[str, Any]:
        return {
            **self.short(),
            "created_at": written(self.created_at),
            "tags": [tag.document() for tag in self.tags],
            "status": self.status,
            "folder": self.folder,
            "contact_fields": [{"key": key, "value": value} for key, value in self.fields.items()],
            "notes": [{"value": note} for note in self.notes],
        }

    def messages(self, now: datetime) -> list[dict[str, Any]]:
        """Both directions, from the newest."""
        # By when it happens here: what is told is not compressed by the world's speed, and may be ahead of it.
        listed = [(sent.message.out_at, sent.document(now)) for sent in self.sent]
        answers = [sent for sent in self.sent if sent.has_answered(now)]
        listed += [(sent.message.due(sent.answer), sent.answer_document()) for sent in answers]
        return [document for _, document in sorted(listed, key=lambda each: each[0], reverse=True)]

    def conversation(self, now: datetime) -> dict[str, Any]:
        ours = max((sent.at for sent in self.sent), default=None)
        theirs = max((sent.answered_at for sent in self.sent if sent.has_answered(now)), default=None)
        newest = self.messages(now)[:1]
        return {
            "id": self.conversation_id,
            "folder": self.folder,
            "chatbot_active": self.chatbot_active,
            "platform": "whatsapp",
            "created_at": written(self.created_at),
            "contact": self.short(),
            "last_message": {
                "direction": newest[0]["direction"] if newest else None,
                "status": newest[0]["status"] if newest else None,
                "inbound_sent_at": written(theirs) if theirs else None,
                "outbound_sent_at": written(ours) if ours else None,
            },
        }

    def latest(self, now: datetime) -> datetime:
        """When something was said last, here."""
        times = [sent.message.out_at for sent in self.sent]
        times += [sent.message.due(sent.answer) for sent in self.sent if sent.has_answered(now)]
        return max([self.created_at, *times])


class People:
    """Everybody whom the account knows, found by id, number, or conversation."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._by_phone: Shelf[Contact] = Shelf()
        self._by_id: Shelf[Contact] = Shelf()
        self._by_conversation: Shelf[Contact] = Shelf()
        self._by_user: Shelf[Contact] = Shelf()
        self.tags: Shelf[Tag] = Shelf()
        self.fields: Shelf[Field] = Shelf()

    def __iter__(self) -> Iterator[Contact]:
        return iter(self._by_id)

    def new_id(self) -> str:
        return self._world.uuid(NAME)

    def meet(self, phone: str, whatsapp_user_id: str) -> Contact:
        """The contact with the number, else with the id, made where there is none yet. Raises ``Failed``."""
        if not phone:
            contact = self._by_user.get(whatsapp_user_id)
            if contact is None:
                raise Failed("phone: this field is required.")
            return contact
        number = e164(phone)
        if number is None:
            raise Failed("phone: this is not a valid phone number.")
        return self._by_phone.get(number) or self._add(number)

    def _add(self, number: str) -> Contact:
        contact = Contact(self.new_id(), self.new_id(), number, self._clock())
        self._by_phone.put(number, contact)
        self._by_id.put(contact.id, contact)
        self._by_conversation.put(contact.conversation_id, contact)
        self._by_user.put(contact.whatsapp_user_id, contact)
        return contact

    def by_id(self, contact_id: str) -> Contact:
        """Raises ``Failed``."""
        contact = self._by_id.get(contact_id)
        if contact is None:
            raise Failed("There is no such contact.", "not_found")
        return contact

    def by_conversation(self, conversation_id: str) -> Contact:
        """Raises ``Failed``."""
        contact = self._by_conversation.get(conversation_id)
        if contact is None:
            raise Failed("There is no such conversation.", "not_found")
        return contact

    def tag(self, contact: Contact, names: list[str]) -> None:
        """Tags that do not exist yet are made."""
        for name in names:
            known = next((tag for tag in self.tags if tag.name == name), None) or self.add_tag(name)
            if known not in contact.tags:
                contact.tags.append(known)

    def add_tag(self, name: str) -> Tag:
        tag = Tag(self.new_id(), name)
        self.tags.put(tag.id, tag)
        return tag

    def remove_tag(self, tag_id: str) -> bool:
        tag = self.tags.remove(tag_id)
        if tag is None:
            return False
        for contact in self:
            contact.tags = [each for each in contact.tags if each is not tag]
        return True

    def fill(self, contact: Contact, values: Mapping[str, str]) -> None:
        """Fields that do not exist are passed over."""
        names = {known.name for known in self.fields}
        contact.fields.update({name: value for name, value in values.items() if name in names})
