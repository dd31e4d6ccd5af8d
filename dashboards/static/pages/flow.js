// Where messages that failed over went: from step to step, and what came of them.

export const OUTCOMES = ["rescued", "needless", "both", "failed_too", "pending"];

/**
 * The nodes and links of a Sankey diagram of the report's steps. A row's outcomes are those of whole messages, also of
 * those that went on to a further step; so what ends at a step is what came to it less what went on from it.
 */
export function flow(rows, say) {
  const nodes = new Map();
  const links = new Map();
  const ends = new Map();
  const node = (id, more) => nodes.has(id) || nodes.set(id, { name: id, ...more });
  const link = (source, target, value, said) => {
    const id = `${source}>${target}`;
    const before = links.get(id)?.value ?? 0;
    links.set(id, { source, target, value: before + value, said });
  };
  for (const row of rows) {
    const [from, to] = [
      { step: row.step - 1, provider: row.from_provider, channel: row.from_channel },
      { step: row.step, provider: row.provider, channel: row.channel },
    ];
    for (const end of [from, to]) node(route(end), { shown: `${end.step}. ${end.provider} ${end.channel}`, narrows: end });
    link(route(from), route(to), row.fired_over, `${from.provider} ${from.channel} → ${to.provider} ${to.channel}`);
    count(ends, route(to), row, 1);
    count(ends, route(from), row, -1);
  }
  for (const [id, left] of ends) {
    for (const outcome of OUTCOMES.filter((each) => left[each] > 0)) {
      node(outcome, { outcome, shown: say(outcome) });
      link(id, outcome, left[outcome], `${nodes.get(id).shown} → ${say(outcome)}`);
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
