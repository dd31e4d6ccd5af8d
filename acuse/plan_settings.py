"""The settings of plans, and of what sending costs."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import msgspec
import phonenumbers
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, create_model

from acuse.plans.cautions import faults
from acuse.settings_parts import Section
from delivery.channels import Channel
from ingest.invalid import InvalidField
from ingest.plans.body import PlanBody
from ingest.plans.prices import DEFAULT
from ingest.plans.reading import read_plan
from ingest.providers import PROVIDERS

Amount: TypeAlias = Annotated[Decimal, Field(gt=0, le=1_000)]


def _by_default(said: object) -> object:
    """A price alone is that of every country."""
    return said if isinstance(said, dict) else {DEFAULT: said}


def _country(name: str) -> str:
    """As the environment can say it, too, where names are in lower case."""
    if name.lower() == DEFAULT:
        return DEFAULT
    if name.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"give countries as ISO 3166-1 alpha-2, such as ES, or {DEFAULT}")
    return name.upper()


ByCountry: TypeAlias = Annotated[dict[Annotated[str, AfterValidator(_country)], Amount], BeforeValidator(_by_default)]


class PricedSettings(Section):
    about = (
        "What sending costs, for each channel by country (ISO 3166-1 alpha-2) with a default: "
        "{ default = 0.06, ES = 0.045 }, or one price for all. An SMS costs it for each of its parts."
    )
    currency: str = Field(default="EUR", max_length=3, description="Of all prices, and of plans' maximum_cost.")


UNITS_SOLD: Final = {
    Channel.SMS: "part of an SMS",
    Channel.VOICE: "call",
    Channel.VIBER: "message on Viber",
    Channel.WHATSAPP: "message on WhatsApp",
    Channel.EMAIL: "message by e-mail",
}


def _prices_of(name: str) -> type[Section]:
    provider = PROVIDERS[name]
    channels: dict[str, Any] = {
        channel.value: (ByCountry, Field(default={}, description=f"A {UNITS_SOLD[channel]} through {provider.title}."))
        for channel in sorted(provider.channels)
    }
    return create_model(f"{name.capitalize()}Prices", __base__=Section, **channels)


def _prices_section() -> type[PricedSettings]:
    sections: dict[str, Any] = {}
    for name in PROVIDERS:
        section = _prices_of(name)
        sections[name] = (section, Field(default=section()))
    return create_model("PricesSettings", __base__=PricedSettings, **sections)


def _plan(said: object) -> PlanBody:
    """As a table, or, from the environment, as JSON."""
    try:
        plan = read_plan(msgspec.json.decode(said) if isinstance(said, str) else said)
    except msgspec.DecodeError as error:
        raise ValueError(f"not JSON: {error}; give it as JSON, or as a table in the settings file") from None
    except InvalidField as error:
        raise ValueError(str(error) if error.field else error.remedy) from None
    if wrong := next(faults(plan, {name: kind() for name, kind in PROVIDERS.items()}), ""):
        raise ValueError(wrong)
    return plan


class PlansSettings(Section):
    about = (
        "Plans that messages name: each is a table of its own, [plans.<name>], as `acuse plan list --toml` shows them."
    )
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, BeforeValidator(_plan)]]
    ready_made: bool = Field(
        default=True, description="Whether the plans that come with Acuse can be named; one of yours goes before them."
    )


if TYPE_CHECKING:
    PricesSettings = PricedSettings
else:
    PricesSettings = _prices_section()
"""One section a provider of the registry, with the channels that it has."""
