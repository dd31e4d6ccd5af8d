"""The plans that come with Acuse, as `ready_made.toml` beside this has them."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from ingest.plans.body import PlanBody
from ingest.plans.reading import read_plan


def ready_made_text() -> str:
    """The file itself, which explains each of them."""
    return files("acuse.plans").joinpath("ready_made.toml").read_text("utf-8")


@cache
def ready_made_plans() -> Mapping[str, PlanBody]:
    """By name, in the order of the file."""
    said = tomllib.loads(ready_made_text())["plans"]
    return MappingProxyType({name: read_plan(plan) for name, plan in said.items()})
