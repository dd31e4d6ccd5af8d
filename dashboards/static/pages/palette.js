// Colours for what has none of its own, in the order in which they are given away.

const MARKS = ["accent", "seen", "sent", "reply", "undelivered", "cancelled", "expired", "scheduled"];
/** The colour of all that is left. */
const REST = "unknown";

/** Which of `names` stand for themselves, each with its colour; the others are one, under `null`. */
export function marked(names, most = MARKS.length) {
  const shown = names.slice(0, Math.min(most, MARKS.length)).map((name, place) => ({ name, mark: MARKS[place] }));
  return names.length > shown.length ? [...shown, { name: null, mark: REST }] : shown;
}
