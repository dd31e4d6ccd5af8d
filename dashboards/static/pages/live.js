// Events as they come in, the newest on top, for as long as the page is seen and not paused.

import { Refused, ask } from "./answers.js";
import { THEMES, choice, field, zones } from "./controls.js";
import { make } from "./dom.js";
import { dress } from "./dressing.js";
import { CHANNELS } from "./filters.js";
import { listen, showHelp } from "./keyboard.js";
import { EventRows } from "./live_rows.js";
import { WORDS } from "./live_words.js";
import { Place } from "./place.js";
import { Refreshing } from "./refreshing.js";
import { LANGUAGES } from "./words.js";

const EVERY_SECONDS = 2;
const AT_ONCE = 100;
const KINDS = ["send", "status", "reply"];
const STAGES = ["scheduled", "queued", "sent", "delivered", "seen", "rejected", "undelivered", "expired", "cancelled", "unknown"];
const FILTERS = [{ name: "provider" }, { name: "channel", among: CHANNELS }, { name: "kind", among: KINDS }, { name: "stage", among: STAGES }];
const KEYS = [["/", "key_filter"], ["p", "key_pause"], ["?", "key_help"]];

class Live {
  #place = new Place(location.search);
  #cursor = "";
  #reading = null;
  #rows = null;
  #newest = null;

  constructor() {
    this.top = document.getElementById("controls");
    this.status = document.getElementById("asof");
    // It changes every other second: whoever has it read aloud would hear nothing else.
    this.status.setAttribute("aria-live", "off");
    this.notice = document.getElementById("notice");
    this.panels = document.getElementById("panels");
    this.said = make("p", { id: "said", role: "status", class: "detail" });
    this.status.after(this.said);
    this.refreshing = new Refreshing(() => this.#read());
  }

  start() {
    addEventListener("popstate", () => this.#arrive(new Place(location.search)));
    listen({
      "/": () => this.top.querySelector("input[type=search]")?.focus(),
      p: () => this.#pause(),
      "?": () => showHelp(this.say, KEYS),
    });
    this.#arrive(this.#place);
  }

  get #paused() {
    return this.#place.get("paused") === "yes";
  }

  #go = (place) => {
    history.pushState(null, "", location.pathname + place.search);
    this.#arrive(place);
  };

  #arrive(place) {
    this.#place = place;
    this.#cursor = "";
    this.#newest = null;
    Object.assign(this, dress(place, "live", WORDS));
    this.#rows = new EventRows(this.say, this.formats);
    this.#control();
    this.panels.replaceChildren(this.#rows.element);
    this.panels.hidden = true;
    this.notice.hidden = true;
    this.status.textContent = this.say("loading");
    this.said.textContent = "";
    this.#read();
  }

  #control() {
    const place = this.#place;
    const form = make("form", { class: "controls", autocomplete: "off" }, ...FILTERS.map((filter) => field(filter, place, this.say)));
    this.pausing = make("button", { type: "button", id: "pause", "aria-pressed": String(this.#paused), onclick: () => this.#pause() }, this.say("pause"));
    form.append(
      make("span", { class: "buttons" },
        make("button", { type: "submit" }, this.say("apply")),
        make("button", { type: "button", class: "plain", onclick: () => this.#go(place.with(Object.fromEntries(FILTERS.map(({ name }) => [name, ""])))) }, this.say("clear")),
        this.pausing),
      zones(place, this.say, this.#go),
      choice("language", this.say, LANGUAGES, place.language, (name) => ({ en: "English", es: "Español" })[name], (said) => this.#go(place.with({ lang: said }))),
      choice("theme", this.say, THEMES, place.get("theme") || "auto", this.say, (said) => this.#go(place.with({ theme: said === "auto" ? "" : said }))),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go(this.#place.with(Object.fromEntries(FILTERS.map(({ name }) => [name, form.elements[name].value.trim()]))));
    });
    this.top.replaceChildren(form);
  }

  /** What is shown stays; what comes in meanwhile is told when it goes on, if it is not too much. */
  #pause() {
    this.#place = this.#place.with({ paused: this.#paused ? "" : "yes" });
    history.replaceState(null, "", location.pathname + this.#place.search);
    this.#control();
    this.pausing.focus();
    this.said.textContent = this.say(this.#paused ? "paused" : "goes_on");
    if (this.#paused) this.refreshing.again(0);
    else this.#read();
  }

  async #read() {
    this.#reading?.abort();
    const reading = (this.#reading = new AbortController());
    try {
      await this.#ask(reading.signal);
    } catch (error) {
      if (reading.signal.aborted) return;
      this.#fail(error instanceof Refused ? error.message : this.say("unanswered"));
    }
    if (!reading.signal.aborted) this.refreshing.again(this.#paused ? 0 : EVERY_SECONDS);
  }

  async #ask(signal) {
    const narrowed = Object.fromEntries(FILTERS.map(({ name }) => [name, this.#place.get(name)]));
    let { body, at } = await ask("/v1/events", { ...narrowed, after: this.#cursor, limit: AT_ONCE }, signal);
    const leftOut = Boolean(this.#cursor) && body.more;
    if (leftOut) ({ body, at } = await ask("/v1/events", { ...narrowed, limit: AT_ONCE }, signal));
    if (signal.aborted) return;
    if (leftOut) {
      this.#rows.clear();
      this.said.textContent = this.say("left_out");
    }
    this.#cursor = body.next_cursor;
    this.#newest = body.events.at(-1)?.received_at ?? this.#newest;
    this.#rows.add(body.events, !leftOut);
    this.#show(at, Object.values(narrowed).some(Boolean));
  }

  #show(at, narrowed) {
    const time = (moment) => make("time", { datetime: new Date(moment).toISOString() }, this.formats.time(moment));
    this.status.replaceChildren(
      `${this.say("asked")} `, time(at),
      ...(this.#newest ? [` · ${this.say("newest_came")} `, time(this.#newest)] : []),
      ` · ${this.say("shown")}: ${this.formats.count(this.#rows.count)}`,
    );
    this.panels.hidden = !this.#rows.count;
    if (this.#rows.count) this.#tell();
    else if (narrowed) this.#tell("nothing_here", make("p", {}, this.say("none_meets_yet")));
    else this.#tell("nothing_ever", make("p", {}, this.say("nothing_sent_do")), make("pre", {}, make("code", {}, this.notice.dataset.hint)));
  }

  #fail(why) {
    if (this.#rows.count || this.#cursor) {
      this.status.querySelector(".stale")?.remove();
      this.status.append(make("span", { class: "stale problem" }, ` ${this.say("stale")} ${why}`));
      return;
    }
    this.panels.hidden = true;
    this.status.textContent = "";
    this.#tell("problem", make("p", { class: "problem" }, why), make("button", { onclick: () => this.#arrive(this.#place) }, this.say("retry")));
  }

  #tell(heading = null, ...said) {
    if (this.notice.dataset.state === (heading ?? "") && this.notice.hidden === !heading) return;
    this.notice.hidden = !heading;
    this.notice.dataset.state = heading ?? "";
    this.notice.replaceChildren(...(heading ? [make("h2", {}, this.say(heading)), ...said] : []));
  }
}

new Live().start();
