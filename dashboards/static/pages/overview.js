// What became of what was sent, beside the period before: how much, how much of it arrived, how soon, and by whom.

import { ask, askIfAllowed } from "./answers.js";
import { colour } from "./charts.js";
import { make } from "./dom.js";
import { Panel } from "./panels.js";
import { Shell } from "./shell.js";
import { wallTime } from "./zones.js";

const REPORT = "/v1/reports/overview";
const CHANNELS = ["sms", "voice", "viber", "whatsapp", "email"];
const GROUPS = ["provider", "channel", "country", "sender", "reference"];
const NARROWED_BY = ["provider", "channel", "country", "sender", "reference"];
const LENGTHS = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 };
const MARKS = { delivered: "delivered", failed: "rejected", in_flight: "sent", unknown: "unknown" };
const TIMES = { p50: "accent", p95: "seen", p99: "undelivered" };

const count = (key) => ({ key, kind: "count" });
const seconds = (key) => ({ key, kind: "seconds" });
const FATES = [count("handed_over"), count("delivered"), count("failed"), count("in_flight"), count("unknown")];
const RATE = { key: "delivery_rate", kind: "share" };
const TILES = [...FATES, RATE, seconds("p50"), seconds("p95"), seconds("p99"), count("later_steps")];
const GROUP = { key: "group", kind: "text" };
const AT = { key: "at", kind: "time" };
const MATURING = { key: "maturing", kind: "flag" };

const figures = new Panel("overview_figures");
const volume = new Panel("volume", { charted: true, onpick });
const times = new Panel("times", { charted: true, onpick });
const groups = new Panel("groups");
let place = null;

function onpick(picked) {
  if (picked?.bucket) shell.go(place.between(...picked.bucket));
}

async function read(asked, period, signal) {
  const parameters = {
    from: period.from.toISOString(), to: period.to.toISOString(), zone: asked.zone,
    ...Object.fromEntries(NARROWED_BY.map((name) => [name, asked.get(name)])),
  };
  const figured = { ...parameters, table: "figures", compare: "previous", group: asked.get("group") || "provider" };
  const trended = { ...parameters, table: "trend" };
  const [told, trend] = await Promise.all([ask(REPORT, figured, signal), ask(REPORT, trended, signal)]);
  const data = { figures: told.body.figures, notes: told.body.notes, trend: trend.body.trend, bucket: trend.body.bucket };
  return { data: { ...data, asked: { figured, trended } }, at: new Date(told.body.as_of) };
}

async function everAny(signal) {
  const { body } = await askIfAllowed("/v1/messages", { limit: 1 }, signal, (refused) => ({ messages: [refused] }));
  return body.messages.length > 0;
}

const totalOf = (data, period) => data.figures.find((row) => row.group === null && row.period === period);

function show(data, context) {
  const { say, formats } = context;
  place = context.place;
  const trend = data.trend.map((row) => ({ ...row, maturing: row.maturing ? say("yes") : "" }));
  const grouped = data.figures.filter((row) => row.group !== null && row.period === "current");
  const notes = data.notes.map((note) => make("p", { class: "detail" }, note));
  const drawn = (series) => () => overTime(data, series(say), context);
  const ofTrend = written(data.asked.trended);
  return [
    showFigures(data, say, formats),
    volume.show({ columns: [AT, ...FATES, RATE, MATURING], rows: trend, drawn: drawn(bars), written: ofTrend }, say, formats),
    times.show({ columns: [AT, seconds("p50"), seconds("p95"), seconds("p99"), MATURING], rows: trend, drawn: drawn(lines), written: ofTrend }, say, formats),
    groups.show({ columns: [GROUP, ...TILES], rows: grouped, more: notes, written: written(data.asked.figured) }, say, formats),
  ];
}

/** Where the API writes the whole of a table for other programs. */
function written(parameters) {
  const told = Object.entries(parameters).filter(([, value]) => value);
  const address = (format) => `${REPORT}?${new URLSearchParams([...told, ["format", format]])}`;
  return { CSV: address("csv"), Parquet: address("parquet"), SQL: address("sql") };
}

async function showFigures(data, say, formats) {
  const [now, before] = [totalOf(data, "current"), totalOf(data, "previous")];
  await figures.show({ columns: TILES, rows: [now], written: written(data.asked.figured) }, say, formats);
  const tiles = TILES.map(({ key, kind }) =>
    make("li", { class: MARKS[key] },
      make("span", { class: "figure", "data-figure": key }, formats.write(kind, now[key])),
      make("span", {}, key === "delivery_rate" ? `${say(key)}, ${say("of_handed_over")}` : say(key)),
      make("span", { class: "detail", "data-before": key }, `${say("before")}: ${formats.write(kind, before?.[key])}`)));
  figures.body.replaceChildren(make("ul", { class: "tiles" }, ...tiles));
}

function bars(say) {
  return Object.entries(MARKS).map(([key, mark]) => ({
    key, kind: "count", name: say(key), type: "bar", stack: "all", barMaxWidth: 28, barMinWidth: 2, itemStyle: { color: colour(mark) },
  }));
}

function lines(say) {
  return Object.entries(TIMES).map(([key, mark]) => ({
    key, kind: "seconds", name: say(key), type: "line", symbolSize: 5, itemStyle: { color: colour(mark) },
  }));
}

/** ECharts knows UTC and the browser's zone only: it is told as UTC what the clocks of the zone that is shown say. */
function overTime(data, series, { period, formats }) {
  const shifted = (at) => Date.parse(`${wallTime(place.zone, new Date(at))}Z`);
  const point = (row, key) => ({
    value: [shifted(row.at), row[key]],
    bucket: LENGTHS[data.bucket] && [new Date(row.at), new Date(Date.parse(row.at) + LENGTHS[data.bucket])],
    at: row.at,
    itemStyle: row.maturing ? { opacity: 0.55 } : undefined,
  });
  const said = (each, found) => `${found.seriesName}: ${formats.write(each.kind, found.data.value[1])}`;
  const [first] = data.trend.map((row) => shifted(row.at));
  const label = { color: colour("soft") };
  const rule = { lineStyle: { color: colour("line") } };
  return {
    useUTC: true,
    grid: { left: 8, right: 8, top: 36, bottom: 8, outerBoundsMode: "same" },
    legend: { top: 0, textStyle: { color: colour("ink") } },
    tooltip: {
      trigger: "axis", renderMode: "richText",
      formatter: (found) => [formats.time(found[0].data.at), ...found.map((each) => said(series[each.seriesIndex], each))].join("\n"),
    },
    xAxis: { type: "time", min: Math.min(shifted(period.from), first), max: shifted(period.to), axisLabel: label, axisLine: rule },
    yAxis: { type: "value", min: 0, axisLabel: { ...label, formatter: (value) => formats.write(series[0].kind, value) }, splitLine: rule },
    series: series.map(({ key, kind, ...each }) => ({ ...each, data: data.trend.map((row) => point(row, key)) })),
  };
}

const shell = new Shell({
  title: "overview",
  filters: [
    ...NARROWED_BY.map((name) => (name === "channel" ? { name, among: CHANNELS } : { name })),
    { name: "group", among: GROUPS },
  ],
  panels: [figures, volume, times, groups],
  read, show, everAny,
  without: { ever: "nothing_sent_do", here: "none_meets" },
  isEmpty: (data) => !totalOf(data, "current")?.attempts,
  hint: document.getElementById("notice").dataset.hint,
});
shell.start();
