// Runs laid over each other: one metric over updates, epochs or the sum of rates, smoothed or not.
//
//   server-sent events -> records (run → columns) -> series by x and metric -> lines
//
// Python gives the runs once: {id, name, colour, dash, entry, parent}, and `sums` and `seconds`
// ([updates, values]), which are other axes. What is chosen it hears as `view`. `entries` are the
// experiments, for means over seeds; a branch begins where it left its `parent`.

import "./style.js";
import { make } from "./fields.js";
import { take } from "./live-records.js";
import { Stream } from "./live-stream.js";
import { isFinal } from "./live-text.js";
import { fitted, mounted } from "./plotly.js";
import { saveButtons, themed } from "./plot.js";
import { bandOf, overSeeds } from "./seeds.js";
import { filled } from "./spec.js";
import { swatch, themeOf } from "./theme.js";

const TURN = 250; // ms between two drawings at least
// metric → where it lies in the records, and its digits
const SOURCES = {
  train_loss: ["points", ".3f"], test_loss: ["evaluations", ".3f"], train_acc: ["points", ".4f"],
  test_acc: ["evaluations", ".4f"], lr: ["points", ".4~g"], gap_loss: ["evaluations", ".3f"],
  gap_acc: ["evaluations", ".4f"], acc_by_lr: ["evaluations", ".4f"],
};
const GAPS = {
  gap_loss: ({ test_loss, train_loss }, row) => test_loss[row] - train_loss[row],
  gap_acc: ({ test_acc, train_acc }, row) => train_acc[row] - test_acc[row],
};

export default mounted((parent, Plotly) => new Compare(parent, Plotly));

class Compare {
  records = new Map();
  hidden = new Set();
  told = new Set();

  constructor(parent, Plotly) {
    this.Plotly = Plotly;
    this.bar = make("div", { className: "lrlab-race-bar" });
    this.legend = make("div", { className: "lrlab-race-legend" });
    this.graph = make("div", { className: "lrlab-plot-graph", role: "img",
      "data-testid": "compare" });
    this.graph.style.height = "460px";
    this.root = make("div", { className: "lrlab-figure lrlab-race" }, this.bar, this.legend,
      this.graph);
    parent.append(this.root);
    this.stream = new Stream({ onNews: (runs) => this.news(runs), onBreak: () => {} });
    this.observer = fitted(Plotly, this.graph);
  }

  receive({ data, setStateValue, setTriggerValue }) {
    this.send = (view) => setStateValue("view", view);
    this.tell = setTriggerValue;
    this.open = new Set(data.open);
    const text = JSON.stringify(data.runs);
    if (text !== this.known) {
      this.known = text;
      this.data = data;
      this.view = { ...data.view };
      this.controls();
      this.stream.follow(data.runs.map(({ id }) => id));
    }
    this.draw();
  }

  controls() {
    const { texts, metrics, axes } = this.data;
    const change = (part) => {
      Object.assign(this.view, part);
      this.draw();
      this.send(this.view);
    };
    const choice = (key, label, options) => {
      const select = make("select", { "data-key": `compare-${key}` },
        ...options.map(([value, word]) => make("option", { value }, word)));
      select.value = this.view[key];
      select.addEventListener("change", () => change({ [key]: select.value }));
      return make("label", {}, `${label} `, select);
    };
    const log = make("input", { type: "checkbox", checked: this.view.log, "data-key": "compare-log" });
    log.addEventListener("change", () => change({ log: log.checked }));
    const seeds = make("input", { type: "checkbox", checked: this.view.seeds, "data-key": "compare-seeds" });
    seeds.addEventListener("change", () => {
      this.hidden.clear();
      change({ seeds: seeds.checked });
      this.signs();
    });
    const several = this.data.entries.length < this.data.runs.length;
    const mean = make("label", { hidden: !several }, seeds, ` ${texts["Mean and band over seeds"]}`);
    const smooth = make("input", { type: "range", min: 0, max: 0.99, step: 0.01,
      "data-key": "compare-smooth" });
    smooth.value = this.view.smooth;
    smooth.addEventListener("input", () => {
      this.view.smooth = Number(smooth.value);
      this.draw();
    });
    smooth.addEventListener("change", () => this.send(this.view));
    const saves = saveButtons(this.Plotly, this.graph, { file: "compare", texts });
    this.bar.replaceChildren(choice("metric", texts.Metric, metrics), choice("x", texts.Over, axes),
      make("label", {}, log, ` ${texts["Log axis"]}`), mean, make("label", { className: "lrlab-compare-smooth" },
        `${texts.Smoothing} `, smooth), saves);
    this.signs();
  }

  // What is drawn: each run, or each experiment over its seeds.
  get lines() {
    return this.view.seeds ? this.data.entries : this.data.runs;
  }

  signs() {
    this.legend.replaceChildren(...this.lines.map((line) => this.sign(line)));
  }

  sign({ id, name, colour, dash }) {
    const label = filled(this.data.texts["Show or hide {name}"], { name });
    const button = make("button", { type: "button", className: "lrlab-race-sign", title: label,
      "aria-pressed": String(!this.hidden.has(id)) }, swatch({ color: colour, dash }), name);
    button.addEventListener("click", () => {
      if (!this.hidden.delete(id)) this.hidden.add(id);
      button.setAttribute("aria-pressed", String(!this.hidden.has(id)));
      this.draw();
    });
    return button;
  }

  news(runs) {
    for (const [run, news] of Object.entries(runs)) {
      take(this.records, Number(run), news);
      if (isFinal(news.status) && this.open.has(Number(run))) this.told.add(run);
    }
    this.waiting ??= setTimeout(() => {
      this.waiting = null;
      this.draw();
      if (this.told.size) this.tell("ended", [...this.told].join(","));
      this.told.clear();
    }, TURN);
  }

