// A race, live: the mean of each entry's seeds with the band from the lowest to the highest.
//
//   server-sent events -> records (run → status and columns) -> entries' means by epoch -> lines
//
// Python gives the entries ({name, colour, dash, runs}) once, and which of their runs are `open`
// to it, not ended; it hears of `ended` when one of those has.

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
const DIGITS = { test_acc: 4, test_loss: 3, train_loss: 3, train_acc: 4 };

export default mounted((parent, Plotly) => new Race(parent, Plotly));

class Race {
  records = new Map();
  hidden = new Set();
  metric = "test_acc";
  told = new Set();

  constructor(parent, Plotly) {
    this.Plotly = Plotly;
    this.bar = make("div", { className: "lrlab-race-bar" });
    this.graph = make("div", { className: "lrlab-plot-graph", role: "img",
      "data-testid": "race" });
    this.graph.style.height = "420px";
    this.legend = make("div", { className: "lrlab-race-legend" });
    this.line = make("p", { className: "lrlab-race-break", role: "alert", hidden: true });
    this.root = make("div", { className: "lrlab-figure lrlab-race" },
      this.bar, this.legend, this.line, this.graph);
    parent.append(this.root);
    this.stream = new Stream({ onNews: (runs) => this.news(runs), onBreak: (at) => this.broken(at) });
    this.observer = fitted(Plotly, this.graph);
  }

  receive({ data: { open, ...data }, setTriggerValue }) {
    this.tell = setTriggerValue;
    this.open = new Set(open);
    const text = JSON.stringify(data);
    if (text !== this.known) {
      this.known = text;
      this.data = data;
      this.controls();
      this.stream.follow(data.entries.flatMap(({ runs }) => runs));
    }
    this.draw();
  }

  controls() {
    const { texts, metrics } = this.data;
    const choice = make("select", { "data-key": "race-metric", "aria-label": texts.Metric },
      ...metrics.map(([name, label]) => make("option", { value: name }, label)));
    choice.value = this.metric;
    choice.addEventListener("change", () => {
      this.metric = choice.value;
      this.draw();
    });
    const saves = saveButtons(this.Plotly, this.graph, { file: "race", texts });
    this.bar.replaceChildren(make("label", {}, `${texts.Metric} `, choice),
      make("span", { className: "lrlab-race-note" }, texts["Band: lowest to highest seed"]),
      saves);
    this.legend.replaceChildren(...this.data.entries.map((entry, at) => this.sign(entry, at)));
  }

  sign({ name, colour, dash }, at) {
    const label = filled(this.data.texts["Show or hide {name}"], { name });
    const button = make("button", { type: "button", className: "lrlab-race-sign", title: label,
      "aria-pressed": String(!this.hidden.has(at)) }, swatch({ color: colour, dash }), name);
    button.addEventListener("click", () => {
      if (!this.hidden.delete(at)) this.hidden.add(at);
      button.setAttribute("aria-pressed", String(!this.hidden.has(at)));
      this.draw();
    });
    return button;
  }

  news(runs) {
    for (const [run, news] of Object.entries(runs)) {
      take(this.records, Number(run), news);
      if (isFinal(news.status) && this.open.has(Number(run))) this.told.add(Number(run));
    }
    this.later();
  }

  /** Draw soon, and let Python know of what has ended: several events may come before. */
  later() {
    this.waiting ??= setTimeout(() => {
      this.waiting = null;
      this.draw();
      if (this.told.size) this.tell("ended", [...this.told].join(","));
      this.told.clear();
    }, TURN);
  }

  draw() {
    if (!this.data) return;
    const theme = themeOf(this.root);
    const lines = this.data.entries.map((entry, at) => ({ ...entry, at, ...this.means(entry) }))
      .filter(({ at }) => !this.hidden.has(at));
    const { texts, metrics } = this.data;
    const label = metrics.find(([name]) => name === this.metric)[1];
    const layout = themed({
      margin: { l: 64, r: 12, t: 8, b: 44 }, showlegend: false, hovermode: "x unified",
      xaxis: { title: { text: texts.Epoch, standoff: 6 }, rangemode: "tozero", zeroline: false },
      yaxis: { title: { text: label, standoff: 6 }, zeroline: false },
    }, theme, this.graph.clientHeight || 420);
    this.Plotly.react(this.graph, lines.flatMap((line) => this.traces(line)), layout,
      { displayModeBar: false, responsive: false, doubleClick: "reset" });
    this.graph.setAttribute("aria-label", this.sentence(lines, label));
  }

  /** Return the entry's columns by epoch: mean, lowest and highest over the seeds that are there. */
  means({ runs }) {
    return overSeeds(runs.map((run) => {
      const { epoch = [], [this.metric]: values = [] } = this.records.get(run)?.evaluations ?? {};
      return epoch.map((at, row) => ({ at, x: at, y: values[row] })).filter(({ y }) => Number.isFinite(y));
    }));
  }

  traces(entry) {
    const { name, colour, dash, x, y, n } = entry;
    return [...bandOf(entry), { type: "scatter", mode: x.length > 1 ? "lines" : "markers", name, x, y,
      line: { color: colour, dash, width: 2.5 }, marker: { color: colour, size: 7 }, customdata: n,
      hovertemplate: `%{y:.${DIGITS[this.metric]}f} (n = %{customdata})` }];
  }

  sentence(lines, label) {
    const ends = lines.filter(({ x }) => x.length).map(({ name, x, y }) =>
      `${name}: ${y.at(-1).toFixed(DIGITS[this.metric])} (${this.data.texts.Epoch} ${x.at(-1)})`);
    return `${label}. ${ends.join("; ")}`;
  }

  broken(since) {
    this.line.hidden = !since;
    const time = since?.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const sentence = this.data.texts["Not connected since {time}. Training goes on; the curves follow when the line is back."];
    this.line.textContent = since ? filled(sentence, { time }) : "";
  }

  close() {
    clearTimeout(this.waiting);
    this.stream.close();
    this.observer.disconnect();
    this.Plotly.purge(this.graph);
    this.root.remove();
  }
}
