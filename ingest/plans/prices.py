"""What a sending is expected to cost, as far as the settings say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from delivery.channels import Channel
from delivery.segmentation import segmentation
from ingest.provider import NativeLeg

DEFAULT: Final = "default"
"""The price for countries that have none of their own."""

ByCountry = Mapping[str, Decimal]


class UnknownPrice(Exception):
    """Nobody has said what it costs; the message says which price is missing, and where it belongs."""


@dataclass(frozen=True, slots=True)
class Prices:
    """By provider, channel and country (ISO 3166-1 alpha-2). An SMS costs its price for each of its parts."""

    table: Mapping[str, Mapping[Channel, ByCountry]] = field(default_factory=lambda: MappingProxyType({}))
    currency: str = ""

    def of(self, provider: str, legs: tuple[NativeLeg, ...], country: str | None) -> Decimal:
        """What all legs cost together, the most that it can be. Raises `UnknownPrice`."""
        return sum((self._leg(provider, leg, country) for leg in legs), Decimal(0))

    def _leg(self, provider: str, leg: NativeLeg, country: str | None) -> Decimal:
        known = self.table.get(provider, {}).get(leg.channel, {})
        price = known.get(country or DEFAULT, known.get(DEFAULT))
        if price is None:
            where = f"to {country}" if country else "to no one country"
            raise UnknownPrice(
                f"no price for {leg.channel} {where} through {provider}; say {leg.channel}.{country or DEFAULT} or "
                f"{leg.channel}.{DEFAULT} in [prices.{provider}]"
            )
        if leg.channel is Channel.SMS and leg.text:
            return price * len(segmentation(leg.text).parts)
        return price
