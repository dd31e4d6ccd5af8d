"""Numbers for simulated people: nobody has one of them, wherever a country keeps some back for fiction.

- France: ARCEP keeps 06 39 98 00 00 to 06 39 98 99 99.
- United Kingdom: Ofcom keeps 07700 900000 to 07700 900999.
- Ireland: ComReg keeps 020 91x xxxx.
- Sweden: PTS keeps 070-174 06 05 to 070-174 06 99.
- North America: 555-0100 to 555-0199 in every area.
- Spain and Colombia keep none back: these are the blocks around the examples in Mensatek's and enviosms' own
  documents. The demo calls nobody: all it sends goes to simulators on this machine.
"""

import random
from typing import Final

AREAS: Final = ("202", "212", "303", "312", "404", "415", "503", "512", "617", "702", "808", "907")


def french(chance: random.Random) -> str:
    return f"+3363998{chance.randrange(10_000):04d}"


def british(chance: random.Random) -> str:
    return f"+447700900{chance.randrange(1_000):03d}"


def irish(chance: random.Random) -> str:
    return f"+3532091{chance.randrange(100_000):05d}"


def swedish(chance: random.Random) -> str:
    return f"+4670174{chance.randrange(605, 700):04d}"


def american(chance: random.Random) -> str:
    return f"+1{chance.choice(AREAS)}55501{chance.randrange(100):02d}"


def spanish(chance: random.Random) -> str:
    return f"+34600000{chance.randrange(1_000):03d}"


def colombian(chance: random.Random) -> str:
    return f"+573001234{chance.randrange(1_000):03d}"
