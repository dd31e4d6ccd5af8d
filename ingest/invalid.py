"""The fault of one field in what a caller gave: what the API answers with 422."""

from typing import Self


class InvalidField(ValueError):
    """`field` is at fault and `remedy` says what to give instead; neither quotes a personal value.

    A part of a field is written with a dot or an index: `template.name`, `[3].to`. "" is the whole.
    """

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(f"{field}: {remedy}")
        self.field = field
        self.remedy = remedy

    def within(self, index: int) -> Self:
        """The same fault in a list's element."""
        return type(self)(f"[{index}].{self.field}" if self.field else f"[{index}]", self.remedy)
