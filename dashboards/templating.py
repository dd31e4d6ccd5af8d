"""Pages from templates. Everything is escaped; nothing personal is put into a page unmasked."""

from importlib import resources
from typing import Any, Final

import jinja2


def environment() -> jinja2.Environment:
    templates = resources.files("dashboards").joinpath("templates")
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(templates)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


_environment: Final = environment()


def rendered(template: str, **values: Any) -> str:
    return _environment.get_template(template).render(values)
