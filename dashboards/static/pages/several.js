// Several tables of one report at once, each asked in its own way.

import { ask } from "./answers.js";
import { gathered } from "./unread.js";
import { written } from "./written.js";

/**
 * The tables of `report`, or of what they name as `of`, that `wanted` names, each with what it is asked. Their `rows`, the
 * `links` to them in other forms, and whether they are `cut` are told by the table's name; `bucket` is what time was cut
 * into, `at` when it was asked. `beside` are promises of what else is asked, by the names under which it is given.
 * Whoever reads what could not be answered gets an `Unread`; where nothing could, that is thrown.
 */
export async function askSeveral(report, wanted, signal, beside = {}) {
  const parameters = Object.entries(wanted).map(([table, { of = report, ...more }]) => [table, of, { ...more, table }]);
  const links = Object.fromEntries(parameters.map(([table, of, asked]) => [table, written(of, asked)]));
  const tables = Object.fromEntries(parameters.map(([table, of, asked]) => [table, ask(of, asked, signal).then(({ body }) => body)]));
  const all = await gathered({ ...tables, ...beside }, links);
  const answered = Object.keys(wanted).filter((table) => Object.keys(all).includes(table));
  const first = answered.length ? all[answered[0]] : null;
  const rows = {};
  for (const table of Object.keys(wanted)) Object.defineProperty(rows, table, { get: () => all[table][table] });
  const data = {
    rows, links,
    // Where a table has more rows than are answered, a cursor leads to them.
    cut: Object.fromEntries(answered.map((table) => [table, Boolean(all[table].cursors[table])])),
    bucket: first?.bucket,
    at: first ? new Date(first.as_of) : new Date(),
  };
  for (const name of Object.keys(beside)) Object.defineProperty(data, name, { get: () => all[name] });
  return data;
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
