"""What is going to be posted, and what must have become of it: the words that the whole demo is written in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import Stage

CALLER = "caller"
"""Who posts reported sends: nobody's provider, but an application of ours."""


class Timing(StrEnum):
    """What is known beforehand of the delivery time that Acuse will find."""

    EXACT = "exact"
    """To the last digit: both ends, or the time itself, are in what is posted."""
    NONE = "none"
    """There will be none: it was not delivered, or nobody says when."""
    BY_RECEIPT = "by receipt"
    """It hangs on when a request arrives, since the provider's own clock does not tell."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a story ends, said by whoever made it up and never worked out from its events."""

    stage: Stage
    reason: Reason | None = None
    revised: bool = False
    contradictions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must be known of one attempt in the end. ``ref`` is the one it is kept under; ``message_id`` is None where
    nobody names the message. ``seconds`` is there where ``timing`` is exact. ``events`` counts what tells something
    new, ``records`` the repetitions too, and ``replies`` those among the events that a person wrote.
    """

    provider: str
    ref: str
    channel: Channel
    message_id: str | None
    ending: Ending
    timing: Timing
    seconds: float | None
    events: int
    records: int
    replies: int
    reference: str | None

    @property
    def key(self) -> str:
        return f"{self.provider}/{self.ref}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One request, as a provider or a caller makes it. Waves are posted one after another, the posts of one wave all at
    once. ``records`` counts the records of the events topic that it leaves, 0 where it is refused with ``status``.
    """

    wave: int
    provider: str
    method: str
    query: str
    content_type: str
    body: bytes
    records: int
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that is posted in one burst, and what must come of it.

    ``run`` is in every reference, so that two runs on the same data tell themselves apart. ``inbound`` counts what
    people write that answers nothing of ours; it is stored and belongs to no attempt.
    """

    run: str
    at: datetime
    posts: tuple[Post, ...]
    expected: Mapping[str, Expected]
    messages: int
    inbound: int
    garbage: int
    oddities: Mapping[str, int]

    @property
    def records(self) -> int:
        return sum(post.records for post in self.posts)
