"""Shows what the doctor found."""

from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape

from acuse.doctor import Level, examine
from acuse.local.examination import examine_stack
from acuse.logs import secrets_in
from acuse.redaction import Redactor
from acuse.settings import load_settings
from acuse.settings_errors import SettingsError

STYLES: Final = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


def diagnose(config: Path | None, data: Path | None, console: Console) -> int:
    """A line for each finding as it comes; returns the exit code."""
    findings = examine(config) if data is None else examine_stack(data, config)
    redact = _redactor(config)
    failed = 0
    for finding in findings:
        failed += finding.level is Level.FAIL
        line = redact(f"{finding.part}: {finding.what}" + (f" → {finding.remedy}" if finding.remedy else ""))
        style = STYLES[finding.level]
        console.print(f"[{style}]{finding.level:>4}[/]  {escape(line)}", highlight=False, soft_wrap=True)
    return 1 if failed else 0


def _redactor(config: Path | None) -> Redactor:
    try:
        return Redactor(secrets_in(load_settings(config)))
    except SettingsError:  # its own lines show no values
        return Redactor()
