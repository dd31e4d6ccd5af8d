// What the page of delivery times is drawn of.

import { colour } from "./charts.js";
import { bucketEnds, toAxis } from "./over_time.js";
import { marked } from "./palette.js";
import { MOST_BARS, ranked } from "./ranked.js";
import { groupName, groupOf } from "./several.js";

const PERCENTILES = { p50: "accent", p95: "seen", p99: "undelivered" };
/** Up to how many seconds, and in which colour. */
export const WITHIN = { "5s": [5, "delivered"], "30s": [30, "seen"], "1min": [60, "sent"], "5min": [300, "expired"] };
export const CLOCKS = { elapsed: "delivered", provider: "seen", mixed: "sent", received: "reply", untimed: "unknown" };
const MOST_GROUPS = 6;
/** Times are told to the microsecond; so what took no longer than 5 s took less than this much more. */
const NO_LONGER = 0.000001;
const GROUPED = { type: "line", symbolSize: 5 };

const nameOf = (group, context) => groupName(group, groupOf(context.place), context);

/** The listing's parameters for what took longer than `over` seconds, or any time, and no longer than `most`. */
export const took = (over, most) => ({ seconds_from: over ? over + NO_LONGER : 0, seconds_to: most + NO_LONGER });

/** Lines of the three percentiles; two of the period before, where there is one, dashed and as much later. */
export function percentiles(rows, before, later, say) {
  const line = (key, mark, more) => ({ ...GROUPED, key, kind: "seconds", itemStyle: { color: colour(mark) }, ...more });
  const now = Object.entries(PERCENTILES).map(([key, mark]) => line(key, mark, { name: say(key), rows }));
  if (!before.length) return now;
  const dashed = { lineStyle: { type: "dashed", opacity: 0.6 }, symbolSize: 3, rows: before, later };
  const then = Object.entries(PERCENTILES).slice(0, 2);
  return [...now, ...then.map(([key, mark]) => line(key, mark, { name: `${say(key)}, ${say("before")}`, ...dashed }))];
}

const SPREAD = 20;
const MUTED = 0.45;

/** Whether these are drawn by order of magnitude: where some are many times others, and none is nothing. */
export function isLogarithmic(rows, keys) {
  const values = rows.flatMap((row) => keys.map((key) => row[key])).filter((value) => value !== null);
  return values.length > 0 && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > SPREAD;
}

/** The same chart, its values by order of magnitude. */
export const logarithmic = (option) => ({ ...option, yAxis: { ...option.yAxis, type: "log", min: undefined } });

/** The same chart of lines, shaded where buckets are maturing. */
export function shaded(option, rows, bucket, zone) {
  const maturing = new Set(rows.filter((row) => row.maturing).map((row) => row.at));
  const areas = [...maturing].map((at) => {
    const { from, to } = bucketEnds(at, bucket, zone);
    return [{ xAxis: toAxis(from, zone) }, { xAxis: toAxis(to, zone) }];
  });
  const [first, ...others] = option.series;
  const markArea = { silent: true, itemStyle: { color: colour("line"), opacity: 0.45 }, data: areas };
  return { ...option, series: [{ ...first, markArea }, ...others] };
}

/** A line for each of the `names`, as far as there are colours. */
export function byGroup(rows, names, { key, kind }, context) {
  return marked(names, MOST_GROUPS).filter(({ name }) => name !== null).map(({ name, mark }) => ({
    ...GROUPED, key, kind, name: nameOf(name, context), itemStyle: { color: colour(mark) }, rows: rows.filter((row) => row.group === name),
  }));
}

/** What share of what was handed over is known to have arrived within a time. */
export function arrivals(say) {
  return Object.entries(WITHIN).map(([word, [, mark]]) => ({ ...GROUPED, key: `arrived_${word}`, kind: "share", name: say(`within_${word}`), itemStyle: { color: colour(mark) } }));
}

/** A group's share that is estimated to arrive within each of the times and in none before it; the last: later or never. */
export function shares(rows, context) {
  const { say, formats } = context;
  const parts = Object.entries(WITHIN).map(([word, [most, mark]], place, all) => {
    const [earlier, [over]] = place ? [all[place - 1][0], all[place - 1][1]] : [null, [0]];
    const upTo = (row, of) => (of ? row[`share_within_${of}`] : 0);
    return {
      name: say(`within_${word}`), mark, kind: "share",
      data: rows.map((row) => ({ value: Math.max(0, upTo(row, word) - upTo(row, earlier)), row, only: took(over, most) })),
    };
  });
  const rest = { name: say("later_or_never"), mark: "unknown", kind: "share", data: rows.map((row) => ({ value: 1 - (row.share_within_5min ?? 1), row })) };
  return ranked(rows.map((row) => nameOf(row.group, context)), [...parts, rest], formats, { most: 1 });
}

