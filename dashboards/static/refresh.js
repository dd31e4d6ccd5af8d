// Keeps the first page current without losing the reader's place: fetches it again, and puts the new <main> in.
// While the tab is hidden nothing is asked. If an answer does not come, the page says how old it is.
"use strict";

const seconds = Number(document.currentScript.dataset.seconds);
const loadedAt = { time: Date.now() };

async function refresh() {
  const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(seconds * 1000) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("live");
  if (!fresh) throw new Error("another page");
  document.getElementById("live").replaceChildren(...fresh.childNodes);
  loadedAt.time = Date.now();
}

function sayStale() {
  const line = document.querySelector(".asof");
  if (!line) return;
  const note = line.querySelector(".stale") ?? line.appendChild(document.createElement("span"));
  note.className = "stale problem";
  note.textContent = ` Not refreshed for ${Math.round((Date.now() - loadedAt.time) / 1000)} s: Acuse does not answer.`;
}

async function tick() {
  // Text that is being selected, or a link that has the keyboard's focus, is not pulled away from under the reader.
  const busy = document.hidden || !getSelection().isCollapsed || document.activeElement !== document.body;
  if (!busy) await refresh().catch(sayStale);
  setTimeout(tick, seconds * 1000);
}

setTimeout(tick, seconds * 1000);
