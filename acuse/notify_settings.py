"""The settings of notices out: to where, signed with what, about what."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from acuse.settings_parts import Count, Seconds, Secrets, Section, default_of, none_if_blank, split
from delivery.notices import NoticeType
from ingest.notify.addresses import BadAddress, checked_address
from ingest.notify.config import NotifyConfig, ReceiverConfig
from ingest.notify.connections import tls_context
from ingest.notify.retrying import Retrying
from ingest.notify.signing import BadSecret, signing_key


def _address(url: SecretStr) -> SecretStr:
    """Raises `ValueError` with what to do."""
    if url.get_secret_value():
        try:
            checked_address(url.get_secret_value())
        except BadAddress as error:
            raise ValueError(str(error)) from None
    return url


def _signing(secret: SecretStr) -> SecretStr:
    try:
        signing_key(secret.get_secret_value())
    except BadSecret as error:
        raise ValueError(str(error)) from None
    return secret


def _authority(file: Path | None) -> Path | None:
    if file is not None:
        try:
            tls_context(file)
        except OSError:
            raise ValueError("cannot be read as certificates in PEM") from None
    return file


class NotifySettings(Section):
    about = (
        "Your application is told what became of messages, by webhooks signed as Standard Webhooks asks for. The "
        "dispatcher sends them, where url is set."
    )
    url: Annotated[SecretStr, AfterValidator(_address)] = Field(
        default=SecretStr(""),
        description="Where your application takes notices: https, unless it is on this machine; empty for none.",
    )
    secrets: Annotated[Secrets, AfterValidator(lambda said: [_signing(secret) for secret in said])] = Field(
        default=[],
        description="What notices are signed with, as `acuse notices secret` makes it; two while one is changed for "
        "another.",
    )
    events: Annotated[list[NoticeType], BeforeValidator(split)] = Field(
        default=list(NoticeType), description="Which notices are sent."
    )
    recipient: bool = Field(
        default=False, description="Whether notices name the recipient's number, and a reply's sender."
    )
    reply_text: bool = Field(default=False, description="Whether a reply's text is told.")
    retry_seconds: Annotated[list[Seconds], BeforeValidator(split)] = Field(
        default=list(default_of(Retrying, "schedule")),
        description="The waits after each failed try; after the last one a notice is a dead letter.",
    )
    give_up_seconds: Seconds = Field(
        default=default_of(Retrying, "give_up_seconds"), description="After so long it is one in any case."
    )
    connect_seconds: Seconds = Field(
        default=default_of(ReceiverConfig, "connect_seconds"), description="Longest wait for a connection."
    )
    answer_seconds: Seconds = Field(
        default=default_of(ReceiverConfig, "answer_seconds"), description="Longest wait for an answer."
    )
    concurrency: Count = Field(
        default=default_of(ReceiverConfig, "concurrency"), description="Requests at one time, at most."
    )
    rate_per_second: Annotated[float, Field(gt=0)] = Field(
        default=default_of(ReceiverConfig, "rate_per_second"), description="Requests in a second, at most."
    )
    window: Annotated[int, Field(ge=10)] = Field(
        default=default_of(NotifyConfig, "window"),
        description="Notices under way or waiting for their next try, at most; the others wait in Kafka.",
    )
    begin_hours: Annotated[float, Field(ge=0)] = Field(
        default=default_of(NotifyConfig, "begin_hours"),
        description="When notices are first switched on: what happened longer ago is not told.",
    )
    group_id: str = Field(default=default_of(NotifyConfig, "group_id"), description="Kafka consumer group.")
    ca_file: Annotated[Path | None, BeforeValidator(none_if_blank), AfterValidator(_authority)] = Field(
        default=None, description="Certificates (PEM) of your own authority, where your application's is not public."
    )

    @model_validator(mode="after")
    def _can_be_signed(self) -> Self:
        if self.url.get_secret_value() and not self.secrets:
            raise ValueError("url is set and secrets is not; `acuse notices secret` makes one")
        return self
