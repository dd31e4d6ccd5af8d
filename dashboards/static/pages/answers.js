// Asks the query API, under our own address, with whatever the browser showed to be let in.

const LONGEST_WAIT = 15_000;
const FORBIDDEN = 403;

/** What the API refused, in its own words. */
export class Refused extends Error {
  constructor(status, body) {
    super(body.field ? `${body.field}: ${body.error}` : (body.error ?? `HTTP ${status}`));
    this.status = status;
  }
}

const oldest = new WeakMap();

/** Up to when all that was received is in what was answered to whoever asked with this signal; null where nobody said. */
export const dataAsOf = (signal) => oldest.get(signal) ?? null;

/** The same; where whoever looks may not see it, what `without` makes of the refusal instead. */
export async function askIfAllowed(path, parameters, signal, without) {
  try {
    return await ask(path, parameters, signal);
  } catch (error) {
    if (error.status !== FORBIDDEN) throw error;
    return { body: without(error.message), at: new Date() };
  }
}

/** Whether we ever heard of a message; of somebody who may not see them it is not said that we did not. */
export async function everAnyMessage(signal) {
  const { body } = await askIfAllowed("/v1/messages", { limit: 1 }, signal, (refused) => ({ messages: [refused] }));
  return body.messages.length > 0;
}

/** The answer to `path` with these parameters, those that are empty left out, and when it was given. */
export async function ask(path, parameters, signal) {
  const told = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return answered(`${path}?${new URLSearchParams(told)}`, {}, signal);
}

/** The same, with what must be in no address; whoever signed in proves by the page's own token that they sent it. */
export async function post(path, fields, signal) {
  const token = document.querySelector("input[name=form_token]")?.value;
  const headers = { "Content-Type": "application/json", ...(token ? { "X-Form-Token": token } : {}) };
  return answered(path, { method: "POST", headers, body: JSON.stringify(fields) }, signal);
}

async function answered(address, how, signal) {
  const bounded = AbortSignal.any([AbortSignal.timeout(LONGEST_WAIT), signal]);
  const response = await fetch(address, { cache: "no-store", signal: bounded, ...how });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body);
  note(signal, response.headers.get("acuse-data-as-of"));
  return { body, at: new Date(response.headers.get("date") ?? Date.now()) };
}

function note(signal, said) {
  const [told, known] = [new Date(said ?? NaN), oldest.get(signal)];
  if (told < (known ?? Infinity)) oldest.set(signal, told);
}
