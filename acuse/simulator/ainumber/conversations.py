"""The endpoints of conversations and their messages, of templates, of the chatbot."""

from datetime import UTC, datetime
from typing import Final

from starlette.responses import Response

from acuse.simulator.ainumber.answers import Failed, one, page
from acuse.simulator.ainumber.contacts import PAGED, finds
from acuse.simulator.ainumber.parameters import Parameters
from acuse.simulator.ainumber.people import FOLDERS, People
from acuse.simulator.ainumber.templates import TEMPLATES
from acuse.simulator.clock import Clock

OF_LIST: Final = PAGED | {"date_from", "date_to", "folder", "search_query"}
OF_MESSAGES: Final = PAGED | {"conversation_id"}
OF_ONE: Final = frozenset({"conversation_id"})
OF_UPDATE: Final = OF_ONE | {"folder"}
OF_TEMPLATES: Final = PAGED | {"status", "search_query"}
OF_CHATBOT: Final = OF_ONE | {"active"}


class Conversations:
    def __init__(self, people: People, clock: Clock) -> None:
        self._people = people
        self._clock = clock

    async def list_all(self, parameters: Parameters) -> Response:
        now, folder, words = self._clock(), parameters.text("folder"), parameters.text("search_query")
        first, last = _date(parameters, "date_from"), _date(parameters, "date_to")
        found = [
            contact
            for contact in self._people
            if (not folder or contact.folder == folder)
            and finds(words, contact)
            and (first is None or contact.latest(now) >= first)
            and (last is None or contact.latest(now) <= last)
        ]
        found.sort(key=lambda contact: contact.latest(now), reverse=True)
        return page([contact.conversation(now) for contact in found], parameters.query)

    async def list_messages(self, parameters: Parameters) -> Response:
        contact = self._people.by_conversation(parameters.required("conversation_id"))
        return page(contact.messages(self._clock()), parameters.query)

    async def show(self, parameters: Parameters) -> Response:
        contact = self._people.by_conversation(parameters.required("conversation_id"))
        return one(contact.conversation(self._clock()))

    async def update(self, parameters: Parameters) -> Response:
        contact = self._people.by_conversation(parameters.required("conversation_id"))
        folder = parameters.text("folder") or contact.folder
        if folder not in FOLDERS:
            raise Failed(f"folder: must be one of {', '.join(FOLDERS)}.")
        contact.folder = folder
        return one(contact.conversation(self._clock()))

    async def list_templates(self, parameters: Parameters) -> Response:
        status, words = parameters.text("status"), parameters.text("search_query").lower()
        found = [
            template.document()
            for template in TEMPLATES
            if (not status or template.status == status) and words in f"{template.keyword} {template.text}".lower()
        ]
        return page(found, parameters.query)

    async def set_chatbot(self, parameters: Parameters) -> Response:
        contact = self._people.by_conversation(parameters.required("conversation_id"))
        if "active" not in parameters:
            raise Failed("active: this field is required.")
        contact.chatbot_active = parameters.flag("active")
        return one({"message": f"The chatbot is {'on' if contact.chatbot_active else 'off'}."})

    async def show_chatbot(self, parameters: Parameters) -> Response:
        contact = self._people.by_conversation(parameters.required("conversation_id"))
        return one({"conversation_id": contact.conversation_id, "chatbot_active": contact.chatbot_active})


def _date(parameters: Parameters, name: str) -> datetime | None:
    written = parameters.text(name)
    if not written:
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise Failed(f"{name}: this is not a date.") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
