// One panel: a heading, a chart where there is something to be drawn, the table of the same, and that table as a file.

import { Chart } from "./charts.js";
import { csv } from "./csv.js";
import { make } from "./dom.js";
import { fromAxis } from "./over_time.js";
import { table } from "./tables.js";
import { whyUnread } from "./unread.js";

export class Panel {
  #told = null;
  #context = null;
  #chart = null;
  #open = false;

  /** `onpick` is given what was chosen in the chart, and the context; without `charted` the table stands for itself. */
  constructor(id, { charted = false, onpick = null } = {}) {
    this.id = id;
    this.heading = make("h2", { id: `${id}-title` });
    this.links = make("span", { class: "links" });
    this.download = make("a", { class: "tool", download: `acuse-${id}.csv`, href: "#", onclick: () => this.#write() }, "CSV");
    this.body = make("div", { class: "scroll", role: "group", "aria-labelledby": `${id}-title` });
    new ResizeObserver(() => this.#reach()).observe(this.body);
    this.note = make("p", { class: "detail", hidden: true });
    this.more = make("div");
    this.element = make("section", { class: "panel", id, "aria-labelledby": `${id}-title`, "aria-busy": "true" });
    this.element.append(make("div", { class: "headline" }, this.heading, make("span", { class: "links" }, this.download, this.links)), this.note);
    if (!charted) {
      this.element.append(this.body, this.more);
      return;
    }
    const drawing = make("div", { class: "chart", role: "img" });
    this.#chart = new Chart(drawing, {
      onpick: (picked) => picked && onpick?.(picked, this.#context),
      onzoom: (from, to) => this.#zoom(from, to),
      ontoggle: (name) => this.#context.toggle(`${this.id}.${name}`),
    });
    this.summary = make("summary");
    this.details = make("details", { ontoggle: () => (this.#open = this.details.open) }, this.summary, this.body);
    this.element.append(this.#chart.legend, drawing, this.#chart.points.said, this.details, this.more);
  }

  loading(say) {
    this.heading.textContent = say(this.id);
    this.body.replaceChildren(make("p", { class: "detail" }, say("loading")));
    if (this.summary) this.summary.textContent = say("table");
    this.#told = null;
    this.#note();
    this.element.setAttribute("aria-busy", "true");
  }

  /**
   * Shows `columns` of `rows`, what `drawn` makes of the colours, and `more` elements beneath. `written` are the forms in
   * which the API writes the whole table, by name; with them the file of what is shown is not needed. The context is the
   * one that the shell gives.
   */
  async show({ columns, rows, drawn = null, more = [], written = null }, context) {
    const { say, formats } = context;
    this.#told = { columns, rows };
    this.#begin(written, context);
    this.#note();
    this.body.replaceChildren(table(columns, rows, say, formats, say(this.id)));
    this.more.replaceChildren(...more);
    if (!this.#chart) return;
    this.summary.textContent = say("table");
    this.details.open = this.#open || !rows.length;
    this.#chart.element.hidden = this.#chart.legend.hidden = !rows.length;
    if (!rows.length) return;
    const there = await this.#chart.draw(drawn, this.#hidden());
    const reached = this.#chart.points.there ? ` ${say("points_how")}` : "";
    this.#chart.element.setAttribute("aria-label", `${say(this.id)}. ${say("same_in_table")}${reached}`);
    if (there) return;
    this.#note(say("no_charts"));
    this.details.open = true;
  }

  /** Says why it could not be answered; what was shown of this place before stays, and is said to be old. */
  unread({ problem, links }, context) {
    const { say, go, place } = context;
    const why = whyUnread(problem, say);
    this.element.hidden = false;
    this.#begin(links, context);
    if (this.#told) return void this.#note(make("span", { class: "problem" }, `${say("stale")} ${why}`));
    this.download.hidden = true;
    this.body.replaceChildren();
    this.more.replaceChildren();
    const again = make("button", { type: "button", class: "plain", onclick: () => go(place) }, say("retry"));
    this.#note(make("span", { class: "problem" }, `${say("problem")}: ${why}`), " ", again);
    if (this.#chart) this.#chart.element.hidden = this.#chart.legend.hidden = this.details.hidden = true;
  }

  /** What stands above whatever it shows: its name, and the forms in which the API writes the same. */
  #begin(written, context) {
    this.#context = context;
    this.download.hidden = Boolean(written);
    this.links.replaceChildren(...Object.entries(written ?? {}).map(([name, href]) => make("a", { class: "tool", href }, name)));
    this.heading.textContent = context.say(this.id);
    this.element.removeAttribute("aria-busy");
  }

  #note(...said) {
    this.note.hidden = !said.length;
    this.note.replaceChildren(...said);
    if (this.details) this.details.hidden = false;
  }

  /** What is wider than its place can be scrolled by keyboard too. */
  #reach() {
    if (this.body.scrollWidth > this.body.clientWidth) this.body.tabIndex = 0;
    else this.body.removeAttribute("tabindex");
  }

  /** The names of its series that the place hides. */
  #hidden() {
    const own = `${this.id}.`;
    return [...this.#context.place.hidden].filter((series) => series.startsWith(own)).map((series) => series.slice(own.length));
  }

  #zoom(from, to) {
    const { place, go } = this.#context;
    const [since, until] = [from, to].map((end) => fromAxis(end, place.zone));
    if (since < until) go(place.between(since, until));
  }

  #write() {
    if (!this.#told) return;
    const file = new Blob([csv(this.#told.columns, this.#told.rows)], { type: "text/csv;charset=utf-8" });
    this.download.href = URL.createObjectURL(file);
    // The browser has read the address by the time that this runs.
    setTimeout(() => URL.revokeObjectURL(this.download.href), 60_000);
  }
}
