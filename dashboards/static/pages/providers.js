// Providers side by side: how far one may trust what they tell, how they do on the same mix, their receipts and cost.

import { everAnyMessage } from "./answers.js";
import { make } from "./dom.js";
import { drillTo, lead } from "./drill.js";
import { NARROWING, askedOf } from "./filters.js";
import { bucketEnds, overTime } from "./over_time.js";
import { Panel } from "./panels.js";
import { heard, laneOf, lines, paired, scores, trusted } from "./providers_charts.js";
import { WORDS } from "./providers_words.js";
import { fit } from "./ranked.js";
import { askSeveral, cutSaid } from "./several.js";
import { Shell } from "./shell.js";

const REPORT = "/v1/reports/providers";
const OVERVIEW = "/v1/reports/overview";
/** What is drawn over time, and of which kind it is. */
const MEASURES = { delivery_rate: "share", p50: "seconds", p95: "seconds", handed_over: "count" };
const LIMIT = 500;

const of = (kind) => (key) => ({ key, kind });
const [count, share, sum, seconds, text, words, time, flag] = ["count", "share", "sum", "seconds", "text", "words", "time", "flag"].map(of);
/** The columns that say of which provider and channel a row is; the first leads to them alone. */
const lane = ({ place }) => [
  { ...text("provider"), leads: ({ provider, channel }) => location.pathname + place.with({ provider, channel }).search }, words("channel"),
];

const onpick = ({ row }, { place, go }) => go(place.with({ provider: row.provider, channel: row.channel }));
const trust = new Panel("trust", { charted: true, onpick });
const sides = new Panel("side_by_side", {
  charted: true,
  onpick: ({ row: { provider, channel } }, context) => lead(context, { provider, channel, outcome: "delivered" }),
});
const trend = new Panel("over_time", {
  charted: true,
  onpick: ({ row, bucket }, context) => lead(context, { provider: row.group, ...bucket }),
});
const receipts = new Panel("provider_receipts", { charted: true, onpick });
const costs = new Panel("costs", { charted: true, onpick });

// Scores and rates are to be read, not only seen.
for (const panel of [trust, sides]) panel.details.open = true;

const measureOf = (place) => (place.get("measure") in MEASURES ? place.get("measure") : "delivery_rate");
const paragraph = (said) => make("p", { class: "detail" }, said);
const current = (rows) => rows.filter((row) => row.period === "current");
const behind = ({ place, period }, { provider, channel }, only) => drillTo(place, period, { provider, channel, ...only });

async function read(place, period, signal) {
  const asked = { ...askedOf(place, period), limit: LIMIT };
  const compared = { ...asked, compare: place.compare };
  const data = await askSeveral(REPORT, {
    figures: compared, costs: compared, trust: compared, trend: { ...asked, of: OVERVIEW, group: "provider" },
  }, signal);
  return { data, at: data.at };
}

/** Of the period before, what is called `key`, by lane. */
const earlier = (rows, key) => new Map(rows.filter((row) => row.period === "previous").map((row) => [laneOf(row), row[key]]));

function showTrust({ rows, links }, context) {
  const { say, formats } = context;
  const before = earlier(scores(rows.trust.filter((row) => row.period === "previous")), "score");
  const lanes = scores(current(rows.trust)).map((lane) => ({
    ...lane, score_before: before.get(laneOf(lane)), is_thin: lane.is_thin ? say("yes") : "",
  }));
  const parts = Object.values(lanes[0]?.parts ?? {});
  const columns = [...lane(context), count("score"), count("score_before"), ...parts.map(({ part }) => share(part)), flag("is_thin")];
  const explained = parts.map(({ part, weight, none_at: none }) =>
    make("li", {}, `${say(part)}: ${say(`why_${part}`)} (${formats.count(weight)} ${say("up_to")} ${formats.share(none)}).`));
  const more = [make("details", { class: "detail" }, make("summary", {}, say("score_how")), paragraph(say("trust_why")), make("ul", {}, ...explained))];
  fit(trust, lanes.length);
  return trust.show({ columns, rows: lanes, drawn: () => trusted(lanes, say, formats), written: links.trust, more }, context);
}

