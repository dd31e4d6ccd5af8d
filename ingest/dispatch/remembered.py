"""So many words, and no more: for what is worth remembering only for as long as there is room."""

from collections import OrderedDict


class Remembered:
    """The last of what was put in."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._words: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, word: str) -> bool:
        return word in self._words

    def add(self, word: str) -> None:
        self._words[word] = None
        self._words.move_to_end(word)
        if len(self._words) > self._most:
            self._words.popitem(last=False)
