"""What a simulator keeps by id, up to a bound."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from acuse.simulator.messages import MOST_KEPT

T = TypeVar("T")


class Shelf(Generic[T]):
    """The latest things by their ids; the oldest fall out beyond ``most``."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._things: dict[str, T] = {}

    def put(self, name: str, thing: T) -> None:
        self._things[name] = thing
        if len(self._things) > self._most:
            del self._things[next(iter(self._things))]

    def get(self, name: str) -> T | None:
        return self._things.get(name)

    def remove(self, name: str) -> T | None:
        return self._things.pop(name, None)

    def __iter__(self) -> Iterator[T]:
        return iter(self._things.values())

    def __len__(self) -> int:
        return len(self._things)
