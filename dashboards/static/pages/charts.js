// Draws with Apache ECharts, where this installation has it; where it has not, tables say the same.

import { legend } from "./legend.js";
import { Points } from "./points.js";
import { markable } from "./zooming.js";

let library;

/** ECharts, or null where it is not there. It is fetched when something is to be drawn, not before. */
export function charts() {
  const address = document.getElementById("panels").dataset.charts;
  library ??= address ? import(address).catch(() => null) : Promise.resolve(null);
  return library;
}

/** The colour that the style sheet gives this variable under the theme that is shown. */
export function colour(variable) {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(--${variable})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

export class Chart {
  #drawn = null;
  #onpick;
  #onzoom;
  #ontoggle;
  #hidden = new Set();

  /**
   * `onpick` is given what was chosen; `onzoom` the ends of a stretch of time that was marked, as the axis has them;
   * `ontoggle` the name of a series that was hidden or shown.
   */
  constructor(element, { onpick, onzoom, ontoggle }) {
    this.element = element;
    this.legend = document.createElement("div");
    this.points = new Points(element, (point) => onpick?.(point));
    this.#onpick = onpick;
    this.#onzoom = onzoom;
    this.#ontoggle = ontoggle;
    // A page that is printed or photographed may have no width for a moment.
    new ResizeObserver(() => element.clientWidth && this.#drawn?.resize()).observe(element);
  }

  /** Shows what `option` makes of the colours, but for series in `hidden`. False where there is nothing to draw with. */
  async draw(option, hidden) {
    const echarts = await charts();
    this.element.hidden = this.legend.hidden = !echarts;
    if (!echarts) return false;
    this.#drawn ??= this.#begin(echarts);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const text = { color: colour("ink"), fontFamily: getComputedStyle(document.body).fontFamily };
    const { spoken, ...told } = option();
    this.#hidden = new Set(hidden);
    this.#explain(told);
    const selected = Object.fromEntries([...this.#hidden].map((name) => [name, false]));
    const ours = told.legend && { legend: { ...told.legend, show: false, selected } };
    this.#drawn.setOption({ animation: !calm, textStyle: text, ...told, ...ours }, true);
    this.points.show(this.#drawn, told.series, spoken, this.#hidden);
    return true;
  }

  #begin(echarts) {
    const drawn = echarts.init(this.element, null, { renderer: "svg" });
    drawn.on("click", (picked) => this.#onpick?.(picked.data));
    // What is drawn is told by the points, or by the table beneath.
    this.element.firstElementChild?.setAttribute("aria-hidden", "true");
    markable(this.element, drawn, (from, to) => this.#onzoom?.(from, to));
    return drawn;
  }

  /** ECharts' own legend cannot be reached by keyboard: an option that has one gets ours. */
  #explain({ legend: wanted, series }) {
    const named = wanted ? series.filter(({ name }) => name) : [];
    const told = named.map(({ name, itemStyle, lineStyle }) => ({ name, colour: itemStyle?.color, dashed: lineStyle?.type === "dashed" }));
    this.legend.replaceChildren(...(told.length > 1 ? [legend(told, this.#hidden, (name) => this.#toggle(name))] : []));
  }

  #toggle(name) {
    if (!this.#hidden.delete(name)) this.#hidden.add(name);
    this.#drawn.dispatchAction({ type: "legendToggleSelect", name });
    this.#ontoggle(name);
  }
}
