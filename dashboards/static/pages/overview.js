// What became of what was sent, beside the period before: how much, how much of it arrived, how soon, and by whom.

import { Amiss, WORDS } from "./amiss.js";
import { everAnyMessage } from "./answers.js";
import { colour } from "./charts.js";
import { make } from "./dom.js";
import { drillTo, leadFrom } from "./drill.js";
import { GROUPS, NARROWING, askedOf } from "./filters.js";
import { bucketEnds, overTime } from "./over_time.js";
import { Panel } from "./panels.js";
import { askSeveral, cutSaid, groupColumn, groupOf, groupsOf, totalOf } from "./several.js";
import { Shell } from "./shell.js";
import { tiles } from "./tiles.js";

const REPORT = "/v1/reports/overview";
/** What becomes of what is handed over, each with its colour; the keys are the outcomes by which messages are listed. */
const FATES = { delivered: "delivered", failed: "rejected", in_flight: "sent", unknown: "unknown" };
const TIMES = { p50: "accent", p95: "seen", p99: "undelivered" };
const AT = { key: "at", kind: "time" };
const MATURING = { key: "maturing", kind: "flag" };

const figures = new Panel("overview_figures");
const volume = new Panel("volume", { charted: true, onpick: (picked, context) => leadFrom(picked, context, { outcome: FATES[picked.key] && picked.key }) });
const times = new Panel("times", { charted: true, onpick: (picked, context) => leadFrom(picked, context, { outcome: "delivered" }) });
const groups = new Panel("groups");

const amiss = new Amiss();
document.getElementById("notice").before(amiss.element);

const detail = (said) => make("p", { class: "detail" }, said);

async function read(place, period, signal) {
  amiss.read(signal);
  const asked = { ...askedOf(place, period), compare: place.compare };
  const data = await askSeveral(REPORT, { figures: { ...asked, group: groupOf(place) }, trend: asked }, signal);
  return { data, at: data.at };
}

/** Counts, each leading to the messages behind it, of which `only` says what a row is about beside the page's filters. */
function counts({ place, period }, only) {
  const behind = (more) => (row) => drillTo(place, period, { ...only(row), ...more });
  // What is scheduled is not handed over; without any, all that there is was.
  const handedOver = { key: "handed_over", kind: "count", leads: (row) => (row.scheduled ? null : behind({})(row)) };
  return [handedOver, ...Object.entries(FATES).map(([key, mark]) => ({ key, kind: "count", mark, leads: behind({ outcome: key }) }))];
}

const RATE = { key: "delivery_rate", kind: "share", note: "of_handed_over" };
const PERCENTILES = Object.keys(TIMES).map((key) => ({ key, kind: "seconds" }));
const REST = [RATE, ...PERCENTILES, { key: "later_steps", kind: "count" }];

async function showFigures({ rows, links }, context) {
  const [now, before] = ["current", "previous"].map((period) => totalOf(rows.figures, period));
  const columns = [...counts(context, () => ({})), ...REST];
  await figures.show({ columns, rows: [now], written: links.figures }, context);
  figures.body.replaceChildren(tiles(columns, now, before, context));
}

function showVolume(data, context) {
  const { place, say } = context;
  const bars = Object.entries(FATES).map(([key, mark]) => ({
    key, kind: "count", name: say(key), type: "bar", stack: "all", barMaxWidth: 28, barMinWidth: 2, mark,
  }));
  const compared = [{ key: "handed_over", kind: "count", name: say("handed_over_before") }];
  const columns = [AT, ...counts(context, ({ at }) => bucketEnds(at, data.bucket, place.zone)), RATE, MATURING];
  return showTrend(volume, columns, bars, compared, data, context);
}

function showTimes(data, context) {
  const { say } = context;
  const lines = Object.entries(TIMES).map(([key, mark]) => ({ key, kind: "seconds", name: say(key), type: "line", symbolSize: 5, mark }));
  const compared = [{ key: "p50", kind: "seconds", name: say("p50_before") }];
  return showTrend(times, [AT, ...PERCENTILES, MATURING], lines, compared, data, context);
}

/** `series` of this period and, beside them, those that are `compared` of the period before. */
function showTrend(panel, columns, series, compared, { rows, bucket, links }, context) {
  const { period, say } = context;
  const [now, before] = ["current", "previous"].map((name) => rows.trend.filter((row) => row.period === name));
  const dashed = () => ({ type: "line", symbolSize: 4, lineStyle: { type: "dashed", color: colour("soft") }, itemStyle: { color: colour("soft") } });
  const drawn = () => overTime({
    rows: now, bucket,
    series: [
      ...series.map(({ mark, ...each }) => ({ ...each, itemStyle: { color: colour(mark) } })),
      ...(before.length ? compared.map((each) => ({ ...each, ...dashed(), rows: before, later: period.to - period.from })) : []),
    ],
  }, context);
  const shown = now.map((row) => ({ ...row, maturing: row.maturing ? say("yes") : "" }));
  const more = now.some((row) => row.maturing) ? [detail(say("paler"))] : [];
  return panel.show({ columns, rows: shown, drawn, more, written: links.trend }, context);
}

function showGroups({ rows, links, cut }, context) {
  const { place, say } = context;
  const by = groupOf(place);
  const narrowed = { ...groupColumn(by), leads: ({ group }) => (group ? location.pathname + place.with({ [by]: group }).search : null) };
  const columns = [narrowed, ...counts(context, ({ group }) => ({ [by]: group })), ...REST];
  const more = [...(place.compare ? [say("compared_as_it_stands")] : []), ...cutSaid(cut.figures, say)];
  return groups.show({ columns, rows: groupsOf(rows.figures, "current"), more: more.map(detail), written: links.figures }, context);
}

new Shell({
  title: "overview",
  words: WORDS,
  arrived: amiss.arrived,
  filters: [...NARROWING, { name: "group", among: GROUPS }],
  compares: true,
  parts: [[figures, showFigures], [volume, showVolume], [times, showTimes], [groups, showGroups]],
  read,
  everAny: everAnyMessage,
  without: { ever: "nothing_sent_do", here: "none_meets" },
  isEmpty: ({ rows }) => !totalOf(rows.figures, "current")?.attempts,
  hint: document.getElementById("notice").dataset.hint,
}).start();
