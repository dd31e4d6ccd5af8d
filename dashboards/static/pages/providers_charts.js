// What the page of providers is drawn of.

import { colour } from "./charts.js";
import { marked } from "./palette.js";
import { MOST_BARS, ranked } from "./ranked.js";

const MOST_LINES = 6;
const PART_MARKS = {
  receipts: "accent", steady_ends: "seen", hours_heard: "sent", own_times: "reply", known_codes: "scheduled", explained_failures: "undelivered",
};

/** One provider on one channel, as it is called. */
export const laneOf = ({ provider, channel }) => `${provider} · ${channel}`;

/** The rows of parts as one row for each lane, with the share of each part under the part's name. */
export function scores(rows) {
  const lanes = new Map();
  for (const row of rows) {
    const lane = lanes.get(laneOf(row)) ?? { ...row, score: row.score === null ? null : Math.round(row.score), parts: {} };
    lanes.set(laneOf(row), lane);
    lane[row.part] = row.share;
    lane.parts[row.part] = row;
  }
  return [...lanes.values()];
}

/** A bar for each lane: what each part earns, in hundredths of what those might that can be judged. */
export function trusted(lanes, say, formats) {
  const shown = lanes.slice(0, MOST_BARS);
  const possible = (lane) => Object.values(lane.parts).reduce((sum, part) => sum + (part.points === null ? 0 : part.weight), 0);
  const series = Object.entries(PART_MARKS).map(([part, mark]) => ({
    name: say(part), mark, kind: "count",
    data: shown.map((lane) => {
      const { points, good, considered } = lane.parts[part];
      return {
        value: points && (100 * points) / possible(lane), row: lane,
        more: [`  ${formats.count(good)} / ${formats.count(considered)}`],
      };
    }),
  }));
  return ranked(shown.map((lane) => `${formats.write("count", lane.score)} · ${laneOf(lane)}`), series, formats, { most: 100 });
}

/** Two bars beside each other for each lane, of the values under these keys. */
export function paired(rows, keys, kind, say, formats, most) {
  const shown = rows.slice(0, MOST_BARS);
  const series = keys.map((key, place) => ({
    name: say(key), mark: place ? "seen" : "accent", kind, data: shown.map((row) => ({ value: row[key], row })),
  }));
  const option = ranked(shown.map(laneOf), series, formats, { most });
  return { ...option, series: option.series.map((each) => ({ ...each, stack: undefined, barMaxWidth: 12 })) };
}

/** A bar for each lane: of how many a receipt came, and of how many it is awaited still. */
export function heard(rows, say, formats) {
  const shown = rows.slice(0, MOST_BARS);
  const part = (key, mark, value) => ({ name: say(key), mark, kind: "count", data: shown.map((row) => ({ value: value(row), row })) });
  const series = [part("heard", "delivered", (row) => row.receipts), part("not_heard", "unknown", (row) => row.receipts_awaited - row.receipts)];
  return ranked(shown.map(laneOf), series, formats);
}

/** A line for each provider, as far as there are colours. */
export function lines(rows, { key, kind }) {
  const names = [...new Set(rows.map((row) => row.group))];
  return marked(names, MOST_LINES).filter(({ name }) => name !== null).map(({ name, mark }) => ({
    key, kind, name, type: "line", symbolSize: 5, itemStyle: { color: colour(mark) }, rows: rows.filter((row) => row.group === name),
  }));
}
