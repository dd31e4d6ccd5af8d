// How what carries the messages does: how far behind each part is, what went through, and what could not be done.

import { Refused, ask } from "./answers.js";
import { colour } from "./charts.js";
import { make } from "./dom.js";
import { drillTo } from "./drill.js";
import { filtersFor } from "./filters.js";
import { overTime } from "./over_time.js";
import { Panel } from "./panels.js";
import { LENGTHS, WORDS } from "./pipeline_words.js";
import { askSeveral, cutSaid } from "./several.js";
import { Shell } from "./shell.js";
import { tiles } from "./tiles.js";
import { Unread } from "./unread.js";
import { written } from "./written.js";

const REPORT = "/v1/reports/pipeline";
const STANDING = "/v1/pipeline";
const NARROWED_BY = ["provider", "channel"];
/** In a file. */
const MOST_WRITTEN = 500;
const KINDS = { sends: "queued", statuses: "delivered", replies: "reply", unparsed: "rejected" };
const DELAYS = { told_after_p50: "accent", told_after_p95: "undelivered" };

/** Where the parts of how it stands are written for other programs. */
const LINKS = {
  alerts: written("/v1/alerts", { open: "true", limit: MOST_WRITTEN }),
  doubts: written("/v1/doubts", { limit: MOST_WRITTEN }),
  stored: written("/v1/stored", {}),
};

const of = (kind) => (key) => ({ key, kind });
const [count, seconds, text, words, time] = ["count", "seconds", "text", "words", "time"].map(of);
const messageAt = ({ message_id: id }) => `/messages/${encodeURIComponent(id)}`;

const onpick = ({ bucket }, { place, go }) => bucket && go(place.between(bucket.from, bucket.to));
const state = new Panel("standing");
const alerts = new Panel("alerts_open");
const doubts = new Panel("in_doubt");
const lag = new Panel("lag");
const flow = new Panel("flow", { charted: true, onpick });
const delays = new Panel("told_after", { charted: true, onpick });
const unparsed = new Panel("unparsed_why");
const codes = new Panel("odd_codes");
const calls = new Panel("troubled_calls");
const notices = new Panel("dead_notices");
const stored = new Panel("stored");

const paragraph = (said) => make("p", { class: "detail" }, said);
const sumOf = (rows, key) => rows.reduce((sum, row) => sum + row[key], 0);

async function read(place, period, signal) {
  const asked = {
    from: period.from.toISOString(), to: period.to.toISOString(), zone: place.zone,
    ...Object.fromEntries(NARROWED_BY.map((name) => [name, place.get(name)])),
  };
  const wanted = Object.fromEntries(["flow", "unparsed", "codes", "calls", "notices"].map((table) => [table, asked]));
  const data = await askSeveral(REPORT, wanted, signal, { standing: ask(STANDING, {}, signal).then(({ body }) => body) });
  return { data, at: data.at };
}

async function showState({ standing, rows }, context) {
  const behind = standing.lag.map((each) => each.behind).filter((each) => each !== null);
  const now = {
    age: ageOf(standing.data_as_of, standing.as_of),
    most_behind: behind.length ? Math.max(...behind) : null,
    events: sumOf(rows.flow, "events"), unparsed: sumOf(rows.flow, "unparsed"), unknown_codes: sumOf(rows.flow, "unknown_codes"),
    dead: sumOf(rows.notices, "notices"), alerts: countOf(standing, "alerts"), doubts: countOf(standing, "doubts"),
  };
  const bad = (key, label = key) => ({ ...count(key), label, mark: now[key] === null ? null : now[key] ? "rejected" : "delivered" });
  const columns = [
    seconds("age"), count("most_behind"), count("events"), bad("unparsed"), bad("unknown_codes"), bad("dead"),
    bad("alerts", "open_alerts"), bad("doubts"),
  ];
  await state.show({ columns, rows: [now] }, context);
  state.body.replaceChildren(tiles(columns, now, null, context));
}

const ageOf = (at, now) => (at ? Math.max(0, (Date.parse(now) - Date.parse(at)) / 1000) : null);

/** How many there are; null where nobody can tell. */
const countOf = (standing, name) => (standing.problems[name] ? null : standing[name].length);

/** A part of how it stands, which throws an `Unread` where it could not be answered. */
function partOf(standing, name) {
  const problem = standing.problems[name];
  if (problem) throw new Unread(new Refused(problem.status, problem), LINKS[name]);
  return standing[name];
}

function showAlerts({ standing }, context) {
  const rows = partOf(standing, "alerts");
  alerts.element.hidden = !rows.length;
  const columns = [time("opened_at"), words("about"), text("provider"), words("channel"), text("country"), text("text")];
  return alerts.show({ columns, rows, written: LINKS.alerts }, context);
}

