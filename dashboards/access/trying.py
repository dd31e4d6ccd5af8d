"""How often somebody may try to sign in: by address and by name, in memory that is bounded."""

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

IPV6_NETWORK_BITS: Final = 64
"""What one subscriber is given, so that somebody with a network has no more tries than one with an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`burst` tries at once, then one every `seconds`."""

    burst: int
    seconds: float


BY_ADDRESS: Final = Rate(burst=10, seconds=30.0)
BY_NAME: Final = Rate(burst=20, seconds=60.0)
"""More at once than an address has, so that nobody locks a colleague out from one place."""
MOST_KEPT: Final = 10_000


class Tries:
    """Each key has one number: when all its tries will have been made good. Who tried least lately is forgotten."""

    def __init__(self, rate: Rate, clock: Callable[[], float], most: int = MOST_KEPT) -> None:
        self._rate = rate
        self._clock = clock
        self._most = most
        self._good_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str) -> int | None:
        """Takes a try; or takes none and says how many seconds to wait for one."""
        now = self._clock()
        good_at = max(self._good_at.get(key, now), now) + self._rate.seconds
        wait = good_at - now - self._rate.burst * self._rate.seconds
        if wait > 0:
            return math.ceil(wait)
        self._good_at[key] = good_at
        self._good_at.move_to_end(key)
        while len(self._good_at) > self._most:
            self._good_at.popitem(last=False)
        return None

    def give_back(self, key: str) -> None:
        """The try succeeded, and does not count."""
        if key in self._good_at:
            self._good_at[key] -= self._rate.seconds

    def __len__(self) -> int:
        return len(self._good_at)


def address_key(address: str) -> str:
    """The address, of IPv6 its network."""
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(read, ipaddress.IPv4Address):
        return str(read)
    if read.ipv4_mapped:
        return str(read.ipv4_mapped)
    return str(ipaddress.ip_network((int(read), IPV6_NETWORK_BITS), strict=False))
