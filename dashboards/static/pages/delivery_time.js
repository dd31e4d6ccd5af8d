// How soon messages arrive: over time, by hour and weekday, and by whom; what is in flight is not left out.

import { everAnyMessage } from "./answers.js";
import { CLOCKS, WITHIN, arrivals, byGroup, clocks, curve, distribution, isLogarithmic, logarithmic, percentiles, shaded, shares, took } from "./delivery_charts.js";
import { WORDS } from "./delivery_words.js";
import { make } from "./dom.js";
import { drillTo, earlier, lead, leadFrom } from "./drill.js";
import { GROUPS, NARROWING, askedOf } from "./filters.js";
import { besideEarlier, heatmap, weekdays } from "./heatmap.js";
import { hoursOf } from "./hours.js";
import { bucketEnds, overTime } from "./over_time.js";
import { Panel } from "./panels.js";
import { MOST_BARS, fit } from "./ranked.js";
import { askSeveral, cutSaid, groupOf, groupsOf, narrowing, totalOf } from "./several.js";
import { Shell } from "./shell.js";
import { tiles } from "./tiles.js";

const REPORT = "/v1/reports/delivery-time";
const MEASURES = { p50: "seconds", p95: "seconds", arrived_1min: "share", delivered: "count" };
/** What is counted beside the clocks: what arrived by none of them. */
const UNTIMED = "untimed";
const TIMED = { outcome: "delivered", seconds_from: 0 };

const of = (kind) => (key) => ({ key, kind });
const [count, seconds, share] = ["count", "seconds", "share"].map(of);
const PERCENTILES = ["p50", "p95", "p99"].map(seconds);
const WITHINS = Object.keys(WITHIN);
const AT = { key: "at", kind: "time" };
const MATURING = { key: "maturing", kind: "flag" };

const figures = new Panel("time_figures");
const times = new Panel("percentiles", { charted: true, onpick: (picked, context) => leadFrom(picked, context, { ...TIMED, ...ofGroup(picked.row, context) }) });
const reached = new Panel("reached", { charted: true, onpick: (picked, context) => leadFrom(picked, context, { ...arrivedBehind(picked.key), ...ofGroup(picked.row, context) }) });
const estimate = new Panel("estimate", { charted: true, onpick: ({ row, only }, context) => only && lead(context, { ...grouped(row, context), ...only }) });
const arriving = new Panel("curve", { charted: true, onpick: ({ row }, context) => lead(context, arrivedAfter(row, context)) });
const spread = new Panel("distribution", { charted: true, onpick: pickSpan });
const hourly = new Panel("by_hour", { charted: true, onpick: pickHour });
const groups = new Panel("groups");
const clocked = new Panel("clocks", { charted: true, onpick: ({ row, clock }, context) => clock !== UNTIMED && lead(context, { clock, ...grouped(row, context) }) });

const measureOf = (place) => (place.get("measure") in MEASURES ? place.get("measure") : "p50");
const grouped = (row, { place }) => ({ [groupOf(place)]: row.group });

/** The row's group, where the chart over time is cut by one. */
const ofGroup = (row, context) => (context.place.get("group") ? grouped(row, context) : {});
const arrivedBehind = (key) => ({ outcome: "delivered", ...took(0, WITHIN[key.replace("arrived_", "")][0]) });
const arrivedAfter = (row, context) => ({ outcome: "delivered", ...took(0, row.seconds), ...grouped(row, context) });
const spanOf = ({ least, below }) => ({ outcome: "delivered", seconds_from: least, seconds_to: below ?? undefined });

function pickSpan({ span, group, before }, context) {
  if (before) lead({ place: context.place, period: earlier(context.period) }, spanOf(span));
  else if (group !== null) lead(context, { ...spanOf(span), ...grouped({ group }, context) });
}

/** An hour of the week: there is one in a period for each of its weeks, so which of them is asked for is chosen next. */
function pickHour({ row }, context) {
  const { place, period, go } = context;
  const hours = hoursOf(row.weekday, row.hour, period, place.zone);
  if (hours.length === 1) lead(context, { ...behindHour(context), ...hours[0] });
  else if (drillTo(place, period)) go(place.with({ hour: written(row) }));
}

