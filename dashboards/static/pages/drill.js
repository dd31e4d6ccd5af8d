// From a figure to the messages behind it. The number that leads there is the number of attempts that are found there.

import { mayOpen } from "./allowed.js";

/** By what reports are narrowed, and the messages behind them too. */
export const NARROWED_BY = ["provider", "channel", "country", "sender", "reference", "number_type", "carrier"];
const PAGE = "/messages";
const TAKEN_ALONG = ["zone", "lang", "theme"];

/**
 * Where the messages behind a figure are listed: those that the page at `place` speaks of in `period`, narrowed further to
 * `only`, whose names are the listing's parameters; `from` and `to` in it are a bucket's ends, as dates or ISO texts, of
 * which only that part counts which is in the period. Null where a value of `only` is null or "", since a listing cannot
 * be asked for what has none, and for whoever may not see messages.
 */
export function drillTo(place, period, only = {}) {
  const { from = period.from, to = period.to, ...narrower } = only;
  const told = Object.entries(narrower).filter(([, value]) => value !== undefined);
  if (told.some(([, value]) => value === null || value === "") || !mayOpen(PAGE)) return null;
  const kept = [...TAKEN_ALONG, ...NARROWED_BY].map((name) => [name, place.get(name)]).filter(([, value]) => value);
  const ends = {
    from: new Date(Math.max(new Date(from), period.from)).toISOString(),
    to: new Date(Math.min(new Date(to), period.to)).toISOString(),
  };
  return `${PAGE}?${new URLSearchParams({ ...Object.fromEntries(kept), ...Object.fromEntries(told), ...ends })}`;
}

/** Goes where `drillTo` leads, if anywhere. */
export function lead({ place, period }, only) {
  const href = drillTo(place, period, only);
  if (href) location.assign(href);
}

/** The period of the same length before this one. */
export const earlier = ({ from, to }) => ({ from: new Date(2 * from - to), to: from });

/** The same from a point of a chart over time: one of the period before leads into that one. */
export function leadFrom({ row, bucket }, { place, period }, only) {
  lead({ place, period: row.period === "previous" ? earlier(period) : period }, { ...only, ...bucket });
}
