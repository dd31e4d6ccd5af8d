"""What counts as slow, as failed and as silent, and from when on something is done about it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from msgspec import Struct, field

from delivery.channels import Channel
from delivery.reasons import Reason

SLOW_SECONDS: Final[Mapping[Channel, float]] = {
    Channel.SMS: 60.0,
    Channel.VOICE: 180.0,
    Channel.VIBER: 60.0,
    Channel.WHATSAPP: 60.0,
    Channel.EMAIL: 300.0,
}
"""A call rings before it is answered, and mail servers greylist."""

NOT_THE_PROVIDERS: Final = frozenset(
    {
        Reason.ABSENT_SUBSCRIBER,
        Reason.UNKNOWN_NUMBER,
        Reason.INVALID_NUMBER,
        Reason.OPTED_OUT,
        Reason.CONTENT_REFUSED,
        Reason.WINDOW_CLOSED,
        Reason.TEMPLATE_REFUSED,
        Reason.NOT_ON_CHANNEL,
        Reason.HANDSET_ERROR,
        Reason.HANDSET_FULL,
        Reason.DUPLICATE,
        Reason.CANCELLED,
        Reason.RECIPIENT_REFUSED,
    }
)
"""Failures that another provider would have had too: they say nothing of this one, but that it answers."""


class ShareRules(Struct, frozen=True, kw_only=True):
    """When shares move, after GOV.UK Notify's own rule.

    A provider of whose attempts of the window at least ``shift_at`` were slow or failed gives up to ``points`` of its
    share to others, unless all are so; not within ``rest`` of the last change. Once nobody is, and who gets more has no
    more than ``well_at``, shares drift towards where they rest, ``points`` at a time, not within ``drift_after`` of the
    last change.

    Nobody is left with less than ``floor``, so that it shows when he is well again. ``resting`` has, by channel, what
    shares are in relation to each other when all are well; equal for those that are not named.
    """

    shift_at: float = 0.15
    well_at: float = 0.10
    points: int = 10
    floor: int = 5
    rest: timedelta = timedelta(minutes=5)
    drift_after: timedelta = timedelta(minutes=15)
    resting: Mapping[Channel, Mapping[str, int]] = {}


class AlertRules(Struct, frozen=True, kw_only=True):
    """When something is worth an alarm, and when it is over.

    An alert of failures (or of slowness) opens once so many failed (or were slow) that, but for bad luck such as one
    sample in a hundred has, it is more than ``failures_at`` (or ``slow_at``) and more than ``usual_factor`` times what
    is usual, for as long as ``open_after``. It closes once it is less than that but for as much good luck, and less
    than ``close_at`` times that, for as long as ``close_after``.

    One of silence opens where at least ``silence_least`` were handed over within ``silence_window`` and nothing at all
    was heard of any, while usually something is of ``usually_heard`` or more; it closes once half of what is usual is
    heard. What no evidence comes of for ``forget_after`` closes an alert.
    """

    failures_at: float = 0.10
    slow_at: float = 0.25
    usual_factor: float = 3.0
    open_after: timedelta = timedelta(minutes=2)
    close_after: timedelta = timedelta(minutes=5)
    close_at: float = 0.75
    silence_window: timedelta = timedelta(minutes=10)
    silence_least: int = 10
    usually_heard: float = 0.5
    forget_after: timedelta = timedelta(hours=1)


class HealthRules(Struct, frozen=True, kw_only=True):
    """``slow_seconds`` from its hand-over on, an attempt that the handset does not have is slow.

    What is looked at are the attempts handed over within ``window``, where there are at least ``least`` of them. What
    is usual is learnt from them when they leave it, each forgotten by half in ``usual_half_life``, and believed once
    ``usual_least`` were learnt from. Where usually fewer than ``usually_concluded`` come to an end within the window,
    none can be told to be slow. A lane that nothing is handed over on for ``forget_after`` is forgotten.
    At most ``most_lanes`` are kept, those into single countries included, and ``most_attempts`` of each provider's
    channel.
    """

    slow_seconds: Mapping[Channel, float] = field(default_factory=lambda: dict(SLOW_SECONDS))
    window: timedelta = timedelta(minutes=15)
    least: int = 20
    usual_half_life: timedelta = timedelta(hours=24)
    usual_least: int = 100
    usually_concluded: float = 0.5
    forget_after: timedelta = timedelta(hours=24)
    most_lanes: int = 1000
    most_attempts: int = 5_000
    shares: ShareRules = ShareRules()
    alerts: AlertRules = AlertRules()
