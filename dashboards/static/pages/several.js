// Several tables of one report at once, each asked in its own way.

import { ask } from "./answers.js";
import { written } from "./written.js";

/**
 * The tables of `report` that `wanted` names, each with what it is asked. Their `rows`, the `links` to them in other forms,
 * and whether they are `cut` are told by the table's name; `bucket` is what time was cut into, `at` when it was asked.
 */
export async function askSeveral(report, wanted, signal) {
  const parameters = Object.entries(wanted).map(([table, more]) => [table, { ...more, table }]);
  const answers = await Promise.all(parameters.map(async ([table, asked]) => [table, (await ask(report, asked, signal)).body]));
  const each = (of) => Object.fromEntries(answers.map(([table, body]) => [table, of(body, table)]));
  const [[, first]] = answers;
  return {
    rows: each((body, table) => body[table]),
    // Where a table has more rows than are answered, a cursor leads to them.
    cut: each((body, table) => Boolean(body.cursors[table])),
    links: Object.fromEntries(parameters.map(([table, asked]) => [table, written(report, asked)])),
    bucket: first.bucket,
    at: new Date(first.as_of),
  };
}

/** The rows of one period, "current" or "previous": of all together, or else of the groups. */
export const totalOf = (rows, period) => rows.find((row) => row.group === null && row.period === period);
export const groupsOf = (rows, period) => rows.filter((row) => row.group !== null && row.period === period);

/** What is said beneath a table that is cut. */
export const cutSaid = (isCut, say) => (isCut ? [say("cut")] : []);

/** By what a page is grouped, whether it was chosen or not. */
export const groupOf = (place) => place.get("group") || "provider";
const WORDED = ["channel", "number_type"];
/** The column that says of which group a row is, by what the rows are grouped. */
export const groupColumn = (by) => ({ key: "group", label: by, kind: WORDED.includes(by) ? "words" : "text" });
/** The same column, each group leading to the page of it alone. */
export const narrowing = (by, place) => ({
  ...groupColumn(by), leads: ({ group }) => (group ? location.pathname + place.with({ [by]: group }).search : null),
});
/** A group's name in a chart. */
export const groupName = (group, by, { say, formats }) => (group ? formats.write(groupColumn(by).kind, group) : say("none_told"));
