"""One more process beside the roles of a local stack, such as the demo's simulated providers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from acuse.local.child import Trouble
from acuse.local.credentials import Credentials


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a companion is to know of its stack. ``root`` is the stack's directory, which it may write to."""

    root: Path
    ingest_url: str
    credentials: Credentials


@dataclass(frozen=True, kw_only=True)
class Companion:
    """``command`` follows ``acuse`` on the command line. ``settings`` by their dotted keys are for the roles, since it
    is there; they count for more than anybody's.
    """

    name: str
    command: Sequence[str]
    trouble: Trouble
    settings: Mapping[str, str] = field(default_factory=dict)


MakeCompanion: TypeAlias = Callable[[Surroundings], Companion]
