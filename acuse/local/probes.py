"""Whether a role is ready, asked over HTTP as anybody would."""

import ssl
from typing import Final

import httpx2

from acuse.local.child import Trouble

ANSWER_SECONDS: Final = 3.0
SHOWN_CHARACTERS: Final = 200
NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Given so that httpx2 does not read every certificate authority for each question, which costs more than that."""


def http_trouble(*addresses: str, path: str = "/readyz") -> Trouble:
    """Asks for ``path`` at each ``http://host:port``; the first that is not ready is the trouble."""

    async def trouble() -> str | None:
        async with httpx2.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, verify=NO_TLS) as client:
            for address in addresses:
                try:
                    answer = await client.get(f"{address}{path}")
                except httpx2.HTTPError as error:
                    return f"does not answer ({type(error).__name__})"
                if not answer.is_success:
                    return answer.text[:SHOWN_CHARACTERS]
        return None

    return trouble
