// How often failing over rescued a message or was needless, at what cost and delay, and what was decided.

import { askIfAllowed } from "./answers.js";
import { colour } from "./charts.js";
import { make } from "./dom.js";
import { filtersFor } from "./filters.js";
import { BEHIND, OUTCOMES, flow, sentBy } from "./flow.js";
import { Panel } from "./panels.js";
import { askSeveral, cutSaid } from "./several.js";
import { Shell } from "./shell.js";
import { tiles } from "./tiles.js";
import { written } from "./written.js";

const REPORT = "/v1/reports/failover";
const KINDS = ["send", "wait", "outcome", "end", "poll", "cancel", "settle"];
const DECISIONS_SHOWN = 25;
const MOST_WRITTEN = 500;
const MARKS = { rescued: "delivered", needless: "sent", both: "scheduled", failed_too: "rejected", pending: "unknown" };

const count = (key, label = key) => ({ key, label, kind: "count", mark: MARKS[key] });
const FATES = [
  ...OUTCOMES.map((outcome) => count(outcome)),
  { key: "cost", kind: "sum" },
  { key: "added_seconds_p50", label: "added_p50", kind: "seconds" },
  { key: "added_seconds_p95", label: "added_p95", kind: "seconds" },
];
const FIGURES = [
  count("messages"), count("sent"), count("failed_over"),
  { key: "rescue_rate", kind: "share" }, ...FATES.slice(0, 6), { key: "extra_cost", kind: "sum" },
  count("sendings_of_unknown_cost", "unknown_costs"), ...FATES.slice(6),
];
const PLANS = [{ key: "plan", kind: "text" }, { key: "version", kind: "text" }, ...FIGURES];
const STEPS = [
  { key: "plan", kind: "text" }, { key: "version", kind: "text" }, count("step"),
  { key: "from_provider", label: "route_from", kind: "text" }, { key: "from_channel", label: "channel", kind: "text" },
  { key: "provider", label: "route_to", kind: "text" }, { key: "channel", kind: "text" },
  { key: "why", kind: "words" }, { key: "reason", kind: "words" }, count("fired_over"), count("arrived_first"), ...FATES,
];
const DECISIONS = [
  { key: "decided_at", kind: "time" },
  { key: "message_id", kind: "text", leads: (row) => `/messages/${encodeURIComponent(row.message_id)}` },
  { key: "kind", kind: "words" }, { key: "why", kind: "words" }, { key: "step", kind: "count" },
  { key: "provider", kind: "text" }, { key: "channel", kind: "text" }, { key: "outcome", kind: "words" },
  { key: "cost", kind: "sum" }, { key: "added_seconds", label: "added", kind: "seconds" },
];

const figures = new Panel("figures");
const steps = new Panel("steps", { charted: true, onpick: ({ behind }, { place }) => behind && location.assign(toDecisions(place, behind)) });
const plans = new Panel("plans");
const decisions = new Panel("decisions");

const anywhere = Object.fromEntries(BEHIND.map((name) => [name, ""]));
const toDecisions = (place, behind) => `${location.pathname}${place.with({ ...anywhere, ...behind }).search}#${decisions.id}`;
/** Whether the list of decisions is to be brought into view: once, where the address leads to it. */
let arriving = location.hash === `#${decisions.id}`;

async function read(asked, period, signal) {
  const bounds = { from: period.from.toISOString(), to: period.to.toISOString() };
  const narrowedTo = { plan: asked.get("plan"), provider: asked.get("provider"), channel: asked.get("channel") };
  const parameters = { ...bounds, ...narrowedTo, compare: asked.compare };
  const decided = { ...bounds, ...behindOf(asked, narrowedTo) };
  const data = await askSeveral(REPORT, { plans: parameters, steps: parameters }, signal, {
    listed: askDecisions({ ...decided, cursor: asked.get("cursor"), limit: DECISIONS_SHOWN }, signal),
  });
  return { data: Object.assign(data, { decided }), at: data.at };
}

/** By what the list of decisions is narrowed: by what leads to it, or else as the page is. */
function behindOf(asked, { plan, provider, channel }) {
  const [told, by] = [(name) => asked.get(name), (name, page) => asked.get(`by_${name}`) || page];
  return {
    kind: told("kind"), step: told("step"), why: told("why"), reason: told("reason"), outcome: told("outcome"),
    plan: by("plan", plan), provider: by("provider", provider), channel: by("channel", channel),
  };
}

