"""How a process speaks of itself: JSON lines or console text to stderr, without secrets and phone numbers."""

import logging
import sys
from collections.abc import Iterator
from typing import Final

import structlog
from pydantic import BaseModel, SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from acuse.redaction import Redactor
from acuse.settings import Settings

CHATTY: Final = ("httpx2", "httpcore2", "faust", "mode", "aiokafka.consumer.subscription_state")
"""Loggers whose information is noise to who runs Acuse; their warnings are not."""


def configure_logging(settings: Settings, level: str | None = None) -> None:
    """For the whole process; the standard library's loggers and structlog's end in the same place.

    ``level`` counts where the settings name none.
    """
    redact = Redactor(secrets_in(settings))

    def redacted(_logger: WrappedLogger, _method: str, rendered: EventDict | str) -> str:
        return redact(str(rendered))

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(settings.logging.format),
                redacted,
            ],
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    said = settings.logging.level
    least = (level if level and "level" not in settings.logging.model_fields_set else said).upper()
    root.setLevel(least)
    handler.setLevel(least)  # some libraries give their own loggers a level
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _renderers(form: str) -> list[Processor]:
    on_terminal = sys.stderr.isatty()
    if form == "console" or (form == "auto" and on_terminal):
        # Plain tracebacks: the rich ones show local variables, and those are anybody's.
        return [structlog.dev.ConsoleRenderer(colors=on_terminal, exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def secrets_in(section: BaseModel) -> Iterator[str]:
    """Every secret value in the settings."""
    for value in section.__dict__.values():
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        for part in parts:
            if isinstance(part, SecretStr):
                yield part.get_secret_value()
            elif isinstance(part, BaseModel):
                yield from secrets_in(part)
