// One box for whatever somebody has of a message. What is written there is sent in a body, and is in no address.

import { make } from "./dom.js";

const MESSAGE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const LONGEST = 4096;

export class SearchBox {
  #onlook;

  /** `onlook` is given what is looked for, "" where that is given up. */
  constructor(element, onlook) {
    this.#onlook = onlook;
    this.label = make("label", { for: "search-text" });
    this.input = make("input", { id: "search-text", type: "search", maxlength: LONGEST, autocomplete: "off", spellcheck: "false", "aria-describedby": "search-help" });
    this.look = make("button", { type: "submit" });
    this.leave = make("button", { type: "button", class: "plain", hidden: true, onclick: () => this.#leave() });
    this.help = make("span", { id: "search-help", class: "detail" });
    const form = make("form", { class: "search", role: "search", autocomplete: "off" }, this.label, make("span", { class: "buttons" }, this.input, this.look, this.leave), this.help);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#look();
    });
    element.append(form);
  }

  /** Puts the words in; `looking` says whether what is shown is what was looked for. */
  say(say, looking) {
    this.label.textContent = say("search_label");
    this.look.textContent = say("search");
    this.leave.textContent = say("search_leave");
    this.help.textContent = say("search_help");
    this.leave.hidden = !looking;
  }

  #look() {
    this.#onlook(this.input.value);
  }

  #leave() {
    this.input.value = "";
    this.#onlook("");
  }
}

/** Whether `text` is a message's id, and nothing else. */
export const isMessageId = (text) => MESSAGE_ID.test(text.trim());
