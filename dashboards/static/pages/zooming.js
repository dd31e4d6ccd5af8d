// A stretch of a time axis is marked by dragging along it.

const LEAST = 6;

/**
 * Lets a stretch of `drawn`, an ECharts instance in `element`, be marked; `onzoom` is told its two ends as the axis has
 * them, the earlier first. What is only clicked stays a click.
 */
export function markable(element, drawn, onzoom) {
  let begun = null;
  let mark = null;
  const within = (event) => event.clientX - element.getBoundingClientRect().left;
  const overTime = () => drawn.getOption()?.xAxis?.[0]?.type === "time";
  const leave = () => {
    mark?.remove();
    begun = mark = null;
  };

  element.addEventListener("pointerdown", (event) => {
    const at = within(event);
    const inGrid = drawn.containPixel({ gridIndex: 0 }, [at, event.clientY - element.getBoundingClientRect().top]);
    if (event.button === 0 && event.isPrimary && overTime() && inGrid) begun = at;
  });
  element.addEventListener("pointermove", (event) => {
    if (begun === null) return;
    if (!mark && Math.abs(within(event) - begun) < LEAST) return;
    if (!mark) {
      // From here on it is no click: what is beneath hears no more of it.
      element.setPointerCapture(event.pointerId);
      mark = element.appendChild(document.createElement("i"));
      mark.className = "mark";
    }
    const ends = [begun, within(event)].sort((one, other) => one - other);
    mark.style.left = `${ends[0]}px`;
    mark.style.width = `${ends[1] - ends[0]}px`;
  });
  element.addEventListener("pointerup", (event) => {
    const ends = mark && [begun, within(event)].map((at) => drawn.convertFromPixel({ xAxisIndex: 0 }, at));
    leave();
    if (ends) onzoom(...ends.sort((one, other) => one - other));
  });
  element.addEventListener("pointercancel", leave);
}
