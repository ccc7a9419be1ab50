// What the traces of the live charts show: columns of runs' records, by each trace's `meta`.
//
// `meta` names the run, the source ("points", "evaluations", "measures", "edge", "head",
// "planned", "coming") and the column; of measures, the column is the measure's name, and "distance/*"
// stands for every measure of that family. A branch's lines begin where those of its `origins`
// ([{run, epoch}], nearest first) are at that epoch; a trunk's end at epoch `until`.

const LAYER = "{layer}";

/** Return the traces of which something is known, with one for each layer of a family. */
export function present(data, records) {
  return data.flatMap((trace) => {
    const { run, source, column } = trace.meta;
    if (source !== "measures" && source !== "edge") return [trace];
    const names = Object.keys(records.get(run)?.measures ?? {});
    if (!column.endsWith("/*")) return names.includes(column) ? [trace] : [];
    const family = column.slice(0, -1);
    return names.filter((name) => name.startsWith(family)).map((name, at) => layerOf(trace, name, at));
  });
}

function layerOf(trace, column, at) {
  const { dashes, ...meta } = trace.meta;
  const layer = column.slice(column.indexOf("/") + 1);
  return {
    ...trace,
    name: trace.name.replace(LAYER, layer),
    hovertemplate: trace.hovertemplate.replace(LAYER, layer),
    uid: trace.uid.replace(trace.meta.column, column),
    meta: { ...meta, column },
    line: { ...trace.line, dash: dashes[at % dashes.length] },
  };
}

/** Return what a trace shows from row `from` on: of its origin one row, and its run's own. */
export function seriesOf(records, meta, from = 0) {
  const joint = jointOf(records, meta);
  const own = rowsOf(records.get(meta.run), meta);
  const first = Math.max(0, from - joint.x.length);
  const end = meta.until === undefined ? undefined : rowsUntil(own.x, meta.until);
  const [x, y] = [own.x.slice(first, end), own.y.slice(first, end)];
  const rows = from < joint.x.length ? { x: [...joint.x, ...x], y: [...joint.y, ...y] } : { x, y };
  // Plain gradient descent is stable up to this sharpness; where the rate is 0, up to any.
  return meta.source === "edge" ? { ...rows, y: rows.y.map(edgeOf) } : rows;
}

const edgeOf = (lr) => (lr > 0 ? 2 / lr : null);

function rowsOf(record, { source, column }) {
  const known = source === "measures" ? record?.measures?.[column]
    : record?.[["edge", "head"].includes(source) ? "points" : source];
  const values = { measures: known?.value, edge: known?.lr }[source] ?? known?.[column];
  return { x: known?.epoch ?? [], y: values ?? [] };
}

/** Return the last row of a branch's origins before it, or no row. */
function jointOf(records, meta) {
  for (const { run, epoch } of meta.origins ?? []) {
    const { x, y } = rowsOf(records.get(run), meta);
    const end = rowsUntil(x, epoch);
    if (end) return { x: [x[end - 1]], y: [y[end - 1]] };
  }
  return { x: [], y: [] };
}

// Epochs grow; a fraction of one is not exact.
function rowsUntil(epochs, until) {
  const end = epochs.findIndex((epoch) => epoch > until + 1e-9);
  return end < 0 ? epochs.length : end;
}

/** Return the two ends of the line from a run's last point to where it stands now. */
export function headOf(records, meta) {
  const { status } = records.get(meta.run) ?? {};
  if (!status?.update || !["running", "paused"].includes(status.state)) return { x: [], y: [] };
  const value = status[meta.column];
  const own = rowsOf(records.get(meta.run), meta);
  const { x, y } = own.x.length ? own : jointOf(records, meta);
  const joined = x.length && x.at(-1) < status.epoch && value !== null;
  return joined ? { x: [x.at(-1), status.epoch], y: [y.at(-1), value] }
    : { x: [status.epoch, status.epoch], y: [value, value] };
}
