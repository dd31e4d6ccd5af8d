// Where the API writes the whole of a table for other programs, and the question that it answers.

/** Links by their names; `parameters` name the `table`, as the API is asked for it. */
export function written(report, parameters) {
  const told = Object.entries(parameters).filter(([, value]) => value);
  const address = (format) => `${report}?${new URLSearchParams([...told, ["format", format]])}`;
  return { CSV: address("csv"), Parquet: address("parquet"), SQL: address("sql") };
}