function showDoubts({ standing }, context) {
  const rows = partOf(standing, "doubts");
  doubts.element.hidden = !rows.length;
  const columns = [time("since"), text("provider"), count("step"), { ...text("message_id"), leads: messageAt }, text("why")];
  const more = [paragraph(context.say("doubts_do")), ...(standing.more_doubts ? [paragraph(context.say("cut"))] : [])];
  return doubts.show({ columns, rows, more, written: LINKS.doubts }, context);
}

function showLag({ standing: { lag: rows, lag_unknown: why } }, context) {
  const { say, formats } = context;
  const members = {
    ...count("members"),
    draw: ({ members: there }) => (there ? formats.count(there) : make("span", { class: "problem" }, say("nobody_reads"))),
  };
  const behind = { ...count("behind"), draw: ({ behind: by }) => (by === null ? say("never_read") : formats.count(by)) };
  const columns = [{ ...text("role"), draw: ({ role }) => say(role) }, text("group_id"), text("topic"), members, behind, count("records"), count("partitions")];
  const shown = rows.map((row) => ({ ...row, group_id: row.group }));
  const told = lag.show({ columns, rows: shown, more: [paragraph(say("lag_no_query"))] }, context);
  if (why) lag.body.replaceChildren(make("p", { class: "problem" }, `${say("lag_unknown")} ${why}.`));
  return told;
}

/** What is drawn of each bucket: an ECharts series for each of `keys`, with its colour. */
const drawnOf = ({ rows, bucket }, keys, more, context) => () => overTime({
  rows: rows.flow, bucket,
  series: Object.entries(keys).map(([key, mark]) => ({ key, name: context.say(key), itemStyle: { color: colour(mark) }, ...more })),
}, context);

function showFlow(data, context) {
  const { rows, bucket, links, cut } = data;
  const shown = rows.flow.map((row) => ({ ...row, per_second: row.events / (LENGTHS[bucket] ?? LENGTHS.day) }));
  const columns = [time("at"), count("events"), count("per_second"), ...Object.keys(KINDS).map(count), count("unknown_codes")];
  const drawn = drawnOf(data, KINDS, { kind: "count", type: "bar", stack: "all", barMaxWidth: 28, barMinWidth: 2 }, context);
  return flow.show({ columns, rows: shown, drawn, written: links.flow, more: cutSaid(cut.flow, context.say).map(paragraph) }, context);
}

function showDelays(data, context) {
  const told = data.rows.flow.filter((row) => row.told_after_p50 !== null);
  const columns = [time("at"), count("statuses"), ...Object.keys(DELAYS).map(seconds)];
  const drawn = drawnOf(data, DELAYS, { kind: "seconds", type: "line", symbolSize: 5 }, context);
  return delays.show({ columns, rows: told, drawn, written: data.links.flow, more: [paragraph(context.say("told_after_why"))] }, context);
}

/** What shows a table of the report as it is. */
const showing = (panel, table, columns) => ({ rows, links, cut }, context) =>
  panel.show({ columns, rows: rows[table], written: links[table], more: cutSaid(cut[table], context.say).map(paragraph) }, context);

const showUnparsed = showing(unparsed, "unparsed", [
  text("provider"), text("topic"), text("error"), count("records"), time("first_at"), time("latest_at"),
]);
const showCalls = showing(calls, "calls", [
  text("provider"), words("result"), words("reason"), text("code"), text("words"), text("status"), count("calls"), time("latest_at"),
]);
const showNotices = showing(notices, "notices", [text("type"), text("why"), text("status"), count("notices"), time("latest_at")]);

function showCodes(data, context) {
  const leads = ({ provider, channel, code }) => drillTo(context.place, context.period, { provider, channel, code, stage: "unknown" });
  const columns = [text("provider"), words("channel"), { ...text("code"), leads }, text("words"), count("events"), time("latest_at")];
  return showing(codes, "codes", columns)(data, context);
}

function showStored({ standing }, context) {
  const shown = partOf(standing, "stored").map((row) => ({ ...row, age: ageOf(row.newest_at, standing.as_of) }));
  return stored.show({ columns: [text("table_name"), time("newest_at"), seconds("age"), count("rows")], rows: shown.map((row) => ({ ...row, table_name: row.table })), written: LINKS.stored }, context);
}

new Shell({
  title: "pipeline",
  filters: filtersFor(NARROWED_BY),
  words: WORDS,
  parts: [
    [state, showState], [alerts, showAlerts], [doubts, showDoubts], [lag, showLag], [flow, showFlow], [delays, showDelays],
    [unparsed, showUnparsed], [codes, showCodes], [calls, showCalls], [notices, showNotices], [stored, showStored],
  ],
  read,
  everAny: () => false,
  without: { ever: "nothing_sent_do", here: "none_meets" },
  // What is behind, and what nobody reads, is worth knowing before anything was stored.
  isEmpty: ({ standing }) => !standing.problems.stored && !sumOf(standing.stored, "rows") && !sumOf(standing.lag, "records"),
  hint: document.getElementById("notice").dataset.hint,
}).start();
