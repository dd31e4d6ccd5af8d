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
    // Notes on a table begin with its name; they are there where it has more rows than are answered.
    cut: each((body, table) => body.notes.some((note) => note.startsWith(`'${table}'`))),
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
