// What a chart over time is drawn of: buckets along the clocks of the zone that is shown.

import { colour } from "./charts.js";
import { momentOf, wallTime } from "./zones.js";

const MINUTE = 60_000;
const FIXED = { minute: MINUTE, hour: 60 * MINUTE };
const DAYS = { day: 1, week: 7 };
const MATURING = { opacity: 0.55 };

/** The ends of the bucket that begins `at`; of days, weeks and months as the zone's calendar has them. */
export function bucketEnds(at, bucket, zone) {
  const from = new Date(at);
  if (FIXED[bucket]) return { from, to: new Date(from.getTime() + FIXED[bucket]) };
  const wall = new Date(`${wallTime(zone, from)}Z`);
  if (bucket === "month") wall.setUTCMonth(wall.getUTCMonth() + 1);
  else wall.setUTCDate(wall.getUTCDate() + DAYS[bucket]);
  return { from, to: momentOf(zone, wall.toISOString().slice(0, 16)) };
}

/** ECharts knows UTC and the browser's zone only: it is told as UTC what the clocks of the zone show. */
export const toAxis = (at, zone) => Date.parse(`${wallTime(zone, new Date(at))}Z`);
export const fromAxis = (told, zone) => momentOf(zone, new Date(told).toISOString().slice(0, 19));

/**
 * An ECharts option. A series has the `key` of the rows' values, their `kind`, a `name` and what else ECharts wants of it;
 * `rows` where they are not those of all, and `later`, by how many milliseconds they are shown later than they were.
 * A point that is picked is `{ key, row, bucket: { from, to } }`; `spoken` says one, as `points.js` wants it.
 */
export function overTime({ rows, bucket, series }, { place, period, formats }) {
  const { zone } = place;
  const label = { color: colour("soft") };
  const rule = { lineStyle: { color: colour("line") } };
  const drawn = series.map(({ key, kind, rows: own = rows, later = 0, ...each }) => ({
    ...each, data: own.map((row) => point(row, { key, later, bucket, zone })),
  }));
  const begins = drawn.flatMap((each) => each.data.slice(0, 1)).map((first) => first.value[0]);
  return {
    useUTC: true,
    grid: { left: 8, right: 16, top: 12, bottom: 8, outerBoundsMode: "same" },
    legend: {},
    tooltip: { trigger: "axis", renderMode: "richText", formatter: (found) => said(found, series, formats) },
    xAxis: { type: "time", min: Math.min(toAxis(period.from, zone), ...begins), max: toAxis(period.to, zone), axisLabel: label, axisLine: rule },
    yAxis: { type: "value", min: 0, axisLabel: { ...label, formatter: (value) => formats.write(series[0].kind, value) }, splitLine: rule },
    series: drawn,
    spoken: (place, { value: [, value], bucket: { from, to } }) =>
      `${series[place].name}: ${formats.write(series[place].kind, value)}, ${formats.time(from)} – ${formats.time(to)}`,
  };
}

function point(row, { key, later, bucket, zone }) {
  return {
    value: [toAxis(Date.parse(row.at) + later, zone), row[key]],
    key, row, bucket: bucketEnds(row.at, bucket, zone),
    itemStyle: row.maturing ? MATURING : undefined,
  };
}

function said(found, series, formats) {
  const lines = found.map((each) => `${each.seriesName}: ${formats.write(series[each.seriesIndex].kind, each.data.value[1])}`);
  return [formats.time(found[0].data.row.at), ...lines].join("\n");
}
