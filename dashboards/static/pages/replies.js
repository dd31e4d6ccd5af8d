// What people wrote back: how much, how soon, who wants no more, and which conversations are open.

import { askIfAllowed, everAnyMessage } from "./answers.js";
import { make } from "./dom.js";
import { drillTo, lead } from "./drill.js";
import { GROUPS, NARROWING, askedOf } from "./filters.js";
import { bucketEnds, overTime } from "./over_time.js";
import { Panel } from "./panels.js";
import { fit } from "./ranked.js";
import { answerTimes, answering, closingByHour, repliesOverTime } from "./replies_charts.js";
import { WORDS } from "./replies_words.js";
import { askSeveral, cutSaid, groupColumn, groupOf, groupsOf, totalOf } from "./several.js";
import { Shell } from "./shell.js";
import { tiles } from "./tiles.js";

const REPORT = "/v1/reports/replies";
/** As many replies as are listed at once: on a phone each takes many lines. */
const LISTED = innerWidth < 700 ? 10 : 25;
const LIMIT = 500;
/** What tells messages that were answered from others, in their listing. */
const ANSWERED = { replied: "true" };

const of = (kind) => (key) => ({ key, kind });
const [count, share, seconds, text, words, time, flag] = ["count", "share", "seconds", "text", "words", "time", "flag"].map(of);

const figures = new Panel("reply_figures");
const volume = new Panel("replies_over_time", { charted: true, onpick: ({ bucket }, { place, go }) => go(place.between(bucket.from, bucket.to)) });
const groups = new Panel("answering", { charted: true, onpick: ({ row }, context) => lead(context, { ...ANSWERED, [groupOf(context.place)]: row.group }) });
const speed = new Panel("answering_over_time", { charted: true, onpick: ({ bucket }, context) => lead(context, { ...ANSWERED, ...bucket }) });
const open = new Panel("conversations");
const closing = new Panel("closing_hours", { charted: true });
const listed = new Panel("listed_replies");

groups.details.open = true;

const paragraph = (said) => make("p", { class: "detail" }, said);
const paragraphs = (...said) => said.flat().map(paragraph);
const current = (rows) => rows.filter((row) => row.period === "current");

/** Where the messages are listed that were answered. */
const behind = ({ place, period }, only) => drillTo(place, period, { ...ANSWERED, ...only });

async function read(place, period, signal) {
  const asked = { ...askedOf(place, period), limit: LIMIT };
  const grouped = { ...asked, group: groupOf(place), compare: place.compare };
  const data = await askSeveral(REPORT, {
    trend: asked, figures: grouped, response: grouped, response_trend: asked, conversations: asked, closing: asked,
  }, signal, {
    list: askIfAllowed("/v1/replies", listAsked(place, period), signal, (refused) => ({ replies: [], next_cursor: null, refused })),
  });
  return { data, at: data.at };
}

function listAsked(place, period) {
  const { zone: _, ...asked } = askedOf(place, period);
  return { ...asked, opt_out: place.get("opt_out"), cursor: place.get("cursor"), limit: LISTED };
}

/** Replies and answers of one period, and the conversations of the moment, as one. */
function togetherOf({ figures: told, response, conversations }, period) {
  const [replies, answers] = [totalOf(told, period), totalOf(response, period)];
  if (!replies || !answers) return null;
  const sum = (key) => conversations.reduce((total, row) => total + row[key], 0);
  return {
    ...replies, ...answers, replies_count: replies.replies, answer_p50: answers.p50, answer_p95: answers.p95,
    open_now: sum("open"), closing_within_1h: sum("closing_within_1h"),
  };
}

async function showFigures({ rows, links }, context) {
  const { place } = context;
  const [now, before] = [togetherOf(rows, "current"), togetherOf(rows, "previous")];
  const toList = (optOut) => `${location.pathname}${place.with({ opt_out: optOut }).search}#listed_replies`;
  const columns = [
    { ...count("replies_count"), mark: "reply", leads: () => toList("") }, count("people"),
    { ...count("opt_outs"), mark: "rejected", leads: () => toList("true") }, share("opt_out_share"),
    { ...count("answered"), leads: () => behind(context, {}) }, { ...share("answer_rate"), note: "of_handed_over" },
    seconds("answer_p50"), seconds("answer_p95"),
  ];
  const ofNow = [{ ...count("open_now"), mark: "seen" }, count("closing_within_1h")];
  await figures.show({ columns, rows: [now], written: links.figures }, context);
  figures.body.replaceChildren(tiles(columns, now, before, context), tiles(ofNow, now, null, context));
}

