"""The options of an order as its provider's own type."""

from typing import TypeVar

from msgspec import Struct

from delivery.orders import Order
from ingest.invalid import InvalidField
from ingest.shapes import shaped
from ingest.unsendable import Unsendable

OptionsT = TypeVar("OptionsT", bound=Struct)


def given_options(order: Order, kind: type[OptionsT]) -> OptionsT:
    """Raises `Unsendable` where they are not of that type."""
    try:
        return shaped(order.personal.options, kind, "options")
    except InvalidField as error:
        raise Unsendable(error.field, error.remedy) from None
