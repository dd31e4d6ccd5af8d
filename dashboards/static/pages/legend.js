// What the colours of a chart stand for, as buttons: each shows or hides its series, by pointer and by key.

import { make } from "./dom.js";

/** The buttons for `series`, of which those named in `hidden` are not shown; `ontoggle` is told a series' name. */
export function legend(series, hidden, ontoggle) {
  return make("ul", { class: "legend" }, ...series.map((each) => make("li", {}, button(each, hidden, ontoggle))));
}

function button({ name, colour, dashed }, hidden, ontoggle) {
  const swatch = make("i", { class: dashed ? "swatch dashed" : "swatch", "aria-hidden": "true" });
  swatch.style.setProperty("--mark", colour);
  const shown = make("button", { type: "button", class: "plain", "aria-pressed": String(!hidden.has(name)) }, swatch, name);
  shown.addEventListener("click", () => {
    ontoggle(name);
    shown.setAttribute("aria-pressed", String(!hidden.has(name)));
  });
  return shown;
}
