// What every page puts on for its place: language, theme, links to other pages, title and zone.

import { Formats } from "./formats.js";
import { speaker } from "./words.js";

/** Puts that on, and gives how this place speaks and writes: `{ say, formats }`; `words` are the page's own. */
export function dress(place, title, words) {
  const say = speaker(place.language, words);
  const root = document.documentElement;
  root.lang = place.language;
  root.dataset.theme = ["light", "dark"].includes(place.get("theme")) ? place.get("theme") : "auto";
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const link of document.querySelectorAll("a[data-page]")) {
    link.href = place.toward(link.dataset.page);
    if (link.dataset.page === location.pathname) link.setAttribute("aria-current", "page");
  }
  document.title = `${say(title)} · Acuse`;
  document.getElementById("zone-shown").textContent = `${say("times_in")} ${place.zone}.`;
  return { say, formats: new Formats(place.language, place.zone) };
}
