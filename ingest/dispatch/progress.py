"""How far one partition's decisions are done, though they are done out of order."""


class Progress:
    """Offsets begin in ascending order and end in any; everything below `low_water` is done."""

    def __init__(self, position: int) -> None:
        self._next = position
        self._under_way: dict[int, None] = {}  # in the order of their offsets

    @property
    def low_water(self) -> int:
        """The offset to commit: the first that is not done."""
        return next(iter(self._under_way), self._next)

    @property
    def next(self) -> int:
        """The offset of the decision that is due to begin."""
        return self._next

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    def begin(self, offset: int) -> None:
        self._under_way[offset] = None
        self._next = offset + 1

    def done(self, offset: int) -> None:
        self._under_way.pop(offset, None)
