// Wall clocks of named zones, and the moments at which they show a time.

const MINUTE = 60_000;

export const BROWSER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** The zone's name that `said` means: "browser" is this browser's own, and what is no zone is UTC. */
export function zoneName(said) {
  if (said === "browser") return BROWSER_ZONE;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: said || "UTC" }) && (said || "UTC");
  } catch {
    return "UTC";
  }
}

/** What the zone's clocks show at that moment, as `datetime-local` fields have it: 2026-03-29T03:30. */
export function wallTime(zone, at) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

/** The moment at which the zone's clocks show `wall`; of an hour that is left out, as much later as it was. */
export function momentOf(zone, wall) {
  const asUtc = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtc)) return null;
  const before = new Date(asUtc - offset(zone, asUtc - offset(zone, asUtc)));
  if (wallTime(zone, before) === wall.slice(0, 16)) return before;
  return new Date(asUtc - Math.min(offset(zone, asUtc - 24 * 60 * MINUTE), offset(zone, asUtc + 24 * 60 * MINUTE)));
}

function offset(zone, time) {
  return Date.parse(`${wallTime(zone, new Date(time))}Z`) - Math.floor(time / MINUTE) * MINUTE;
}
