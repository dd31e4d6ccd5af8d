// What became of what was sent, beside the period before: how much, how much of it arrived, how soon, and by whom.

import { ask, everAnyMessage } from "./answers.js";
import { colour } from "./charts.js";
import { make } from "./dom.js";
import { GROUPS, NARROWING, askedOf } from "./filters.js";
import { overTime } from "./over_time.js";
import { Panel } from "./panels.js";
import { Shell } from "./shell.js";
import { tiles } from "./tiles.js";
import { written } from "./written.js";

const REPORT = "/v1/reports/overview";
const MARKS = { delivered: "delivered", failed: "rejected", in_flight: "sent", unknown: "unknown" };
const TIMES = { p50: "accent", p95: "seen", p99: "undelivered" };

const count = (key) => ({ key, kind: "count", mark: MARKS[key] });
const seconds = (key) => ({ key, kind: "seconds" });
const FATES = [count("handed_over"), count("delivered"), count("failed"), count("in_flight"), count("unknown")];
const RATE = { key: "delivery_rate", kind: "share", note: "of_handed_over" };
const TILES = [...FATES, RATE, seconds("p50"), seconds("p95"), seconds("p99"), count("later_steps")];
const GROUP = { key: "group", kind: "text" };
const AT = { key: "at", kind: "time" };
const MATURING = { key: "maturing", kind: "flag" };

const figures = new Panel("overview_figures");
const volume = new Panel("volume", { charted: true, onpick });
const times = new Panel("times", { charted: true, onpick });
const groups = new Panel("groups");

function onpick({ bucket }, { place, go }) {
  if (bucket) go(place.between(bucket.from, bucket.to));
}

async function read(asked, period, signal) {
  const parameters = askedOf(asked, period);
  const figured = { ...parameters, table: "figures", compare: asked.compare, group: asked.get("group") || "provider" };
  const trended = { ...parameters, table: "trend" };
  const [told, trend] = await Promise.all([ask(REPORT, figured, signal), ask(REPORT, trended, signal)]);
  const data = { figures: told.body.figures, notes: told.body.notes, trend: trend.body.trend, bucket: trend.body.bucket };
  return { data: { ...data, asked: { figured, trended } }, at: new Date(told.body.as_of) };
}

const totalOf = (data, period) => data.figures.find((row) => row.group === null && row.period === period);

function show(data, context) {
  const { say } = context;
  const trend = data.trend.map((row) => ({ ...row, maturing: row.maturing ? say("yes") : "" }));
  const grouped = data.figures.filter((row) => row.group !== null && row.period === "current");
  const notes = data.notes.map((note) => make("p", { class: "detail" }, note));
  const drawn = (series) => () => overTime({ rows: data.trend, bucket: data.bucket, series: series(say) }, context);
  const ofTrend = written(REPORT, data.asked.trended);
  const ofFigures = written(REPORT, data.asked.figured);
  return [
    showFigures(data, ofFigures, context),
    volume.show({ columns: [AT, ...FATES, RATE, MATURING], rows: trend, drawn: drawn(bars), written: ofTrend }, context),
    times.show({ columns: [AT, seconds("p50"), seconds("p95"), seconds("p99"), MATURING], rows: trend, drawn: drawn(lines), written: ofTrend }, context),
    groups.show({ columns: [GROUP, ...TILES], rows: grouped, more: notes, written: ofFigures }, context),
  ];
}

async function showFigures(data, ofFigures, context) {
  const [now, before] = [totalOf(data, "current"), totalOf(data, "previous")];
  await figures.show({ columns: TILES, rows: [now], written: ofFigures }, context);
  figures.body.replaceChildren(tiles(TILES, now, before, context));
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

new Shell({
  title: "overview",
  filters: [...NARROWING, { name: "group", among: GROUPS }],
  compares: true,
  panels: [figures, volume, times, groups],
  read, show,
  everAny: everAnyMessage,
  without: { ever: "nothing_sent_do", here: "none_meets" },
  isEmpty: (data) => !totalOf(data, "current")?.attempts,
  hint: document.getElementById("notice").dataset.hint,
}).start();
