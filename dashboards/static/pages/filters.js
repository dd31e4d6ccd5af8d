// By what reports are narrowed and grouped, and how a page's place becomes what it asks of them.

import { NARROWED_BY } from "./drill.js";

export const CHANNELS = ["sms", "voice", "viber", "whatsapp", "email"];
export const NUMBER_TYPES = [
  "mobile", "fixed", "fixed_or_mobile", "toll_free", "premium_rate", "shared_cost", "voip", "personal", "pager", "company",
  "voicemail", "unknown",
];
export const GROUPS = ["provider", "channel", "country", "number_type", "carrier", "sender", "reference"];
const AMONG = { channel: CHANNELS, number_type: NUMBER_TYPES };

/** The controls for filters of these names, those among few values as a choice. */
export const filtersFor = (names) => names.map((name) => ({ name, among: AMONG[name] }));

/** The controls of a report's own filters. */
export const NARROWING = filtersFor(GROUPS);

/** What a report is asked, of this place and period; a page adds its `table`, `group` and the like. */
export function askedOf(place, period) {
  return {
    from: period.from.toISOString(), to: period.to.toISOString(), zone: place.zone,
    ...Object.fromEntries(NARROWED_BY.map((name) => [name, place.get(name)])),
  };
}
