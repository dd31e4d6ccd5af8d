// All that was asked, decided, called, heard and told about a message, as it came to us.

import { make } from "./dom.js";
import { isAskedFor, stage, time } from "./message_parts.js";

const ORDER = ["request", "decision", "call", "event", "notice"];
const TROUBLE = new Set(["doubt", "dead"]);

/** The panel; with `unmasked`, each thing together with what is personal of it. */
export function timeline(message, unmasked, context) {
  const personal = personalOf(unmasked);
  const items = told(message).map((each) => item(each, personal(each), context));
  const left = message.records_left_off || unmasked?.left_off ? [make("p", { class: "detail" }, context.say("left_off"))] : [];
  return make("section", { class: "panel", id: "timeline", "aria-labelledby": "timeline-title" },
    make("h2", { id: "timeline-title" }, context.say("timeline")),
    make("p", { class: "detail" }, context.say("timeline_order")),
    make("ol", { class: "timeline" }, ...items), ...left);
}

function told(message) {
  const sort = (name, at, records) => records.map((record) => ({ sort: name, at: record[at], record }));
  const events = message.attempts.flatMap((attempt) => attempt.events.map((event) => ({ ...event, attempt })));
  return [
    ...sort("request", "received_at", message.requests), ...sort("decision", "decided_at", message.decisions),
    ...sort("call", "at", message.calls), ...sort("event", "received_at", events), ...sort("notice", "at", message.notices),
  ].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : ORDER.indexOf(one.sort) - ORDER.indexOf(other.sort)));
}

/** What is personal of a thing that was told: of an event by its id, of others by kind and moment. */
function personalOf(unmasked) {
  const known = unmasked?.personal ?? [];
  const events = new Map(known.filter(({ id }) => id).map((each) => [`${each.kind} ${each.id} ${each.at}`, each]));
  const found = {
    event: ({ record }) => known.find(({ id, kind }) => id === record.event_id && kind === record.kind),
    call: ({ record }) => events.get(`${record.kind} ${record.decision_id} ${record.at}`),
    request: ({ record }) => known.find(({ kind, at }) => kind === "message" && record.kind === kind && at === record.received_at),
  };
  return (each) => found[each.sort]?.(each) ?? null;
}

function item(each, personal, context) {
  const { badge, mark, lines } = SORTS[each.sort](each.record, context);
  const details = lines.filter((line) => line.some(Boolean)).map((line) => make("span", { class: "detail" }, ...joined(line)));
  const asked = each.sort === "event" && isAskedFor(each.record.attempt, context.place);
  return make("li", { class: mark, "data-sort": each.sort, "aria-current": asked ? "true" : null },
    make("span", { class: "at" }, time(each.at, context.formats)),
    make("div", {}, ...badge, ...details, ...(personal ? shown(personal, context) : [])));
}

/** The parts that there are, with a dot between them. */
function joined(parts) {
  return parts.filter(Boolean).flatMap((part, index) => (index ? [" · ", part] : [part]));
}

const badgeOf = (mark, text) => make("span", { class: `stage ${mark}` }, text);

const SORTS = {
  request: (record, { say, formats }) => ({
    mark: "",
    badge: [badgeOf("", record.kind === "settle" ? `${say("found")} ${formats.write("words", record.finding)}` : say(`request_${record.kind}`))],
    lines: [[
      say("request"),
      record.provider && `${formats.write("words", record.channel)} · ${record.provider}`,
      record.recipient && `${say("to_whom")} ${record.recipient}`, record.country,
      record.reference && `${say("reference")} ${record.reference}`,
      record.plan_version && `${say("plan")} ${record.plan || say("of_its_own")}`,
      (record.begins_at ?? record.send_at) && `${say("not_before")} ${formats.time(record.begins_at ?? record.send_at)}`,
      record.ttl_seconds !== null && `${say("within")} ${formats.write("seconds", record.ttl_seconds)}`,
      record.step !== null && `${say("step")} ${record.step}`, record.resend && say("to_be_resent"),
    ]],
  }),
  decision: (record, { say, formats }) => ({
    mark: "decided",
    badge: [
      badgeOf("", record.kind === "outcome" ? `${say("failing_over")}: ${formats.write("words", record.outcome)}` : say(`decision_${record.kind}`)),
      record.standing ? make("span", { class: "reason" }, ` ${formats.write("words", record.standing)}`) : "",
    ],
    lines: [decided(record, say, formats), ...grounds(record.grounds, say, formats), [say("decision"), make("code", {}, record.decision_id)]],
  }),
  call: (record, { say, formats }) => ({
    mark: TROUBLE.has(record.kind) ? "rejected" : "",
    badge: [
      badgeOf("", formats.write("words", record.kind === "called" ? record.result : record.kind)),
      record.reason ? make("span", { class: "reason" }, ` ${formats.write("words", record.reason)}`) : "",
    ],
    lines: [[
      say("call"), record.provider, record.step !== null && `${say("step")} ${record.step}`, record.why,
      record.code && `${say("code")} ${record.code}`, record.text && `“${record.text}”`,
      record.status !== null && `HTTP ${record.status}`, record.tries > 1 && `${record.tries} ${say("tries")}`, record.looked_up && say("looked_up"),
      record.refs.length && `${say("provider_id")} ${record.refs.join(", ")}`,
    ]],
  }),
  event: (record, { say, formats }) => ({
    mark: record.stage ?? "reply",
    badge: [
      record.kind === "reply" ? badgeOf("reply", formats.write("words", "reply")) : stage(record.stage, formats),
      record.reason ? make("span", { class: "reason" }, ` ${formats.write("words", record.reason)}`) : "",
    ],
    lines: [
      [`${formats.write("words", record.kind)} (${formats.write("words", record.source)})`, formats.write("words", record.attempt.channel), record.attempt.provider, record.attempt.ref],
      [record.code && `${say("code")} ${record.code}`, record.code_text && `“${record.code_text}”`, record.copies > 1 && `${formats.count(record.copies)} ${say("copies")}`],
      clocks(record, say, formats),
      payload(record.payload, say, formats),
    ],
  }),
  notice: (record, { say }) => ({
    mark: TROUBLE.has(record.result) ? "rejected" : "",
    badge: [badgeOf("", say(record.result === "dead" ? "not_told" : "told"))],
    lines: [[
      say("notice"), record.type, record.status !== null && `HTTP ${record.status}`, record.tries > 1 && `${record.tries} ${say("tries")}`, record.why,
      make("code", {}, record.notice_id),
    ]],
  }),
};

