// Plotly charts of the same runs that only append: zoom, hover and hidden traces survive.
//
// A figure comes from Python once, without data; each trace's `meta` says what it shows.

import { comingOf } from "./live-coming.js";
import { crowd } from "./live-crowd.js";
import { headOf, present, seriesOf } from "./live-series.js";
import { plotly } from "./plotly.js";
import { layoutOf, themeOf } from "./theme.js";

const TURN = 100; // ms between two drawings at least
// Drawing takes at most one part in so many of the browser's time: new points are worth more of
// it than the markers' way between two of them.
const SHARE = { points: 3, heads: 6 };
const MOVED = new Set(["head", "coming"]); // drawn anew each time; the others only grow
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset" };

// With more ticks wanted, Plotly writes all of 10, 9, 8, 7 over each other.
const scale = (log) => (log ? { type: "log", nticks: 3 } : { type: "linear", nticks: 0 });

function mergeAxis(axis, theme) {
  const title = axis.title && { title: { ...axis.title, font: { color: theme.text } } };
  return { ...layoutOf(theme).xaxis, ...axis, ...title };
}

export class Charts {
  /**
   * `records`: run → {status, points, evaluations, measures}, which the owner fills and this one
   * reads. `graphs`: chart → its element; the owner may add some before an `update`.
   */
  constructor({ graphs, records, host }) {
    Object.assign(this, { graphs, records, host });
    this.started = -Infinity; // the last drawing, and what it took, in ms
    this.cost = 0;
    this.range = null; // the zoom that all share
    this.logs = {}; // chart → whether somebody chose a log axis for it, or a linear one
    this.hidden = new Set(); // runs whose curves are hidden
    this.marks = { shapes: [], annotations: [] }; // where hands acted
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(host);
  }

  /** Draw `figures` (name → figure) with all that is known of their runs. */
  async update(figures) {
    this.figures = figures;
    this.Plotly ??= await plotly();
    if (this.closed || this.figures !== figures) return;
    this.theme = themeOf(this.host);
    const drawings = Object.entries(this.graphs).map(([name, graph]) => this.#drawing(name, graph));
    crowd(drawings);
    for (const { graph, data, layout } of drawings) {
      const fresh = !graph.data;
      this.Plotly.react(graph, data, layout, CONFIG);
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

  /** Draw `marks` ({shapes, annotations}) in every chart, in place of those before. */
  mark(marks) {
    if (JSON.stringify(marks) === JSON.stringify(this.marks)) return;
    this.marks = marks;
    for (const graph of Object.values(this.graphs)) {
      if (graph.data) this.Plotly.relayout(graph, this.#marks());
    }
  }

  /** Draw again in the colours of the theme in force, if it has changed. */
  retheme() {
    const theme = JSON.stringify(themeOf(this.host));
    if (this.Plotly && theme !== JSON.stringify(this.theme)) this.update(this.figures);
  }

  /** Return whether a chart of `figures` has a log axis. */
  isLog(name, figures) {
    return this.logs[name] ?? figures[name].layout.yaxis.type === "log";
  }

  /** Show a chart on a log or a linear axis. */
  setLog(name, log) {
    this.logs[name] = log;
    const { type, nticks } = scale(log);
    const change = { "yaxis.type": type, "yaxis.nticks": nticks, "yaxis.autorange": true };
    this.Plotly?.relayout(this.graphs[name], change);
  }

  /** Let go of a chart whose element goes. */
  drop(name) {
    this.Plotly?.purge(this.graphs[name]);
  }

  /** Show or hide the curves of a run in all charts. */
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

  #drawing(name, graph) {
    const { data, layout } = this.figures[name];
    const filled = present(data, this.records).map((trace) => this.#filled(trace));
    return { graph, data: filled, layout: this.#layout(layout, name) };
  }

  #filled(trace) {
    const { run, source } = trace.meta;
    const copy = this.hidden.has(run) ? { ...trace, visible: false } : { ...trace };
    if (source === "planned") return copy;
    if (MOVED.has(source)) return { ...copy, ...this.#moved(trace.meta) };
    return { ...copy, ...seriesOf(this.records, trace.meta) };
  }

  #moved(meta) {
    if (meta.source === "head") return headOf(this.records, meta);
    const isPlan = (each) => each.meta.run === meta.run && each.meta.source === "planned";
    return comingOf(this.records.get(meta.run), this.figures.rate.data.findLast(isPlan));
  }

  #layout(layout, name) {
    const { theme } = this;
    const themed = layoutOf(theme);
    const xaxis = mergeAxis(layout.xaxis, theme);
    const yaxis = { ...mergeAxis(layout.yaxis, theme), ...scale(this.isLog(name, this.figures)) };
    if (this.range) xaxis.range = [...this.range];
    const font = { ...themed.font, size: 12 };
    // A finger on a chart scrolls the page; a mouse zooms.
    const dragmode = matchMedia("(pointer: coarse)").matches ? false : "zoom";
    const showlegend = this.#legend(name);
    return { ...themed, ...layout, ...this.#marks(), font, xaxis, yaxis, dragmode, showlegend };
  }

  // Plotly keeps what it is given: each chart has its own.
  #marks() {
    return structuredClone(this.marks);
  }

  // Beside the rate's name there is no room for a legend in a small chart; hover names the lines.
  #legend(name) {
    const narrow = this.host.offsetWidth / this.graphs.rate.offsetWidth > 2.5;
    return this.figures[name].layout.showlegend && !(name === "rate" && narrow);
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
      const { source } = trace.meta;
      if (MOVED.has(source)) addMoved(moved, at, this.#moved(trace.meta), trace);
      else if (source !== "planned") {
        addLonger(longer, at, seriesOf(this.records, trace.meta, trace.x.length));
      }
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

  // The first drawing can come before the style sheet: legends and captions follow here.
  #resize() {
    if (!this.Plotly) return;
    const shown = Object.entries(this.graphs).filter(([, graph]) => graph.data && graph.offsetWidth);
    const drawings = shown.map(([name, graph]) => {
      return { graph, data: graph.data, layout: { showlegend: this.#legend(name) } };
    });
    crowd(drawings);
    for (const { graph, layout } of drawings) {
      if (graph.layout.showlegend !== layout.showlegend) this.Plotly.relayout(graph, layout);
      this.Plotly.Plots.resize(graph);
    }
  }
}

function addMoved(list, at, { x, y }, trace) {
  if (String(x) !== String(trace.x) || String(y) !== String(trace.y)) push(list, at, { x, y });
}

function addLonger(list, at, { x, y }) {
  if (x.length) push(list, at, { x, y });
}

function push(list, at, { x, y }) {
  list.at.push(at);
  list.x.push(x);
  list.y.push(y);
}