const written = ({ weekday, hour }) => `${weekday}-${hour}`;

function behindHour({ place }) {
  const measure = measureOf(place);
  if (measure === "delivered") return { outcome: "delivered" };
  return measure === "arrived_1min" ? arrivedBehind(measure) : TIMED;
}

/** The messages of the hour of the week that the address names, hour by hour. */
function hoursPicked(context) {
  const { place, period, say, formats } = context;
  const [weekday, hour] = place.get("hour").split("-").map(Number);
  const hours = weekday ? hoursOf(weekday, hour, period, place.zone) : [];
  if (!hours.length || !drillTo(place, period)) return [];
  const link = (each) => make("li", {}, make("a", { href: drillTo(place, period, { ...behindHour(context), ...each }) }, formats.time(each.from)));
  return [make("p", { class: "detail" }, say("hours_picked")), make("ul", { class: "reasons" }, ...hours.map(link))];
}

async function read(place, period, signal) {
  const asked = askedOf(place, period);
  const by = { ...asked, group: groupOf(place) };
  const data = await askSeveral(REPORT, {
    figures: { ...by, compare: place.compare },
    trend: { ...asked, group: place.get("group"), compare: place.get("group") ? "" : place.compare },
    estimate: { ...by, compare: place.compare },
    curve: by,
    distribution: { ...by, compare: place.compare },
    heatmap: { ...asked, compare: place.compare },
  }, signal);
  return { data, at: data.at };
}

const told = (...rows) => Object.assign({}, ...rows);
const arrived = (row) => told(row, ...WITHINS.map((word) => ({ [`arrived_${word}`]: row.handed_over ? row[`within_${word}`] / row.handed_over : null })));
const timed = (row) => ({ ...row, timed_by_untimed: row.delivered - row.timed });
const paragraph = (said) => make("p", { class: "detail" }, said);

/** The groups, that with most first; where nobody can tell, as they come in this table. */
function namesOf({ rows, cut }, table) {
  const told = "figures" in cut ? groupsOf(rows.figures, "current") : rows[table].filter((row) => row.group !== null);
  return [...new Set(told.map((row) => row.group))];
}

async function showFigures({ rows, links }, context) {
  const [now, before] = ["current", "previous"].map((period) => told(totalOf(rows.figures, period), totalOf(rows.estimate, period)));
  const to = (only) => () => drillTo(context.place, context.period, only);
  const columns = [
    ...PERCENTILES, ...WITHINS.map((word) => ({ ...share(`share_within_${word}`), note: "of_all" })),
    { ...count("in_flight"), mark: "sent", leads: to({ outcome: "in_flight" }) },
    { ...count("timed"), mark: "delivered", leads: to(TIMED) },
    { ...count("timed_by_untimed"), mark: "unknown" },
  ];
  const [shown, compared] = [timed(now), context.place.compare ? timed(before) : null];
  await figures.show({ columns, rows: [shown], written: links.figures, more: [paragraph(context.say("estimate_why"))] }, context);
  figures.body.replaceChildren(tiles(columns, shown, compared, context));
}

/** What both charts over time are of: the rows of each period, and what the rows of the table are led by. */
function overTimeOf({ rows }, context) {
  const { place, say } = context;
  const [trend, before] = ["current", "previous"].map((period) => rows.trend.map(arrived).filter((row) => row.period === period));
  const byName = Boolean(place.get("group"));
  const flagged = trend.map((row) => ({ ...row, maturing: row.maturing ? say("yes") : "" }));
  return { trend, before, byName, flagged, first: byName ? [narrowing(groupOf(place), place), AT] : [AT] };
}

const drawnOf = (trend, bucket, context) => (series) =>
  shaded(overTime({ rows: trend, bucket, series: series() }, context), trend, bucket, context.place.zone);

