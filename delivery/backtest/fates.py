"""What becomes of the sendings of one replayed message: what is on record of it where it was sent, else a draw."""

from collections import Counter
from datetime import datetime, timedelta

import msgspec

from delivery.backtest.courses import Course, Leg
from delivery.backtest.evidence import Chance, Drawn, Evidence
from delivery.backtest.histories import History, RecordedSend
from delivery.briefs import AttemptBrief
from delivery.decisions import SendDecision
from delivery.plans import Choice
from delivery.stages import Stage


class Fates:
    """Made for one replay of one message. ``drawn`` counts where the fates came from; ``by_time`` tells whether one
    would have been another, had its step more time or less.

    A sending by a provider on a channel has the fate of the first recorded one by that provider on that channel that no
    other has had. What became of one that was withdrawn for a later step's sake is on record until then; what follows
    is drawn from those that had not ended by then either. One that was too late to go out has a drawn fate where the
    replay gives it more time. The same seed draws the same, whatever the plan's times are.
    """

    def __init__(self, history: History, evidence: Evidence, seed: int) -> None:
        self.drawn: Counter[Drawn] = Counter()
        self.by_time = False
        self._message_id = history.request.message_id
        self._left = history.sends()
        self._evidence = evidence
        self._seed = seed
        self._given: dict[tuple[int, int], RecordedSend | None] = {}

    def of(self, sent: SendDecision, choice: Choice) -> Course:
        recorded = self._take(choice)
        self._given[sent.step, sent.tries] = recorded
        self.by_time |= recorded is not None and recorded.too_late_after is not None
        if recorded is None or _would_have_gone_out(recorded, sent):
            course, drawn = self._evidence.draw(choice, self._chance(sent))
            self.drawn[drawn] += 1
            return course
        if recorded.withdrawn_at is None:
            self.drawn[Drawn.RECORDED] += 1
            return recorded.course
        known_for = recorded.withdrawn_at - recorded.decided_at
        course, drawn = self._evidence.draw(choice, self._chance(sent), known_for)
        self.drawn[drawn] += 1
        return _continued(recorded.course, course, known_for)

    def withdrawn_after(self, brief: AttemptBrief) -> timedelta | None:
        """How long after a withdrawal for a later step's sake it is heard that it had effect; None where it has none.

        Where it is on record that it had, it has in the replay.
        """
        recorded = self._given.get((brief.step or 1, brief.tries))
        if recorded is not None:
            return _took(recorded)
        chance = Chance(self._seed, f"{self._message_id}/withdrawal/{brief.provider}/{brief.channel}/{brief.step}")
        return timedelta(0) if self._evidence.withdraws(brief.provider, brief.channel, chance) else None

    def is_recorded(self, step: int, tries: int) -> bool:
        """Whether this sending of the replay is the recorded one of the same place in the plan."""
        recorded = self._given.get((step, tries))
        return recorded is not None and (recorded.step, recorded.tries) == (step, tries)

    def _take(self, choice: Choice) -> RecordedSend | None:
        wanted = (choice.order.provider, choice.order.channel, frozenset(choice.legs))
        for recorded in self._left:
            if (recorded.provider, recorded.channel, recorded.legs) == wanted:
                self._left.remove(recorded)
                return recorded
        return None

    def _chance(self, sent: SendDecision) -> Chance:
        order = sent.order
        return Chance(self._seed, f"{self._message_id}/{sent.step}/{sent.tries}/{order.provider}/{order.channel}")


def _continued(known: Course, drawn: Course, known_for: timedelta) -> Course:
    """The legs as they are on record until then, and after that what the drawn ones on the same channels tell."""
    legs = []
    for leg in known.legs:
        before = tuple(each for each in leg.heard if each.after <= known_for and each.stage is not Stage.CANCELLED)
        other = next((each for each in drawn.legs if each.channel is leg.channel), Leg(leg.channel, ()))
        after = tuple(each for each in other.heard if each.after > known_for)
        legs.append(msgspec.structs.replace(leg, heard=before + after))
    return Course(legs=tuple(leg for leg in legs if leg.heard))


def _would_have_gone_out(recorded: RecordedSend, sent: SendDecision) -> bool:
    if recorded.too_late_after is None:
        return False
    return sent.expires_at is None or sent.expires_at - sent.decided_at > recorded.too_late_after


def _took(recorded: RecordedSend) -> timedelta | None:
    if recorded.withdrawn_at is None:
        return None
    begun: datetime = recorded.decided_at
    told = [
        begun + each.after
        for leg in recorded.course.legs
        for each in leg.heard
        if each.stage is Stage.CANCELLED and begun + each.after >= recorded.withdrawn_at
    ]
    return min(told) - recorded.withdrawn_at if told else timedelta(0)