function showVolume({ rows, links, cut, bucket }, context) {
  const { place, say } = context;
  const leads = ({ at }) => {
    const { from, to } = bucketEnds(at, bucket, place.zone);
    return `${location.pathname}${place.between(from, to).search}#listed_replies`;
  };
  const shown = current(rows.trend).map((row) => ({ ...row, other_replies: row.replies - row.opt_outs }));
  const columns = [time("at"), { ...count("replies"), label: "replies_count", leads }, count("answers"), count("people"), count("opt_outs")];
  const drawn = () => overTime({ rows: shown, bucket, series: repliesOverTime(shown, say) }, context);
  return volume.show({ columns, rows: shown, drawn, written: links.trend, more: paragraphs(cutSaid(cut.trend, say)) }, context);
}

function showAnswering({ rows, links, cut }, context) {
  const { place, say } = context;
  const by = groupOf(place);
  const before = new Map(groupsOf(rows.response, "previous").map((row) => [row.group, row.answer_rate]));
  const shown = groupsOf(rows.response, "current").map((row) => ({ ...row, answer_rate_before: before.get(row.group) }));
  const refused = ({ group }) => drillTo(place, context.period, { [by]: group, outcome: "failed", reason: "opted_out" });
  const columns = [
    groupColumn(by), count("handed_over"), { ...count("answered"), leads: ({ group }) => behind(context, { [by]: group }) },
    share("answer_rate"), share("answer_rate_before"), { ...seconds("p50"), label: "answer_p50" }, { ...seconds("p95"), label: "answer_p95" },
    { ...count("refused_as_opted_out"), leads: refused },
  ];
  fit(groups, shown.length);
  const more = paragraphs(say("answering_why"), cutSaid(cut.response, say));
  return groups.show({ columns, rows: shown, drawn: () => answering(shown, by, context), written: links.response, more }, context);
}

function showSpeed({ rows, links, cut, bucket }, context) {
  const { place, say } = context;
  const shown = current(rows.response_trend);
  const leads = ({ at }) => behind(context, bucketEnds(at, bucket, place.zone));
  const columns = [
    time("at"), count("handed_over"), { ...count("answered"), leads }, share("answer_rate"),
    { ...seconds("p50"), label: "answer_p50" }, { ...seconds("p95"), label: "answer_p95" },
  ];
  const drawn = () => overTime({ rows: shown, bucket, series: answerTimes(shown, say) }, context);
  return speed.show({ columns, rows: shown, drawn, written: links.response_trend, more: paragraphs(cutSaid(cut.response_trend, say)) }, context);
}

function showOpen({ rows, links, cut }, context) {
  const columns = [text("provider"), words("channel"), count("open"), count("closing_within_1h"), time("first_closes_at"), time("last_closes_at")];
  const more = paragraphs(context.say("closing_why"), cutSaid(cut.conversations, context.say));
  return open.show({ columns, rows: rows.conversations, written: links.conversations, more }, context);
}

function showClosing({ rows, links }, context) {
  const columns = [time("at"), text("provider"), words("channel"), count("closing")];
  closing.element.hidden = !rows.closing.length;
  return closing.show({ columns, rows: rows.closing, drawn: () => closingByHour(rows.closing, context), written: links.closing }, context);
}

function showList({ list: { body: list } }, context) {
  const { say } = context;
  const shown = list.replies.map((row) => ({ ...row, opt_out: row.opt_out ? say("yes") : "" }));
  const columns = [
    time("received_at"), text("provider"), words("channel"), text("country"), { ...text("sender"), label: "person" },
    { ...text("recipient"), label: "written_to" }, flag("opt_out"),
    { ...text("message_id"), leads: (row) => `/messages/${encodeURIComponent(row.message_id)}` },
  ];
  return listed.show({ columns, rows: shown, more: [turning(list, context), paragraph(say("listed_why"))] }, context);
}

/** To older replies, of the very period that is shown, since a list's cursor holds for that one only. */
function turning(list, { place, period, say, go }) {
  const fixed = place.between(period.from, period.to);
  const turn = (name, cursor) => make("button", { type: "button", class: "plain", onclick: () => go(fixed.with({ cursor })) }, say(name));
  return make("p", {}, list.refused, place.get("cursor") ? turn("newest", "") : null, list.next_cursor ? turn("older", list.next_cursor) : null);
}

new Shell({
  title: "replies",
  words: WORDS,
  filters: [...NARROWING, { name: "group", among: GROUPS }, { name: "opt_out", among: ["true", "false"] }],
  compares: true,
  parts: [
    [figures, showFigures], [volume, showVolume], [groups, showAnswering], [speed, showSpeed], [open, showOpen], [closing, showClosing],
    [listed, showList],
  ],
  read,
  everAny: everAnyMessage,
  without: { ever: "nothing_sent_do", here: "none_meets" },
  isEmpty: ({ rows }) => !rows.conversations.length && !totalOf(rows.figures, "current")?.replies && !totalOf(rows.response, "current")?.handed_over,
  hint: document.getElementById("notice").dataset.hint,
}).start();
