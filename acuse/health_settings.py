"""The settings of how providers are judged: what is slow, when shares move, and what is worth an alarm."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeAlias

from pydantic import AfterValidator, Field, create_model, model_validator

from acuse.settings_parts import Count, Seconds, Section
from delivery.channels import Channel
from delivery.health.rules import SLOW_SECONDS, AlertRules, HealthRules, ShareRules
from delivery.health.shares import WHOLE
from ingest.providers import PROVIDERS

DEFAULTS: Final = HealthRules()
SHARES: Final = DEFAULTS.shares
ALERTS: Final = DEFAULTS.alerts

Ratio: TypeAlias = Annotated[float, Field(gt=0, le=1)]
Points: TypeAlias = Annotated[int, Field(ge=0, le=WHOLE)]
Minutes: TypeAlias = Annotated[float, Field(gt=0, le=24 * 60)]


def _minutes(time: timedelta) -> float:
    return time.total_seconds() / 60


def _provider(name: str) -> str:
    if name not in PROVIDERS:
        raise ValueError(f"no such provider; there are {', '.join(sorted(PROVIDERS))}")
    return name


ByProvider: TypeAlias = dict[Annotated[str, AfterValidator(_provider)], Points]


class _SlowSection(Section):
    about = "How long after its hand-over a message that the handset does not have is slow, in seconds, by channel."


class _SharesSection(Section):
    about = (
        "What providers get in relation to each other while all are well, by channel: "
        "{ mensatek = 70, messente = 30 }. Who is not named gets as much as those named have on average."
    )


if TYPE_CHECKING:
    SlowSettings = _SlowSection
    RestingSettings = _SharesSection
else:
    SlowSettings = create_model(
        "SlowSettings",
        __base__=_SlowSection,
        **{
            channel.value: (Seconds, Field(default=SLOW_SECONDS[channel], description=f"On {channel.value}."))
            for channel in Channel
        },
    )
    RestingSettings = create_model(
        "RestingSettings",
        __base__=_SharesSection,
        **{channel.value: (ByProvider, Field(default={}, description=f"On {channel.value}.")) for channel in Channel},
    )


class HealthSettings(Section):
    about = (
        "How the streams worker judges providers, by the attempts of the last minutes: what moves the shares of those "
        'that a plan picks the "best" of, and what is worth an alarm.'
    )
    window_minutes: Minutes = Field(
        default=_minutes(DEFAULTS.window),
        description="How long ago attempts may have been handed over that are looked at.",
    )
    least_attempts: Count = Field(
        default=DEFAULTS.least, description="Attempts of the window below which nothing is concluded from them."
    )
    shift_ratio: Ratio = Field(
        default=SHARES.shift_at,
        description="Part of a provider's attempts that must have been slow or have failed for it to give points of "
        "its share to others; where all providers are so, none does.",
    )
    well_ratio: Ratio = Field(
        default=SHARES.well_at,
        description="Part of a provider's attempts up to which it is well, and may have its points back.",
    )
    shift_points: Annotated[int, Field(ge=1, le=WHOLE)] = Field(
        default=SHARES.points, description="Points of a hundred that move at one time, at most."
    )
    least_points: Points = Field(
        default=SHARES.floor, description="Points that every provider keeps, so that it shows when it is well again."
    )
    shift_minutes: Minutes = Field(default=_minutes(SHARES.rest), description="How long shares stay after each change.")
    drift_minutes: Minutes = Field(
        default=_minutes(SHARES.drift_after),
        description="How long after the last change shares begin to drift back, where all are well.",
    )
    failure_ratio: Ratio = Field(
        default=ALERTS.failures_at,
        description="Part of a provider's attempts that must have failed for an alert of failures.",
    )
    slow_ratio: Ratio = Field(
        default=ALERTS.slow_at, description="Part of them that must have been slow for an alert of latency."
    )
    usual_factor: Annotated[float, Field(ge=1)] = Field(
        default=ALERTS.usual_factor, description="How many times as many as usual it must be for either."
    )
    open_minutes: Annotated[float, Field(ge=0)] = Field(
        default=_minutes(ALERTS.open_after), description="How long it must have been so."
    )
    close_minutes: Annotated[float, Field(ge=0)] = Field(
        default=_minutes(ALERTS.close_after),
        description="How long there must have been clearly fewer for an alert to be over.",
    )
    silence_minutes: Minutes = Field(
        default=_minutes(ALERTS.silence_window),
        description="There is an alert of silence where nothing was heard of all that was handed over so lately, "
        "though usually something is.",
    )
    silence_attempts: Count = Field(default=ALERTS.silence_least, description="How many those must be.")
    slow_seconds: SlowSettings = SlowSettings()
    resting: RestingSettings = RestingSettings()

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.well_ratio > self.shift_ratio:
            raise ValueError("well_ratio is above shift_ratio; give it at most as much")
        if self.silence_minutes > self.window_minutes:
            raise ValueError("silence_minutes is above window_minutes; give it at most as much")
        return self


def health_rules(said: HealthSettings) -> HealthRules:
    def of(section: Section) -> dict[Channel, Any]:
        return {channel: getattr(section, channel.value) for channel in Channel}

    return HealthRules(
        slow_seconds=of(said.slow_seconds),
        window=timedelta(minutes=said.window_minutes),
        least=said.least_attempts,
        shares=ShareRules(
            shift_at=said.shift_ratio,
            well_at=said.well_ratio,
            points=said.shift_points,
            floor=said.least_points,
            rest=timedelta(minutes=said.shift_minutes),
            drift_after=timedelta(minutes=said.drift_minutes),
            resting={channel: its for channel, its in of(said.resting).items() if its},
        ),
        alerts=AlertRules(
            failures_at=said.failure_ratio,
            slow_at=said.slow_ratio,
            usual_factor=said.usual_factor,
            open_after=timedelta(minutes=said.open_minutes),
            close_after=timedelta(minutes=said.close_minutes),
            silence_window=timedelta(minutes=said.silence_minutes),
            silence_least=said.silence_attempts,
        ),
    )
