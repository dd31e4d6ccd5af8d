// Values as people read them: in the reader's own manner of writing numbers and times.

import { worded } from "./vocabulary.js";

const LONGEST_TEXT = 60;

export class Formats {
  constructor(language, zone) {
    const own = (navigator.languages ?? []).find((name) => name.startsWith(language));
    this.locale = own ?? language;
    this.language = language;
    this.zone = zone;
    this.numbers = new Intl.NumberFormat(this.locale);
    this.sums = new Intl.NumberFormat(this.locale, { minimumFractionDigits: 2, maximumFractionDigits: 6 });
    this.shares = new Intl.NumberFormat(this.locale, { style: "percent", maximumFractionDigits: 1 });
    this.times = new Intl.DateTimeFormat(this.locale, {
      timeZone: zone, year: "numeric", month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
    });
  }

  /** The value as its kind is written; an em dash where there is none. */
  write(kind, value) {
    if (value === null || value === undefined || value === "") return "—";
    return this[kind](value);
  }

  text(value) {
    const said = String(value);
    return said.length > LONGEST_TEXT ? `${said.slice(0, LONGEST_TEXT)}…` : said;
  }

  flag(value) {
    return value;
  }

  words(value) {
    return worded(value, this.language);
  }

  count(value) {
    return this.numbers.format(value);
  }

  /** A sum comes as a text and stays exact. */
  sum(value) {
    return this.sums.format(value);
  }

  share(value) {
    return this.shares.format(value);
  }

  seconds(value) {
    if (value < 10) return `${new Intl.NumberFormat(this.locale, { maximumFractionDigits: 1 }).format(value)} s`;
    const whole = Math.round(value);
    if (whole < 60) return `${this.count(whole)} s`;
    if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
    return `${this.count(Math.floor(whole / 3600))} h ${Math.floor((whole % 3600) / 60)} min`;
  }

  time(value) {
    return this.times.format(new Date(value));
  }
}