/** The decisions that are asked for; none, and why, for somebody who may see figures only. */
function askDecisions(parameters, signal) {
  return askIfAllowed("/v1/decisions", parameters, signal, (refused) => ({ decisions: [], next_cursor: null, refused }));
}

async function everAny(signal) {
  const { body } = await askDecisions({ limit: 1 }, signal);
  return Boolean(body.refused) || body.decisions.length > 0;
}

const totalOf = (rows, period) => rows.plans.find((row) => row.plan === null && row.period === period);
const paragraph = (said) => make("p", { class: "detail" }, said);

function showSteps({ rows, links, cut }, context) {
  const { place, say } = context;
  const more = [...(place.compare ? [say("compared_as_it_stands")] : []), ...cutSaid(cut.steps, say)].map(paragraph);
  const went = rows.steps.filter((row) => row.period === "current");
  const leads = (row) => toDecisions(place, sentBy(row));
  const columns = STEPS.map((column) => (column.key === "fired_over" ? { ...column, leads } : column));
  return steps.show({ columns, rows: went, drawn: () => sankey(went, context), more, written: links.steps }, context);
}

function showPlans({ rows, links, cut }, context) {
  const named = rows.plans.filter((row) => row.plan !== null && row.period === "current");
  return plans.show({ columns: PLANS, rows: named, written: links.plans, more: cutSaid(cut.plans, context.say).map(paragraph) }, context);
}

async function showDecisions({ listed: { body: listed }, decided }, context) {
  const more = [...behindSaid(context), turning(listed, context)];
  await decisions.show({ columns: DECISIONS, rows: listed.decisions, more, written: filesOf(listed, decided) }, context);
  if (arriving) decisions.element.scrollIntoView();
  arriving = false;
}

/** Where the list is of a part of the drawing only, what that means, and the way back to all. */
function behindSaid({ place, say, go }) {
  if (!BEHIND.some((name) => name !== "kind" && place.get(name))) return [];
  const all = make("button", { type: "button", class: "plain", onclick: () => go(place.with(anywhere)) }, say("all_decisions"));
  return [make("p", { class: "detail" }, `${say("only_behind")} `, all)];
}

/** Longer than what is shown at once; none for somebody who may not see them. */
function filesOf(listed, decided) {
  return listed.refused ? null : written("/v1/decisions", { ...decided, limit: MOST_WRITTEN });
}

async function showFigures({ rows, links }, context) {
  const [now, before] = [totalOf(rows, "current"), totalOf(rows, "previous")];
  await figures.show({ columns: FIGURES, rows: [now], written: links.plans }, context);
  figures.body.replaceChildren(tiles(FIGURES, now, before, context));
}

/** To older decisions, of the very period that is shown, since a listing's cursor holds for that one only. */
function turning(listed, { place, period, say, go }) {
  const fixed = place.between(period.from, period.to);
  const turn = (name, cursor) => make("button", { type: "button", class: "plain", onclick: () => go(fixed.with({ cursor })) }, say(name));
  return make("p", {}, listed.refused, place.get("cursor") ? turn("newest", "") : null, listed.next_cursor ? turn("older", listed.next_cursor) : null);
}

function sankey(rows, { say, formats }) {
  const { nodes, links } = flow(rows, say);
  const marked = (node) => ({ ...node, itemStyle: { color: colour(node.outcome ? MARKS[node.outcome] : "accent") } });
  return {
    tooltip: { formatter: ({ dataType, data, value }) => (dataType === "edge" ? `${data.said}: ${formats.count(data.value)}` : `${data.shown}: ${formats.count(value)}`), renderMode: "richText" },
    series: [{
      type: "sankey", data: nodes.map(marked), links, left: 8, right: 130, top: 8, bottom: 8, nodeGap: 14, draggable: false,
      lineStyle: { color: "source", opacity: 0.3 }, emphasis: { focus: "adjacency" },
      label: { color: colour("ink"), formatter: ({ data }) => data.shown },
    }],
  };
}

new Shell({
  title: "failover",
  filters: [...filtersFor(["plan", "provider", "channel"]), { name: "kind", among: KINDS }],
  compares: true,
  parts: [[figures, showFigures], [steps, showSteps], [plans, showPlans], [decisions, showDecisions]],
  read, everAny,
  without: { ever: "nothing_ever_do", here: "nothing_here_do" },
  isEmpty: ({ rows }) => totalOf(rows, "current").messages === 0,
  hint: document.getElementById("notice").dataset.hint,
}).start();
