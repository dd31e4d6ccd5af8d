// What is amiss at the moment, whatever the period, for whoever opens the dashboards: how much, and where it is told.

import { mayOpen } from "./allowed.js";
import { Refused, ask } from "./answers.js";
import { make } from "./dom.js";

const TOLD = "/v1/amiss";
const PAGE = "/pipeline";

export const WORDS = {
  amiss: ["Not as it should be:", "No está como debería:"],
  amiss_unread: ["Whether anything is amiss could not be read:", "No se ha podido leer si algo va mal:"],
  in_doubt_now: ["messages in doubt", "mensajes en duda"],
  open_alerts: ["open alerts", "alertas abiertas"],
};

/** A line that is seen where something is amiss, or where that cannot be told. */
export class Amiss {
  #context = null;
  #told = null;
  #problem = null;

  constructor() {
    this.element = make("p", { class: "panel doubt", id: "amiss", hidden: true });
  }

  /** Says it as this place does. */
  arrived = (context) => {
    this.#context = context;
    this.#show();
  };

  async read(signal) {
    try {
      this.#told = (await ask(TOLD, {}, signal)).body;
      this.#problem = null;
    } catch (error) {
      if (signal.aborted) return;
      this.#problem = error;
    }
    this.#show();
  }

  #show() {
    const { place, say, formats } = this.#context;
    const { open_alerts: alerts = 0, messages_in_doubt: doubts = 0 } = this.#told ?? {};
    const counted = Object.entries({ open_alerts: alerts, in_doubt_now: doubts }).filter(([, count]) => count);
    const said = counted.map(([name, count]) => `${say(name)}: ${formats.count(count)}`).join(" · ");
    const why = this.#problem instanceof Refused ? this.#problem.message : say("unanswered");
    const unread = this.#problem && make("span", { class: "problem" }, `${say("amiss_unread")} ${why} `);
    this.element.hidden = !counted.length && !unread;
    const told = mayOpen(PAGE) ? make("a", { href: place.toward(PAGE) }, said) : said;
    this.element.replaceChildren(...[unread, ...(said ? [`${say("amiss")} `, told] : [])].filter(Boolean));
  }
}
