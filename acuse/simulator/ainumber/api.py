"""The endpoints of AI Number behind their paths, and who may call them."""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from acuse.simulator.ainumber import contacts as of_contacts
from acuse.simulator.ainumber import conversations as of_conversations
from acuse.simulator.ainumber import office, sending
from acuse.simulator.ainumber.answers import Failed, error, one
from acuse.simulator.ainumber.contacts import Contacts
from acuse.simulator.ainumber.conversations import Conversations
from acuse.simulator.ainumber.hooks import Hooks, token
from acuse.simulator.ainumber.parameters import Parameters, read_parameters
from acuse.simulator.ainumber.people import NAME, People
from acuse.simulator.ainumber.sending import Sender
from acuse.simulator.callbacks import Callback, CallbackPoster, Written
from acuse.simulator.clock import Clock
from acuse.simulator.world import World
from delivery.channels import Channel

Endpoint: TypeAlias = Callable[[Parameters], Awaitable[Response]]
Described: TypeAlias = tuple[str, str, frozenset[str], Endpoint]
"""A method, a path, the parameters that are known there, and who answers."""

GOOD_FOR: Final = timedelta(minutes=15)
OF_WEBHOOK: Final = frozenset({"url", "event"})
RETRY_SECONDS: Final = 1
CHANNELS: Final = frozenset({Channel.WHATSAPP})
NOTHING: Final[frozenset[str]] = frozenset()


def create(world: World, post: CallbackPoster, clock: Clock) -> Starlette:
    """The provider. See the package for what it knows."""
    people = People(world, clock)
    hooks = Hooks(world, people, clock)
    sender, contacts = Sender(world, post, clock, people, hooks), Contacts(people)
    conversations = Conversations(people, clock)

    def inbox(written: Written) -> list[Callback]:
        return hooks.written(people.meet(written.contact, ""), written.text) if written.channel in CHANNELS else []

    post.inboxes[NAME] = inbox

    async def subscribe_webhook(parameters: Parameters) -> Response:
        url = parameters.url("url") or parameters.required("url")
        return one(hooks.subscribe(url, parameters.required("event")))

    async def limit(_: Parameters) -> Response:
        failed = Failed("The rate limit is exceeded.", "rate_limit_exceeded", 429)
        return error(failed, {"retry-after": str(RETRY_SECONDS)})

    endpoints: list[Described] = [
        *_message_endpoints(sender, conversations),
        *_contact_endpoints(contacts),
        ("GET", "/teams/teams", office.OF_TEAMS, office.list_teams),
        ("GET", "/teams/members", office.OF_MEMBERS, office.list_members),
        ("POST", "/webhooks/subscribe", OF_WEBHOOK, subscribe_webhook),
        ("GET", "/rate-limit/request-test", NOTHING, limit),
        ("GET", "/rate-limit/error-test", NOTHING, limit),
    ]
    routes = [
        Route(path, _called(endpoint, known, world, clock), methods=[method])
        for method, path, known, endpoint in endpoints
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _of_routing})


def _message_endpoints(sender: Sender, conversations: Conversations) -> list[Described]:
    return [
        ("POST", "/conversations/messages/send", sending.OF_MESSAGE, sender.send_message),
        ("POST", "/conversations/messages/templates/send", sending.OF_TEMPLATE, sender.send_template),
        ("GET", "/conversations/messages/templates", of_conversations.OF_TEMPLATES, conversations.list_templates),
        ("GET", "/conversations", of_conversations.OF_LIST, conversations.list_all),
        ("GET", "/conversations/messages", of_conversations.OF_MESSAGES, conversations.list_messages),
        ("GET", "/conversation", of_conversations.OF_ONE, conversations.show),
        ("POST", "/conversation", of_conversations.OF_UPDATE, conversations.update),
        ("PUT", "/automation/chatbot/activity", of_conversations.OF_CHATBOT, conversations.set_chatbot),
        ("GET", "/automation/chatbot/activity/status", of_conversations.OF_ONE, conversations.show_chatbot),
    ]


def _contact_endpoints(contacts: Contacts) -> list[Described]:
    return [
        ("GET", "/contacts", of_contacts.OF_CONTACTS, contacts.list_all),
        ("PUT", "/contacts", of_contacts.OF_CONTACT, contacts.update),
        ("POST", "/contacts/subscribe", of_contacts.OF_CONTACT - {"id"}, contacts.subscribe),
        ("GET", "/contacts/tags", of_contacts.OF_TAGS, contacts.list_tags),
        ("POST", "/contacts/tags", of_contacts.OF_TAGS, contacts.create_tag),
        ("PUT", "/contacts/tags", of_contacts.OF_TAG, contacts.update_tag),
        ("DELETE", "/contacts/tags", of_contacts.OF_TAG, contacts.delete_tag),
        ("GET", "/contacts/fields", of_contacts.OF_FIELDS, contacts.list_fields),
        ("POST", "/contacts/fields", of_contacts.OF_FIELD - {"id"}, contacts.create_field),
        ("PUT", "/contacts/fields", of_contacts.OF_FIELD, contacts.update_field),
        ("DELETE", "/contacts/fields", frozenset({"id"}), contacts.delete_field),
    ]


def _called(
    endpoint: Endpoint, known: frozenset[str], world: World, clock: Clock
) -> Callable[[Request], Awaitable[Response]]:
    async def call(request: Request) -> Response:
        try:
            _authorise(request, world, clock())
            return await endpoint(await read_parameters(request, known))
        except Failed as failed:
            return error(failed)

    return call


def _authorise(request: Request, world: World, now: datetime) -> None:
    credentials, headers = world.account(NAME).credentials, request.headers
    if not hmac.compare_digest(headers.get("x-api-key", ""), credentials["api_key"]):
        raise Failed("The API key is missing or wrong.", "authentication_failed", 401)
    shown = headers.get("x-auth-token") or headers.get("authtoken") or ""
    made_at = _made_at(shown)
    if made_at is None or not hmac.compare_digest(shown, token(credentials["api_secret"], made_at)):
        raise Failed("The authentication token is missing or wrong.", "authentication_failed", 401)
    if abs(now - made_at) > GOOD_FOR:
        raise Failed("The authentication token has expired.", "authentication_failed", 401)


def _made_at(shown: str) -> datetime | None:
    try:
        timestamp, _, _ = base64.b64decode(shown, validate=True).decode("ascii").partition(".")
        return datetime.fromtimestamp(int(timestamp), UTC)
    except (binascii.Error, ValueError, OverflowError, OSError):
        return None


async def _of_routing(_: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    return error(Failed("There is no such endpoint.", "not_found", status))