function showSides({ rows, links, cut }, context) {
  const { say, formats } = context;
  const before = earlier(rows.figures, "delivery_rate");
  const shown = current(rows.figures).map((row) => ({ ...row, rate_before: before.get(laneOf(row)) }));
  const fate = (outcome) => ({ ...count(outcome), leads: (row) => behind(context, row, { outcome }) });
  const columns = [
    ...lane(context), count("handed_over"), ...["delivered", "failed", "in_flight", "unknown"].map(fate), share("delivery_rate"), share("rate_before"),
    share("same_mix_rate"), share("same_mix_within_1min"), share("mix_covered"), seconds("p50"), seconds("p95"), seconds("p99"),
  ];
  const drawn = () => paired(shown, ["delivery_rate", "same_mix_rate"], "share", say, formats, 1);
  const more = [say("mix_why"), ...cutSaid(cut.figures, say)].map(paragraph);
  fit(sides, shown.length);
  return sides.show({ columns, rows: shown, drawn, written: links.figures, more }, context);
}

function showTrend({ rows, links, cut, bucket }, context) {
  const { place, say } = context;
  const key = measureOf(place);
  const shown = rows.trend.map((row) => ({ ...row, maturing: row.maturing ? say("yes") : "" }));
  const leads = ({ group, at }) => drillTo(place, context.period, { provider: group, outcome: "delivered", ...bucketEnds(at, bucket, place.zone) });
  const columns = [
    time("at"), { ...text("group"), label: "provider" }, count("handed_over"), { ...count("delivered"), leads }, share("delivery_rate"),
    seconds("p50"), seconds("p95"), flag("maturing"),
  ];
  const drawn = () => overTime({ rows: rows.trend, bucket, series: lines(rows.trend, { key, kind: MEASURES[key] }) }, context);
  return trend.show({ columns, rows: shown, drawn, written: links.trend, more: cutSaid(cut.trend, say).map(paragraph) }, context);
}

function showReceipts({ rows, links }, context) {
  const { say, formats } = context;
  const shown = current(rows.figures);
  const columns = [
    ...lane(context), count("receipts_awaited"), count("receipts"), share("receipt_coverage"),
    { ...count("contradictions"), leads: (row) => behind(context, row, { contradicted: "true" }) },
    { ...count("revised"), leads: (row) => behind(context, row, { revised: "true" }) },
    time("last_receipt_at"), seconds("silent_seconds"),
  ];
  fit(receipts, shown.length);
  return receipts.show({ columns, rows: shown, drawn: () => heard(shown, say, formats), written: links.figures, more: [paragraph(say("receipts_why"))] }, context);
}

function showCosts({ rows, links, cut }, context) {
  const { say, formats } = context;
  const before = earlier(rows.costs, "cost_per_delivered");
  const shown = current(rows.costs).map((row) => ({ ...row, cost_before: before.get(laneOf(row)) }));
  const columns = [
    ...lane(context), count("sendings"), count("delivered"), sum("cost"), sum("cost_per_delivered"), sum("cost_before"), sum("same_mix_cost_per_delivered"),
  ];
  const drawn = () => paired(shown, ["cost_per_delivered", "same_mix_cost_per_delivered"], "sum", say, formats);
  const more = [say("costs_why"), ...cutSaid(cut.costs, say)].map(paragraph);
  fit(costs, shown.length);
  return costs.show({ columns, rows: shown, drawn, written: links.costs, more }, context);
}

new Shell({
  title: "providers",
  words: WORDS,
  filters: [...NARROWING, { name: "measure", among: Object.keys(MEASURES) }],
  compares: true,
  parts: [[trust, showTrust], [sides, showSides], [trend, showTrend], [receipts, showReceipts], [costs, showCosts]],
  read,
  everAny: everAnyMessage,
  without: { ever: "nothing_sent_do", here: "none_meets" },
  isEmpty: ({ rows }) => !current(rows.figures).some((row) => row.handed_over),
  hint: document.getElementById("notice").dataset.hint,
}).start();
