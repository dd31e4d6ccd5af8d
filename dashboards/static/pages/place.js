// What a page shows is said by its address alone, so that it can be shared, kept and gone back to.

import { zoneName } from "./zones.js";

const HOUR = 3_600_000;
/** Lengths of the periods that end now, in milliseconds. */
export const PRESETS = { "1h": HOUR, "6h": 6 * HOUR, "24h": 24 * HOUR, "7d": 168 * HOUR, "30d": 720 * HOUR, "90d": 2160 * HOUR };
const SHORTEST = 60_000;
const DEFAULT_PRESET = "24h";
export const REFRESHES = ["10", "30", "60", "300", "off"];
const DEFAULT_REFRESH = "30";
/** What is taken along to another page. */
const TAKEN_ALONG = ["range", "from", "to", "zone", "lang", "theme", "refresh", "compare"];

export class Place {
  constructor(search) {
    this.params = new URLSearchParams(search);
  }

  get(name) {
    return this.params.get(name) ?? "";
  }

  /** The period's preset, "" where it has two ends of its own. */
  get preset() {
    if (this.#ends()) return "";
    return this.get("range") in PRESETS ? this.get("range") : DEFAULT_PRESET;
  }

  /** The period that is meant at the moment `now`. */
  period(now) {
    const ends = this.#ends();
    return ends ?? { from: new Date(now.getTime() - PRESETS[this.preset]), to: now };
  }

  get zone() {
    return zoneName(this.get("zone"));
  }

  get language() {
    const said = this.get("lang") || navigator.language || "en";
    return said.startsWith("es") ? "es" : "en";
  }

  /** What a report is asked to be compared with: the period before, unless that is turned off. */
  get compare() {
    return this.get("compare") === "off" ? "" : "previous";
  }

  /** The series that are not shown, each as `panel.name`. */
  get hidden() {
    return new Set(this.params.getAll("hide"));
  }

  /** The same place with this series shown if it was not, or not if it was. */
  toggling(series) {
    const changed = new Place(this.params);
    const { hidden } = this;
    if (!hidden.delete(series)) hidden.add(series);
    changed.params.delete("hide");
    for (const each of hidden) changed.params.append("hide", each);
    return changed;
  }

  /** Seconds between two readings, 0 where it is read once. */
  get refreshSeconds() {
    const said = REFRESHES.includes(this.get("refresh")) ? this.get("refresh") : DEFAULT_REFRESH;
    return said === "off" || !this.preset ? 0 : Number(said);
  }

  /** The same place with these changes; "" takes a parameter away. What had been turned to is left. */
  with(changes) {
    const changed = new Place(this.params);
    for (const [name, value] of Object.entries({ cursor: "", ...changes })) {
      if (value) changed.params.set(name, value);
      else changed.params.delete(name);
    }
    return changed;
  }

  /** The same place, earlier by one length of its period, or later, but not beyond `now`. */
  moved(steps, now) {
    const { from, to } = this.period(now);
    const length = to - from;
    const until = Math.min(to.getTime() + steps * length, now.getTime());
    return this.between(new Date(until - length), new Date(until));
  }

  /** The same place about the same middle, of a period so many times as long, but not beyond `now`. */
  zoomed(times, now) {
    const { from, to } = this.period(now);
    const length = Math.min(Math.max((to - from) * times, SHORTEST), PRESETS["90d"]);
    const until = Math.min((from.getTime() + to.getTime() + length) / 2, now.getTime());
    return this.between(new Date(until - length), new Date(until));
  }

  between(from, to) {
    return this.with({ range: "", from: from.toISOString(), to: to.toISOString() });
  }

  toward(path) {
    const along = TAKEN_ALONG.filter((name) => this.params.has(name)).map((name) => [name, this.get(name)]);
    return along.length ? `${path}?${new URLSearchParams(along)}` : path;
  }

  get search() {
    const written = this.params.toString();
    return written ? `?${written}` : "";
  }

  #ends() {
    const [from, to] = [new Date(this.get("from")), new Date(this.get("to"))];
    return from < to ? { from, to } : null;
  }
}