function showPercentiles(data, context) {
  const { place, period, say } = context;
  const { links, cut, bucket } = data;
  const { trend, before, byName, flagged, first } = overTimeOf(data, context);
  const measure = MEASURES[measureOf(place)] === "seconds" ? measureOf(place) : "p50";
  const lines = () => (byName ? byGroup(trend, namesOf(data, "trend"), seconds(measure), context) : percentiles(trend, before, period.to - period.from, say));
  const drawn = drawnOf(trend, bucket, context);
  const wide = isLogarithmic([...trend, ...before], byName ? [measure] : PERCENTILES.map(({ key }) => key));
  const behind = (row) => drillTo(place, period, { ...TIMED, ...ofGroup(row, context), ...bucketEnds(row.at, bucket, place.zone) });
  const columns = [...first, count("handed_over"), { ...count("timed"), leads: behind }, ...PERCENTILES, MATURING];
  const more = [...(trend.some((row) => row.maturing) ? [say("maturing_why")] : []), ...(wide ? [say("logarithmic")] : []), ...cutSaid(cut.trend, say)].map(paragraph);
  return times.show({ columns, rows: flagged, drawn: () => (wide ? logarithmic(drawn(lines)) : drawn(lines)), written: links.trend, more }, context);
}

function showReached(data, context) {
  const { trend, byName, flagged, first } = overTimeOf(data, context);
  const series = () => (byName ? byGroup(trend, namesOf(data, "trend"), share("arrived_1min"), context) : arrivals(context.say));
  const columns = [...first, count("handed_over"), count("in_flight"), ...WITHINS.map((word) => share(`arrived_${word}`)), MATURING];
  const drawn = () => drawnOf(trend, data.bucket, context)(series);
  return reached.show({ columns, rows: flagged, drawn, written: data.links.trend }, context);
}

function showEstimate({ rows, links, cut }, context) {
  const { say } = context;
  const shown = groupsOf(rows.estimate, "current");
  fit(estimate, shown.length);
  const columns = [
    narrowing(groupOf(context.place), context.place), count("watched"), count("no_more_known"), ...WITHINS.map((word) => share(`share_within_${word}`)),
    ...["half_by", "p95_by", "p99_by", "longest"].map(seconds),
  ];
  const more = [say("estimate_why"), ...cutSaid(cut.estimate, say)].map(paragraph);
  return estimate.show({ columns, rows: shown, drawn: () => shares(shown.slice(0, MOST_BARS), context), written: links.estimate, more }, context);
}

function showCurve(data, context) {
  const { rows, links, cut } = data;
  const { place, say } = context;
  const columns = [narrowing(groupOf(place), place), seconds("seconds"), share("share")];
  const shown = rows.curve.filter((row) => row.share !== null);
  const more = [say("curve_why"), ...cutSaid(cut.curve, say)].map(paragraph);
  return arriving.show({ columns, rows: shown, drawn: () => curve(shown, namesOf(data, "curve"), context), written: links.curve, more }, context);
}

/** The rows of this period, each with how many there were so in the one before; those that are of that one only last. */
function spreadBeside(now, before) {
  const nameOf = ({ group, least }) => JSON.stringify([group, least]);
  const earlierOnes = new Map(before.map((row) => [nameOf(row), row]));
  const known = new Set(now.map(nameOf));
  const told = now.map((row) => ({ ...row, delivered_before: earlierOnes.get(nameOf(row))?.delivered ?? 0 }));
  const gone = before.filter((row) => !known.has(nameOf(row)));
  return [...told, ...gone.map((row) => ({ ...row, delivered: 0, delivered_before: row.delivered }))];
}

function showDistribution(data, context) {
  const { rows, links, cut } = data;
  const { place, period, say } = context;
  const [now, before] = ["current", "previous"].map((which) => rows.distribution.filter((row) => row.period === which));
  const all = now.reduce((sum, row) => sum + row.delivered, 0);
  const shown = spreadBeside(now, before).map((row) => ({ ...row, share: all ? row.delivered / all : null }));
  const behind = (of) => (row) => drillTo(place, of, { ...spanOf(row), ...grouped(row, context) });
  const columns = [narrowing(groupOf(place), place), seconds("least"), seconds("below"), { ...count("delivered"), leads: behind(period) }, share("share")];
  if (place.compare) columns.push({ ...count("delivered_before"), leads: behind(earlier(period)) });
  const drawn = () => distribution(now, before, namesOf(data, "distribution"), context);
  return spread.show({ columns, rows: shown, drawn, written: links.distribution, more: cutSaid(cut.distribution, say).map(paragraph) }, context);
}

