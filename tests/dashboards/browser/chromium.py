"""A real Chromium, spoken to by the DevTools protocol: no driver, no Node."""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp

SETTING = "ACUSE_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    *("--remote-debugging-port=0", "--lang=en-GB", "--hide-scrollbars"),
)
KEY_CODES = {"Escape": 27, "ArrowLeft": 37, "ArrowRight": 39}
DEADLINE = 120.0
LEFT = "Inspected target navigated or closed"
APT = ("apt-get", "-o", "Acquire::Retries=5", "-o", "DPkg::Lock::Timeout=300")
INSTALL = (*APT, "install", "--yes", "--no-install-recommends", "chromium")
HOW = f"no Chromium: install one ('apt install chromium', 'playwright install chromium'), or name it in {SETTING}"


def find() -> str:
    """The browser: that of the environment, of PATH, Playwright's, or, as root on Debian, one that is installed now.

    Raises `LookupError` that says in a line how to get one.
    """
    named = os.environ.get(SETTING)
    found = named or next(filter(None, map(shutil.which, NAMES)), None) or next(map(str, _of_playwright()), None)
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run((*APT, "update"), check=False, capture_output=True, timeout=300)
        subprocess.run(INSTALL, check=False, capture_output=True, timeout=600)
        found = shutil.which("chromium")
    if not found:
        raise LookupError(HOW)
    return found


def _of_playwright() -> Iterator[Path]:
    kept = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    for pattern in ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*"):
        yield from sorted(kept.glob(pattern), reverse=True)


@contextlib.contextmanager
def running(executable: str, profile: Path) -> Iterator[str]:
    """The address at which a browser of its own listens while this lasts."""
    process = subprocess.Popen(
        (executable, *FLAGS, f"--user-data-dir={profile}", "about:blank"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TZ": "Atlantic/Canary", "HOME": str(profile)},
    )
    told = profile / "DevToolsActivePort"
    try:
        deadline = time.monotonic() + DEADLINE
        while not told.exists() or "\n" not in told.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{executable} did not start (it ended with {process.poll()})")
            time.sleep(0.05)
        port, path = told.read_text().split("\n")[:2]
        yield f"ws://127.0.0.1:{port}{path}"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Left(Exception):
    """The page was left for another while it was asked."""


class Tab:
    """One tab. `problems` are what it told the console, exceptions and violations of the content security policy."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.problems: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session: dict[str, str] = {}

    async def open(self) -> None:
        target = (await self.call("Target.createTarget", url="about:blank"))["targetId"]
        attached = await self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log"):
            await self.call(f"{domain}.enable")
        # Charts that grow would be photographed half grown.
        calm = [{"name": "prefers-reduced-motion", "value": "reduce"}]
        await self.call("Emulation.setEmulatedMedia", features=calm)

    async def listen(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if waiting := self._waiting.pop(told.get("id", 0), None):
                waiting.set_result(told)
            self._note(told.get("method"), told.get("params", {}))

    def _note(self, method: str | None, told: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.problems.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning"):
            self.problems.append(str([said.get("value", said.get("description")) for said in told["args"]]))

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters, **self._session})
        async with asyncio.timeout(DEADLINE):
            answer = await self._waiting[number]
        if answer.get("error", {}).get("message") == LEFT:
            raise Left
        assert "error" not in answer, answer["error"]
        result: dict[str, Any] = answer["result"]
        return result

    async def goto(self, url: str) -> None:
        await self.call("Page.navigate", url=url)
        await self.until(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    async def run(self, expression: str) -> Any:
        """What the expression comes to; of a promise, what that does."""
        told = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def until(self, expression: str) -> Any:
        """Waits until the expression is truthy, and gives it; of an element only that it is there."""
        deadline = time.monotonic() + DEADLINE
        asked = f"(found => found instanceof Node || found)({expression})"
        while not (found := await self._unless_left(asked)):
            if time.monotonic() > deadline:
                shown = await self.run("document.body.innerText")
                raise AssertionError(f"never: {expression}\n{self.problems}\n{shown}")
            await asyncio.sleep(0.05)
        return found

    async def _unless_left(self, expression: str) -> Any:
        with contextlib.suppress(Left):
            return await self.run(expression)

    async def press(self, key: str) -> None:
        told = {"key": key, "code": key, "windowsVirtualKeyCode": KEY_CODES.get(key, 0)}
        text = {"text": key} if len(key) == 1 else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **told, **text)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **told)

    async def sized(self, width: int, height: int = 900) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def photograph(self, kept: Path) -> None:
        taken = await self.call("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        await asyncio.to_thread(keep, kept, base64.b64decode(taken["data"]))


def keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@contextlib.asynccontextmanager
async def tab_of(address: str) -> AsyncIterator[Tab]:
    """A new tab of the browser at this address, closed in the end."""
    async with aiohttp.ClientSession() as client, client.ws_connect(address, max_msg_size=0) as socket:
        tab = Tab(socket)
        listening = asyncio.create_task(tab.listen())
        try:
            await tab.open()
            yield tab
            await tab.call("Page.close")
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
