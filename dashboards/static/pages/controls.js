// What a reader can turn: period, zone, refreshing, language, theme, and the page's own filters. All of it is the place.

import { make } from "./dom.js";
import { PRESETS, REFRESHES } from "./place.js";
import { showViews } from "./views.js";
import { LANGUAGES } from "./words.js";
import { BROWSER_ZONE, momentOf, wallTime } from "./zones.js";

export const THEMES = ["auto", "light", "dark"];

/** What is open stays so when the controls are made anew; on a narrow screen they are out of the way at first. */
const folding = { open: matchMedia("(min-width: 46rem)").matches };

/** The controls of `page` for `place`; `go` is given the place to be gone to. */
export function controls(place, page, say, go) {
  const { filters } = page;
  const form = make("form", { class: "controls", autocomplete: "off" });
  const buttons = make("span", { class: "buttons" },
    make("button", { type: "submit", id: "apply" }, say("apply")),
    make("button", { type: "button", class: "plain", id: "clear", onclick: () => go(cleared(place, filters)) }, say("clear")),
    make("button", { type: "button", class: "plain", onclick: () => showViews(place, document.title, say) }, say("views")));
  form.append(presets(place, say, go), ends(form, place, say), buttons, folded(place, page, say, go));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(applied(form, place, filters));
  });
  return form;
}

function folded(place, { filters, compares }, say, go) {
  const set = filters.filter(({ name }) => place.get(name)).length;
  const details = make("details", { class: "turns", open: folding.open, ontoggle: () => (folding.open = details.open) },
    make("summary", {}, set ? `${say("turns")} (${set})` : say("turns")),
    make("div", {}, ...filters.map((filter) => field(filter, place, say))),
    make("div", {}, compares ? comparing(place, say, go) : null, ...settings(place, say, go)));
  return details;
}

function comparing(place, say, go) {
  return choice("compare", say, ["previous", "off"], place.compare || "off", say, (said) => go(place.with({ compare: said === "off" ? said : "" })));
}

function settings(place, say, go) {
  const every = (name) => (name === "off" ? say("off") : `${say("every")} ${name} s`);
  return [
    zones(place, say, go),
    choice("refresh", say, [...REFRESHES], place.get("refresh") || "30", every, (said) => go(place.with({ refresh: said }))),
    choice("language", say, LANGUAGES, place.language, (name) => ({ en: "English", es: "Español" })[name], (said) => go(place.with({ lang: said }))),
    choice("theme", say, THEMES, place.get("theme") || "auto", say, (said) => go(place.with({ theme: said === "auto" ? "" : said }))),
  ];
}

function presets(place, say, go) {
  const chosen = (name) =>
    make("button", {
      type: "button", class: "plain", id: `range-${name}`, "aria-pressed": String(place.preset === name),
      onclick: () => go(place.with({ range: name, from: "", to: "" })),
    }, name);
  const move = (steps, said, sign) =>
    make("button", { type: "button", class: "plain", id: `range-${said}`, title: say(said), "aria-label": say(said), onclick: () => go(place.moved(steps, new Date())) }, sign);
  return make("span", { class: "presets", role: "group", "aria-label": say("period") },
    move(-1, "earlier", "←"), ...Object.keys(PRESETS).map(chosen), move(1, "later", "→"));
}

function ends(form, place, say) {
  const { from, to } = place.period(new Date());
  const end = (name, at) => {
    const shown = wallTime(place.zone, at);
    // What was not touched keeps its seconds, and a preset stays one.
    return make("label", {}, say(name), make("input", { type: "datetime-local", name, value: shown, "data-shown": shown, required: true }));
  };
  return make("span", { class: "ends" }, end("from", from), end("to", to));
}

function applied(form, place, filters) {
  const said = Object.fromEntries(filters.map(({ name }) => [name, form.elements[name].value.trim()]));
  const touched = ["from", "to"].filter((name) => form.elements[name].value !== form.elements[name].dataset.shown);
  if (!touched.length) return place.with(said);
  const { from, to } = place.period(new Date());
  const read = (name, before) => (touched.includes(name) ? momentOf(place.zone, form.elements[name].value) : before);
  return place.with(said).between(read("from", from), read("to", to));
}

function cleared(place, filters) {
  return place.with(Object.fromEntries(filters.map(({ name }) => [name, ""])));
}

export function field({ name, among }, place, say) {
  const value = place.get(name);
  if (!among) return make("label", {}, say(name), make("input", { type: "search", name, value, maxlength: 256, size: 12 }));
  const options = ["", ...among].map((each) => make("option", { value: each, selected: each === value }, each ? say(each) : "—"));
  return make("label", {}, say(name), make("select", { name }, ...options));
}

export function zones(place, say, go) {
  const said = place.get("zone") || "UTC";
  const names = Intl.supportedValuesOf?.("timeZone") ?? [];
  const known = [...new Set(["UTC", "browser", said, ...names])];
  return choice("zone", say, known, said, (name) => (name === "browser" ? `${say("browser")} (${BROWSER_ZONE})` : name), (zone) => go(place.with({ zone })));
}

export function choice(name, say, among, chosen, written, onchoose) {
  const options = among.map((each) => make("option", { value: each, selected: each === chosen }, written(each)));
  return make("label", {}, say(name), make("select", { id: `choose-${name}`, onchange: (event) => onchoose(event.target.value) }, ...options));
}
