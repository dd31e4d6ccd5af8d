"""Whether a request comes from this machine.

It is judged by the peer's address and by the `Host` that was asked for, since a foreign web page can point a name of
its own at 127.0.0.1 and have a browser ask us under it. What a proxy passed on never does.
"""

import ipaddress
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

FORWARDED: Final = "forwarded"
"""Set in the scope of a request that came by way of a proxy of ours."""


def is_this_machine(scope: Scope, headers: Headers) -> bool:
    return (
        not scope.get(FORWARDED)
        and is_loopback(peer_address(scope))
        and is_loopback(host_name(headers.get("host", "")))
    )


def peer_address(scope: Scope) -> str:
    address, _ = scope.get("client") or ("", 0)
    return str(address)


def host_name(host: str) -> str:
    """The name or address in a `Host` header, without its port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def is_loopback(name: str) -> bool:
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
