# ruff: noqa: PLC0415 - the parts are imported when run, so that --help is quick
"""What every command does first: it reads the settings, and sees to what is logged."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acuse.settings import Settings


def begin_role(config: Path | None) -> "Settings":
    """Settings, logging, and the leash to the supervisor that started it, if any. Raises `SettingsError`."""
    from acuse.leashed import end_with_supervisor
    from acuse.logs import configure_logging
    from acuse.settings import load_settings

    end_with_supervisor()
    settings = load_settings(config)
    configure_logging(settings)
    return settings


def begin_task(config: Path | None) -> "Settings":
    """As a role begins, for what somebody waits for: they are told the outcome, and the libraries are silent."""
    from acuse.logs import configure_logging
    from acuse.settings import load_settings

    settings = load_settings(config)
    configure_logging(settings, level="critical")
    return settings
