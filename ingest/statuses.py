"""The event of what a provider reports of an attempt, with all that follows from its code and from its reference."""

from datetime import datetime
from typing import Final, NamedTuple

from delivery.channels import Channel
from delivery.events import Payload, Personal, ProviderTime, Source, Status
from delivery.outcomes import Outcome
from ingest.claims import Claimed
from ingest.phone import Phone
from ingest.reports import Report
from ingest.webhook import WebhookRequest

NOBODYS: Final = Claimed()


class Origin(NamedTuple):
    """Where a report was read: which bytes of which request or answer, and when it came."""

    source: Source
    received_at: datetime
    payload: Payload
    raw: bytes
    content_type: str


def called_back(report: Report, request: WebhookRequest, source: Source = Source.WEBHOOK) -> Origin:
    """Of a report in a callback, or in an answer that is read as one."""
    return Origin(source, request.received_at, report.payload, report.raw, request.content_type)


def status_event(
    outcome: Outcome,
    origin: Origin,
    *,
    provider: str,
    ref: str,
    channel: Channel,
    code: str,
    code_text: str = "",
    occurred: ProviderTime | None = None,
    elapsed_seconds: float | None = None,
    ours: Claimed = NOBODYS,
    reference: str | None = None,
    handle: str | None = None,
    phone: Phone | None = None,
    recipient: str | None = None,
    recipient_name: str | None = None,
    sender: str | None = None,
) -> Status:
    """What the attempt `ref` has come to: `outcome`, which is what the table has for `code`.

    `code_text` is the outcome's where the report says nothing, `recipient` counts where it is no `phone`, and `ours` is
    the sending that the reference names.
    """
    return Status(
        provider=provider,
        ref=ref,
        channel=channel,
        received_at=origin.received_at,
        source=origin.source,
        occurred=occurred,
        code=code,
        code_text=code_text or outcome.text,
        stage=outcome.stage,
        reason=outcome.reason,
        final=outcome.final,
        timed=outcome.timed,
        elapsed_seconds=elapsed_seconds if outcome.timed else None,
        message_id=ours.message_id,
        step=ours.step,
        tries=ours.tries,
        reference=reference,
        handle=handle,
        country=phone.country if phone else None,
        payload=origin.payload,
        personal=Personal(
            recipient=phone.e164 if phone else recipient,
            recipient_name=recipient_name,
            sender=sender,
            raw=origin.raw,
            content_type=origin.content_type,
        ),
    )
