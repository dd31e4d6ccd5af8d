"""Whether a role is ready, asked over HTTP as anybody would."""

from typing import Final

import httpx

from acuse.local.child import Trouble

ANSWER_SECONDS: Final = 3.0
SHOWN_CHARACTERS: Final = 200


def http_trouble(*addresses: str) -> Trouble:
    """Asks ``/readyz`` at each ``http://host:port``; the first that is not ready is the trouble."""

    async def trouble() -> str | None:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as client:
            for address in addresses:
                try:
                    answer = await client.get(f"{address}/readyz")
                except httpx.HTTPError as error:
                    return f"does not answer ({type(error).__name__})"
                if not answer.is_success:
                    return answer.text[:SHOWN_CHARACTERS]
        return None

    return trouble