/** How many deliveries each clock timed, by group. */
export function clocks(rows, context) {
  const { say, formats } = context;
  const shown = rows.slice(0, MOST_BARS);
  const series = Object.entries(CLOCKS).map(([clock, mark]) => ({
    name: say(`clock_${clock}`), mark, kind: "count", data: shown.map((row) => ({ value: row[`timed_by_${clock}`], row, clock })),
  }));
  return ranked(shown.map((row) => nameOf(row.group, context)), series, formats);
}

/** A line for each of the groups that have a colour: what share of all has arrived after so many seconds. */
export function curve(rows, names, context) {
  const { formats } = context;
  const edges = [...new Set(rows.map((row) => row.seconds))].sort((one, other) => one - other);
  const known = edges.filter((edge) => rows.some((row) => row.seconds === edge && row.share !== null));
  const soft = { color: colour("soft") };
  const rule = { lineStyle: { color: colour("line") } };
  const line = ({ name, mark }) => ({
    ...GROUPED, name: nameOf(name, context), itemStyle: { color: colour(mark) },
    data: rows.filter((row) => row.group === name && row.share !== null).map((row) => ({ value: [row.seconds, row.share], row })),
  });
  return {
    grid: { left: 8, right: 24, top: 12, bottom: 8, outerBoundsMode: "same" },
    legend: {},
    tooltip: {
      trigger: "axis", renderMode: "richText",
      formatter: (found) => [formats.seconds(found[0].data.row.seconds), ...found.map((each) => `${each.seriesName}: ${formats.share(each.data.row.share)}`)].join("\n"),
    },
    xAxis: { type: "log", min: known[0], max: known.at(-1), axisLabel: { ...soft, hideOverlap: true, formatter: (value) => formats.seconds(value) }, axisLine: rule, splitLine: { show: false } },
    yAxis: { type: "value", min: 0, max: 1, axisLabel: { ...soft, formatter: (value) => formats.share(value) }, splitLine: rule },
    series: marked(names, MOST_GROUPS).filter(({ name }) => name !== null).map(line),
  };
}

/** A bar for each span of time, empty ones between them too, stacked by group; paler beside it all of the period `before`. */
export function distribution(rows, before, names, context) {
  const { say, formats } = context;
  const spans = spansOf([...rows, ...before]);
  const colours = marked(names, MOST_GROUPS);
  const named = new Set(colours.map(({ name }) => name));
  const of = (span, name) => rows.filter((row) => row.least === span.least && (name === null ? !named.has(row.group) : row.group === name));
  const total = (found) => found.reduce((sum, row) => sum + row.delivered, 0);
  const said = ({ least, below }) => (below === null ? `≥ ${formats.seconds(least)}` : `${formats.seconds(least)} – ${formats.seconds(below)}`);
  const soft = { color: colour("soft") };
  return {
    grid: { left: 8, right: 8, top: 12, bottom: 8, outerBoundsMode: "same" },
    legend: {},
    tooltip: {
      trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" },
      formatter: (found) => [said(spans[found[0].dataIndex]), ...found.filter(({ data }) => data.value).map((each) => `${each.seriesName}: ${formats.count(each.data.value)}`)].join("\n"),
    },
    xAxis: { type: "category", data: spans.map((span) => formats.seconds(span.least)), axisLabel: { ...soft, hideOverlap: true }, axisLine: { lineStyle: { color: colour("line") } } },
    yAxis: { type: "value", axisLabel: { ...soft, formatter: formats.count.bind(formats) }, splitLine: { lineStyle: { color: colour("line") } } },
    series: [
      ...colours.map(({ name, mark }) => ({
        type: "bar", stack: "all", barMaxWidth: 40, name: name === null ? say("all_others") : nameOf(name, context), itemStyle: { color: colour(mark) },
        data: spans.map((span) => ({ value: total(of(span, name)), span, group: name })),
      })),
      ...(before.length ? [{
        type: "bar", barMaxWidth: 14, name: say("delivered_before"), itemStyle: { color: colour("soft"), opacity: MUTED },
        data: spans.map((span) => ({ value: total(before.filter((row) => row.least === span.least)), span, group: null, before: true })),
      }] : []),
    ],
  };
}

function spansOf(rows) {
  const told = [...new Map(rows.map(({ least, below }) => [least, { least, below }])).values()].sort((one, other) => one.least - other.least);
  return told.flatMap((span, place) => {
    const next = told[place + 1];
    return next && next.least > span.below ? [span, { least: span.below, below: next.least }] : [span];
  });
}
