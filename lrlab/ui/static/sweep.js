// A range test, live: each batch's loss, pale, and the smoothed one over the rate it was had at.

import "./style.js";
import { make } from "./fields.js";
import { take } from "./live-records.js";
import { Stream } from "./live-stream.js";
import { isFinal } from "./live-text.js";
import { fitted, mounted } from "./plotly.js";
import { themed } from "./plot.js";
import { series, themeOf } from "./theme.js";

const TURN = 150; // ms between two drawings at least

export default mounted((parent, Plotly) => new Sweep(parent, Plotly));

class Sweep {
  records = new Map();

  constructor(parent, Plotly) {
    this.Plotly = Plotly;
    this.graph = make("div", { className: "lrlab-plot-graph", role: "img",
      "data-testid": "range-test" });
    this.graph.style.height = "400px";
    this.root = make("div", { className: "lrlab-figure" }, this.graph);
    parent.append(this.root);
    this.stream = new Stream({ onNews: (runs) => this.news(runs), onBreak: () => {} });
    this.observer = fitted(Plotly, this.graph);
  }

  receive({ data, setTriggerValue }) {
    this.tell = setTriggerValue;
    this.data = data;
    this.stream.follow([data.run]);
    this.draw();
  }

  news(runs) {
    take(this.records, this.data.run, runs[this.data.run] ?? {});
    const now = this.records.get(this.data.run).status;
    this.waiting ??= setTimeout(() => {
      this.waiting = null;
      this.draw();
    }, TURN);
    if (isFinal(now) && !this.data.ended) this.tell("ended", this.data.run);
  }

  draw() {
    const { texts, marks, alt } = this.data;
    const { points, measures } = this.records.get(this.data.run) ?? {};
    const rates = new Map(points?.update.map((update, row) => [update, points.lr[row]]) ?? []);
    const line = (name, label, style) => {
      const { update = [], value = [] } = measures?.[name] ?? {};
      return { type: "scatter", mode: "lines", name: label, x: update.map((each) => rates.get(each)),
        y: value, hovertemplate: "%{y:.3f}", ...style };
    };
    const { color } = series[0];
    const data = [
      line("batch_loss", texts["Loss of a batch"], { opacity: 0.35, line: { color, width: 1 } }),
      line("smoothed_loss", texts.Smoothed, { line: { color, width: 3 } }),
    ];
    const theme = themeOf(this.root);
    const shapes = marks.map(({ lr }, at) => ({ type: "line", x0: lr, x1: lr, y0: 0, y1: 1,
      yref: "paper", line: { ...series[at + 1], width: 2 } }));
    const annotations = marks.map(({ lr, label }, at) => ({ x: Math.log10(lr), y: 1 - 0.09 * at, yref: "paper",
      xanchor: "left", yanchor: "top", text: label, showarrow: false, xshift: 4,
      bgcolor: theme.background, font: { color: theme.text, size: 12 } }));
    const layout = themed({
      margin: { l: 64, r: 12, t: 8, b: 48 }, showlegend: false, hovermode: "x unified",
      shapes, annotations,
      xaxis: { type: "log", title: { text: texts["Learning rate"], standoff: 6 }, exponentformat: "power",
        dtick: 1, hoverformat: ".3~g" },
      yaxis: { title: { text: texts.Loss, standoff: 6 }, zeroline: false },
    }, theme, this.graph.clientHeight || 400);
    this.Plotly.react(this.graph, data, layout, { displayModeBar: false, doubleClick: "reset" });
    this.graph.setAttribute("aria-label", alt);
  }

  close() {
    clearTimeout(this.waiting);
    this.stream.close();
    this.observer.disconnect();
    this.Plotly.purge(this.graph);
    this.root.remove();
  }
}
