"""Where notices may go: what they say is signed, not sealed, so they leave the machine by TLS alone."""

import ipaddress
from urllib.parse import SplitResult, urlsplit


class BadAddress(ValueError):
    """Notices may not go there; the message says what to do."""


def checked_address(url: str) -> str:
    """`url` itself. Raises `BadAddress` for one that is not https, unless it leads to this very machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadAddress("is no address; write https://host/path") from None
    if not host or parts.scheme not in {"http", "https"}:
        raise BadAddress("is no address; write https://host/path")
    if parts.username is not None:
        raise BadAddress("leave user and password out: the signature is the proof")
    if parts.fragment:
        raise BadAddress("leave out what follows #: it is never sent")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise BadAddress("must begin with https:// unless it is on this machine")
    return url


def shown_address(url: str) -> str:
    """Scheme, host and port: a path or query may be what opens the receiver's door."""
    parts = urlsplit(url)
    return SplitResult(parts.scheme, parts.netloc, "", "", "").geturl()


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
