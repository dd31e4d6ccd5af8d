// Draws with Apache ECharts, where this installation has it; where it has not, tables say the same.

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

  constructor(element, onpick) {
    this.element = element;
    this.#onpick = onpick;
    new ResizeObserver(() => this.#drawn?.resize()).observe(element);
  }

  /** Shows what `option` makes of the colours. False where there is nothing to draw with. */
  async draw(option) {
    const echarts = await charts();
    this.element.hidden = !echarts;
    if (!echarts) return false;
    if (!this.#drawn) {
      this.#drawn = echarts.init(this.element, null, { renderer: "svg" });
      this.#drawn.on("click", (picked) => this.#onpick?.(picked.data));
    }
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const text = { color: colour("ink"), fontFamily: getComputedStyle(document.body).fontFamily };
    this.#drawn.setOption({ animation: !calm, textStyle: text, aria: { enabled: true }, ...option() }, true);
    return true;
  }
}
