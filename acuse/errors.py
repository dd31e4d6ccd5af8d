"""What ends a command with one clear line instead of a traceback."""

from typing import ClassVar


class Refusal(Exception):
    """The message says what is wrong and what to do; ``details``, if any, are log lines that show it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details
        if details:
            self.add_note(details)  # for who sees a traceback all the same, as in tests


class HopelessRefusal(Refusal):
    """Trying again cannot help: somebody has to change something first (EX_CONFIG)."""

    exit_code = 78
