// Views that a reader named, kept in this browser; and the link to what is shown, to be shared.

import { showDialog } from "./dialogs.js";
import { make } from "./dom.js";

const KEPT_AS = "acuse.views";
const MOST = 50;
const LONGEST_NAME = 60;

/** The views that are kept, by name; none where nothing readable is. */
function keptViews(store = localStorage) {
  try {
    const kept = JSON.parse(store.getItem(KEPT_AS)) ?? [];
    return kept.filter(({ name, address }) => typeof name === "string" && /^\/(?!\/)/.test(address)).slice(0, MOST);
  } catch {
    return [];
  }
}

function keep(views) {
  localStorage.setItem(KEPT_AS, JSON.stringify(views.slice(0, MOST)));
}

/** The newest is first; one of the same name is replaced. */
function add(name, address) {
  keep([{ name, address }, ...keptViews().filter((view) => view.name !== name)]);
}

export function showViews(place, title, say) {
  const address = location.pathname + place.search;
  const list = make("div");
  const said = make("p", { class: "detail", role: "status" });
  const listed = () => list.replaceChildren(listOf(keptViews(), say, (forgotten) => {
    keep(keptViews().filter(({ name }) => name !== forgotten));
    listed();
  }));
  const name = make("input", { name: "view", required: true, maxlength: LONGEST_NAME, value: title.split(" · ")[0] });
  const form = make("form", { class: "controls" }, make("label", {}, say("name"), name), make("button", { type: "submit" }, say("save")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    try {
      add(name.value.trim() || address, address);
    } catch {
      said.textContent = say("not_kept");
    }
    listed();
  });
  listed();
  showDialog("views", say, list, form, sharing(new URL(address, location.href).href, say, said), said);
}

function listOf(views, say, forget) {
  if (!views.length) return make("p", { class: "detail" }, say("no_views"));
  const row = ({ name, address }) => make("li", {},
    make("a", { href: address }, name),
    make("button", { type: "button", class: "plain", "aria-label": `${say("forget")}: ${name}`, onclick: () => forget(name) }, say("forget")));
  return make("ul", { class: "views" }, ...views.map(row));
}

/** Browsers let a page copy for its reader only over HTTPS or on their own machine: elsewhere the link is marked. */
function sharing(link, say, said) {
  const shown = make("input", { value: link, readonly: true });
  const copy = async () => {
    shown.select();
    try {
      await navigator.clipboard.writeText(link);
      said.textContent = say("copied");
    } catch {
      shown.focus();
    }
  };
  return make("div", { class: "controls" }, make("label", {}, say("link"), shown), make("button", { type: "button", onclick: copy }, say("copy")));
}
