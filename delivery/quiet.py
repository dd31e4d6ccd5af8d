"""Hours in which a person is not to be disturbed, told in the zones in which that person may be."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from delivery.channels import Channel


class QuietHours(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From ``begins`` to ``ends``, local times of day that may enclose midnight.

    ``zones`` are IANA names: a number alone often leaves several possible, and it is quiet while it is in any of them.
    Nothing goes out meanwhile on ``channels``, or on any channel where there are none.

    On a day on which the clocks change, a time of day may come twice or never; the longer reading of the hours holds.
    """

    begins: time
    ends: time
    zones: tuple[str, ...]
    channels: tuple[Channel, ...] = ()

    def open_from(self, at: datetime, channel: Channel) -> datetime:
        """The first moment from ``at`` on, ``at`` itself included, that is quiet in none of the zones, in UTC.

        ``at`` itself where there is none within a week: hours that never end would be a message that never goes out.
        """
        if self.begins == self.ends or (self.channels and channel not in self.channels):
            return at.astimezone(UTC)
        found = at.astimezone(UTC)
        horizon = found + timedelta(days=7)
        while found <= horizon:
            later = max(self._ends_in(zone, found) for zone in self._zones())
            if later == found:
                return found
            found = later
        return at.astimezone(UTC)

    def _zones(self) -> Iterable[ZoneInfo]:
        return [ZoneInfo(name) for name in self.zones or ("UTC",)]

    def _ends_in(self, zone: ZoneInfo, at: datetime) -> datetime:
        """The end of the quiet hours that ``at`` lies in; ``at`` where it lies in none."""
        today = at.astimezone(zone).date()
        lasts = timedelta(days=1 if self.begins > self.ends else 0)
        for begun_on in (today + timedelta(days=days) for days in (-1, 0, 1)):
            ended = max(_readings(begun_on + lasts, self.ends, zone))
            if min(_readings(begun_on, self.begins, zone)) <= at < ended:
                return ended
        return at


def _readings(day: date, clock: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When it is that time on that day: twice, where the clocks are put back over it.

    Where they are put forward over it, it never is, and these are a moment before the change and one after it.
    """
    local = datetime.combine(day, clock.replace(tzinfo=None))
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second
