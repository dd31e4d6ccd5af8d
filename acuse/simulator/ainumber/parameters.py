"""The parameters of a request: the query of a GET, a JSON object of everything else."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request

from acuse.simulator.ainumber.answers import Failed

WORDS: Final = {"1": True, "0": False, "true": True, "false": False}


class Parameters:
    """Every reader raises ``Failed``; what is absent or null reads as nothing."""

    def __init__(self, given: Mapping[str, Any], known: frozenset[str]) -> None:
        unknown = sorted(set(given) - known)
        if unknown:
            raise Failed(f"Unknown parameter: {unknown[0]}.")
        self._given = {name: value for name, value in given.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._given

    @property
    def query(self) -> Mapping[str, str]:
        return self._given

    def text(self, name: str) -> str:
        value = self._given.get(name, "")
        if not isinstance(value, str):
            raise Failed(f"{name}: must be a string.")
        return value.strip()

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise Failed(f"{name}: this field is required.")
        return value

    def flag(self, name: str) -> bool:
        value = self._given.get(name, False)
        value = WORDS.get(value, value) if isinstance(value, str) else value
        if not isinstance(value, bool):
            raise Failed(f"{name}: must be true or false.")
        return value

    def texts(self, name: str) -> list[str]:
        """Of a query, with commas in between."""
        value = self._given.get(name, [])
        value = [part for part in value.split(",") if part] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(part, str) and part for part in value):
            raise Failed(f"{name}: must be a list of strings.")
        return value

    def table(self, name: str) -> dict[str, str]:
        value = self._given.get(name, {})
        if not isinstance(value, dict) or not all(isinstance(part, str | int | float) for part in value.values()):
            raise Failed(f"{name}: must be an object of strings.")
        return {key: str(part) for key, part in value.items()}

    def url(self, name: str) -> str:
        value = self.text(name)
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
            raise Failed(f"{name}: must be a URL of a media file.")
        return value


async def read_parameters(request: Request, known: frozenset[str]) -> Parameters:
    if request.method == "GET":
        return Parameters(dict(request.query_params), known)
    try:
        document = msgspec.json.decode(await request.body() or b"{}")
    except msgspec.DecodeError:
        raise Failed("The request body is not valid JSON.", "parse_error") from None
    if not isinstance(document, dict):
        raise Failed("The request body must be an object.", "parse_error")
    return Parameters(document, known)