  draw() {
    if (!this.data) return;
    const { texts, metrics, axes } = this.data;
    const { metric, x, log } = this.view;
    const label = metrics.find(([name]) => name === metric)[1];
    const over = metric === "acc_by_lr" ? texts["Learning rate"] : axes.find(([name]) => name === x)[1];
    const shown = this.lines.filter(({ id }) => !this.hidden.has(id));
    const lines = shown.map((line) => ({ ...line, ...this.series(line) }));
    const layout = themed({
      margin: { l: 64, r: 12, t: 8, b: 44 }, showlegend: false,
      hovermode: lines.length > 12 ? "closest" : "x unified", uirevision: `${metric} ${x}`,
      xaxis: { title: { text: over, standoff: 6 }, zeroline: false,
        type: metric === "acc_by_lr" && log ? "log" : "linear" },
      yaxis: { title: { text: label, standoff: 6 }, zeroline: false, nticks: log ? 4 : 0,
        type: log && metric !== "acc_by_lr" ? "log" : "linear" },
    }, themeOf(this.root), this.graph.clientHeight || 460);
    const data = lines.flatMap((line) => tracesOf(line, this.view));
    this.Plotly.react(this.graph, data, layout,
      { displayModeBar: false, responsive: false, doubleClick: "reset" });
    const ends = lines.filter(({ y }) => y.length).map(({ name, y }) => `${name}: ${y.at(-1)?.toPrecision(4)}`);
    this.graph.setAttribute("aria-label", `${label}. ${ends.slice(0, 12).join("; ")}`);
  }

  series(line) {
    const of = (run) => seriesOf(this.records, run, this.view);
    if (this.view.seeds) return overSeeds(this.data.runs.filter(({ entry }) => entry === line.id).map(of));
    const rows = of(line);
    return { x: rows.map(({ x }) => x), y: rows.map(({ y }) => y) };
  }

  close() {
    clearTimeout(this.waiting);
    this.stream.close();
    this.observer.disconnect();
    this.Plotly.purge(this.graph);
    this.root.remove();
  }
}

/**
 * Return a run's rows ({at, x, y}; at: the update) for what is chosen, without those of no finite
 * value. A branch begins with its parent's last value before it.
 */
function seriesOf(records, run, view) {
  const own = rowsOf(records.get(run.id), run, view);
  const [parent, update] = run.parent ?? [];
  const trunk = records.has(parent) ? rowsOf(records.get(parent), run, view) : [];
  const last = trunk.findLast(({ at }) => at <= update);
  return last && view.metric !== "acc_by_lr" ? [last, ...own] : own;
}

function rowsOf(record, run, { metric, x }) {
  const [source] = SOURCES[metric];
  // Short epochs have no points, but each has the means of its end.
  const means = metric.startsWith("train") && !record?.points?.epoch.length;
  const columns = record?.[means ? "evaluations" : source];
  if (!columns) return [];
  const value = GAPS[metric] ?? ((known, row) => known[metric === "acc_by_lr" ? "test_acc" : metric][row]);
  const place = metric === "acc_by_lr" ? (row) => rateAt(record, columns.update[row])
    : { epoch: (row) => columns.epoch[row], update: (row) => columns.update[row],
      seconds: (row) => between(run.seconds, columns.update[row]),
      sum: (row) => sumAt(run.sums, columns.update[row]) }[x];
  return columns.update.map((at, row) => ({ at, x: place(row), y: value(columns, row) }))
    .filter((row) => Number.isFinite(row.x) && Number.isFinite(row.y));
}

/** Return the rate of the last point up to an update: what the evaluation came from. */
function rateAt({ points }, update) {
  const row = points ? points.update.findLastIndex((each) => each <= update) : -1;
  return row < 0 ? NaN : points.lr[row];
}

// `sums` are [updates, sums of the applied rates up to them].
function sumAt(sums, update) {
  const row = sums?.[0].indexOf(update) ?? -1;
  return row < 0 ? NaN : sums[1][row];
}

// The seconds at an update: known at some, and even between them. [updates, seconds].
function between([updates, seconds], update) {
  const row = updates.findIndex((each) => each >= update);
  if (row < 0) return NaN;
  const [from, start] = row ? [updates[row - 1], seconds[row - 1]] : [0, 0];
  return start + ((update - from) / (updates[row] - from)) * (seconds[row] - start);
}

function tracesOf(line, { metric, smooth }) {
  const { name, colour, dash, x, y, n } = line;
  const count = n ? " (n = %{customdata})" : "";
  const hovertemplate = `%{y:${SOURCES[metric][1]}}${count}`;
  const mode = metric === "acc_by_lr" || x.length === 1 ? "markers" : "lines";
  const own = { type: x.length > 2000 ? "scattergl" : "scatter", mode, name, x, hovertemplate,
    customdata: n, line: { color: colour, dash, width: 2 }, marker: { color: colour, size: 7 } };
  const band = n && mode === "lines" ? bandOf(line) : [];
  if (!smooth || mode === "markers") return [...band, { ...own, y }];
  return [...band, { ...own, y, opacity: 0.25, hoverinfo: "skip", hovertemplate: undefined,
    line: { color: colour, width: 1 } }, { ...own, y: smoothed(y, smooth) }];
}

/** Return the exponential mean of `values`, without the pull towards 0 of its first ones. */
function smoothed(values, weight) {
  let [mean, debias] = [0, 0];
  return values.map((value) => {
    mean = weight * mean + (1 - weight) * value;
    debias = weight * debias + (1 - weight);
    return mean / debias;
  });
}
