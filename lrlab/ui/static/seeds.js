// Several seeds as one: the mean with a band from the lowest to the highest.

/**
 * Return the mean, the lowest and the highest of several runs' rows ({at, x, y}), where they are at
 * the same update or epoch `at`, and how many are: {x, y, low, high, n}; x is their mean there.
 */
export function overSeeds(runs) {
  const seen = new Map();
  for (const row of runs.flat()) seen.set(row.at, [...(seen.get(row.at) ?? []), row]);
  const found = [...seen.entries()].sort(([one], [other]) => one - other).map(([, rows]) => rows);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const each = (name) => found.map((rows) => rows.map((row) => row[name]));
  return {
    x: each("x").map((values) => (values.every((x) => x === values[0]) ? values[0] : mean(values))),
    y: each("y").map(mean),
    low: each("y").map((values) => Math.min(...values)),
    high: each("y").map((values) => Math.max(...values)),
    n: found.map((rows) => rows.length),
  };
}

/** Return the traces of a band's edges; none where no x has two seeds. */
export function bandOf({ x, low, high, n, colour }) {
  if (!n.some((count) => count > 1)) return [];
  const edge = { type: "scatter", mode: "lines", x, line: { width: 0 }, hoverinfo: "skip" };
  return [{ ...edge, y: low }, { ...edge, y: high, fill: "tonexty", fillcolor: pale(colour) }];
}

function pale(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgba(${red},${green},${blue},0.16)`;
}
