// What of several answers was not given: it is a problem of whoever wants to show that one, and of nobody else.

import { Refused } from "./answers.js";

const TOO_SLOW = 504;
const FAILED = 500;

/** Thrown to whoever reads an answer that was not given; `links` lead to the same in other forms. */
export class Unread extends Error {
  constructor(problem, links = {}) {
    super(problem.message);
    this.problem = problem;
    this.links = links;
  }
}

/** In words, why nothing was answered. */
export function whyUnread(problem, say) {
  if (problem.status === TOO_SLOW) return say("too_slow");
  return problem instanceof Refused ? problem.message : say("unanswered");
}

/**
 * An object with the answers to `questions`, promises by name: one that was not given throws an `Unread` when it is read.
 * What was asked wrongly, and where not one was given, is thrown at once.
 */
export async function gathered(questions, links = {}) {
  const names = Object.keys(questions);
  const settled = await Promise.allSettled(Object.values(questions));
  const failed = settled.filter(({ status }) => status === "rejected").map(({ reason }) => reason);
  const wrong = failed.find(({ status }) => status < FAILED);
  if (wrong || failed.length === names.length) throw wrong ?? failed[0];
  const found = {};
  settled.forEach(({ value, reason }, place) => {
    const name = names[place];
    const told = reason ? { get() { throw new Unread(reason, links[name]); } } : { value };
    Object.defineProperty(found, name, { enumerable: !reason, ...told });
  });
  return found;
}
