// What fails and why, in our words and the providers': over time, what changed, whether it would come again, and where.

import { everAnyMessage } from "./answers.js";
import { make } from "./dom.js";
import { drillTo, lead, leadFrom } from "./drill.js";
import { LASTING, beforeOverTime, changed, failing, reasonsByProvider, reasonsOverTime } from "./failures_charts.js";
import { WORDS } from "./failures_words.js";
import { GROUPS, NARROWING, askedOf } from "./filters.js";
import { bucketEnds, overTime } from "./over_time.js";
import { Panel } from "./panels.js";
import { fit } from "./ranked.js";
import { askSeveral, cutSaid, groupOf, groupsOf, narrowing, totalOf } from "./several.js";
import { Shell } from "./shell.js";
import { tiles } from "./tiles.js";

const REPORT = "/v1/reports/failures";
const MEASURES = { failed: "count", failure_rate: "share" };
/** As many rows as the API gives, so that what is drawn is of all. */
const LIMIT = 500;

const of = (kind) => (key) => ({ key, kind });
const [count, share, text, words, time] = ["count", "share", "text", "words", "time"].map(of);
const RATE = share("failure_rate");

const figures = new Panel("failure_figures");
const trend = new Panel("failures_over_time", { charted: true, onpick: pickBucket });
const changes = new Panel("changes", { charted: true, onpick: ({ row }, context) => lead(context, failed(changedSo(row))) });
const reasons = new Panel("reasons", { charted: true, onpick: ({ only }, context) => lead(context, failed(only)) });
const groups = new Panel("groups", { charted: true, onpick: ({ row }, context) => lead(context, failed({ [groupOf(context.place)]: row.group })) });
const senders = new Panel("senders", { charted: true, onpick: ({ row }, context) => lead(context, failed({ sender: row.group })) });
const countries = new Panel("countries", { charted: true, onpick: ({ row }, context) => lead(context, failed({ country: row.group })) });

// The codes and the providers' words stand in the table only; as cards on a narrow screen they are many pages long.
reasons.details.open = matchMedia("(min-width: 46rem)").matches;

const measureOf = (place) => (place.get("measure") in MEASURES ? place.get("measure") : "failed");
const paragraph = (said) => make("p", { class: "detail" }, said);

const failed = (only) => ({ outcome: "failed", ...only });
/** Where the failures behind a figure are listed. */
const behind = ({ place, period }, only) => drillTo(place, period, failed(only));

/** A point of the period before is of all reasons. */
function pickBucket(picked, context) {
  const { period, reason } = picked.row;
  leadFrom(picked, context, failed(period === "previous" ? {} : { reason }));
}

/** A code that is "" is no code to ask for. */
const changedSo = ({ reason, provider, code }) => ({ reason, provider, code });

async function read(place, period, signal) {
  const asked = { ...askedOf(place, period), limit: LIMIT };
  const data = await askSeveral(REPORT, {
    figures: { ...asked, group: groupOf(place), compare: place.compare },
    trend: { ...asked, compare: place.compare }, reasons: asked, changes: asked, senders: asked, countries: asked,
  }, signal);
  return { data, at: data.at };
}

async function showFigures({ rows, links }, context) {
  const [now, before] = ["current", "previous"].map((period) => totalOf(rows.figures, period));
  const columns = [
    { ...count("failed"), mark: "rejected", leads: () => behind(context, {}) }, { ...RATE, note: "of_handed_over" },
    ...Object.entries(LASTING).map(([key, mark]) => ({ ...count(key), mark })), { ...count("held_up"), mark: "sent" }, count("handed_over"),
  ];
  await figures.show({ columns, rows: [now], written: links.figures, more: [paragraph(context.say("lasting_why"))] }, context);
  figures.body.replaceChildren(tiles(columns, now, before ?? null, context));
}

