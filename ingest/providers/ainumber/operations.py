"""What AI Number can do beside messages: contacts with their tags and fields, templates, conversations, teams, the
chatbot, webhooks. Every parameter is the API's own, by its name.

Contacts are subscribed as its client does: quietly, unless it is said otherwise.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from ingest.answered import answered, mapping, text
from ingest.operations import Operation, OperationFailed
from ingest.outbound import HttpAnswer, HttpCall, shortened
from ingest.providers.ainumber.client import given, with_body

Id = Annotated[str, Meta(description="Its id", min_length=1)]
Name = Annotated[str, Meta(description="Its name", min_length=1)]
ConversationId = Annotated[str, Meta(description="Id of the conversation", min_length=1)]
Page = Annotated[Annotated[int, Meta(ge=1)] | None, Meta(description="Page, from 1")]
Limit = Annotated[Annotated[int, Meta(ge=1, le=100)] | None, Meta(description="Elements a page, at most 100")]
Search = Annotated[str | None, Meta(description="What to look for")]
Number = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
FieldType = Literal["text", "number", "list", "date", "boolean"]
Options = Annotated[list[str] | None, Meta(description="What a field of type list may be")]


class ListContacts(Struct, frozen=True, kw_only=True):
    tags: Annotated[list[str] | None, Meta(description="Only those with these tags")] = None
    status: Annotated[Literal["subscribed", "unsubscribed"] | None, Meta(description="Only these")] = None
    search_query: Search = None
    page: Page = None
    limit: Limit = None


class Contact(Struct, frozen=True, kw_only=True):
    tags: Annotated[list[str] | None, Meta(description="Tags; those that do not exist are made")] = None
    name: Annotated[str | None, Meta(description="Name of the person")] = None
    contact_fields: Annotated[dict[str, str] | None, Meta(description="Values of fields, by the field's name")] = None
    notes: Annotated[list[str] | None, Meta(description="Notes, which are added to those there are")] = None


class SubscribeContact(Contact, frozen=True, kw_only=True):
    phone: Annotated[Number, Meta(description="Number of the person, in E.164")]
    block_notifications: Annotated[bool, Meta(description="Tell no agent of it")] = True
    block_automation: Annotated[bool, Meta(description="Send the person no automatic template")] = True


class UpdateContact(Contact, frozen=True, kw_only=True):
    id: Id
    phone: Annotated[Number | None, Meta(description="Another number, in E.164")] = None


class ListTags(Struct, frozen=True, kw_only=True):
    name: Annotated[str | None, Meta(description="Only the one of this name")] = None
    page: Page = None
    limit: Limit = None


class CreateTag(Struct, frozen=True, kw_only=True):
    name: Name


class UpdateTag(Struct, frozen=True, kw_only=True):
    id: Id
    name: Name


class Delete(Struct, frozen=True, kw_only=True):
    id: Id


class Searched(Struct, frozen=True, kw_only=True):
    search_query: Search = None
    page: Page = None
    limit: Limit = None


class CreateField(Struct, frozen=True, kw_only=True):
    name: Name
    type: Annotated[FieldType, Meta(description="Its type")]
    options: Options = None


class UpdateField(Struct, frozen=True, kw_only=True):
    id: Id
    name: Annotated[str | None, Meta(description="Another name")] = None
    type: Annotated[FieldType | None, Meta(description="Another type")] = None
    options: Options = None


class ListTemplates(Searched, frozen=True, kw_only=True):
    status: Annotated[Literal["pending", "approved", "rejected"] | None, Meta(description="Only these")] = None


class ListConversations(Searched, frozen=True, kw_only=True):
    folder: Annotated[Literal["open", "done", "spam", "notified"] | None, Meta(description="Only this folder")] = None
    date_from: Annotated[int | None, Meta(description="From this time on, in Unix seconds")] = None
    date_to: Annotated[int | None, Meta(description="Up to this time, in Unix seconds")] = None


class ListMessages(Struct, frozen=True, kw_only=True):
    conversation_id: ConversationId
    page: Page = None


class OneConversation(Struct, frozen=True, kw_only=True):
    conversation_id: ConversationId


class MoveConversation(OneConversation, frozen=True, kw_only=True):
    folder: Annotated[Literal["open", "done"], Meta(description="Folder to which it goes")]


class ListTeams(Struct, frozen=True, kw_only=True):
    member_id: Annotated[str | None, Meta(description="Only the teams of this member")] = None


class ListMembers(Struct, frozen=True, kw_only=True):
    team_id: Annotated[str | None, Meta(description="Only the members of this team")] = None


class SwitchChatbot(OneConversation, frozen=True, kw_only=True):
    active: Annotated[bool, Meta(description="Whether it is to answer")]


class SubscribeWebhook(Struct, frozen=True, kw_only=True):
    url: Annotated[str, Meta(description="Address of our webhook", pattern="^https?://")]
    event: Annotated[str, Meta(description="Event, as message.received; one a call", min_length=1)]


def _reading(path: str) -> Callable[[Any], HttpCall]:
    """A GET: lists joined by commas and truth as 1 or 0, as its client writes them."""

    def call(parameters: Struct) -> HttpCall:
        return HttpCall("GET", path, query=tuple((name, _in_query(value)) for name, value in given(parameters).items()))

    return call


def _writing(method: str, path: str) -> Callable[[Any], HttpCall]:
    def call(parameters: Struct) -> HttpCall:
        return with_body(method, path, parameters)

    return call


def _in_query(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(int(value)) if isinstance(value, bool) else str(value)


def _read(answer: HttpAnswer) -> Any:
    """`data`, beside `meta` where there are more pages than this."""
    body = answered(answer)
    if not answer.succeeded or body is None or mapping(body).get("error"):
        error = mapping(body).get("error")
        words = text(mapping(error).get("detail")) or text(error) or text(mapping(body).get("detail"))
        raise OperationFailed(shortened(f"HTTP {answer.status}{f': {words}' if words else ''}"))
    pages = mapping(mapping(body).get("meta"))
    data = mapping(body).get("data", body)
    return {"data": data, "meta": pages} if text(pages.get("last_page")) not in ("", "1") else data


def _operation(about: str, parameters: type[Struct], call: Callable[[Any], HttpCall]) -> Operation:
    return Operation(about, parameters, call, _read)


CONTACTS, TAGS, FIELDS = "/contacts", "/contacts/tags", "/contacts/fields"

OPERATIONS: Final[Mapping[str, Operation]] = {
    "contacts": _operation("Contacts, with their tags and fields.", ListContacts, _reading(CONTACTS)),
    "subscribe-contact": _operation("Make a contact.", SubscribeContact, _writing("POST", "/contacts/subscribe")),
    "update-contact": _operation("Change a contact.", UpdateContact, _writing("PUT", CONTACTS)),
    "tags": _operation("Tags of contacts.", ListTags, _reading(TAGS)),
    "create-tag": _operation("Make a tag.", CreateTag, _writing("POST", TAGS)),
    "update-tag": _operation("Rename a tag.", UpdateTag, _writing("PUT", TAGS)),
    "delete-tag": _operation("Delete a tag.", Delete, _writing("DELETE", TAGS)),
    "fields": _operation("Fields that contacts have.", Searched, _reading(FIELDS)),
    "create-field": _operation("Make a field for contacts.", CreateField, _writing("POST", FIELDS)),
    "update-field": _operation("Change a field of contacts.", UpdateField, _writing("PUT", FIELDS)),
    "delete-field": _operation("Delete a field of contacts.", Delete, _writing("DELETE", FIELDS)),
    "templates": _operation("Templates.", ListTemplates, _reading("/conversations/messages/templates")),
    "conversations": _operation("Conversations.", ListConversations, _reading("/conversations")),
    "messages": _operation("Messages of a conversation.", ListMessages, _reading("/conversations/messages")),
    "conversation": _operation("One conversation.", OneConversation, _reading("/conversation")),
    "move-conversation": _operation(
        "Put a conversation into a folder.", MoveConversation, _writing("POST", "/conversation")
    ),
    "teams": _operation("Teams.", ListTeams, _reading("/teams/teams")),
    "members": _operation("Members of teams.", ListMembers, _reading("/teams/members")),
    "switch-chatbot": _operation(
        "Turn a conversation's chatbot on or off.", SwitchChatbot, _writing("PUT", "/automation/chatbot/activity")
    ),
    "chatbot": _operation(
        "Whether a conversation's chatbot answers.", OneConversation, _reading("/automation/chatbot/activity/status")
    ),
    "subscribe-webhook": _operation(
        "Have an event sent to our webhook; answers with its secret_key, the webhook_secret of our settings.",
        SubscribeWebhook,
        _writing("POST", "/webhooks/subscribe"),
    ),
}
