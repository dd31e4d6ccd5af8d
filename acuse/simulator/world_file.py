"""The world file: how the simulated world behaves, in TOML.

Everything has a default; a file names what is to be otherwise. Weights in a ``mix`` are relative. What is said more
narrowly counts: a number before a provider in a country, that before a country, that before a provider, that before
all.
"""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from acuse.errors import Refusal
from acuse.simulator.accounts import CALLBACK_PASSWORD, CALLBACK_USERNAME, CREDENTIALS
from acuse.simulator.endings import Ending, HttpFault
from delivery.channels import Channel


def _known_provider(name: str) -> str:
    if name not in CREDENTIALS:
        raise ValueError(f"there is no such provider; write one of {', '.join(CREDENTIALS)}")
    return name


Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]
Weight = Annotated[float, Field(ge=0)]
Number = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
ProviderName = Annotated[str, AfterValidator(_known_provider)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]

ORDINARY: Final[Mapping[Ending, float]] = {
    Ending.DELIVERED: 0.87,
    Ending.SEEN: 0.04,
    Ending.UNTIMED: 0.005,
    Ending.RETRIED: 0.012,
    Ending.REVISED: 0.003,
    Ending.CONTRADICTED: 0.002,
    Ending.SILENT: 0.006,
    Ending.ABSENT: 0.018,
    Ending.UNKNOWN_NUMBER: 0.022,
    Ending.OPTED_OUT: 0.006,
    Ending.BLOCKED: 0.004,
    Ending.HANDSET_FULL: 0.003,
    Ending.NETWORK_ERROR: 0.004,
    Ending.UNROUTABLE: 0.002,
    Ending.CONTENT_REFUSED: 0.003,
}


class WorldError(Refusal):
    """The message names the field at fault and what to write instead."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pace(_Part):
    """How long a delivery takes: log-normal. A share of handsets is off or out of reach, and takes longer."""

    median_seconds: Annotated[float, Field(gt=0)] = 4.5
    spread: Annotated[float, Field(ge=0, le=4)] = 0.8
    off_share: Share = 0.03
    off_median_seconds: Annotated[float, Field(gt=0)] = 1200.0


class Behaviour(_Part):
    """How messages fare. None: as the next wider says."""

    mix: dict[Ending, Weight] | None = None
    delivery: Pace | None = None
    replies: Share | None = None
    windows: Share | None = None
    not_on_channel: dict[Channel, Share] | None = None


class NumberWorld(_Part):
    """One number: always this ending, after so long."""

    ending: Ending
    after_seconds: Seconds | None = None
    reply: str | None = None


class CallbackFaults(_Part):
    """Shares of callbacks (``early``, ``reordered``: of messages) that fare so."""

    lost: Share = 0.0
    duplicated: Share = 0.0
    late: Share = 0.0
    late_seconds: Seconds = 3600.0
    early: Share = 0.0
    reordered: Share = 0.0
    retry_seconds: tuple[Seconds, ...] = (1.0, 5.0, 15.0, 60.0, 300.0, 1800.0)
    """How long the provider waits, not compressed, before each further try of a callback that was not answered 2xx."""


class HttpFaults(_Part):
    """Shares of requests. ``taken``: of those that fail otherwise than with 429 or 503, how many the provider took."""

    busy: Share = 0.0
    error: Share = 0.0
    unavailable: Share = 0.0
    hang: Share = 0.0
    reset: Share = 0.0
    html: Share = 0.0
    truncated: Share = 0.0
    taken: Share = 0.5
    retry_after_seconds: Annotated[int, Field(ge=0)] = 1
    hang_seconds: Seconds = 60.0
    most_per_second: Annotated[int, Field(ge=0)] = 0
    """More requests than that in one second are answered 429; 0: no limit."""


class Outage(_Part):
    """A window counted from the simulator's start, in which every request fares so, and none is taken."""

    after_seconds: Seconds = 0.0
    for_seconds: Annotated[float, Field(gt=0)]
    fault: HttpFault = HttpFault.ERROR

    def is_over(self, passed: float) -> bool:
        """``passed``: seconds since the start."""
        return passed >= self.after_seconds + self.for_seconds


class ProviderWorld(Behaviour):
    credit: float = 1_000_000.0
    credentials: dict[str, str] = Field(default_factory=dict)
    """Those of ``accounts.CREDENTIALS`` that are to be otherwise."""
    callback_url: str = ""
    """Where its callbacks go; "" posts none, but where a request names an address of its own."""
    callback_username: str = CALLBACK_USERNAME
    callback_password: str = CALLBACK_PASSWORD
    callback_format: Literal["json", "form"] = "json"
    callbacks: CallbackFaults | None = None
    http: HttpFaults | None = None
    outages: tuple[Outage, ...] = ()
    countries: dict[Country, Behaviour] = Field(default_factory=dict)
    options: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """What only this provider's simulator knows; its docstring names them."""


