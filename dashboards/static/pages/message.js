// What became of one message: all that was asked, decided, called, heard and told, in one order, to be read or printed.

import { Refused, ask, post } from "./answers.js";
import { THEMES, choice, zones } from "./controls.js";
import { make } from "./dom.js";
import { dress } from "./dressing.js";
import { listen, showHelp } from "./keyboard.js";
import { attempts, doubts, facts, plan, unmaskings } from "./message_parts.js";
import { timeline } from "./message_timeline.js";
import { WORDS } from "./message_words.js";
import { Place } from "./place.js";
import { LANGUAGES } from "./words.js";

const NOT_FOUND = 404;
const MOST_BEFORE = 100;
const KEYS = [["r", "key_refresh"], ["p", "key_print"], ["?", "key_help"]];

class Message {
  #place = new Place(location.search);
  #id = document.getElementById("message-id").textContent;
  #told = null;
  #shownBefore = [];
  #unmasked = null;
  #reading = null;
  #led = false;

  constructor() {
    this.top = document.getElementById("controls");
    this.status = document.getElementById("asof");
    this.notice = document.getElementById("notice");
    this.body = document.getElementById("message");
    this.form = document.getElementById("unmask");
    this.before = document.getElementById("shown-before");
  }

  start() {
    addEventListener("popstate", () => this.#arrive(new Place(location.search)));
    listen({ r: () => this.#read(), p: () => print(), "?": () => showHelp(this.say, KEYS) });
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#unmask(this.form.elements.why.value.trim());
    });
    this.#arrive(this.#place);
    this.#read();
  }

  #go = (place) => {
    history.pushState(null, "", location.pathname + place.search);
    this.#arrive(place);
  };

  #arrive(place) {
    this.#place = place;
    Object.assign(this, dress(place, "message_page", WORDS));
    this.#control();
    this.#show();
  }

  #control() {
    const place = this.#place;
    const { say } = this;
    this.top.replaceChildren(make("div", { class: "controls" },
      make("span", { class: "buttons" },
        make("button", { type: "button", class: "plain", onclick: () => this.#read() }, say("key_refresh")),
        make("button", { type: "button", class: "plain", onclick: () => print() }, say("print")),
        make("a", { class: "tool", href: `/v1/messages/${this.#id}` }, "JSON")),
      zones(place, say, this.#go),
      choice("language", say, LANGUAGES, place.language, (name) => ({ en: "English", es: "Español" })[name], (said) => this.#go(place.with({ lang: said }))),
      choice("theme", say, THEMES, place.get("theme") || "auto", say, (said) => this.#go(place.with({ theme: said === "auto" ? "" : said })))));
  }

  async #read() {
    this.#reading?.abort();
    const reading = (this.#reading = new AbortController());
    if (!this.#told) this.#tell();
    try {
      const { body, at } = await ask(`/v1/messages/${this.#id}`, {}, reading.signal);
      if (reading.signal.aborted) return;
      this.#told = { message: body, at };
      this.#show();
      await this.#readBefore(reading.signal);
    } catch (error) {
      if (!reading.signal.aborted) this.#fail(error);
    }
  }

  /** To whom it was shown before; asked only for those who may know. */
  async #readBefore(signal) {
    if (!this.before) return;
    const { body } = await ask("/v1/unmaskings", { message_id: this.#told.message.message_id, limit: MOST_BEFORE }, signal);
    this.#shownBefore = body.unmaskings;
    this.#show();
  }

  async #unmask(why) {
    const problem = this.form.querySelector(".problem");
    try {
      const { body } = await post(`/v1/messages/${this.#id}/unmasked`, { why }, new AbortController().signal);
      this.#unmasked = body;
      this.#shownBefore = [body.unmasking, ...body.before];
      problem.hidden = true;
      this.#show();
    } catch (error) {
      problem.textContent = this.#words(error);
      problem.hidden = false;
    }
  }

  #show() {
    if (!this.#told) return;
    const { message, at } = this.#told;
    const context = { place: this.#place, say: this.say, formats: this.formats };
    this.#tell();
    this.status.replaceChildren(`${this.say("as_it_stood")} `, make("time", { datetime: at.toISOString() }, this.formats.time(at)), ` (${this.#place.zone})`);
    document.body.toggleAttribute("data-unmasked", Boolean(this.#unmasked));
    this.body.removeAttribute("aria-busy");
    this.body.replaceChildren(...[
      facts(message, this.#id, context), ...doubts(message, context), this.#warning(context),
      plan(message, context), attempts(message, context), timeline(message, this.#unmasked, context),
    ].filter(Boolean));
    this.#lead();
    if (!this.form) return;
    this.form.hidden = Boolean(this.#unmasked);
    this.before.hidden = !this.#shownBefore.length;
    this.before.replaceChildren(...unmaskings(this.#shownBefore, context));
  }

  /** To the attempt that the address names, once. */
  #lead() {
    if (!this.#led) this.body.querySelector("[aria-current]")?.scrollIntoView({ block: "center" });
    this.#led = true;
  }

  #warning({ say, formats }) {
    if (!this.#unmasked) return null;
    const { who, at, why } = this.#unmasked.unmasking;
    return make("p", { class: "problem", id: "unmasked" }, `${say("not_masked")} ${who}, ${formats.time(at)}: ${why}`);
  }

  #fail(error) {
    if (this.#told) {
      this.status.querySelector(".stale")?.remove();
      this.status.append(make("span", { class: "stale problem" }, ` ${this.say("stale")} ${this.#words(error)}`));
      return;
    }
    this.status.textContent = "";
    this.body.removeAttribute("aria-busy");
    if (error.status === NOT_FOUND) this.#tell("nothing_here", make("p", {}, this.say("no_such_message")));
    else this.#tell("problem", make("p", { class: "problem" }, this.#words(error)), make("button", { onclick: () => this.#read() }, this.say("retry")));
  }

  #words(error) {
    return error instanceof Refused ? error.message : this.say("unanswered");
  }

  #tell(heading = null, ...said) {
    this.notice.hidden = !heading;
    this.notice.dataset.state = heading ?? "";
    this.notice.replaceChildren(...(heading ? [make("h2", {}, this.say(heading === "nothing_here" ? "not_found" : heading)), ...said] : []));
  }
}

new Message().start();
