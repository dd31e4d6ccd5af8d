// One dialog at a time, above the page; it is closed by its button or by Escape, and leaves nothing behind.

import { make } from "./dom.js";

/** Shows `content` under the heading that `id` says. */
export function showDialog(id, say, ...content) {
  document.querySelector("dialog")?.close();
  const close = make("button", { type: "button", onclick: () => dialog.close() }, say("close"));
  const dialog = make("dialog", { id, "aria-labelledby": `${id}-title`, onclose: () => dialog.remove() },
    make("h2", { id: `${id}-title` }, say(id)), ...content, make("p", {}, close));
  document.body.append(dialog);
  dialog.showModal();
}
