// A table as a file that spreadsheets open, and do not run.

/** What makes a spreadsheet take a text for a formula. */
const FORMULA = /^\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const PHONE_NUMBER = /^\+[1-9][0-9]{6,14}$/;

export function csv(columns, rows) {
  const lines = [columns.map((column) => column.key), ...rows.map((row) => columns.map((column) => row[column.key]))];
  return lines.map((line) => line.map(cell).join(",") + "\r\n").join("");
}

function cell(value) {
  if (value === null || value === undefined) return "";
  let said = String(value);
  if (typeof value === "string" && FORMULA.test(said) && !PHONE_NUMBER.test(said)) said = `'${said}`;
  return /[",\r\n]/.test(said) ? `"${said.replaceAll('"', '""')}"` : said;
}
