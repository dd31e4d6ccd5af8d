"""Hours of traffic through all of it, attempt by attempt, with judges that die: what is promised holds throughout."""

import itertools
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.health.alerts import AlertState
from delivery.health.anomalies import alerts_of
from delivery.health.judging import Health, News, judged
from delivery.health.lanes import Group, Lane
from delivery.health.rules import HealthRules
from delivery.health.sightings import End, Sighting
from delivery.health.window import EVERYWHERE, Window

RULES = HealthRules()
SMS = Group(Channel.SMS)
START = 1_800_000_000.0
PROVIDERS = ("a", "b")
A_MINUTE = 4
PHASE = 12
"""Attempts of each provider in a minute, and minutes in a phase."""

behaviours = st.tuples(st.sampled_from([0, 0, 0, 5, 12, 16, 40, 100]), st.sampled_from([0, 0, 0, 16, 50]))
"""Of a hundred attempts, how many are slow, and how many of the others fail."""


class Sent:
    """One attempt as it will have been: what is known of it depends on the time."""

    def __init__(self, provider: str, number: int, begun: float, slow: int, fail: int) -> None:
        luck = number * 37 % 100
        self.provider, self.ref, self.begun = provider, f"{provider}{number}", begun
        self.end = End.ARRIVED if luck < slow or luck >= slow + fail else End.FAILED
        self.seconds = 300.0 if luck < slow else 5.0

    def sighting(self, now: float) -> Sighting:
        over = now >= self.begun + self.seconds
        return Sighting(
            provider=self.provider,
            channel=Channel.SMS,
            ref=self.ref,
            version=1 + over,
            updated=self.begun + self.seconds if over else self.begun,
            begun=self.begun,
            handed=True,
            heard=over,
            end=self.end if over else None,
            seconds=self.seconds if over and self.end is End.ARRIVED else None,
        )

    def ill(self, now: float) -> bool | None:
        """Counted by hand; None where it cannot be told by now."""
        over = now >= self.begun + self.seconds
        if over and self.end is End.FAILED:
            return True
        if not over and now - self.begun < 60:
            return None
        return self.seconds > 60


class Hours:
    """Minute after minute of it, and all that came of it."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.windows: dict[str, Window] = {}
        self.known = Health()
        self.moves: list[float] = []
        self.told: dict[str, list[AlertState]] = {}

    def minute(self, now: float, behaviour: tuple[tuple[int, int], ...], *, dies: bool) -> None:
        self.sent = [each for each in self.sent if now - each.begun <= 1200]
        for provider, (slow, fail) in zip(PROVIDERS, behaviour, strict=True):
            begun = [now - 59 + 14 * each for each in range(A_MINUTE)]
            self.sent += [Sent(provider, int(at - START), at, slow, fail) for at in begun]
        begins = dies or not self.windows
        if begins:
            self.windows = {provider: Window(Channel.SMS, RULES) for provider in PROVIDERS}
        for each in self.sent:
            self.windows[each.provider].take(each.sighting(now))
        if begins:
            for window in self.windows.values():
                window.forget(now)
        self.look(now)

    def look(self, now: float) -> None:
        before = self.known
        self.known, _ = judged(before, dict(self.news(now)), moment(now), RULES)
        for lane, its in self.known.lanes.items():
            for alert in alerts_of(before.lanes.get(lane), its):
                self.told.setdefault(alert.alert_id, []).append(alert.state)
        was, after = before.groups.get(SMS), self.known.groups[SMS]
        assert sum(after.shares.values()) == 100
        if was and was.shares != after.shares:
            self.moves.append(now)
            self.check_move(now, was.shares, after.shares)

    def news(self, now: float):
        for provider, window in self.windows.items():
            taught = window.forget(now)
            yield (
                Lane(provider, Channel.SMS),
                News(
                    handed_at=moment(window.handed_at[EVERYWHERE]),
                    measure=window.measures(now)[EVERYWHERE],
                    taught=taught.get(EVERYWHERE),
                ),
            )

    def check_move(self, now: float, before: dict[str, int], after: dict[str, int]) -> None:
        ill = {provider: self.illness(provider, now) for provider in PROVIDERS}
        [loser] = [each for each in PROVIDERS if after[each] < before[each]]
        assert before[loser] - after[loser] <= 10
        sick = [provider for provider, share in ill.items() if share is not None and share >= 0.15]
        if sick:
            assert loser in sick
            assert sick != list(PROVIDERS)
        else:
            assert abs(after[loser] - 50) < abs(before[loser] - 50), "it drifts back"

    def illness(self, provider: str, now: float) -> float | None:
        lately = [each for each in self.sent if each.provider == provider and each.begun >= now - 900]
        settled = [its for its in (each.ill(now) for each in lately) if its is not None]
        return sum(settled) / len(settled) if len(settled) >= RULES.least else None


@settings(max_examples=25)
@given(
    st.lists(st.tuples(behaviours, behaviours), min_size=3, max_size=9),
    st.sets(st.integers(0, 100), max_size=4),
)
def test_what_is_promised_holds_throughout(phases, deaths) -> None:
    hours = Hours()
    for minute in range(len(phases) * PHASE):
        hours.minute(START + 60 * minute, phases[minute // PHASE], dies=minute in deaths)
    assert all(later - earlier >= 300 for earlier, later in itertools.pairwise(hours.moves))
    assert all(
        states in ([AlertState.OPENED], [AlertState.OPENED, AlertState.CLOSED]) for states in hours.told.values()
    ), "each opens once and closes once at the most, whoever judges"


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_the_histories_are_eventful() -> None:
    hours = Hours()
    behaviours = [((0, 0), (0, 0))] * 9 + [((80, 0), (0, 0))] * 4 + [((0, 0), (0, 0))] * 8
    for minute in range(len(behaviours) * PHASE):
        hours.minute(START + 60 * minute, behaviours[minute // PHASE], dies=minute in {30, 115, 170})
    assert len(hours.moves) >= 8
    assert list(hours.told.values()) == [[AlertState.OPENED, AlertState.CLOSED]]
    assert hours.known.groups[SMS].shares == {"a": 50, "b": 50}