function showHours({ rows, links }, context) {
  const { place, period, say, formats } = context;
  const names = weekdays(formats, "long");
  const measure = measureOf(place);
  const told = rows.heatmap.map((row) => ({ ...arrived({ ...row }), name: names[row.weekday - 1] }));
  const shown = besideEarlier(told, { key: measure, kind: MEASURES[measure] }, context);
  const behind = (row) => {
    const hours = hoursOf(row.weekday, row.hour, period, place.zone);
    const first = drillTo(place, period, { outcome: "delivered", ...hours[0] });
    if (hours.length === 1 || !first) return first;
    return location.pathname + place.with({ hour: written(row) }).search;
  };
  const columns = [
    { key: "name", label: "weekday", kind: "text" }, count("hour"), count("handed_over"), { ...count("delivered"), leads: behind }, count("in_flight"),
    seconds("p50"), seconds("p95"), share("arrived_1min"),
    ...(place.compare ? [{ key: "earlier", kind: MEASURES[measure], label: `${measure}_before` }, of("text")("difference")] : []),
  ];
  const none = place.compare && !shown.some((row) => row.difference);
  const more = [...(none ? [paragraph(say("no_hours_before"))] : []), ...hoursPicked(context)];
  const drawn = () => heatmap(shown, { key: measure, kind: MEASURES[measure] }, context);
  return hourly.show({ columns, rows: shown, drawn, written: links.heatmap, more }, context);
}

function showGroups({ rows, links, cut }, context) {
  const { place, period, say } = context;
  const before = new Map(groupsOf(rows.figures, "previous").map((row) => [row.group, row]));
  const shown = groupsOf(rows.figures, "current").map((row) => ({ ...row, p50_before: before.get(row.group)?.p50, p95_before: before.get(row.group)?.p95 }));
  const to = (only) => (row) => drillTo(place, period, { ...only, ...grouped(row, context) });
  const columns = [
    narrowing(groupOf(place), place), count("handed_over"), { ...count("in_flight"), leads: to({ outcome: "in_flight" }) },
    { ...count("delivered"), leads: to({ outcome: "delivered" }) }, { ...count("timed"), leads: to(TIMED) },
    ...PERCENTILES, ...(place.compare ? ["p50_before", "p95_before"].map(seconds) : []),
    ...WITHINS.map((word) => ({ ...count(`within_${word}`), leads: to({ outcome: "delivered", ...took(0, WITHIN[word][0]) }) })),
  ];
  return groups.show({ columns, rows: shown, written: links.figures, more: cutSaid(cut.figures, say).map(paragraph) }, context);
}

function showClocks({ rows, links }, context) {
  const { place, period, say } = context;
  const shown = groupsOf(rows.figures, "current").map(timed);
  fit(clocked, shown.length);
  const behind = (clock) => (row) => (clock === UNTIMED ? null : drillTo(place, period, { clock, ...grouped(row, context) }));
  const columns = [
    narrowing(groupOf(place), place), count("delivered"),
    ...Object.keys(CLOCKS).map((clock) => ({ ...count(`timed_by_${clock}`), leads: behind(clock) })),
  ];
  return clocked.show({ columns, rows: shown, drawn: () => clocks(shown, context), written: links.figures, more: [paragraph(say("clocks_why"))] }, context);
}

new Shell({
  title: "delivery_time",
  words: WORDS,
  filters: [...NARROWING, { name: "group", among: GROUPS }, { name: "measure", among: Object.keys(MEASURES) }],
  compares: true,
  parts: [
    [figures, showFigures], [times, showPercentiles], [reached, showReached], [estimate, showEstimate], [arriving, showCurve],
    [spread, showDistribution], [hourly, showHours], [groups, showGroups], [clocked, showClocks],
  ],
  read,
  everAny: everAnyMessage,
  without: { ever: "nothing_sent_do", here: "none_meets" },
  isEmpty: ({ rows }) => !totalOf(rows.figures, "current")?.attempts,
  hint: document.getElementById("notice").dataset.hint,
}).start();
