"""Runs a program that ends when its parent does: ``python leash.py PARENT_PID program argument…``.

Run by path and by nothing but the standard library, since it stands before every child's start. On Linux the kernel
sends SIGTERM when the parent dies; elsewhere our own roles watch for it themselves (``acuse.leashed``).
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def leashed(command: Sequence[str]) -> list[str]:
    """The command line that runs ``command`` (whose first word is a path) on this process's leash."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def main() -> None:
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the kernel was told
            sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 - becoming another program is the purpose


if __name__ == "__main__":
    main()
