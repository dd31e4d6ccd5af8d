"""What Altiria can do beside messages, and what one asks of a single message by hand."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from ingest.answered import answered, mapping, text
from ingest.operations import Operation, OperationFailed
from ingest.outbound import HttpAnswer, HttpCall, shortened
from ingest.providers.altiria import client, gateway

Number = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]


class Nothing(Struct, frozen=True):
    """No parameters."""


class OneMessage(Struct, frozen=True, kw_only=True):
    id: Annotated[str, Meta(description="Id that sending was answered with", min_length=1)]


class Conversation(Struct, frozen=True, kw_only=True):
    ours: Annotated[Number, Meta(description="Our WhatsApp number, in E.164")]
    theirs: Annotated[Number, Meta(description="The person's number, in E.164")]


class Page(Struct, frozen=True, kw_only=True):
    page: Annotated[int, Meta(description="Page, from 1", ge=1)] = 1


def _status(parameters: OneMessage) -> HttpCall:
    return client.get_sms(parameters.id)


def _conversation(parameters: Conversation) -> HttpCall:
    return client.list_conversation(parameters.ours, parameters.theirs)


def _conversations(parameters: Page) -> HttpCall:
    return client.list_conversations(parameters.page)


def _credit(parameters: Nothing) -> HttpCall:
    del parameters
    return gateway.credit_call()


def _shown(answer: HttpAnswer) -> Any:
    body = answered(answer)
    if not answer.succeeded or body is None:
        error = mapping(body).get("error")
        words = shortened(text(mapping(error).get("description")) or text(error))
        raise OperationFailed(f"HTTP {answer.status}{f': {words}' if words else ''}")
    return body


OPERATIONS: Final[Mapping[str, Operation]] = {
    "status": Operation("What became of an SMS.", OneMessage, _status, _shown),
    "conversation": Operation("The messages of a WhatsApp conversation.", Conversation, _conversation, _shown),
    "conversations": Operation("The WhatsApp conversations.", Page, _conversations, _shown),
    "credit": Operation(
        "The credit that is left; an account whose base_url is the SMS gateway's has it.",
        Nothing,
        _credit,
        gateway.read_credit,
    ),
}
