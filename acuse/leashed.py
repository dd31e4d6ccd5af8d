"""Ends this process when the supervisor that started it is gone, on any system."""

import os
import signal
import sys
import time
from threading import Thread
from typing import Final

VARIABLE: Final = "ACUSE_LEASH"
GRACE_SECONDS: Final = 10.0


def end_with_supervisor() -> None:
    """Where a supervisor holds our standard input, its end is the supervisor's: then stop as on SIGTERM."""
    if os.environ.get(VARIABLE) == "stdin":
        Thread(target=_watch, name="leash", daemon=True).start()


def _watch() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
