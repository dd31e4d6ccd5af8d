"""Connections to the application, as notices make them and as `acuse doctor` tries them."""

import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import httpx2


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """That verifies, by the public authorities unless a file names others. Raises `OSError` where it has none."""
    return ssl.create_default_context(cafile=str(ca_file)) if ca_file else httpx2.create_ssl_context(trust_env=False)


def connection_trouble(url: str, ca_file: Path | None, seconds: float) -> str | None:
    """What is in the way of a connection, if anything; nothing is asked over it."""
    parts = urlsplit(url)
    secure, host = parts.scheme == "https", parts.hostname or ""
    try:
        with socket.create_connection((host, parts.port or (443 if secure else 80)), seconds) as plain:
            if secure:
                tls_context(ca_file).wrap_socket(plain, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is not accepted: {error.verify_message}"
    except OSError as error:
        return error.strerror or "it does not answer"
    return None
