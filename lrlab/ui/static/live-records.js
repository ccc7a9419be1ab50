// What the browser knows of runs: run → {status, commands, points, evaluations, measures}; columns
// of records grow, of the status comes what changed, the commands come whole.

/** Put a run's news behind what is known; return whether they hold a measure of a new name. */
export function take(records, run, { status, commands, points, evaluations, measures = {} }) {
  const record = records.get(run) ?? { measures: {}, commands: [] };
  records.set(run, record);
  record.points = joined(record.points, points);
  record.evaluations = joined(record.evaluations, evaluations);
  const names = Object.keys(measures);
  const fresh = names.some((name) => !record.measures[name]);
  for (const name of names) record.measures[name] = joined(record.measures[name], measures[name]);
  record.status = status ? { ...record.status, ...status } : record.status;
  record.commands = commands ?? record.commands;
  return fresh;
}

/** Return the columns `known` with those of `more` behind them. */
function joined(known, more) {
  if (!known || !more) return known ?? more;
  for (const [name, values] of Object.entries(more)) known[name].push(...values);
  return known;
}
