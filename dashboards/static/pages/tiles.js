// Figures side by side, each beside what it was before, and leading to what it counts.

import { make } from "./dom.js";

/**
 * A tile for each column: a `key` of `now` and `before`, the `kind` of its values, and if wanted a `label` in place of the
 * key, a `mark` (a stage, for its colour), a `note` beneath and where it `leads`. Without `before` nothing is compared.
 */
export function tiles(columns, now, before, { say, formats }) {
  return make("ul", { class: "tiles" }, ...columns.map((column) => tile(column, now, before, say, formats)));
}

function tile({ key, kind, label = key, mark, note, leads }, now, before, say, formats) {
  const shown = formats.write(kind, now[key]);
  const href = now[key] ? leads?.(now) : null;
  return make("li", { class: mark },
    make("span", { class: "figure", "data-figure": key }, href ? make("a", { href }, shown) : shown),
    make("span", {}, note ? `${say(label)}, ${say(note)}` : say(label)),
    before ? make("span", { class: "detail", "data-before": key }, `${say("before")}: ${formats.write(kind, before[key])}`) : null);
}
