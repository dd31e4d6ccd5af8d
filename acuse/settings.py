"""Settings: ``acuse.toml`` and the environment, which wins. Read here and nowhere else."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from acuse.environment import settings_from
from acuse.health_settings import HealthSettings
from acuse.notify_settings import NotifySettings
from acuse.plan_settings import PlansSettings, PricesSettings
from acuse.settings_errors import SettingsError, described
from acuse.settings_sections import (
    ApiSettings,
    ClickHouseSettings,
    DashboardsSettings,
    DispatchSettings,
    IngestSettings,
    KafkaSettings,
    LoggingSettings,
    ProviderSettings,
    ProvidersSettings,
    SinkSettings,
    TrackingSettings,
)

DEFAULT_FILE: Final = Path("acuse.toml")
CONFIG_VARIABLE: Final = "ACUSE_CONFIG"


class Settings(BaseSettings):
    """Every setting. Secrets are ``SecretStr``: they show in no ``repr`` and no error."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kafka: KafkaSettings = KafkaSettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    ingest: IngestSettings = IngestSettings()
    api: ApiSettings = ApiSettings()
    tracking: TrackingSettings = TrackingSettings()
    sink: SinkSettings = SinkSettings()
    dashboards: DashboardsSettings = DashboardsSettings()
    dispatch: DispatchSettings = DispatchSettings()
    notify: NotifySettings = NotifySettings()
    health: HealthSettings = HealthSettings()
    logging: LoggingSettings = LoggingSettings()
    providers: ProvidersSettings = ProvidersSettings()
    prices: PricesSettings = PricesSettings()
    plans: PlansSettings = PlansSettings.model_validate({})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours also reads files and refuses unknown names
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then what the file said (handed over as arguments)."""
        return InitSettingsSource(settings_cls, settings_from(os.environ)), init_settings

    def provider_sections(self) -> dict[str, ProviderSettings]:
        return {name: getattr(self.providers, name) for name in type(self.providers).model_fields}


def load_settings(file: Path | None = None) -> Settings:
    """From ``file``, else the file that ``ACUSE_CONFIG`` names, else ``acuse.toml`` here if there is one.

    Raises ``SettingsError``, whose lines name the file or variable, the key and the remedy.
    """
    path = settings_file(file)
    said = _read(path) if path else {}
    try:
        return Settings(**said)
    except ValidationError as error:
        name = str(path or DEFAULT_FILE)
        message = described(error, model=Settings, file=name, environment=settings_from(os.environ))
        raise SettingsError(message) from None


def settings_file(file: Path | None = None) -> Path | None:
    if file is not None:
        return file
    if named := os.environ.get(CONFIG_VARIABLE):
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _read(path: Path) -> Mapping[str, Any]:
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}; name another file with --config") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is not TOML: {error}; texts need quotes, sections [brackets]") from None
    for name, section in said.items():
        if not isinstance(section, dict):
            raise SettingsError(f"{path}: {name}: belongs into a section; begin one with a [section] line above it")
    return said
