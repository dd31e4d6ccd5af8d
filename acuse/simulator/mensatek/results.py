"""Results of functions that are no success."""

from typing import Any


class Failed(Exception):
    """``result`` is the function's code; ``members`` go with it."""

    def __init__(self, result: int, **members: Any) -> None:
        super().__init__(result)
        self.result = result
        self.members = members


def wrong(error: str) -> Failed:
    """Error in the call data: a parameter is missing, or is not what it must be."""
    return Failed(-3, Error=error)
