"""The plan that somebody means: one of the settings', one that comes with Acuse, or one in a file."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from acuse.errors import Refusal
from ingest.fields import known_or_near
from ingest.invalid import InvalidField
from ingest.plans.body import PlanBody
from ingest.plans.reading import read_plan

FILES: Final = frozenset({".toml", ".json"})


class Found(NamedTuple):
    """`name` is "" for a plan that stands alone in its file."""

    name: str
    body: PlanBody


def found(said: str, known: Mapping[str, PlanBody]) -> list[Found]:
    """The plan of that name, else all plans of the file. Raises `Refusal`, with the place and the remedy."""
    if said in known:
        return [Found(said, known[said])]
    path = Path(said)
    if path.suffix.lower() not in FILES:
        raise Refusal(f"{said}: no plan of that name, and no .toml or .json file; {known_or_near(said, known)}")
    content = _content(path)
    named = content.get("plans")
    if named is None:
        return [Found("", _read(path, "", content))]
    if not isinstance(named, dict):
        raise Refusal(f"{path}: plans: give a table for each plan, [plans.<name>]")
    plans = {name: plan for name, plan in named.items() if name != "ready_made"}
    if not plans:
        raise Refusal(f"{path}: there is no plan in it; begin one with [plans.<name>]")
    return [Found(name, _read(path, f"[plans.{name}] ", plan)) for name, plan in plans.items()]


def _read(path: Path, place: str, said: Any) -> PlanBody:
    try:
        return read_plan(said)
    except InvalidField as error:
        raise Refusal(f"{path}: {place}{error}") from None


def _content(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise Refusal(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Refusal(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    try:
        content: Any = tomllib.loads(text) if path.suffix.lower() == ".toml" else msgspec.json.decode(text)
    except (tomllib.TOMLDecodeError, msgspec.DecodeError) as error:
        raise Refusal(f"{path}: cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise Refusal(f"{path}: give a plan, an object with its steps")
    return content
