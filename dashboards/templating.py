"""Pages from templates. Everything is escaped; nothing personal is put into a page unmasked."""

from datetime import UTC, datetime
from importlib import resources
from typing import Any, Final

import jinja2
from markupsafe import Markup

MINUTE: Final = 60
HOUR: Final = 3600


def when(moment: datetime | None) -> Markup | str:
    """A `<time>` that people can read; UTC, as all times here are."""
    if moment is None:
        return "—"
    moment = moment.astimezone(UTC)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        moment.isoformat(), moment.strftime("%Y-%m-%d %H:%M:%S.%f"), moment.strftime("%d %b %H:%M:%S")
    )


def duration(seconds: float | None) -> str:
    """A delivery time: `0.8 s`, `42 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds is None:
        return "—"
    if seconds < 10:  # noqa: PLR2004 - below ten, tenths matter
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


def count(number: int) -> str:
    return f"{number:,}"


def words(name: str | None) -> str:
    """A vocabulary's word as people write it: `absent_subscriber` as `absent subscriber`."""
    return (name or "").replace("_", " ")


def environment() -> jinja2.Environment:
    templates = resources.files("dashboards").joinpath("templates")
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(templates)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(when=when, duration=duration, count=count, words=words)
    return made


_environment: Final = environment()


def rendered(template: str, **values: Any) -> str:
    return _environment.get_template(template).render(values)
