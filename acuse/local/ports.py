"""Free ports, and ports in use."""

import random
import socket
from typing import Final

LISTENABLE: Final = range(10_240, 32_768)
HOST: Final = "127.0.0.1"


def free_port() -> int:
    """A port that nothing listens on now, from below those that systems give to outgoing connections.

    One of those may be taken in the moment in which whoever listens on it is being restarted.
    """
    while True:
        port = random.choice(LISTENABLE)
        if is_free(port):
            return port


def is_free(port: int, host: str = HOST) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As servers do: a port whose last connections linger in TIME_WAIT can be listened on.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
