"""Sockets to listen on, bound by us so that a port in use is said in a line."""

import socket

from acuse.errors import Refusal


class ListenError(Refusal):
    """The message names the address and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A bound socket for ``host:port``. Raises ``ListenError``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise ListenError(f"cannot listen on {host}:{port}: {error.strerror}; choose another port or host") from None
    return listening
