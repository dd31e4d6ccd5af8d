"""The Colombian SMS Sending API (`enviosms`).

From its document, whose whole surface is one endpoint: a request is answered with `smsId` and the status `Queued`, also
when it is scheduled (then with `scheduledFor`), or with an HTTP error and a text. There are no callbacks, no status
request and no cancelling: what became of a message is never known, so its attempts end as unknown when their receipt
window closes. Refusals bring no `smsId`; whoever reports one names the attempt himself.
"""

from collections.abc import Mapping
from typing import ClassVar, Final, TypedDict

from delivery.channels import Channel
from delivery.outcomes import Outcome
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.identifiers import identifier
from ingest.provider import Provider


class SubmitResponse(TypedDict, total=False):
    """The wire of a submission's answer: the first three on success, `error` otherwise."""

    smsId: str
    status: str
    scheduledFor: str
    error: str


CODES: Final[Mapping[str, Outcome]] = {
    "Queued": Outcome(Stage.QUEUED, text="Queued"),
    "400": Outcome(Stage.REJECTED, Reason.UNSPECIFIED, final=True, text="Bad Request"),
    # The account is what they bar, not the recipient.
    "401": Outcome(Stage.REJECTED, Reason.BLOCKED, final=True, text="API Key is missing or invalid."),
    "403": Outcome(Stage.REJECTED, Reason.BLOCKED, final=True, text="API Key does not have permission to send SMS."),
    # A fault of theirs may come after they took the message: not known to have failed.
    "500": Outcome(Stage.UNKNOWN, Reason.PROVIDER_ERROR, text="Internal server error. Please contact support."),
}


class EnvioSms:
    name: ClassVar[str] = "enviosms"
    title: ClassVar[str] = "API de Envío de SMS (Colombia)"
    credential_fields: ClassVar[tuple[str, ...]] = ("api_key",)
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    codes: ClassVar[Mapping[str, Outcome]] = CODES
    no_webhooks_because: ClassVar[str] = "this provider has no callbacks; report its sends to POST /v1/sends"

    def attempt_ref(self, reported: str, recipient: str | None, channel: Channel | None = None) -> str:  # noqa: ARG002
        return identifier(reported, "ref")


PROVIDER: Final[type[Provider]] = EnvioSms
