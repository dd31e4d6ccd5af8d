"""Serves the simulators over HTTP, and can reset a connection as a failing provider does."""

import socket
import struct
from contextlib import suppress
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from acuse.simulator.faults import RESET

KEEP_ALIVE_SECONDS: Final = 60
"""Much longer than any client's own: a connection that is closed while a request is written leaves it in doubt, and
that is for the world to want.
"""
AT_ONCE: Final = struct.pack("ii", 1, 0)


class _ResettableProtocol(HttpToolsProtocol):
    """Offers the extension ``faults.RESET`` to the application."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: Any = self.scope
        scope.setdefault("extensions", {})[RESET] = self._reset

    def _reset(self) -> None:
        listening = self.transport.get_extra_info("socket")
        with suppress(OSError):
            # Nothing lingers: the caller is told by RST, not by an orderly end.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.transport.abort()


def server_config(app: Any, *, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_ResettableProtocol,
        loop="uvloop",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
