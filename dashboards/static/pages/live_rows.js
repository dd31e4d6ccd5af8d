// The events that are shown: the newest on top, so many at most, each once however often it came in.

import { make } from "./dom.js";
import { table } from "./tables.js";

const MOST = 200;

const columns = (formats) => [
  { key: "received_at", kind: "time" },
  { key: "provider", kind: "text" }, { key: "channel", kind: "words" },
  { key: "stage", kind: "words", draw: (row) => what(row, formats) },
  { key: "reason", kind: "words" }, { key: "code", kind: "text" }, { key: "code_text", kind: "text" },
  { key: "recipient", kind: "text" },
  { key: "ref", kind: "text", leads: (row) => (row.of_attempt ? `/attempts/${encodeURIComponent(row.provider)}/${row.ref.split("/").map(encodeURIComponent).join("/")}` : null) },
];

function what({ kind, stage }, formats) {
  const said = [...(kind === "status" ? [] : [kind]), ...(stage ? [stage] : [])];
  return make("span", { class: `stage ${stage ?? kind}` }, said.map((word) => formats.words(word)).join(" · "));
}

export class EventRows {
  #shown = new Map();

  constructor(say, formats) {
    this.say = say;
    this.formats = formats;
    this.element = make("section", { class: "panel", id: "events", "aria-label": say("live") });
    this.body = null;
  }

  get count() {
    return this.#shown.size;
  }

  clear() {
    this.#shown.clear();
    this.body?.replaceChildren();
  }

  /** Puts them on top, the last of them first; `fresh` ones are marked for a moment. */
  add(events, fresh) {
    const unseen = events.filter((event) => !this.#again(event));
    if (!unseen.length) return;
    const made = table(columns(this.formats), [...unseen].reverse(), this.say, this.formats, this.say("live"));
    const rows = [...made.tBodies[0].rows];
    unseen.forEach((event, place) => this.#shown.set(event.event_id, { row: rows[rows.length - 1 - place], times: 1 }));
    if (this.body) {
      if (fresh) for (const row of rows) row.classList.add("fresh");
      this.body.prepend(...rows);
    } else {
      this.body = made.tBodies[0];
      this.element.append(make("div", { class: "scroll" }, made));
    }
    this.#bound();
  }

  /** Whether it is shown already; then it is said there how often it came in. */
  #again(event) {
    const known = this.#shown.get(event.event_id);
    if (!known) return false;
    known.times += 1;
    const [where] = known.row.getElementsByClassName("stage");
    where.nextElementSibling?.remove();
    where.after(make("span", { class: "detail again", title: this.say("again") }, ` ×${this.formats.count(known.times)}`));
    return true;
  }

  #bound() {
    for (const [id, { row }] of this.#shown) {
      if (this.#shown.size <= MOST) return;
      row.remove();
      this.#shown.delete(id);
    }
  }
}
