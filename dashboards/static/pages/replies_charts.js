// What the page of replies is drawn of.

import { colour } from "./charts.js";
import { marked } from "./palette.js";
import { MOST_BARS, ranked } from "./ranked.js";
import { groupName } from "./several.js";
import { wallTime } from "./zones.js";

const HOUR = 3_600_000;

/** Stacked bars over time: opt-outs, and all other replies. */
export function repliesOverTime(rows, say) {
  const bar = (key, mark, of) => ({ key, kind: "count", name: say(key), type: "bar", stack: "all", barMaxWidth: 28, barMinWidth: 2, itemStyle: { color: colour(mark) }, rows: of });
  return [bar("other_replies", "reply", rows), bar("opt_outs", "rejected", rows)];
}

/** Lines of how long people take, where any answered. */
export function answerTimes(rows, say) {
  const answered = rows.filter((row) => row.answered);
  const line = (key, mark) => ({ key, kind: "seconds", name: say(`answer_${key}`), type: "line", symbolSize: 5, itemStyle: { color: colour(mark) }, rows: answered });
  return [line("p50", "accent"), line("p95", "seen")];
}

/** A bar of the share that was answered for each group. */
export function answering(rows, by, context) {
  const shown = rows.filter((row) => row.handed_over).slice(0, MOST_BARS);
  const { say, formats } = context;
  const data = shown.map((row) => ({ value: row.answer_rate, row, more: [`${formats.count(row.answered)} / ${formats.count(row.handed_over)}`] }));
  return ranked(shown.map((row) => groupName(row.group, by, context)), [{ name: say("answer_rate"), mark: "reply", kind: "share", data }], formats);
}

/** Bars for the hours to come, also for those in which nothing closes, stacked by provider and channel. */
export function closingByHour(rows, { place, say, formats }) {
  const laneOf = ({ provider, channel }) => `${provider} · ${formats.words(channel)}`;
  const [first, last] = [rows[0], rows.at(-1)].map((row) => Date.parse(row.at));
  const hours = Array.from({ length: Math.round((last - first) / HOUR) + 1 }, (_, place) => first + place * HOUR);
  const lanes = marked([...new Set(rows.map(laneOf))]);
  const named = new Set(lanes.map(({ name }) => name));
  const sum = (found) => found.reduce((total, row) => total + row.closing, 0);
  const soft = { color: colour("soft") };
  const rule = { lineStyle: { color: colour("line") } };
  return {
    grid: { left: 8, right: 8, top: 12, bottom: 8, outerBoundsMode: "same" },
    legend: {},
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
    xAxis: { type: "category", data: hours.map((hour) => wallTime(place.zone, new Date(hour)).slice(11, 16)), axisLabel: { ...soft, hideOverlap: true }, axisLine: rule },
    yAxis: { type: "value", minInterval: 1, axisLabel: { ...soft, formatter: (value) => formats.count(value) }, splitLine: rule },
    series: lanes.map(({ name, mark }) => ({
      type: "bar", stack: "all", barMaxWidth: 40, name: name ?? say("all_others"), itemStyle: { color: colour(mark) },
      data: hours.map((hour) => sum(rows.filter((row) => Date.parse(row.at) === hour && (name === null ? !named.has(laneOf(row)) : laneOf(row) === name)))),
    })),
  };
}
