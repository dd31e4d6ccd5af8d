"""The endpoints of contacts, tags and fields."""

from typing import Final

from starlette.responses import Response

from acuse.simulator.ainumber.answers import Failed, one, page
from acuse.simulator.ainumber.parameters import Parameters
from acuse.simulator.ainumber.people import Contact, Field, People, Tag

PAGED: Final = frozenset({"page", "limit"})
OF_CONTACTS: Final = PAGED | {"tags", "status", "search_query"}
OF_CONTACT: Final = frozenset(
    {
        "id",
        "phone",
        "whatsapp_user_id",
        "name",
        "tags",
        "notes",
        "contact_fields",
        "block_notifications",
        "block_automation",
    }
)
OF_TAGS: Final = PAGED | {"name"}
OF_TAG: Final = frozenset({"id", "name"})
OF_FIELDS: Final = PAGED | {"search_query"}
OF_FIELD: Final = frozenset({"id", "name", "type", "options"})
TYPES: Final = ("text", "number", "list", "date", "boolean")


class Contacts:
    def __init__(self, people: People) -> None:
        self._people = people

    async def list_all(self, parameters: Parameters) -> Response:
        tags, status, words = parameters.texts("tags"), parameters.text("status"), parameters.text("search_query")
        found = [
            contact.document()
            for contact in self._people
            if (not status or contact.status == status)
            and (not tags or any(tag.name in tags for tag in contact.tags))
            and finds(words, contact)
        ]
        return page(found, parameters.query)

    async def subscribe(self, parameters: Parameters) -> Response:
        contact = self._people.meet(parameters.text("phone"), parameters.text("whatsapp_user_id"))
        return self._write(contact, parameters)

    async def update(self, parameters: Parameters) -> Response:
        contact = self._people.by_id(parameters.required("id"))
        if "phone" in parameters and self._people.meet(parameters.text("phone"), "") is not contact:
            raise Failed("phone: it is another contact's.")
        return self._write(contact, parameters)

    def _write(self, contact: Contact, parameters: Parameters) -> Response:
        tags, notes, fields = parameters.texts("tags"), parameters.texts("notes"), parameters.table("contact_fields")
        for name in ("block_notifications", "block_automation"):
            parameters.flag(name)
        contact.name = parameters.text("name") or contact.name
        self._people.tag(contact, tags)
        contact.notes += notes
        self._people.fill(contact, fields)
        return one(contact.document())

    async def list_tags(self, parameters: Parameters) -> Response:
        name = parameters.text("name").lower()
        return page([tag.document() for tag in self._people.tags if name in tag.name.lower()], parameters.query)

    async def create_tag(self, parameters: Parameters) -> Response:
        name = parameters.required("name")
        if any(tag.name == name for tag in self._people.tags):
            raise Failed("name: there is such a tag already.")
        return one(self._people.add_tag(name).document())

    async def update_tag(self, parameters: Parameters) -> Response:
        tag = self._tag(parameters)
        tag.name = parameters.required("name")
        return one(tag.document())

    async def delete_tag(self, parameters: Parameters) -> Response:
        self._people.remove_tag(self._tag(parameters).id)
        return one({"message": "The tag is deleted."})

    async def list_fields(self, parameters: Parameters) -> Response:
        words = parameters.text("search_query").lower()
        found = [each.document() for each in self._people.fields if words in each.name.lower()]
        return page(found, parameters.query)

    async def create_field(self, parameters: Parameters) -> Response:
        kind = _kind(parameters.required("type"))
        made = Field(self._people.new_id(), parameters.required("name"), kind, _options(parameters, kind, []))
        self._people.fields.put(made.id, made)
        return one(made.document())

    async def update_field(self, parameters: Parameters) -> Response:
        known = self._field(parameters)
        kind = _kind(parameters.text("type") or known.type)
        known.options = _options(parameters, kind, known.options)
        known.type, known.name = kind, parameters.text("name") or known.name
        return one(known.document())

    async def delete_field(self, parameters: Parameters) -> Response:
        self._people.fields.remove(self._field(parameters).id)
        return one({"message": "The contact field is deleted."})

    def _tag(self, parameters: Parameters) -> Tag:
        tag = self._people.tags.get(parameters.required("id"))
        if tag is None:
            raise Failed("There is no such tag.", "not_found")
        return tag

    def _field(self, parameters: Parameters) -> Field:
        known = self._people.fields.get(parameters.required("id"))
        if known is None:
            raise Failed("There is no such contact field.", "not_found")
        return known


def finds(words: str, contact: Contact) -> bool:
    """Whether a search for the words finds the person: by name, or by number with or without `+`."""
    return words.lower() in contact.name.lower() or words.strip().removeprefix("+") in contact.phone


def _kind(kind: str) -> str:
    if kind not in TYPES:
        raise Failed(f"type: must be one of {', '.join(TYPES)}.")
    return kind


def _options(parameters: Parameters, kind: str, otherwise: list[str]) -> list[str]:
    options = parameters.texts("options") or otherwise
    if kind == "list" and not options:
        raise Failed("options: a list needs its options.")
    return options if kind == "list" else []
