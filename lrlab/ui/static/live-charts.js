// Three Plotly charts of the same runs that only append: zoom, hover and hidden traces survive.
//
// A figure comes from Python once, without data; each trace's `meta` names the run, the
// source ("points", "evaluations", "head", "planned") and the column that it shows.

import { plotly } from "./plotly.js";
import { layoutOf, themeOf } from "./theme.js";

const TURN = 100; // ms between two drawings at least
// Drawing takes at most one part in so many of the browser's time: new points are worth more of
// it than the markers' way between two of them.
const SHARE = { points: 3, heads: 6 };
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset" };

const columns = (record, source) => record?.[source] ?? {};

/** Return the two ends of the line from a run's last point to where it stands now. */
function headOf(record, column) {
  const { status, points } = record ?? {};
  if (!status?.update || !["running", "paused"].includes(status.state)) return { x: [], y: [] };
  const last = (points?.epoch.length ?? 0) - 1;
  const joined = last >= 0 && points.epoch[last] < status.epoch;
  return {
    x: [joined ? points.epoch[last] : status.epoch, status.epoch],
    y: [joined ? points[column][last] : status[column], status[column]],
  };
}

function mergeAxis(axis, theme) {
  const title = axis.title && { title: { ...axis.title, font: { color: theme.text } } };
  return { ...layoutOf(theme).xaxis, ...axis, ...title };
}

export class Charts {
  /** `records`: run → {status, points, evaluations}, which the owner fills and this one reads. */
  constructor({ graphs, records, host }) {
    Object.assign(this, { graphs, records, host });
    this.started = -Infinity; // the last drawing, and what it took, in ms
    this.cost = 0;
    this.range = null; // the zoom that the three share
    this.log = false;
    this.hidden = new Set(); // runs whose curves are hidden
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(host);
  }

  /** Draw `figures` (name → figure) with all that is known of their runs. */
  async update(figures) {
    this.figures = figures;
    this.Plotly ??= await plotly;
    if (this.closed || this.figures !== figures) return;
    this.theme = themeOf(this.host);
    for (const [name, graph] of Object.entries(this.graphs)) {
      const { data, layout } = figures[name];
      const fresh = !graph.data;
      const filled = data.map((trace) => this.#filled(trace));
      this.Plotly.react(graph, filled, this.#layout(layout, name), CONFIG);
      if (fresh) graph.on("plotly_relayout", (change) => this.#share(graph, change));
    }
  }

  /** Draw what is new, soon: several events may come before one drawing. */
  refresh({ points }) {
    if (this.closed) return;
    const share = points ? SHARE.points : SHARE.heads;
    const next = this.started + Math.max(TURN, share * this.cost);
    if (this.waiting && next >= this.next) return;
    clearTimeout(this.waiting);
    this.next = next;
    const wait = Math.max(0, next - performance.now());
    this.waiting = setTimeout(() => requestAnimationFrame(() => this.#draw()), wait);
  }

  /** Draw again in the colours of the theme in force, if it has changed. */
  retheme() {
    const theme = JSON.stringify(themeOf(this.host));
    if (this.Plotly && theme !== JSON.stringify(this.theme)) this.update(this.figures);
  }

  /** Show the rate on a log or a linear axis. */
  setLog(log) {
    this.log = log;
    const change = { "yaxis.type": log ? "log" : "linear", "yaxis.autorange": true };
    this.Plotly?.relayout(this.graphs.rate, change);
  }

  /** Show or hide the curves of a run in all three. */
  show(run, shown) {
    if (shown) this.hidden.delete(run);
    else this.hidden.add(run);
    if (this.Plotly) this.update(this.figures);
  }

  close() {
    this.closed = true;
    clearTimeout(this.waiting);
    this.observer.disconnect();
    for (const graph of Object.values(this.graphs)) this.Plotly?.purge(graph);
  }

  #filled(trace) {
    const { run, source, column } = trace.meta;
    const copy = this.hidden.has(run) ? { ...trace, visible: false } : { ...trace };
    if (source === "planned") return copy;
    if (source === "head") return { ...copy, ...headOf(this.records.get(run), column) };
    const known = columns(this.records.get(run), source);
    return { ...copy, x: [...(known.epoch ?? [])], y: [...(known[column] ?? [])] };
  }

  #layout(layout, name) {
    const { theme } = this;
    const themed = layoutOf(theme);
    const xaxis = mergeAxis(layout.xaxis, theme);
    const yaxis = mergeAxis(layout.yaxis, theme);
    if (this.range) xaxis.range = [...this.range];
    if (name === "rate" && this.log) yaxis.type = "log";
    const font = { ...themed.font, size: 12 };
    // A finger on a chart scrolls the page; a mouse zooms.
    const dragmode = matchMedia("(pointer: coarse)").matches ? false : "zoom";
    // Beside the rate's name there is no room for a legend in a small chart; hover names the lines.
    const narrow = this.host.offsetWidth / this.graphs.rate.offsetWidth > 2.5;
    const showlegend = layout.showlegend && !(name === "rate" && narrow);
    return { ...themed, ...layout, font, xaxis, yaxis, dragmode, showlegend };
  }

  #draw() {
    this.waiting = null;
    if (this.closed || !this.Plotly) return;
    this.started = performance.now();
    for (const graph of Object.values(this.graphs)) if (graph.data) this.#append(graph);
    this.cost = performance.now() - this.started;
  }

  #append(graph) {
    const longer = { at: [], x: [], y: [] };
    const moved = { at: [], x: [], y: [] };
    graph.data.forEach((trace, at) => {
      const { run, source, column } = trace.meta;
      const record = this.records.get(run);
      if (source === "head") add(moved, at, headOf(record, column), trace);
      else if (source !== "planned") addRows(longer, at, columns(record, source), column, trace);
    });
    if (longer.at.length) {
      moved.at.forEach((at, i) => Object.assign(graph.data[at], { x: moved.x[i], y: moved.y[i] }));
      this.Plotly.extendTraces(graph, { x: longer.x, y: longer.y }, longer.at);
    } else if (moved.at.length) {
      this.Plotly.restyle(graph, { x: moved.x, y: moved.y }, moved.at);
    }
  }

  #share(graph, change) {
    const range = change["xaxis.range"] ?? [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    const zoomed = range.every(Number.isFinite);
    if (this.sharing || !(zoomed || change["xaxis.autorange"])) return;
    this.range = zoomed ? range : null;
    this.sharing = true;
    const shown = this.range ?? graph.layout.xaxis.range;
    const others = Object.values(this.graphs).filter((other) => other !== graph && other.data);
    const drawn = others.map((other) => this.Plotly.relayout(other, { "xaxis.range": [...shown] }));
    Promise.all(drawn).finally(() => (this.sharing = false));
  }

  #resize() {
    if (!this.Plotly) return;
    for (const graph of Object.values(this.graphs)) {
      if (graph.data && graph.offsetWidth) this.Plotly.Plots.resize(graph);
    }
  }
}

function add(list, at, { x, y }, trace) {
  if (String(x) === String(trace.x) && String(y) === String(trace.y)) return;
  list.at.push(at);
  list.x.push(x);
  list.y.push(y);
}

function addRows(list, at, known, column, trace) {
  const drawn = trace.x.length;
  if ((known.epoch?.length ?? 0) <= drawn) return;
  list.at.push(at);
  list.x.push(known.epoch.slice(drawn));
  list.y.push(known[column].slice(drawn));
}
