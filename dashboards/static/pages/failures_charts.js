// What the page of failures is drawn of.

import { colour } from "./charts.js";
import { marked } from "./palette.js";
import { MOST_BARS, ranked } from "./ranked.js";
import { groupName } from "./several.js";

export const LASTING = { permanent: "rejected", temporary: "sent", of_unknown_lasting: "unknown" };

const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);

/** What is different in `rows` under `key`, that with the largest `of` first. */
function largest(rows, key, of) {
  const sums = new Map();
  for (const row of rows) sums.set(row[key], (sums.get(row[key]) ?? 0) + row[of]);
  return [...sums].sort(([, one], [, other]) => other - one).map(([name]) => name);
}

/** Stacked bars over time, one part for each of the reasons with most failures. */
export function reasonsOverTime(rows, { key, kind }, { say, formats }) {
  const colours = marked(largest(rows, "reason", "failed"));
  const named = new Set(colours.map(({ name }) => name));
  return colours.map(({ name, mark }) => ({
    key, kind, name: name === null ? say("all_others") : formats.words(name), type: "bar", stack: "all", barMaxWidth: 28, barMinWidth: 2,
    itemStyle: { color: colour(mark) },
    rows: everywhere(name === null ? merged(rows.filter((row) => !named.has(row.reason))) : rows.filter((row) => row.reason === name), rows),
  }));
}

/** A line of all failures of the period before, where there are any, dashed and so many milliseconds later. */
export function beforeOverTime(rows, { key, kind }, later, say) {
  const dashed = { lineStyle: { type: "dashed" }, itemStyle: { color: colour("soft") }, symbolSize: 3 };
  return rows.length ? [{ key, kind, type: "line", name: say("all_before"), ...dashed, rows: merged(rows), later }] : [];
}

/** These, and nothing in every other bucket: what is stacked has to have as many parts everywhere. */
function everywhere(found, rows) {
  const known = new Map(found.map((row) => [row.at, row]));
  const buckets = new Map(rows.map((row) => [row.at, row]));
  return [...buckets].map(([at, row]) => known.get(at) ?? { ...row, reason: found[0]?.reason ?? null, failed: 0, failure_rate: 0 });
}

/** One row for each bucket; what it counts is of no one reason. */
function merged(rows) {
  const found = new Map();
  for (const row of rows) {
    const known = found.get(row.at);
    const failed = row.failed + (known?.failed ?? 0);
    found.set(row.at, { ...row, reason: null, failed, failure_rate: row.handed_over ? failed / row.handed_over : null });
  }
  return [...found.values()];
}

/** A bar for each reason, stacked by provider. */
export function reasonsByProvider(rows, say, formats) {
  const failed = rows.filter((row) => row.failed);
  const names = largest(failed, "reason", "failed").slice(0, MOST_BARS);
  const series = marked(largest(failed, "provider", "failed")).map(({ name, mark }, _, all) => {
    const named = new Set(all.map((each) => each.name));
    const of = (reason) => failed.filter((row) => row.reason === reason && (name === null ? !named.has(row.provider) : row.provider === name));
    const codes = (found) => found.slice(0, 4).map((row) => `  ${row.code || "—"} ${formats.text(row.words)}: ${formats.count(row.failed)}`);
    return {
      name: name ?? say("all_others"), mark, kind: "count",
      data: names.map((reason) => ({ value: sum(of(reason), "failed"), only: { reason, provider: name }, more: codes(of(reason)) })),
    };
  });
  return ranked(names.map((reason) => formats.words(reason)), series, formats);
}

/** A bar for each change, to the right where it became more, to the left where fewer. */
export function changed(rows, say, formats) {
  const shown = rows.filter((row) => row.change).slice(0, MOST_BARS);
  const names = shown.map((row) => [formats.words(row.reason), row.provider, row.code].filter(Boolean).join(" · "));
  const side = (name, mark, meets) => ({
    name, mark, kind: "share",
    data: shown.map((row) => ({ value: meets(row) ? row.change : 0, row, more: [`${formats.share(row.rate_before)} → ${formats.share(row.rate)}`] })),
  });
  return ranked(names, [side(say("more"), "rejected", (row) => row.change > 0), side(say("fewer"), "delivered", (row) => row.change < 0)], formats);
}

/** A bar of failures for each group of the kind `by`, cut by what would come again; in groups without that, of one colour. */
export function failing(rows, by, context) {
  const { say, formats } = context;
  const shown = rows.filter((row) => row.failed).slice(0, MOST_BARS);
  const cut = shown.length && "permanent" in shown[0] ? LASTING : { failed: "rejected" };
  const series = Object.entries(cut).map(([key, mark], place) => ({
    name: say(key), mark, kind: "count",
    data: shown.map((row) => ({ value: row[key], row, more: place ? [] : [`${say("failure_rate")}: ${formats.share(row.failure_rate ?? 0)}`] })),
  }));
  return ranked(shown.map((row) => groupName(row.group, by, context)), series, formats);
}
