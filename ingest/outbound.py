"""What we ask of a provider and what it answers, without the doing: providers make calls and read answers.

So a provider's client is pure: the same order makes the same bytes, and the same answer means the same. Credentials are
in no call; `Authenticates.headers` makes them, and only what carries calls out adds them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Final, TypeAlias

from delivery.events import Event, Payload, Send
from delivery.reasons import Reason
from ingest.accounts import Account

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
LONGEST_RETRY_AFTER: Final = timedelta(hours=1)
UNAUTHORISED: Final = frozenset({401, 407})
BUSY: Final = frozenset({429, 503})
SERVER_ERRORS: Final = 500
LONGEST_TEXT: Final = 300
SECRET: Final = b"***"


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request to a provider. `path` begins with a slash and follows the account's address, or is empty where that
    address is the whole of it; no credentials.
    """

    method: str
    path: str
    body: bytes = b""
    content_type: str = ""
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What of the body is nobody's to keep, exactly as it stands there: our credentials in a callback's address."""

    def shown(self) -> bytes:
        """As it is kept in events: method, path and query, a blank line, the body. It is personal, never secret."""
        query = "&".join(f"{name}={value}" for name, value in self.query)
        body = self.body
        for secret in filter(None, self.secrets):
            body = body.replace(secret.encode(), SECRET)
        return f"{self.method} {self.path}{'?' if query else ''}{query}\n\n".encode() + body


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back, whatever it is. Header names are in lower case."""

    status: int
    body: bytes
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx."""
        return self.status // 100 == 2  # noqa: PLR2004 - the class of status, as HTTP numbers it

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def payload(self) -> Payload:
        """Which answer it was, for the events made of it."""
        return Payload(sha256=hashlib.sha256(self.body).hexdigest())


@dataclass(frozen=True, slots=True)
class Sending:
    """What a step is, beside its order. `reference` is ours, `message_id.step`, for the provider to carry back.

    `step` and `tries` say the same to us; None where nobody is to know. `expected_cost` is of all that it leads to.
    """

    message_id: str
    reference: str
    account: Account
    at: datetime
    step: int | None = None
    tries: int = 0
    expected_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider took the message: a Send for each attempt that it made of it. Native failover makes several."""

    sends: Sequence[Send]


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will never take it as it is. `code` and `text` are its own words; no personal values in `text`."""

    reason: Reason
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Busy:
    """The provider certainly did not take it, and may later. `retry_after_seconds` is its own wish."""

    text: str
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Unauthorised:
    """The provider does not take our credentials, or not for this: nothing else will go through either."""

    text: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nobody can tell whether the provider took it."""

    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a poll, a list or a cancellation told; nothing, where there is nothing new."""

    events: Sequence[Event]
    cursor: str | None = None
    """Where a list goes on; None at its end, or where it is no list."""
    ends_where_known: bool = True
    """Whether the rest of a list is older, so that it need not be read where this brought nothing new."""


@dataclass(frozen=True, slots=True)
class AskNext:
    """The answer only tells what to ask next; what that is answered with is read by the same method again.

    A provider asks so at most `MOST_QUESTIONS` times for one thing.
    """

    call: HttpCall


MOST_QUESTIONS: Final = 3


class NothingToAsk(Exception):
    """What `poll_call` and `cancel_call` raise for an attempt of which the provider cannot be asked; says why."""


@dataclass(frozen=True, slots=True)
class NotFound:
    """The provider knows of no such message: looked up in doubt, it was not sent."""

    text: str


SendResult: TypeAlias = Taken | Refused | Busy | Unauthorised | Unclear
AskResult: TypeAlias = Told | AskNext | NotFound | Refused | Busy | Unauthorised | Unclear
LookupResult: TypeAlias = Taken | AskNext | NotFound | Busy | Unauthorised | Unclear


def common_failure(answer: HttpAnswer) -> Busy | Unauthorised | Unclear | None:
    """What an HTTP status means whoever answers it; None where the provider's own words must be read.

    A status from 500 on is unclear: the message may have been taken before the server failed.
    """
    said = f"HTTP {answer.status}"
    if answer.status in UNAUTHORISED:
        return Unauthorised(said)
    if answer.status in BUSY:
        return Busy(said, retry_after(answer))
    if answer.status >= SERVER_ERRORS:
        return Unclear(said)
    return None


def retry_after(answer: HttpAnswer) -> float | None:
    """Seconds that the provider asks to wait, at most an hour; None where it asks nothing that can be read."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isdecimal():
        seconds = float(said)
    else:
        try:
            until = parsedate_to_datetime(said)
        except ValueError:
            return None
        if until.tzinfo is None:
            return None
        seconds = (until - answer.received_at).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER.total_seconds())


def shortened(text: str) -> str:
    """A provider's words, for codes and logs."""
    return " ".join(text.split())[:LONGEST_TEXT]
