"""Why a message cannot be sent as it was asked for: what `POST /v1/messages` answers with 422."""

from ingest.invalid import InvalidField


class Unsendable(InvalidField):
    """What providers raise in `check`: `field`, as it stands in `POST /v1/messages`, and what to give instead.

    Neither quotes a personal value. A part of a field is written with a dot: `template.name`, `options.flash`.
    """
