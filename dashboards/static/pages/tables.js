// A table, told by its columns: a key, the kind of its values, where a value leads, or what it is drawn as.

import { make } from "./dom.js";

const NUMERIC = new Set(["count", "sum", "share", "seconds"]);

export function table(columns, rows, say, formats, caption) {
  if (!rows.length) return make("p", { class: "detail" }, say("no_rows"));
  const head = columns.map((column) =>
    make("th", { role: "columnheader", scope: "col", class: NUMERIC.has(column.kind) ? "number" : null }, label(column, say)),
  );
  const body = rows.map((row) => make("tr", { role: "row" }, ...columns.map((column) => cell(column, row, say, formats))));
  return make(
    "table",
    { role: "table", class: "stacks", "aria-label": caption },
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...head)),
    make("tbody", { role: "rowgroup" }, ...body),
  );
}

function label(column, say) {
  return say(column.label ?? column.key);
}

function cell(column, row, say, formats) {
  const value = row[column.key];
  const shown = formats.write(column.kind, value);
  const attributes = {
    role: "cell",
    "data-label": label(column, say),
    class: NUMERIC.has(column.kind) ? "number" : null,
    title: column.kind === "text" && shown !== value ? value : null,
  };
  if (column.draw) return make("td", attributes, column.draw(row));
  const leads = value && column.leads?.(row);
  return make("td", attributes, leads ? make("a", { href: leads }, shown) : shown);
}
