"""Where things that were fetched once are kept for this user."""

import os
import sys
from pathlib import Path


def cache_directory() -> Path:
    """``ACUSE_CACHE`` if set, else the platform's own place for caches (XDG on Linux)."""
    if chosen := os.environ.get("ACUSE_CACHE"):
        return Path(chosen).expanduser()
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base).expanduser() / "acuse"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "acuse"
    return Path.home() / ".cache" / "acuse"
