"""Apache Kafka's jars: fetched once from Maven Central, checked against pinned SHA-256 at every start.

The pins say exactly which files make the broker, so nothing is resolved and nothing can change under us; jgo's
repository layer only downloads. With a full cache no network is touched.
"""

import fcntl
import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from jgo.maven import MavenContext, PythonResolver

from acuse.errors import Refusal
from acuse.local.cache import cache_directory

KAFKA_VERSION: Final = "4.3.1"
PINS: Final = Path(__file__).with_name("kafka_jars.txt")
FETCHERS: Final = 6
TRY_AGAIN_SECONDS: Final = (1.0, 4.0)
"""The waits between tries."""
FETCH_TIMEOUT_SECONDS: Final = 30

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many jars are there, and of how many."""


class JarsUnavailable(Refusal):
    """The jars are not in the cache and could not be fetched, or are not what they should be."""


class Jar(NamedTuple):
    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def pinned_jars() -> list[Jar]:
    lines = (line for line in PINS.read_text().splitlines() if line and not line.startswith("#"))
    return [Jar(*line.replace(":", " ").split(maxsplit=3)) for line in lines]


def jars_directory() -> Path:
    return cache_directory() / f"kafka-{KAFKA_VERSION}"


def missing_jars() -> list[Jar]:
    """The pinned jars that the cache lacks, or holds with other bytes."""
    return [jar for jar in pinned_jars() if _sha256(jars_directory() / jar.filename) != jar.sha256]


def ensure_jars(progress: Progress = lambda _done, _total: None) -> list[Path]:
    """Every jar of the class path, in a fixed order; fetches what is missing.

    Raises ``JarsUnavailable`` with what to do. Two processes may call it at once: the second waits for the first.
    """
    directory = jars_directory()
    directory.mkdir(parents=True, exist_ok=True)
    jars = pinned_jars()
    with _locked(directory / ".lock"):
        missing = missing_jars()
        done = len(jars) - len(missing)
        progress(done, len(jars))
        with ThreadPoolExecutor(FETCHERS) as fetchers:
            for count, _ in enumerate(fetchers.map(lambda jar: _fetch(jar, directory), missing), start=done + 1):
                progress(count, len(jars))
    return [directory / jar.filename for jar in jars]


def _fetch(jar: Jar, directory: Path) -> None:
    """Into a place apart first, so that a download cut short never looks like a jar."""
    repository = MavenContext(
        resolver=PythonResolver(), repo_cache=directory / "partial", timeout=FETCH_TIMEOUT_SECONDS
    )
    artifact = repository.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    partial = directory / "partial" / artifact.component.path_prefix / artifact.cached_filename
    trouble: Exception | None = None
    for wait in (0, *TRY_AGAIN_SECONDS):
        time.sleep(wait)
        partial.unlink(missing_ok=True)
        try:
            artifact.resolve()
        except (OSError, RuntimeError) as error:  # requests' own errors are OSErrors
            trouble = error
            continue
        found = _sha256(partial)
        if found == jar.sha256:
            partial.replace(directory / jar.filename)
            return
        trouble = JarsUnavailable(f"its SHA-256 is {found}, and {jar.sha256} is pinned")
    raise JarsUnavailable(
        f"could not fetch {jar.filename} (Apache Kafka's) from Maven Central: {trouble}; "
        f"check the network, or fill {directory} from a machine that has it"
    ) from trouble


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
