// Which messages there are: those that meet the filters, newest first, or those that somebody looks for.

import { Refused, ask, everAnyMessage, post } from "./answers.js";
import { field } from "./controls.js";
import { make } from "./dom.js";
import { NARROWED_BY } from "./drill.js";
import { filtersFor } from "./filters.js";
import { FINER, WORDS } from "./messages_words.js";
import { Panel } from "./panels.js";
import { SearchBox, isMessageId } from "./search_box.js";
import { Shell } from "./shell.js";
import { written } from "./written.js";

const LISTED = "/v1/messages";
const SHOWN = 50;
/** In a file, which has a row for each attempt at them. */
const MOST_WRITTEN = 500;
const MAIN = ["outcome", "provider", "channel", "country", "reference"];
const OUTCOMES = ["delivered", "failed", "in_flight", "scheduled", "unknown"];
const ASKED = [...new Set([...MAIN, ...NARROWED_BY, ...FINER.map(({ name }) => name)])];

const panel = new Panel("listed");
const found = make("p", { class: "detail", id: "found", role: "status" });
panel.element.insertBefore(found, panel.body);
const box = new SearchBox(document.getElementById("search"), (text) => look(text));
const finer = make("details", { id: "finer" });
document.getElementById("finer-filters").append(finer);
/** What is looked for, and from where on; it is never part of the address, since it may be a number. */
let sought = null;

const COLUMNS = [
  { key: "opened_at", kind: "time", leads: (row) => row.leads },
  { key: "outcome", kind: "words" },
  { key: "attempts", label: "attempts_of_it", kind: "text", draw: (row) => row.drawn },
  { key: "reference", kind: "text" },
  { key: "country", kind: "text" },
  { key: "plan", kind: "text" },
];

function look(text) {
  if (isMessageId(text)) return void location.assign(shell.place.toward(`/messages/${text.trim().toLowerCase()}`));
  sought = text ? { text, cursor: "", at: shell.place.search } : null;
  shell.go(shell.place);
}

async function read(place, period, signal) {
  if (sought && sought.at !== place.search) sought = null;
  box.say(shell.say, Boolean(sought));
  const bounds = { from: period.from.toISOString(), to: period.to.toISOString() };
  const filters = Object.fromEntries(ASKED.map((name) => [name, place.get(name)]));
  if (sought) {
    const { body, at } = await post(`${LISTED}/search`, { search: sought.text, cursor: sought.cursor || null, limit: SHOWN }, signal);
    return { data: { listed: body, sought }, at };
  }
  // How many there are in all may take longer than the newest of them.
  const counting = ask(`${LISTED}/count`, { ...bounds, ...filters }, signal).then(({ body }) => body.attempts, (error) => error);
  const asked = { ...bounds, ...filters, cursor: place.get("cursor") };
  const { body, at } = await ask(LISTED, { ...asked, limit: SHOWN }, signal);
  return { data: { listed: body, counting, files: written(LISTED, { ...asked, limit: MOST_WRITTEN }) }, at };
}

function show({ listed, counting, files, sought: lookedFor }, context) {
  const rows = listed.messages.map((message) => rowOf(message, Boolean(lookedFor), context));
  const say = (name) => context.say(lookedFor && name === "no_rows" ? "nothing_found" : name);
  tell(lookedFor, counting, context);
  return panel.show({ columns: COLUMNS, rows, more: [turning(listed, lookedFor, context)], written: files }, { ...context, say });
}

/** Of a listing, how many attempts are behind it; of a search, that it is one. */
async function tell(lookedFor, counting, { say, formats }) {
  found.replaceChildren(lookedFor ? say("in_all_time") : say("counting"));
  if (lookedFor) return;
  const counted = await counting;
  if (counted.name === "AbortError") return;
  const failed = counted instanceof Error;
  found.textContent = failed ? `${say("uncounted")} ${counted instanceof Refused ? counted.message : say("unanswered")}` : `${say("attempts_met")}: ${formats.count(counted)}`;
  found.dataset.attempts = failed ? "" : counted;
}

function rowOf(message, searched, { place, say, formats }) {
  const told = message.attempts.map((attempt) => partsOf(attempt, say, formats));
  return {
    ...message,
    leads: place.toward(`/messages/${encodeURIComponent(message.message_id)}`),
    reference: message.attempts.find(({ reference }) => reference)?.reference,
    country: message.attempts.find(({ country }) => country)?.country,
    plan: message.plan === "" ? say("plan_of_its_own") : message.plan,
    attempts: told.map(({ stage, rest }) => `${stage} ${rest}`).join("; "),
    drawn: message.attempts.length ? drawn(message.attempts, told, searched, say) : say("no_attempt"),
  };
}

function partsOf(attempt, say, formats) {
  const { reason, channel, provider, step, delivery_seconds: seconds, code } = attempt;
  const rest = [
    reason && formats.write("words", reason), formats.write("words", channel), provider,
    step && `${say("step")} ${step}`, code && `${say("code")} ${code}`, seconds !== null && formats.write("seconds", seconds),
  ];
  return { stage: formats.write("words", attempt.stage), rest: rest.filter(Boolean).join(" · ") };
}

function drawn(attempts, told, searched, say) {
  const aside = (attempt) => !searched && !attempt.met && attempts.some(({ met }) => met);
  const line = (attempt, { stage, rest }) =>
    make("li", { class: aside(attempt) ? "detail" : null },
      make("span", { class: `stage ${attempt.stage}` }, stage), ` ${rest}`, aside(attempt) ? ` · ${say("not_met")}` : null);
  return make("ul", { class: "tries" }, ...attempts.map((attempt, index) => line(attempt, told[index])));
}

/** To older messages, of the very period that is shown, since a cursor holds for that one only. */
function turning(listed, lookedFor, { place, period, say, go }) {
  const button = (name, onclick) => make("button", { type: "button", class: "plain", onclick }, say(name));
  const fixed = place.between(period.from, period.to);
  const to = (cursor) => () => {
    if (lookedFor) sought = { ...lookedFor, cursor };
    go(lookedFor ? place : fixed.with({ cursor }));
  };
  const turned = lookedFor ? lookedFor.cursor : place.get("cursor");
  const buttons = [turned && button("newest", to("")), listed.next_cursor && button("older", to(listed.next_cursor))].filter(Boolean);
  return make("p", { class: "turning", hidden: !buttons.length }, ...buttons);
}

/** The filters that are seldom wanted, folded away while none of them is set. */
function finerFilters({ place, say, go }) {
  const inUse = FINER.filter(({ name }) => place.get(name));
  const form = make("form", { class: "controls", autocomplete: "off" }, ...FINER.map((filter) => field(filter, place, say)),
    make("span", { class: "buttons" }, make("button", { type: "submit" }, say("apply"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(place.with(Object.fromEntries(FINER.map(({ name }) => [name, form.elements[name].value.trim()]))));
  });
  finer.replaceChildren(make("summary", {}, inUse.length ? `${say("finer")} (${inUse.length})` : say("finer")), form);
  finer.open ||= inUse.length > 0;
}

const shell = new Shell({
  title: "messages_page",
  words: WORDS,
  filters: [{ name: "outcome", among: OUTCOMES }, ...filtersFor(MAIN.slice(1))],
  parts: [[panel, show]],
  read,
  everAny: everAnyMessage,
  arrived: finerFilters,
  find: () => box.input.focus(),
  without: { ever: "nothing_sent_do", here: "none_meets" },
  isEmpty: ({ listed, sought: lookedFor }) => !listed.messages.length && !lookedFor,
  hint: document.getElementById("notice").dataset.hint,
});
shell.start();
