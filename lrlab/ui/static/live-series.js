// What the traces of the live charts show: columns of runs' records, by each trace's `meta`.
//
// `meta` names the run, the source ("points", "evaluations", "measures", "edge", "head",
// "planned") and the column; of measures, the column is the measure's name, and "distance/*"
// stands for every measure of that family.

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
  const { run, source, dashes } = trace.meta;
  const layer = column.slice(column.indexOf("/") + 1);
  return {
    ...trace,
    name: trace.name.replace(LAYER, layer),
    hovertemplate: trace.hovertemplate.replace(LAYER, layer),
    uid: `${run}-${source}-${column}`,
    meta: { run, source, column },
    line: { ...trace.line, dash: dashes[at % dashes.length] },
  };
}

/** Return what a trace shows from row `from` on. */
export function seriesOf(record, { source, column }, from = 0) {
  const known = source === "measures" ? record?.measures?.[column]
    : record?.[source === "edge" ? "points" : source];
  const values = { measures: known?.value, edge: known?.lr }[source] ?? known?.[column];
  const y = (values ?? []).slice(from);
  // Plain gradient descent is stable up to this sharpness; where the rate is 0, up to any.
  return { x: (known?.epoch ?? []).slice(from), y: source === "edge" ? y.map(edgeOf) : y };
}

const edgeOf = (lr) => (lr > 0 ? 2 / lr : null);

/** Return the two ends of the line from a run's last point to where it stands now. */
export function headOf(record, column) {
  const { status, points } = record ?? {};
  if (!status?.update || !["running", "paused"].includes(status.state)) return { x: [], y: [] };
  const last = (points?.epoch.length ?? 0) - 1;
  const joined = last >= 0 && points.epoch[last] < status.epoch;
  return {
    x: [joined ? points.epoch[last] : status.epoch, status.epoch],
    y: [joined ? points[column][last] : status[column], status[column]],
  };
}
