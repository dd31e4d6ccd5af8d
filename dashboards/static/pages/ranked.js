// Bars from left to right, one for each name, the first of them on top; what is stacked is told apart by colour.

import { colour } from "./charts.js";

/** As many as have room, one above the other. */
export const MOST_BARS = 12;
const FEW_BARS = 4;
const MANY_BARS = 8;
const NARROW = 700;

/** A panel of few bars is not as high as others, and one of many is higher where names need several lines. */
export function fit(panel, bars) {
  panel.element.classList.toggle("low", bars <= FEW_BARS);
  panel.element.classList.toggle("high", bars > MANY_BARS);
}

/**
 * An ECharts option. A series has a `name`, a `mark` (what the style sheet calls its colour), a `kind`, and for each name
 * what is drawn: `{ value, … }`, which is given on where it is picked. `most` is where the axis ends, unless it is told by
 * the values.
 */
export function ranked(names, series, formats, { most } = {}) {
  const label = { color: colour("soft") };
  const { kind } = series[0];
  const shown = names.map((name, place) => `${place}:${name}`);
  return {
    grid: { left: 8, right: 24, top: 8, bottom: 8, outerBoundsMode: "same" },
    legend: {},
    tooltip: {
      trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText",
      formatter: (found) => [names[found[0].dataIndex], ...found.flatMap((each) => said(each, kind, formats))].join("\n"),
    },
    // Names may be alike, places are not.
    yAxis: {
      type: "category", inverse: true, data: shown,
      axisTick: { show: false }, axisLine: { lineStyle: { color: colour("line") } },
      axisLabel: {
        color: colour("ink"), interval: 0, ...(innerWidth < NARROW ? { width: 110, overflow: "break", fontSize: 11, lineHeight: 12 } : { width: 260, overflow: "truncate" }),
        formatter: (name) => name.slice(name.indexOf(":") + 1),
      },
    },
    xAxis: {
      type: "value", max: most, splitNumber: 3, splitLine: { lineStyle: { color: colour("line") } },
      axisLabel: { ...label, hideOverlap: true, formatter: (value) => formats.write(kind, value) },
    },
    series: series.map(({ name, mark, data }) => ({
      type: "bar", stack: "all", barMaxWidth: 22, name, data, itemStyle: { color: colour(mark) },
    })),
  };
}

function said({ seriesName, data }, kind, formats) {
  if (!data?.value) return [];
  return [`${seriesName}: ${formats.write(kind, data.value)}`, ...(data.more ?? [])];
}