function decided(record, say, formats) {
  return [
    `${say("because")}: ${formats.write("words", record.why)}`,
    record.provider && `${formats.write("words", record.channel)} · ${record.provider}`,
    record.step !== null && `${say("step")} ${record.step}`,
    record.kind === "wait" && (record.until ? `${say("due")} ${formats.time(record.until)}` : say("until_told")),
    record.expires_at && `${say("not_after")} ${formats.time(record.expires_at)}`,
    record.cost !== null && `${say("cost")} ${formats.write("sum", record.cost)}`,
    record.extra_cost !== null && `${say("extra_cost")} ${formats.write("sum", record.extra_cost)}`,
    record.added_seconds !== null && `${say("added")} ${formats.write("seconds", record.added_seconds)}`,
    record.round !== null && `${say("round")} ${record.round}`,
    record.copies > 1 && `${formats.count(record.copies)} ${say("copies")}`,
  ];
}

/** What a decision rests on. The rule is said in English, as it was followed. */
function grounds(rested, say, formats) {
  if (!rested) return [];
  const weights = Object.entries(rested.weights ?? {}).map(([name, weight]) => `${name} ${weight}`);
  const saw = (seen) => make("span", {}, `${say("saw")} ${seen.provider} ${seen.ref} `, stage(seen.stage, formats), seen.reason ? ` ${formats.write("words", seen.reason)}` : "");
  return [[
    make("span", { lang: "en" }, rested.rule),
    rested.plan_version && `${say("plan")} ${rested.plan || say("of_its_own")}, ${say("version")} ${rested.plan_version.slice(0, 12)}`,
    rested.timer && `${say("its_time")} ${formats.time(rested.timer)}`,
    rested.spent && `${say("spent")} ${formats.write("sum", rested.spent)}`,
    weights.length && `${say("weights")} ${weights.join(", ")}`,
    ...(rested.seen ?? []).map(saw),
  ]];
}

function clocks(record, say, formats) {
  if (!record.occurred_at) return [say("no_claim"), record.elapsed_seconds !== null && elapsed(record, say, formats)];
  const zone = record.zone && record.zone !== "stated" ? say(`zone_${record.zone}`) : null;
  return [
    make("span", {}, `${say("provider_says")} `, time(record.occurred_at, formats)),
    record.occurred_text && `${say("written")} “${record.occurred_text}”`, zone, `${say("to_the")} ${say(record.precision)}`,
    record.elapsed_seconds !== null && elapsed(record, say, formats), !record.timed && say("time_unknown"),
  ];
}

const elapsed = (record, say, formats) => `${say("computed")} ${formats.write("seconds", record.elapsed_seconds)}`;

function payload(told, say, formats) {
  if (!told) return [];
  const part = told.count > 1 ? `${told.index + 1}/${told.count}` : null;
  return [say("payload"), told.content_type, `${formats.count(told.bytes)} ${say("bytes")}`, part, make("code", {}, `sha256 ${told.sha256}`)];
}

function shown(personal, { say }) {
  const person = (label, number, name) => (number || name ? make("span", { class: "detail" }, `${say(label)} ${[number, name].filter(Boolean).join(", ")}`) : null);
  const exact = (label, bytes) => (bytes ? make("details", { open: true, class: "exact" }, make("summary", {}, say(label)), make("pre", {}, bytes.text ?? `base64 ${bytes.base64}`)) : null);
  return [
    person("to_whom", personal.recipient, personal.recipient_name), person("from_whom", personal.sender, personal.sender_name),
    personal.text ? make("q", {}, personal.text) : null,
    exact("content", personal.content ? { text: personal.content } : null),
    exact("sent_exactly", personal.sent), exact("received_exactly", personal.received),
  ].filter(Boolean);
}
