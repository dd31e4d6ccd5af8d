// The hours of a period that clocks of a zone show as one hour of one weekday: each Monday from nine to ten.

import { momentOf, wallTime } from "./zones.js";

const HALF_HOUR = 1_800_000;
const DAY = 86_400_000;

/**
 * The ends of each, as far as they are in the period; `weekday` counts from Monday, which is 1. An hour that clocks show
 * twice is one of two hours, one that they leave out is none.
 */
export function hoursOf(weekday, hour, period, zone) {
  const found = [];
  const last = period.to.getTime() + DAY;
  for (let day = Date.parse(wallTime(zone, period.from).slice(0, 10)); day < last; day += DAY) {
    if ((new Date(day).getUTCDay() || 7) !== weekday) continue;
    const shown = `${new Date(day).toISOString().slice(0, 10)}T${String(hour).padStart(2, "0")}`;
    const ends = endsOf(shown, zone);
    const from = new Date(Math.max(ends?.from ?? 0, period.from));
    const to = new Date(Math.min(ends?.to ?? 0, period.to));
    if (from < to) found.push({ from, to });
  }
  return found;
}

/** Clocks are never put on or back by less than half an hour. */
function endsOf(shown, zone) {
  const shows = (time) => wallTime(zone, new Date(time)).startsWith(shown);
  let from = momentOf(zone, `${shown}:00`).getTime();
  if (!shows(from)) return null;
  while (shows(from - HALF_HOUR)) from -= HALF_HOUR;
  let to = from;
  while (shows(to)) to += HALF_HOUR;
  return { from, to };
}
