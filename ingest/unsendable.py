"""Why a message cannot be sent as it was asked for: what `POST /v1/messages` answers with 422."""


class Unsendable(ValueError):
    """`field`, as it stands in `POST /v1/messages`, is at fault and `remedy` says what to give instead.

    Neither quotes a personal value. A part of a field is written with a dot or an index: `template.name`,
    `options.flash`.
    """

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(f"{field}: {remedy}")
        self.field = field
        self.remedy = remedy

    def within(self, index: int) -> "Unsendable":
        """The same fault in a list's element."""
        return Unsendable(f"[{index}].{self.field}" if self.field else f"[{index}]", self.remedy)
