"""What a caller is told when there is no answer: what is wrong, where, and what to do about it."""


class Refused(Exception):
    """The request gets no answer. `field` is the parameter or part of the path at fault, where one is."""

    def __init__(self, status: int, error: str, *, field: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.field = field
        self.retry_after = retry_after

    def body(self) -> dict[str, str]:
        """The JSON body, as every HTTP error of ours has it."""
        return {"error": self.error} | ({} if self.field is None else {"field": self.field})


class Unreadable(Refused):
    """A parameter is not what it should be; `remedy` says what should be sent. It never quotes the value."""

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(400, f"{field or 'a parameter without a name'}: {remedy}", field=field)


class NotFound(Refused):
    def __init__(self, error: str) -> None:
        super().__init__(404, error)


class StoreUnavailable(Refused):
    """ClickHouse cannot be asked now. Nothing is lost by it: it is filled from Kafka when it is back."""

    def __init__(self, why: str) -> None:
        super().__init__(503, f"the store cannot be read now: {why}; try again in a moment", retry_after=2)


class TooSlow(Refused):
    """The question took longer than one may take."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            504,
            f"the query took longer than {seconds:g} s and was stopped: narrow it with 'from' and 'to', or with "
            "more filters, or ask for a smaller 'limit'",
        )
