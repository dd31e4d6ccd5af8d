"""One look at everything: from what the windows measure, and what was known before, to what is known now."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct, field

from delivery.channels import Channel
from delivery.health.anomalies import slowness_shows, watched
from delivery.health.lanes import Group, Lane
from delivery.health.measures import Measure, Usual
from delivery.health.records import GroupShares, HealthRecord, LaneHealth
from delivery.health.rules import HealthRules
from delivery.health.shares import joined, moved, resting_points

NOTHING: Final = Measure()
UNKNOWN: Final = Usual()
NOBODY: Final = ""
"""Has judged what is not written yet."""


class News(Struct, frozen=True, kw_only=True):
    """What a window says of one lane. ``taught`` is what it let go of, ``handed_at`` when it last got something."""

    handed_at: datetime
    measure: Measure = NOTHING
    taught: Usual | None = None


class Health(Struct, kw_only=True):
    """All that is known, by lane and by group."""

    lanes: dict[Lane, LaneHealth] = field(default_factory=dict)
    groups: dict[Group, GroupShares] = field(default_factory=dict)

    def take(self, record: HealthRecord) -> None:
        if isinstance(record, LaneHealth):
            self.lanes[record.lane] = record
        else:
            self.groups[record.group] = record


def judged(known: Health, news: Mapping[Lane, News], now: datetime, rules: HealthRules) -> tuple[Health, list[str]]:
    """All that is known after one more look, and the keys of what is to be forgotten.

    Versions and judges are those of ``known``: whoever writes a record gives it the next one, and his name.
    """
    lanes = _lanes(known, news, now, rules)
    forgotten = {lane for lane, each in lanes.items() if _over(each, now, rules)}
    kept = {lane: each for lane, each in lanes.items() if lane not in forgotten}
    groups = {group: _shares(group, known, kept, now, rules) for group in _groups(kept, rules)}
    gone = [known.groups[group].key for group in known.groups if group not in groups]
    return Health(lanes=kept, groups=groups), [lanes[lane].key for lane in sorted(forgotten)] + gone


def _lanes(known: Health, news: Mapping[Lane, News], now: datetime, rules: HealthRules) -> dict[Lane, LaneHealth]:
    after: dict[Lane, LaneHealth] = {}
    # Into all countries first: single ones are silent where that has an alert already.
    for lane in sorted({*known.lanes, *news}, key=lambda each: (bool(each.country), each)):
        before, told = known.lanes.get(lane), news.get(lane)
        if before is None and (told is None or not _worthwhile(lane, told, len(after), rules)):
            continue
        wider = after.get(lane.wider) if lane.wider else None
        usual = before.usual if before else UNKNOWN
        watches = before.watches if before else {}
        measure = told.measure if told else NOTHING
        calm = not any(watch.open for watch in watches.values())
        if told and told.taught and calm:
            usual = usual.learnt(told.taught, rules.usual_half_life)
        after[lane] = LaneHealth(
            lane=lane,
            version=before.version if before else 0,
            judge=before.judge if before else NOBODY,
            at=now,
            measure=measure,
            handed_at=max(told.handed_at, before.handed_at) if told and before else (told or before).handed_at,  # type: ignore[union-attr] # one of them is there
            usual=usual,
            watches=watched(
                watches, measure, usual, now, rules, wider=(wider.watches if wider else {}) if lane.country else None
            ),
        )
    return after


def _worthwhile(lane: Lane, told: News, lanes: int, rules: HealthRules) -> bool:
    """Of a single country only once there is enough to tell it from the others by."""
    if lanes >= rules.most_lanes:
        return False
    return not lane.country or told.measure.judged >= rules.least


def _over(health: LaneHealth, now: datetime, rules: HealthRules) -> bool:
    quiet = now - health.handed_at >= rules.forget_after
    return quiet and not any(watch.open for watch in health.watches.values())


def _groups(lanes: Iterable[Lane], rules: HealthRules) -> list[Group]:
    """Those that anything is known of, and those that are named; into all countries first."""
    named = {Group(channel) for channel, its in rules.shares.resting.items() if its}
    return sorted({*(lane.group for lane in lanes), *named}, key=lambda each: (bool(each.country), each))


def _shares(
    group: Group, known: Health, lanes: Mapping[Lane, LaneHealth], now: datetime, rules: HealthRules
) -> GroupShares:
    providers = _providers(group.channel, lanes, rules)
    resting = resting_points(providers, rules.shares.resting.get(group.channel, {}))
    before = known.groups.get(group)
    wider = known.groups.get(group.wider) if group.wider else None
    begun = before or wider
    shares = joined(begun.shares, resting) if begun else resting
    if before is None:
        moved_at = begun.changed_at if begun else None
        return GroupShares(
            group=group, version=0, judge=NOBODY, at=now, shares=shares, resting=resting, changed_at=moved_at
        )
    after = msgspec.structs.replace(before, at=now, shares=shares, resting=resting)
    ill = {each: _illness(lanes.get(Lane(each, group.channel, group.country)), rules) for each in shares}
    idle = None if before.changed_at is None else now - before.changed_at
    move = moved(shares, resting, ill, idle, rules.shares)
    if move is None:
        return after
    return msgspec.structs.replace(after, shares=move.shares, changed_at=now, why=move.why)


def _providers(channel: Channel, lanes: Iterable[Lane], rules: HealthRules) -> set[str]:
    """Whoever sends on the channel competes in every country: one without attempts there may be well there."""
    return {lane.provider for lane in lanes if lane.channel is channel} | set(rules.shares.resting.get(channel, {}))


def _illness(health: LaneHealth | None, rules: HealthRules) -> float | None:
    if health is None or health.measure.judged < rules.least:
        return None
    measure = health.measure
    if slowness_shows(health.usual, rules):
        return measure.share_of(measure.ill)
    settled = measure.judged - measure.slow
    return measure.failed / settled if settled >= rules.least else None
