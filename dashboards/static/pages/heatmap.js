// A square for each hour of each weekday, the stronger its colour the more.

import { colour } from "./charts.js";

const DAYS = [1, 2, 3, 4, 5, 6, 7];
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));
const SHORTEST = 0.1;

/** The names of weekdays, Monday first. 1 January 2024 was one. */
export function weekdays(formats, length) {
  const names = new Intl.DateTimeFormat(formats.locale, { weekday: length, timeZone: "UTC" });
  return DAYS.map((day) => names.format(Date.UTC(2024, 0, day)));
}

/**
 * The rows of this period, each with the value of the same hour of the week in the one before, under `earlier`, and the
 * `difference` from it in words, where both are known.
 */
export function besideEarlier(rows, { key, kind }, { formats }) {
  const hourOf = ({ weekday, hour }) => `${weekday} ${hour}`;
  const before = new Map(rows.filter((row) => row.period === "previous").map((row) => [hourOf(row), row[key]]));
  return rows.filter((row) => row.period === "current").map((row) => {
    const earlier = before.get(hourOf(row)) ?? null;
    return { ...row, earlier, difference: earlier === null || row[key] === null ? null : differenceOf(row[key] - earlier, kind, formats) };
  });
}

function differenceOf(by, kind, formats) {
  const sign = by < 0 ? "−" : "+";
  return by ? `${sign}${formats.write(kind, Math.abs(by))}` : formats.write(kind, 0);
}

/** An ECharts option of rows with `weekday` and `hour`; times are coloured by their order of magnitude. */
export function heatmap(rows, { key, kind }, { say, formats }) {
  const known = rows.filter((row) => row[key] !== null && row[key] !== undefined);
  const timed = kind === "seconds";
  const scaled = (value) => (timed ? Math.log10(Math.max(value, SHORTEST)) : value);
  const written = (value) => formats.write(kind, timed ? 10 ** value : value);
  const values = known.map((row) => scaled(row[key]));
  const [long, short] = [weekdays(formats, "long"), weekdays(formats, "short")];
  const axis = { axisLabel: { color: colour("soft") }, axisTick: { show: false }, splitArea: { show: false } };
  return {
    grid: { left: 8, right: 8, top: 8, bottom: 56, outerBoundsMode: "same" },
    tooltip: {
      renderMode: "richText",
      formatter: ({ data: { row } }) => [
        `${long[row.weekday - 1]} ${HOURS[row.hour]}:00`, formats.write(kind, row[key]),
        ...(row.difference ? [`${say("before")}: ${formats.write(kind, row.earlier)} (${row.difference})`] : []),
      ].join("\n"),
    },
    xAxis: { type: "category", data: HOURS, ...axis },
    yAxis: { type: "category", inverse: true, data: short, ...axis },
    visualMap: {
      min: Math.min(...values), max: Math.max(...values, Math.min(...values) + 1e-6), dimension: 2, calculable: false,
      orient: "horizontal", left: "center", bottom: 0, itemHeight: 160, itemWidth: 12,
      inRange: { color: [colour("least"), colour("most")] },
      text: [written(Math.max(...values)), written(Math.min(...values))], textStyle: { color: colour("ink") },
    },
    series: [{
      type: "heatmap", itemStyle: { borderColor: colour("panel"), borderWidth: 1 },
      data: known.map((row) => ({ value: [row.hour, row.weekday - 1, scaled(row[key])], row })),
    }],
  };
}
