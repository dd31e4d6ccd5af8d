"""One message and all that is said of it, before it is decided in what order and how often that arrives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from acuse.demo.script import Ending, Timing
from delivery.channels import Channel


@dataclass(frozen=True, slots=True)
class Receipt:
    """One report in the provider's own words, about the attempt with this ``key``; None: about none of ours."""

    key: str | None
    wire: Mapping[str, Any]
    is_reply: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A provider's request before it is known when it is made."""

    content_type: str
    body: bytes
    receipts: tuple[Receipt, ...]
    query: str = ""
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One attempt. ``send`` is what a caller reports of it to ``POST /v1/sends``, None where nobody does."""

    provider: str
    ref: str
    channel: Channel
    ending: Ending
    timing: Timing
    seconds: float | None = None
    message_id: str | None = None
    reference: str | None = None
    send: Mapping[str, str] | None = None

    @property
    def key(self) -> str:
        return f"{self.provider}/{self.ref}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One message. ``receipts`` are in the order in which things happened; ``in_order`` says that they must arrive so,
    since nothing in them tells which came first. ``oddity`` names the field failure that it plays, if any.
    """

    legs: Sequence[Leg]
    receipts: Sequence[Receipt]
    in_order: bool = False
    oddity: str = ""


class Dialect(Protocol):
    """One provider's way of speaking."""

    def tell(self) -> Episode:
        """The next message's story."""

    def requests(self, receipts: Sequence[Receipt]) -> Sequence[Request]:
        """The requests that carry these receipts, all of one wave."""


@runtime_checkable
class Babbler(Protocol):
    """A provider that at times says what cannot be read."""

    def garbage(self) -> Request:
        """A request that is refused, and kept."""
