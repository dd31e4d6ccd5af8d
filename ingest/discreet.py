"""A provider's words on why it refused a message, without who or what the message was for."""

import re
from typing import Final

from delivery.orders import Order
from ingest.outbound import shortened

_NUMBER: Final = re.compile(r"\+?[0-9](?:[ ().-]?[0-9]){5,}", re.ASCII)
_OMITTED: Final = "…"
_SHORTEST_TEXT: Final = 4
"""Shorter texts are also ordinary words, and tell nothing."""


def discreet(words: str, order: Order) -> str:
    """`words` for codes, logs and `Refused.text`: numbers and the order's own text are left out."""
    said = words
    for personal in (order.personal.to, order.personal.sender, order.personal.text):
        if personal and len(personal) >= _SHORTEST_TEXT:
            said = said.replace(personal, _OMITTED)
    return shortened(_NUMBER.sub(_OMITTED, said))
