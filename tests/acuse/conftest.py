"""What tests of the command share."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but what the test says: none in the environment, and an empty folder to stand in."""
    for name in os.environ:
        if name.startswith("ACUSE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
