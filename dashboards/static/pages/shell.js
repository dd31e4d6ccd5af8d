// What all pages have in common: they read what their place asks for, show it, say how old it is, and read it again.

import { dataAsOf } from "./answers.js";
import { charts } from "./charts.js";
import { controls } from "./controls.js";
import { make } from "./dom.js";
import { dress } from "./dressing.js";
import { listen, showHelp } from "./keyboard.js";
import { Place } from "./place.js";
import { Refreshing } from "./refreshing.js";
import { Unread, whyUnread } from "./unread.js";
import { showViews } from "./views.js";

/**
 * A page is `{ title, filters, parts, read, isEmpty, everAny, hint }`: `read(place, period, signal)` gives
 * `{ data, at }`, each of the parts is a panel and what shows `(data, context)` in it, which throws an `Unread` where that
 * could not be answered, `isEmpty(data)` says that there is nothing in the period, `everAny(signal)` whether there ever was, `without` what is said then, and `hint` is the command that makes
 * something come in; `words` are what only this page says, as in `words.js`, `arrived(context)` is told of each new
 * place before anything is read for it, and `find` is where the key / leads if not to the first filter; with `compares`
 * the period before can be turned off.
 */
export class Shell {
  #page;
  #place = new Place(location.search);
  #shown = null;
  #reading = null;

  constructor(page) {
    this.#page = page;
    this.top = document.getElementById("controls");
    this.status = document.getElementById("asof");
    this.notice = document.getElementById("notice");
    this.panels = document.getElementById("panels");
    this.refreshing = new Refreshing(() => this.#read());
  }

  start() {
    this.panels.append(...this.#page.parts.map(([panel]) => panel.element));
    addEventListener("popstate", () => this.#arrive(new Place(location.search)));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#show());
    listen({
      "/": () => (this.#page.find ? this.#page.find() : this.#find()),
      "?": () => showHelp(this.say),
      ArrowLeft: () => this.go(this.#place.moved(-1, new Date())),
      ArrowRight: () => this.go(this.#place.moved(1, new Date())),
      "+": () => this.go(this.#place.zoomed(1 / 2, new Date())),
      "-": () => this.go(this.#place.zoomed(2, new Date())),
      r: () => this.#read(),
      v: () => showViews(this.#place, document.title, this.say),
    });
    charts();
    this.#arrive(this.#place);
  }

  get place() {
    return this.#place;
  }

  /** Changes what is shown, and the address with it. */
  go = (place) => {
    if (place.search === this.#place.search) return void this.#read();
    history.pushState(null, "", location.pathname + place.search);
    this.#arrive(place);
  };

  /** Hides a series, or shows it again: the address says so, and nothing is read for it. */
  #toggle = (series) => {
    this.#place = this.#place.toggling(series);
    history.replaceState(null, "", location.pathname + this.#place.search);
    this.#control();
  };

  #arrive(place) {
    this.#place = place;
    this.#shown = null;
    Object.assign(this, dress(place, this.#page.title, this.#page.words));
    this.#control();
    this.#page.arrived?.({ place, say: this.say, formats: this.formats, go: this.go });
    this.#tell();
    this.panels.hidden = false;
    for (const [panel] of this.#page.parts) panel.loading(this.say);
    this.status.ariaLive = "polite";
    this.status.textContent = this.say("loading");
    this.#read();
  }

  /** Puts the controls in, the keyboard's focus where it was. */
  #control() {
    const focused = this.top.contains(document.activeElement) && document.activeElement;
    const place = focused && (focused.id ? `#${focused.id}` : focused.name ? `[name="${focused.name}"]` : null);
    this.top.replaceChildren(controls(this.#place, this.#page, this.say, this.go));
    if (place) this.top.querySelector(place)?.focus();
  }

  #find() {
    for (const folded of this.top.querySelectorAll("details")) folded.open = true;
    this.top.querySelector("input[type=search], select")?.focus();
  }

  async #read() {
    this.#reading?.abort();
    const reading = (this.#reading = new AbortController());
    const period = this.#place.period(new Date());
    try {
      const read = await this.#page.read(this.#place, period, reading.signal);
      const empty = unlessUnread(() => this.#page.isEmpty(read.data));
      const never = empty && !(await this.#everAny(reading.signal));
      if (reading.signal.aborted) return;
      this.#shown = { ...read, asOf: dataAsOf(reading.signal), period, empty, never };
      await this.#show();
    } catch (error) {
      if (reading.signal.aborted) return;
      this.#fail(whyUnread(error, this.say));
    }
    this.refreshing.again(this.#place.refreshSeconds);
  }

  /** Where nobody can tell, it is not said that there never was any. */
  async #everAny(signal) {
    try {
      return await this.#page.everAny(signal);
    } catch {
      return true;
    }
  }

  async #show() {
    if (!this.#shown) return;
    const { data, at, asOf, period, empty, never } = this.#shown;
    this.status.replaceChildren(
      ...(asOf ? [`${this.say("as_of")} `, this.#time(asOf), ` · ${this.say("asked")} `] : [`${this.say("as_of")} `]),
      this.#time(at),
      ` · ${this.formats.time(period.from)} – ${this.formats.time(period.to)} (${this.#place.zone})`,
    );
    this.panels.hidden = empty;
    const { ever, here } = this.#page.without;
    if (never) this.#tell("nothing_ever", make("p", {}, this.say(ever)), make("pre", {}, make("code", {}, this.#page.hint)));
    else if (empty) this.#tell("nothing_here", make("p", {}, this.say(here)));
    else this.#tell();
    if (empty) return;
    const context = { place: this.#place, period, say: this.say, formats: this.formats, go: this.go, toggle: this.#toggle };
    const focused = this.#focused();
    await Promise.all(this.#page.parts.map(([panel, part]) => fill(panel, part, data, context)));
    if (document.activeElement === document.body) focused()?.focus({ preventScroll: true });
    // Said once; that it was read again is not said to whoever listens to the page.
    this.status.ariaLive = "off";
  }

  #time(at) {
    return make("time", { datetime: at.toISOString() }, this.formats.time(at));
  }

  /** Finds what has the keyboard's focus in a panel again, when the panel has been made anew: what stands there then. */
  #focused() {
    const within = document.activeElement.closest(".panel");
    const reachable = () => [...within.querySelectorAll("a, button, summary, [tabindex]")];
    const at = within ? reachable().indexOf(document.activeElement) : -1;
    return () => (at < 0 ? null : reachable()[at]);
  }

  /** What there was stays, and is said to be old; where there was nothing, that it could not be read. */
  #fail(why) {
    if (this.#shown) {
      this.status.querySelector(".stale")?.remove();
      this.status.ariaLive = "polite";
      this.status.append(make("span", { class: "stale problem" }, ` ${this.say("stale")} ${why}`));
      return;
    }
    this.panels.hidden = true;
    this.status.textContent = "";
    const again = make("button", { onclick: () => this.#arrive(this.#place) }, this.say("retry"));
    this.#tell("problem", make("p", { class: "problem" }, why), again);
  }

  #tell(heading = null, ...said) {
    this.notice.hidden = !heading;
    this.notice.dataset.state = heading ?? "";
    this.notice.replaceChildren(...(heading ? [make("h2", {}, this.say(heading)), ...said] : []));
  }
}

/** A panel's part that could not be answered is its problem alone. */
async function fill(panel, part, data, context) {
  try {
    await part(data, context);
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    panel.unread(error, context);
  }
}

/** What it comes to; false where nobody can tell, since that was not answered. */
function unlessUnread(told) {
  try {
    return told();
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    return false;
  }
}
