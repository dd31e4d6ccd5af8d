// What a message came to, by which plan, through which attempts, and to whom it was shown.

import { make } from "./dom.js";
import { table } from "./tables.js";

/** A `<time>` with all that is known of the moment behind it. */
export function time(moment, formats) {
  return make("time", { datetime: moment, title: moment }, formats.time(moment));
}

export function stage(name, formats) {
  return make("span", { class: `stage ${name}` }, formats.write("words", name));
}

function panel(id, heading, ...content) {
  return make("section", { class: "panel", id, "aria-labelledby": `${id}-title` }, make("h2", { id: `${id}-title` }, heading), ...content);
}

export function facts(message, asked, { say, formats }) {
  const told = [
    ["outcome", make("strong", { class: `outcome ${message.outcome}` }, formats.write("words", message.outcome))],
    ["failing_over", message.failover && formats.write("words", message.failover)],
    ["real_id", message.alias_of && make("span", {}, make("code", {}, message.message_id), ` (${say("asked_for_as")} ${asked})`)],
    ["attempts_of_it", formats.count(message.attempts.length)],
    ["replies", formats.count(message.replies.length)],
  ].filter(([, value]) => value);
  return make("dl", { class: "facts", id: "facts" }, ...told.flatMap(([name, value]) => [make("dt", {}, say(name)), make("dd", {}, value)]));
}

export function doubts(message, { say, formats }) {
  return message.doubts.map((doubt) => {
    const again = doubt.tries ? ` --tries ${doubt.tries}` : "";
    return make("section", { class: "panel doubt" },
      make("h2", {}, `${say("in_doubt")}: ${say("step")} ${doubt.step}, ${doubt.provider}`),
      make("p", {}, `${say("doubt_since")} `, time(doubt.since, formats), `: ${doubt.why}. ${say("doubt_settle")} `,
        make("code", {}, `acuse settle ${doubt.message_id} sent|not_sent --step ${doubt.step}${again}`)));
  });
}

export function plan({ plan: outline }, { say, formats }) {
  if (!outline) return null;
  const columns = [
    { key: "step", kind: "count" }, { key: "through", kind: "text" }, { key: "success", kind: "words" },
    { key: "ttl_seconds", kind: "seconds" }, { key: "on_doubt", kind: "words" },
  ];
  const rows = outline.steps.map((step, index) => ({ ...step, step: index + 1, through: through(step, say, formats) }));
  const limits = [
    `${say("version")} ${outline.version}`,
    outline.maximum_cost !== null && `${say("costs_at_most")} ${formats.write("sum", outline.maximum_cost)}`,
    outline.quiet && `${say("quiet")} ${outline.quiet.begins.slice(0, 5)}–${outline.quiet.ends.slice(0, 5)} (${outline.quiet.zones.join(", ")})`,
  ].filter(Boolean);
  return panel("plan", `${say("plan_title")}: ${outline.name || say("of_its_own")}`, table(columns, rows, say, formats, say("plan")), make("p", { class: "detail" }, limits.join(" · ")));
}

function through({ choices, pick }, say, formats) {
  const choice = ({ provider, channel, legs }) => [provider, formats.write("words", channel), legs.length > 1 && `(${say("then")} ${legs.slice(1).join(", ")})`].filter(Boolean).join(" ");
  const best = pick === "best" && choices.length > 1 ? `, ${say("the_best")}` : "";
  return choices.map(choice).join(` ${say("or")} `) + best;
}

const ATTEMPTS = (say) => [
  { key: "opened_at", kind: "time" },
  { key: "through", kind: "text" },
  { key: "ref", label: "provider_id", kind: "text", draw: (row) => ids(row, say) },
  { key: "stands", label: "stands", kind: "text", draw: (row) => row.drawn },
  { key: "delivery_seconds", label: "delivered_in", kind: "seconds" },
  { key: "clock", kind: "words" },
  { key: "expected_cost", kind: "sum" },
  { key: "recipient", label: "to_whom", kind: "text" },
  { key: "sender", label: "from_whom", kind: "text" },
  { key: "reference", kind: "text" },
];

/** Whether the address leads to this attempt. */
export const isAskedFor = ({ provider, ref }, place) => place.get("attempt") === `${provider}/${ref}`;

function ids({ ref, handle }, say) {
  return make("span", {}, make("code", {}, ref), handle ? make("span", { class: "detail" }, ` ${say("asked_by")} `, make("code", {}, handle)) : null);
}

export function attempts(message, { place, say, formats }) {
  const rows = message.attempts.map((attempt) => ({
    ...attempt,
    through: [attempt.step && `${say("step")} ${attempt.step}${attempt.tries ? ` (${say("again")})` : ""}`, formats.write("words", attempt.channel), attempt.provider].filter(Boolean).join(" · "),
    recipient: [attempt.recipient, attempt.country, attempt.number_type && formats.write("words", attempt.number_type), attempt.carrier && `${attempt.carrier} (${say("a_guess")})`].filter(Boolean).join(" · "),
    drawn: standing(attempt, say, formats),
  }));
  const shown = table(ATTEMPTS(say), rows, say, formats, say("attempts"));
  message.attempts.forEach((attempt, index) => isAskedFor(attempt, place) && shown.tBodies[0].rows[index].setAttribute("aria-current", "true"));
  return panel("attempts", say("attempts"), shown);
}

function standing(attempt, say, formats) {
  const said = [
    attempt.reason && formats.write("words", attempt.reason),
    attempt.code && `${say("code")} ${attempt.code}`,
    attempt.reason_text && `“${attempt.reason_text}”`,
    attempt.revised && say("revised"),
    attempt.contradictions.length && `${say("contradicted")}: ${attempt.contradictions.map((each) => formats.write("words", each.stage)).join(", ")}`,
    attempt.closed_at && `${say("closed")} ${formats.time(attempt.closed_at)}`,
    !attempt.final && say("not_final"),
    attempt.pending_events && `${say("pending_events")}: ${formats.count(attempt.pending_events)}`,
    attempt.events_left_off && say("left_off"),
  ];
  return make("span", {}, stage(attempt.stage, formats), ` ${said.filter(Boolean).join(" · ")}`);
}

/** To whom its numbers and texts were shown, the latest first. */
export function unmaskings(shown, { say, formats }) {
  const line = (each) => make("li", {}, time(each.at, formats), ` ${each.who} (${formats.write("words", each.role)}): ${each.why}`);
  return [make("h2", {}, say("shown_to")), make("ul", {}, ...shown.map(line))];
}
