"""Follows the numbers that a page shows to the messages behind them."""

from tests.dashboards.browser.chromium import Tab

LINKS = """
(async () => {
  const found = [];
  for (const link of document.querySelectorAll('%s a[href*="/messages?"]')) {
    const asked = new URL(link.href).searchParams;
    for (const name of ["zone", "lang", "theme"]) asked.delete(name);
    const answer = await fetch(`/v1/messages/count?${asked}`);
    found.push([link.textContent, String((await answer.json()).attempts ?? asked)]);
  }
  return found;
})()
"""


async def numbers_behind(tab: Tab, panel: str = "#panels") -> list[tuple[str, str]]:
    """Each number of the panel that leads to messages, and the number of attempts that are found there."""
    return [(shown, found) for shown, found in await tab.run(LINKS % panel)]


async def click(tab: Tab, drawn: str) -> None:
    """Clicks the first of what is drawn that meets the expression's filter."""
    await tab.until(f"{drawn}.length > 0")
    await tab.run(f"{drawn}[0].scrollIntoView({{ block: 'center' }})")
    middle = "((box) => [box.x + box.width / 2, box.y + box.height / 2])"
    x, y = await tab.run(f"{middle}({drawn}[0].getBoundingClientRect())")
    for event in ("mouseMoved", "mousePressed", "mouseReleased"):
        await tab.call("Input.dispatchMouseEvent", type=event, x=x, y=y, button="left", clickCount=1)


def shapes(panel: str, wider: int, higher: int) -> str:
    """Of the panel's chart, the shapes that are filled and larger than so many pixels."""
    return (
        f"[...document.querySelectorAll('{panel} .chart path')].filter((path) => "
        "((box) => path.getAttribute('fill') !== 'none' && path.getAttribute('fill') !== 'transparent' "
        f"&& box.width > {wider} && box.width < 900 && box.height > {higher})(path.getBoundingClientRect()))"
    )