function showTrend({ rows, links, cut, bucket }, context) {
  const { place, period, say } = context;
  const measure = { key: measureOf(place), kind: MEASURES[measureOf(place)] };
  const [now, before] = ["current", "previous"].map((which) => rows.trend.filter((row) => row.period === which));
  const shown = now.map((row) => ({ ...row, maturing: row.maturing ? say("yes") : "" }));
  const leads = ({ reason, at }) => behind(context, { reason, ...bucketEnds(at, bucket, place.zone) });
  const columns = [time("at"), words("reason"), { ...count("failed"), leads }, count("handed_over"), RATE, { key: "maturing", kind: "flag" }];
  const series = () => [...reasonsOverTime(now, measure, context), ...beforeOverTime(before, measure, period.to - period.from, say)];
  const drawn = () => overTime({ rows: now, bucket, series: series() }, context);
  const more = [...(now.some((row) => row.maturing) ? [say("maturing_why")] : []), ...cutSaid(cut.trend, say)].map(paragraph);
  return trend.show({ columns, rows: shown, drawn, written: links.trend, more }, context);
}

function showChanges({ rows, links, cut }, context) {
  const { say, formats } = context;
  const columns = [
    words("reason"), text("provider"), text("code"), { ...count("failed"), leads: (row) => behind(context, changedSo(row)) }, count("failed_before"),
    share("rate"), share("rate_before"), { key: "change", kind: "share" },
  ];
  const more = [say("changes_why"), ...cutSaid(cut.changes, say)].map(paragraph);
  fit(changes, rows.changes.length);
  return changes.show({ columns, rows: rows.changes, drawn: () => changed(rows.changes, say, formats), written: links.changes, more }, context);
}

function showReasons({ rows, links, cut }, context) {
  const { say, formats } = context;
  const leads = ({ reason, provider, channel, code }) => behind(context, { reason, provider, channel, code });
  const columns = [
    words("reason"), words("lasting"), text("provider"), text("channel"), text("code"), text("words"), { ...count("failed"), leads },
    share("share"), count("held_up"), time("latest_at"),
  ];
  const drawn = () => reasonsByProvider(rows.reasons, say, formats);
  fit(reasons, new Set(rows.reasons.map((row) => row.reason)).size);
  return reasons.show({ columns, rows: rows.reasons, drawn, written: links.reasons, more: cutSaid(cut.reasons, say).map(paragraph) }, context);
}

function showGroups({ rows, links, cut }, context) {
  const { place, say } = context;
  const before = new Map(groupsOf(rows.figures, "previous").map((row) => [row.group, row]));
  const shown = groupsOf(rows.figures, "current").map((row) => ({
    ...row, failed_before: before.get(row.group)?.failed, rate_before: before.get(row.group)?.failure_rate,
  }));
  const columns = [
    narrowing(groupOf(place), place), count("handed_over"), { ...count("failed"), leads: (row) => behind(context, { [groupOf(place)]: row.group }) },
    RATE, ...(place.compare ? [count("failed_before"), share("rate_before")] : []), ...Object.keys(LASTING).map(count), count("held_up"),
  ];
  fit(groups, shown.length);
  return groups.show({ columns, rows: shown, drawn: () => failing(shown, groupOf(place), context), written: links.figures, more: cutSaid(cut.figures, say).map(paragraph) }, context);
}

function showTop(by) {
  const [panel, table] = by === "sender" ? [senders, "senders"] : [countries, "countries"];
  return ({ rows, links, cut }, context) => {
    const { say } = context;
    const columns = [
      narrowing(by, context.place), count("handed_over"), { ...count("failed"), leads: ({ group }) => behind(context, { [by]: group }) }, RATE,
      words("most_common"), { ...count("failed_so"), leads: (row) => behind(context, { [by]: row.group, reason: row.most_common }) },
    ];
    fit(panel, rows[table].length);
    return panel.show({ columns, rows: rows[table], drawn: () => failing(rows[table], by, context), written: links[table], more: cutSaid(cut[table], say).map(paragraph) }, context);
  };
}

new Shell({
  title: "failures",
  words: WORDS,
  filters: [...NARROWING, { name: "group", among: GROUPS }, { name: "measure", among: Object.keys(MEASURES) }],
  compares: true,
  parts: [
    [figures, showFigures], [trend, showTrend], [changes, showChanges], [reasons, showReasons], [groups, showGroups],
    [senders, showTop("sender")], [countries, showTop("country")],
  ],
  read,
  everAny: everAnyMessage,
  without: { ever: "nothing_sent_do", here: "none_meets" },
  isEmpty: ({ rows }) => !totalOf(rows.figures, "current")?.handed_over,
  hint: document.getElementById("notice").dataset.hint,
}).start();
