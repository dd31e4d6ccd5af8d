"""Whose address counts, where requests come by way of proxies."""

from ipaddress import ip_network

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from dashboards.access.peers import is_this_machine, peer_address
from dashboards.access.proxies import TrustedProxies

TRUSTED = [ip_network("10.1.0.0/16"), ip_network("fd00::/8")]


async def seen(peer: str, *forwarded: str, trusted=TRUSTED, host: str = "localhost") -> tuple[str, str]:
    """The address that counts, and whether it is taken for this machine."""

    async def told(scope, receive, send) -> None:
        here = is_this_machine(scope, Request(scope).headers)
        await PlainTextResponse(f"{peer_address(scope)} {here}")(scope, receive, send)

    transport = httpx2.ASGITransport(TrustedProxies(told, trusted), client=(peer, 1024))
    async with httpx2.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        answer = await client.get("/", headers=[("X-Forwarded-For", each) for each in forwarded])
    address, _, here = answer.text.partition(" ")
    return address, here


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.1.0.1", ["192.0.2.7"], "192.0.2.7"),
        ("10.1.0.1", ["192.0.2.7:5123"], "192.0.2.7"),
        ("10.1.0.1", ["203.0.113.9, 192.0.2.7"], "192.0.2.7"),
        ("10.1.0.1", ["127.0.0.1, 192.0.2.7, 10.1.9.9"], "192.0.2.7"),
        ("10.1.0.1", ["192.0.2.7", "10.1.9.9"], "192.0.2.7"),
        ("10.1.0.1", ["10.1.9.9"], "10.1.9.9"),
        ("10.1.0.1", ["nonsense, 10.1.9.9"], "10.1.9.9"),
        ("10.1.0.1", ["nonsense"], ""),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("fd00::1", ["[2001:db8::7]:443"], "2001:db8::7"),
        ("::ffff:10.1.0.1", ["192.0.2.7"], "192.0.2.7"),
        ("10.2.0.1", ["192.0.2.7"], "10.2.0.1"),
        ("10.1.0.1", [], "10.1.0.1"),
        ("10.1.0.1", [" "], "10.1.0.1"),
    ],
)
async def test_the_address_that_counts(peer, forwarded, address) -> None:
    assert (await seen(peer, *forwarded))[0] == address


async def test_without_proxies_nobody_is_believed() -> None:
    assert await seen("10.1.0.1", "192.0.2.7", trusted=[]) == ("10.1.0.1", "False")


async def test_what_was_passed_on_is_never_from_this_machine() -> None:
    here = [ip_network("127.0.0.0/8")]
    assert await seen("127.0.0.1", trusted=here) == ("127.0.0.1", "True")
    assert await seen("127.0.0.1", "127.0.0.1", trusted=here) == ("127.0.0.1", "False")
