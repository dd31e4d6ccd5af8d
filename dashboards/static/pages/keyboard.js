// The keys that a page knows, and the help that lists them.

import { showDialog } from "./dialogs.js";
import { make } from "./dom.js";

const HELP = [["/", "key_filter"], ["←", "key_left"], ["→", "key_right"], ["+", "key_nearer"], ["-", "key_further"], ["r", "key_refresh"], ["v", "views"], ["⇥ ← → ↑ ↓ ⏎", "key_points"], ["?", "key_help"]];

/** Has keys do what `actions` name by the key; never while something is written or chosen, or scrolled by arrows. */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest?.("input, select, textarea, dialog");
    const action = actions[event.key];
    const scrolling = event.key.startsWith("Arrow") && event.target.closest?.(".scroll[tabindex]");
    if (!action || writing || scrolling || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
}

/** Says what the keys do, each as `[key, word]`. */
export function showHelp(say, keys = HELP) {
  const told = keys.flatMap(([key, said]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, say(said))]);
  showDialog("help", say, make("dl", { class: "facts" }, ...told));
}
