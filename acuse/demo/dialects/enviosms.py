"""The Colombian API: it answers a send and says nothing more, so callers' reports are all that is known."""

from collections.abc import Sequence
from typing import Final

from acuse.demo import numbers
from acuse.demo.episodes import Episode, Leg, Receipt, Request
from acuse.demo.script import Ending, Timing
from acuse.demo.stories import Pace, Story
from acuse.demo.teller import Teller
from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import Stage

NAME: Final = "enviosms"
PACE: Final = Pace(median=5, spread=0.8)
CODES: Final = {Stage.QUEUED: "Queued", Stage.SCHEDULED: "Queued", Stage.REJECTED: "403"}

STORIES: Final = (
    Story(90, Ending(Stage.QUEUED), needs_send=True),
    Story(6, Ending(Stage.SCHEDULED), send=Stage.SCHEDULED, needs_send=True),
    Story(4, Ending(Stage.REJECTED, Reason.BLOCKED), send=Stage.REJECTED, needs_send=True),
)
"""403: the account may not send."""


class EnvioSms:
    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def tell(self) -> Episode:
        telling = self._teller.telling(STORIES, PACE)
        ref = f"{self._teller.chance.getrandbits(96):024x}"
        to = numbers.colombian(self._teller.chance)
        send = self._teller.send(telling, provider=NAME, ref=ref, channel=Channel.SMS, to=to)
        leg = Leg(
            provider=NAME,
            ref=ref,
            channel=Channel.SMS,
            ending=telling.story.ending,
            timing=Timing.NONE,
            message_id=telling.message_id,
            reference=telling.reference,
            send={**(send or {}), "code": CODES[telling.story.send]},
        )
        return Episode(legs=[leg], receipts=[])

    def requests(self, receipts: Sequence[Receipt]) -> Sequence[Request]:
        """None: it never calls."""
        return [] if not receipts else _never_calls()


def _never_calls() -> Sequence[Request]:
    raise AssertionError("enviosms has no callbacks, so nothing can have told of a receipt")
