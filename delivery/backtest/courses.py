"""What became of one sending, told from when it was decided, so that it can be told of another moment too."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from delivery.briefs import AttemptBrief
from delivery.channels import Channel
from delivery.decisions import SendDecision
from delivery.reasons import Reason
from delivery.stages import CONCLUSIVE, Stage


class Heard(Struct, frozen=True, gc=False):
    """How an attempt stood ``after`` it was sent; ``arrived_after`` is when the handset had it, as was told by then;
    ``closed`` says that its receipt window is over.
    """

    after: timedelta
    stage: Stage
    final: bool
    reason: Reason | None = None
    arrived_after: timedelta | None = None
    closed: bool = False


class Leg(Struct, frozen=True):
    """One attempt. ``ours``: it was refused before a provider gave it an id, and is named by our reference."""

    channel: Channel
    heard: tuple[Heard, ...]
    ours: bool = False

    def concluded_after(self) -> timedelta | None:
        """When it was first known how it ended; None where nobody told."""
        return next((each.after for each in self.heard if each.stage in CONCLUSIVE), None)

    @property
    def too_late(self) -> bool:
        """Whether it never went out, since its time was over before its turn came."""
        last = self.heard[-1]
        return self.ours and last.stage is Stage.REJECTED and last.reason is Reason.EXPIRED


class Course(Struct, frozen=True):
    """All attempts that a sending led to; none where nothing was ever heard of it."""

    legs: tuple[Leg, ...] = ()


def leg_of(versions: Iterable[AttemptBrief], begun: datetime, *, ours: bool = False) -> Leg:
    """An attempt as its versions tell it, from ``begun`` on; there must be one at least.

    A later version is never heard before an earlier one, whatever their times say.
    """
    heard: list[Heard] = []
    latest = timedelta(0)
    ordered = sorted(versions, key=lambda brief: brief.version)
    for brief in ordered:
        latest = max(latest, brief.updated_at - begun)
        heard.append(
            Heard(
                after=latest,
                stage=brief.stage,
                final=brief.final,
                reason=brief.reason,
                arrived_after=None if brief.arrived_at is None else brief.arrived_at - begun,
                closed=brief.closed,
            )
        )
    return Leg(channel=ordered[0].channel, heard=tuple(heard), ours=ours)


def news_of(course: Course, sent: SendDecision) -> Sequence[AttemptBrief]:
    """The same course, taken by another sending: what is heard of it and when, the ``updated_at`` of each."""
    return [brief for index, leg in enumerate(course.legs) for brief in _versions(leg, sent, index) if leg.heard]


def _versions(leg: Leg, sent: SendDecision, index: int) -> Iterable[AttemptBrief]:
    at = sent.decided_at
    for version, heard in enumerate(leg.heard, start=1):
        yield AttemptBrief(
            provider=sent.order.provider,
            ref=sent.reference if leg.ours else f"{sent.reference}~{index}",
            channel=leg.channel,
            stage=heard.stage,
            final=heard.final,
            opened_at=at + leg.heard[0].after,
            updated_at=at + heard.after,
            version=version,
            reason=heard.reason,
            step=sent.step,
            tries=sent.tries,
            arrived_at=None if heard.arrived_after is None else at + heard.arrived_after,
            closed=heard.closed,
        )
