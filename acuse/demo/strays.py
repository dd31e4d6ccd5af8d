"""What providers send at times that nobody can make sense of: broken reports, and codes that are in no table."""

import random
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from acuse.demo.edge import Edge
from acuse.demo.ledger import Taken

GARBAGE: Final[Mapping[str, Sequence[bytes]]] = {
    "mensatek": (
        b'{"Servicio":"SMSMASIVO","Resultado":"11","Movil":"346000',
        b'{"Servicio":"SMSMASIVO","Resultado":"11","Movil":"34600000000","idMensaje":""}',
        b"\x00\xff\xfe not a report",
    ),
    "messente": (b'{"status":"DELIVRD","err":0}', b"[[]]", b'{"status":', b'{"message_id":"x","channel":"pager"}'),
    "ainumber": (b'{"event":"message.sent_status","data":{}}', b'{"event":"weather"}', b"{"),
}
ODD_CODES: Final = ("777", "4711", "9999")
TAKEN: Final = 204
UNREADABLE: Final = 400


async def post_garbage(edge: Edge, count: int, chance: random.Random) -> None:
    """Each is refused, and kept."""
    for _ in range(count):
        provider = chance.choice(list(GARBAGE))
        padding = b" " * chance.randrange(500)
        await edge.call_back(provider, chance.choice(GARBAGE[provider]) + padding, status=UNREADABLE)


async def post_odd_codes(edge: Edge, about: Sequence[Taken], chance: random.Random) -> None:
    """A report of Mensatek for each of these messages, in words that it has never used."""
    for taken in about:
        report = {
            "Servicio": "SMSMASIVO",
            "Resultado": chance.choice(ODD_CODES),
            "Movil": taken.recipient.removeprefix("+"),
            "idMensaje": taken.id,
            "Referencia": taken.reference,
        }
        await edge.call_back("mensatek", msgspec.json.encode(report), status=TAKEN)