class WorldFile(_Part):
    seed: int = 1
    speed: Annotated[float, Field(gt=0)] = 1.0
    """How many times faster than real things happen between a send and its end. Reports tell times as if it were 1."""
    magic_numbers: bool = True
    mix: dict[Ending, Weight] = Field(default_factory=lambda: dict(ORDINARY))
    delivery: Pace = Pace()
    held_up_seconds: Seconds = 900.0
    """How long it takes until what was held up or told as failed is delivered after all, and what was delivered is told
    as failed.
    """
    given_up_seconds: tuple[Seconds, Seconds] = (57_600.0, 172_800.0)
    """Between which of them a provider gives up on a handset that stays off."""
    replies: Share = 0.02
    windows: Share = 0.0
    """Of people, so many wrote within the 24 hours before the start: their conversation window is still open."""
    not_on_channel: dict[Channel, Share] = Field(default_factory=dict)
    """Of people, so many do not have a channel, viber or whatsapp: whatever is sent to them there fails for that."""
    callbacks: CallbackFaults = CallbackFaults()
    http: HttpFaults = HttpFaults()
    countries: dict[Country, Behaviour] = Field(default_factory=dict)
    numbers: dict[Number, NumberWorld] = Field(default_factory=dict)
    providers: dict[ProviderName, ProviderWorld] = Field(default_factory=dict)


def load_world(path: Path) -> WorldFile:
    """TOML, or JSON where its name ends so. Raises ``WorldError``."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            return read_world(msgspec.json.decode(text, type=dict[str, Any]), str(path))
        return read_world(tomllib.loads(text), str(path))
    except msgspec.MsgspecError as error:
        raise WorldError(f"{path} is not a JSON object: {error}; correct it there") from None
    except OSError as error:
        raise WorldError(f"cannot read the world file {path}: {error.strerror}; name one that is there") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorldError(f"{path} is not TOML: {error}; correct it there") from None


def read_world(document: Mapping[str, Any], name: str = "the world") -> WorldFile:
    """The document checked. Raises ``WorldError`` with every field at fault."""
    try:
        world = WorldFile.model_validate(document)
    except ValidationError as error:
        raise WorldError("\n".join(f"{name}: {_told(fault)}" for fault in error.errors())) from None
    for field, mix in _mixes(world):
        if not any(mix.values()):
            raise WorldError(f"{name}: {field}: no weight is above 0; give one ending at least a weight, delivered = 1")
    return world


def merged(document: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the change laid over it: tables are merged, but a ``mix`` and all else is replaced."""
    result = dict(document)
    for key, value in change.items():
        old = result.get(key)
        both_tables = isinstance(value, Mapping) and isinstance(old, Mapping)
        result[key] = merged(old, value) if both_tables and key != "mix" else value  # type: ignore[arg-type] # mypy loses the narrowing behind a name
    return result


def _told(fault: Any) -> str:
    location = [str(part) for part in fault["loc"] if part != "[key]"]
    field = ".".join(location)
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(location[-1], _known_names(), n=3)
        remedy = f"it may be {' or '.join(near)}" if near else "remove it"
        return f"{field}: there is no such field; {remedy}"
    if "ctx" in fault and "expected" in fault["ctx"]:
        return f"{field}: {fault['input']!r} is not known; write one of {fault['ctx']['expected']}"
    if fault["type"] == "value_error":
        return f"{field}: {fault['ctx']['error']}"
    if fault["type"] == "string_pattern_mismatch":
        return f"{field}: write a country as ES and a number as +34600000000"
    return f"{field}: {fault['msg'][:1].lower()}{fault['msg'][1:]}; correct it there"


def _known_names() -> list[str]:
    parts = (WorldFile, ProviderWorld, Behaviour, Pace, NumberWorld, CallbackFaults, HttpFaults, Outage)
    return sorted({name for part in parts for name in part.model_fields})


def _mixes(world: WorldFile) -> list[tuple[str, dict[Ending, float]]]:
    behaviours: list[tuple[str, WorldFile | Behaviour]] = [("mix", world)]
    behaviours += [(f"countries.{code}.mix", country) for code, country in world.countries.items()]
    for name, provider in world.providers.items():
        behaviours.append((f"providers.{name}.mix", provider))
        behaviours += [(f"providers.{name}.countries.{code}.mix", each) for code, each in provider.countries.items()]
    return [(field, behaviour.mix) for field, behaviour in behaviours if behaviour.mix is not None]
