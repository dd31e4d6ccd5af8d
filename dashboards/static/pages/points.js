// The points of a chart over time by keyboard: arrows go from one to another, each is said, and Enter leads where it leads.

import { make } from "./dom.js";

const ALONG = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
const ACROSS = { ArrowUp: -1, ArrowDown: 1 };
/** Keys that begin with the latest. */
const FROM_THE_END = new Set(["ArrowLeft", "End"]);

const clamped = (place, length) => Math.min(Math.max(place, 0), length - 1);
const axisOf = ({ data }) => data.value[0];

export class Points {
  #element;
  #onpick;
  #shown = null;
  /** The point that was gone to, by its series' name and where it is on the axis: what is drawn anew has it still. */
  #at = null;

  /** Of the chart in `element`; `onpick` is given the point on which Enter is pressed. */
  constructor(element, onpick) {
    this.#element = element;
    this.#onpick = onpick;
    this.said = make("p", { class: "detail spoken", role: "status" });
    element.addEventListener("keydown", (event) => this.#press(event));
    element.addEventListener("blur", () => this.#leave());
  }

  /** Whether there are any to go to. */
  get there() {
    return Boolean(this.#shown?.spoken);
  }

  /**
   * What `drawn`, an ECharts instance, shows: `series`, but those named in `hidden`; `spoken(place, point)` says a point of
   * the series at that place. Without, it is a picture.
   */
  show(drawn, series, spoken, hidden) {
    this.#shown = { drawn, series, spoken, hidden };
    this.#element.setAttribute("role", spoken ? "application" : "img");
    if (spoken) this.#element.tabIndex = 0;
    else this.#element.removeAttribute("tabindex");
    if (this.there && this.#at) this.#mark(this.#found(this.#lines()));
  }

  #press(event) {
    if (!this.there || event.ctrlKey || event.metaKey || event.altKey) return;
    const lines = this.#lines();
    if (event.key === "Enter" && this.#at && lines.length) this.#onpick(this.#found(lines).point.data);
    else if (event.key === "Escape") this.#leave();
    else if (lines.length && (event.key in ALONG || event.key in ACROSS)) this.#go(event.key, lines);
    else return;
    event.preventDefault();
    // The page's own keys are for what is not in a chart.
    event.stopPropagation();
  }

  #go(key, lines) {
    const from = this.#at ? this.#found(lines) : null;
    const turned = from ? clamped(from.place + (ACROSS[key] ?? 0), lines.length) : 0;
    const line = lines[turned];
    let point = from && this.#nearest(line.points, this.#at.axis);
    if (!from) point = line.points.at(FROM_THE_END.has(key) ? -1 : 0);
    else if (key in ALONG) point = line.points[clamped(line.points.indexOf(point) + ALONG[key], line.points.length)];
    this.#at = { name: line.name, axis: axisOf(point) };
    this.#mark({ line, point });
    this.said.textContent = this.#shown.spoken(line.series, point.data);
  }

  /** The series that are seen, each with its points that have a value. */
  #lines() {
    const { series, hidden } = this.#shown;
    const all = series.map(({ name, data }, place) => ({
      name, series: place, points: data.map((each, index) => ({ data: each, index })).filter((each) => each.data.value[1] !== null),
    }));
    return all.filter(({ name, points }) => points.length && !hidden.has(name));
  }

  #found(lines) {
    const place = clamped(lines.findIndex(({ name }) => name === this.#at.name), lines.length);
    const line = lines[place];
    return line ? { place, line, point: this.#nearest(line.points, this.#at.axis) } : null;
  }

  #nearest(points, axis) {
    const away = (point) => Math.abs(axisOf(point) - axis);
    return points.reduce((best, each) => (away(each) < away(best) ? each : best));
  }

  #mark(found) {
    if (!found) return;
    const { drawn } = this.#shown;
    const told = { seriesIndex: found.line.series, dataIndex: found.point.index };
    drawn.dispatchAction({ type: "downplay" });
    drawn.dispatchAction({ type: "highlight", ...told });
    drawn.dispatchAction({ type: "showTip", ...told });
  }

  #leave() {
    if (!this.#at) return;
    this.#at = null;
    this.said.textContent = "";
    this.#shown.drawn.dispatchAction({ type: "downplay" });
    this.#shown.drawn.dispatchAction({ type: "hideTip" });
  }
}
