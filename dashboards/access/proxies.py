"""Who asks, where a proxy of ours passes requests on: the address that this proxy saw, not the proxy's own."""

import ipaddress
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, TypeAlias

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboards.access.peers import FORWARDED, peer_address

Network: TypeAlias = IPv4Network | IPv6Network
HEADER: Final = "X-Forwarded-For"


class TrustedProxies:
    """ASGI middleware, to come before all that asks for the peer's address. Of anybody else the header is not read."""

    def __init__(self, app: ASGIApp, proxies: Sequence[Network]) -> None:
        self._app = app
        self._proxies = tuple(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._proxies:
            said = ",".join(Headers(scope=scope).getlist(HEADER))
            if said.strip() and self._trusts(_address(peer_address(scope))):
                scope = {**scope, "client": (self._client(said), 0), FORWARDED: True}
        await self._app(scope, receive, send)

    def _client(self, said: str) -> str:
        """The last that is none of ours: what stands before it, that client may have written itself."""
        seen = ""
        for part in reversed(said.split(",")):
            address = _address(part)
            if address is None:
                break
            seen = str(address)
            if not self._trusts(address):
                break
        return seen

    def _trusts(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(address in network for network in self._proxies)


def _address(written: str) -> IPv4Address | IPv6Address | None:
    """As proxies write it: with a port or without, of IPv6 in brackets then."""
    bare = written.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
