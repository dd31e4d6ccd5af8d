// Where messages that failed over went: from step to step, and what came of them.

export const OUTCOMES = ["rescued", "needless", "both", "failed_too", "pending"];
/** By what the decisions behind a part of the drawing are told, in the page's address. */
export const BEHIND = ["kind", "step", "why", "reason", "outcome", "by_plan", "by_provider", "by_channel"];

/** The decisions by which messages were sent so: by a step, or, of a row of the report, over one way to it. */
export const sentBy = ({ step, plan, provider, channel, why, reason }) =>
  ({ kind: "send", step, why, reason, by_plan: plan, by_provider: provider, by_channel: channel });
/** The decisions that say that this came of messages; that nobody knows yet is said by none. */
const cameTo = (outcome) => (outcome === "pending" ? null : { kind: "outcome", outcome });

/**
 * The nodes and links of a Sankey diagram of the report's steps. A row's outcomes are those of whole messages, also of
 * those that went on to a further step; so what ends at a step is what came to it less what went on from it.
 */
export function flow(rows, say) {
  const nodes = new Map();
  const links = new Map();
  const ends = new Map();
  const node = (id, more) => nodes.has(id) || nodes.set(id, { name: id, ...more });
  const link = (source, target, value, more) => {
    const id = `${source}>${target}`;
    const before = links.get(id)?.value ?? 0;
    links.set(id, { source, target, value: before + value, ...more });
  };
  for (const row of rows) {
    const [from, to] = [
      { step: row.step - 1, provider: row.from_provider, channel: row.from_channel },
      { step: row.step, provider: row.provider, channel: row.channel },
    ];
    for (const end of [from, to]) node(route(end), { shown: `${end.step}. ${end.provider} ${end.channel}`, behind: sentBy(end) });
    const said = `${from.provider} ${from.channel} → ${to.provider} ${to.channel}`;
    link(route(from), route(to), row.fired_over, { said, behind: sentBy(to) });
    count(ends, route(to), row, 1);
    count(ends, route(from), row, -1);
  }
  for (const [id, left] of ends) {
    for (const outcome of OUTCOMES.filter((each) => left[each] > 0)) {
      node(outcome, { outcome, shown: say(outcome), behind: cameTo(outcome) });
      link(id, outcome, left[outcome], { said: `${nodes.get(id).shown} → ${say(outcome)}`, behind: cameTo(outcome) });
    }
  }
  return { nodes: [...nodes.values()], links: [...links.values()] };
}

const route = ({ step, provider, channel }) => `${step}/${provider}/${channel}`;

function count(ends, id, row, sign) {
  const known = ends.get(id) ?? Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
  for (const outcome of OUTCOMES) known[outcome] += sign * row[outcome];
  ends.set(id, known);
}
