"""Settings from the environment: ``ACUSE_SECTION__KEY``, or ``ACUSE_SECTION__KEY_FILE`` for a file that holds it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from acuse.settings_errors import SettingsError

PREFIX: Final = "ACUSE_"
NESTING: Final = "__"
FILE: Final = "_FILE"
NOT_SETTINGS: Final = frozenset({"ACUSE_CACHE", "ACUSE_CONFIG", "ACUSE_LEASH"})
"""Read elsewhere: where jars are cached, which settings file to read, whether a supervisor holds our stdin."""


def variable_name(location: tuple[str, ...]) -> str:
    return PREFIX + NESTING.join(part.upper() for part in location)


def settings_from(environment: Mapping[str, str]) -> dict[str, Any]:
    """The nested settings that the variables say. An empty variable is as good as none.

    Raises ``SettingsError`` for a name that cannot be a setting, a file that cannot be read, or a setting said twice.
    """
    settings: dict[str, Any] = {}
    for name, location, value in _said(environment):
        section = settings
        for part in location[:-1]:
            section = section.setdefault(part, {})
        if location[-1] in section:
            raise SettingsError(f"environment: {name} says what {name.removesuffix(FILE)} says too; keep one of them")
        section[location[-1]] = value
    return settings


def _said(environment: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for name, value in sorted(environment.items()):
        if not name.startswith(PREFIX) or name in NOT_SETTINGS or not value:
            continue
        location = tuple(name.removeprefix(PREFIX).lower().split(NESTING))
        if len(location) < 2 or not all(location):  # noqa: PLR2004 - a section and a key
            raise SettingsError(
                f"environment: {name} is no setting: a setting is {PREFIX}SECTION{NESTING}KEY, such as "
                f"{PREFIX}INGEST{NESTING}PORT; `acuse settings` lists them"
            )
        if name.endswith(FILE):
            yield name, (*location[:-1], location[-1].removesuffix(FILE.lower())), _content(name, value)
        else:
            yield name, location, value


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise SettingsError(f"environment: {name} names {path}, which cannot be read: {why}") from None
