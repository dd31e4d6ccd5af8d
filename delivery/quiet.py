"""Hours in which a person is not to be disturbed, told in the zones in which that person may be."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from delivery.channels import Channel


class QuietHours(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From ``begins`` to ``ends``, local times of day that may enclose midnight.

    ``zones`` are IANA names: a number alone often leaves several possible, and it is quiet while it is in any of them.
    Nothing goes out meanwhile on ``channels``, or on any channel where there are none.
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
        local = at.astimezone(zone)
        clock = local.time().replace(tzinfo=None, fold=0)
        encloses_midnight = self.begins > self.ends
        begun, not_ended = clock >= self.begins, clock < self.ends
        quiet = begun or not_ended if encloses_midnight else begun and not_ended
        if not quiet:
            return at
        day = local.date() + timedelta(days=1 if encloses_midnight and clock >= self.begins else 0)
        ended = datetime.combine(day, self.ends, tzinfo=zone).astimezone(UTC)
        # Where the clocks are put back the end may come twice; the second time counts for who is between the two.
        return ended if ended > at else datetime.combine(day, self.ends.replace(fold=1), tzinfo=zone).astimezone(UTC)
