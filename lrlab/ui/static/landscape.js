// The landscapes: a path of SGD on contours, its loss and its rate, drawn while a slider moves.
//
// Python gives the schedule's shape (rates over the run, its highest 1) and where the controls
// begin; what a hand chose it hears on release as `chosen`, for the address.

import "./style.js";
import { make } from "./fields.js";
import { descend, expectedLoss, posterior, problemOf, sgld, simulated } from "./landscape-math.js";
import { fitted, mounted } from "./plotly.js";
import { themed } from "./plot.js";
import { filled } from "./spec.js";
import { series, themeOf } from "./theme.js";

const PATHS = 100; // simulated for the mean
const GRID = 60; // points of the contours a side
const STEP = 0.15; // of the start, by an arrow key
const CONFIG = { displayModeBar: false, responsive: false, doubleClick: "reset" };

export default mounted((parent, Plotly) => new Landscape(parent, Plotly));

class Landscape {
  constructor(parent, Plotly) {
    this.Plotly = Plotly;
    this.form = make("div", { className: "lrlab-landscape-form" });
    this.said = make("p", { className: "lrlab-landscape-said", role: "status" });
    this.map = make("div", { className: "lrlab-plot-graph", role: "img", tabindex: 0, "data-testid": "landscape" });
    this.loss = make("div", { className: "lrlab-plot-graph", role: "img", "data-testid": "landscape-loss" });
    for (const graph of [this.map, this.loss]) graph.style.height = "420px";
    // The path lies over the contours in a picture of its own: they need not be drawn again for it.
    this.over = svg("svg", { class: "lrlab-landscape-path", "aria-hidden": "true" });
    this.root = make("div", { className: "lrlab-figure lrlab-landscape" }, this.form, this.said,
      make("div", { className: "lrlab-landscape-pictures" },
        make("div", {}, this.map, this.over), make("div", {}, this.loss)));
    parent.append(this.root);
    this.observers = [this.map, this.loss].map((graph) => fitted(Plotly, graph));
    this.map.addEventListener("keydown", (event) => this.key(event));
    this.map.addEventListener("pointerdown", (event) => this.grab(event), true);
  }

  receive({ data, setStateValue }) {
    this.send = () => setStateValue("chosen", { ...this.chosen });
    const known = JSON.stringify([data.shape, data.texts, data.controls]);
    this.data = data;
    if (known !== this.known) {
      this.known = known;
      this.chosen = { ...data.chosen };
      this.controls();
    }
    this.draw();
  }

  /** Show a labelled slider or choice for each control that this problem has. */
  controls() {
    const fields = this.data.controls.filter(({ only }) => !only || only.includes(this.chosen.problem));
    this.form.replaceChildren(...fields.map((field) => (field.options ? this.choice(field) : this.slider(field))));
  }

  choice({ name, label, options }) {
    const select = make("select", { "data-key": `landscape-${name}` },
      ...options.map(([value, word]) => make("option", { value }, word)));
    select.value = this.chosen[name];
    select.addEventListener("change", () => {
      this.change({ [name]: select.value, start: null });
      this.controls();
      this.form.querySelector(`[data-key="landscape-${name}"]`).focus();
      this.send();
    });
    return make("label", {}, make("span", {}, label), select);
  }

  slider({ name, label, min, max, step, log }) {
    const place = (value) => (log ? Math.log10(value) : value);
    const value = (at) => (log ? Number((10 ** at).toPrecision(3)) : Number(Number(at).toPrecision(6)));
    const shown = make("output", {}, String(this.chosen[name]));
    const range = make("input", { type: "range", min: place(min), max: place(max),
      step: log ? 0.01 : step, "data-key": `landscape-${name}` });
    range.value = place(this.chosen[name]);
    range.setAttribute("aria-valuetext", String(this.chosen[name]));
    range.addEventListener("input", () => {
      this.change({ [name]: value(Number(range.value)) });
      shown.textContent = String(this.chosen[name]);
      range.setAttribute("aria-valuetext", shown.textContent);
    });
    range.addEventListener("change", () => this.send());
    return make("label", {}, make("span", {}, label, " ", shown), range);
  }

  change(part) {
    Object.assign(this.chosen, part);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  /** Take the start along under a finger or mouse. */
  grab(event) {
    const { xaxis, yaxis } = this.map._fullLayout ?? {};
    if (!xaxis || this.chosen.problem === "posterior") return;
    const box = this.map.getBoundingClientRect();
    const at = ({ clientX, clientY }) => [xaxis.p2c(clientX - box.left - xaxis._offset),
      yaxis.p2c(clientY - box.top - yaxis._offset)];
    const [x, y] = this.start();
    const near = Math.hypot(xaxis.c2p(x) + xaxis._offset - event.clientX + box.left,
      yaxis.c2p(y) + yaxis._offset - event.clientY + box.top);
    if (near > 24) return;
    event.preventDefault();
    event.stopPropagation();
    const move = (moved) => this.place(at(moved));
    const end = () => {
      window.removeEventListener("pointermove", move);
      this.send();
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end, { once: true });
    window.addEventListener("pointercancel", end, { once: true });
  }

  key(event) {
    const move = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] }[event.key];
    if (!move || this.chosen.problem === "posterior") return;
    event.preventDefault();
    const [x, y] = this.start();
    this.place([x + move[0], y + move[1]]);
    this.send();
  }

  place(start) {
    const [left, right, low, high] = this.problem().box;
    const within = (value, from, to) => Number(Math.min(to, Math.max(from, value)).toPrecision(4));
    this.change({ start: [within(start[0], left, right), within(start[1], low, high)] });
  }

  start() {
    return this.chosen.start ?? this.problem().start;
  }

  problem() {
    return problemOf(this.chosen.problem, this.chosen.condition);
  }

  rates() {
    const { shape } = this.data;
    const { steps, peak } = this.chosen;
    return Array.from({ length: steps }, (_, step) =>
      peak * shape[Math.min(shape.length - 1, Math.floor((step * shape.length) / steps))]);
  }

  draw() {
    if (this.chosen.problem === "posterior") this.sample();
    else this.descend();
  }

  descend() {
    const { chosen, data: { texts } } = this;
    const problem = this.problem();
    const rates = this.rates();
    const settings = { ...chosen, rates, start: this.start() };
    const path = descend(problem, settings);
    const theme = themeOf(this.root);
    this.ground(problem, theme);
    this.path = path;
    this.trace();
    this.lossOf(problem, settings, path, theme);
    this.tell(path, rates, texts);
  }

  /** Draw the contours of a problem, once for each and for each theme. */
  ground(problem, theme) {
    const key = `${this.chosen.problem} ${this.chosen.condition} ${theme.text}`;
    if (key === this.drawn) return;
    this.drawn = key;
    const [left, right, low, high] = problem.box;
    const axis = (range) => ({ range, zeroline: false, showgrid: false, fixedrange: true });
    const layout = themed({ margin: { l: 40, r: 8, t: 8, b: 32 }, showlegend: false, hovermode: false,
      dragmode: false, xaxis: axis([left, right]), yaxis: axis([low, high]) }, theme, 420);
    this.Plotly.react(this.map, [this.contours(problem)], layout, CONFIG);
    if (this.listening) return;
    this.listening = true;
    this.map.on("plotly_afterplot", () => this.trace());
  }

  /** Lay the path and its start over the contours. */
  trace() {
    const { xaxis, yaxis } = this.map._fullLayout ?? {};
    const shown = xaxis && this.path && this.chosen.problem !== "posterior";
    this.over.replaceChildren();
    if (!shown) return;
    const { text, background } = themeOf(this.root);
    const { color } = series[1];
    const clip = (at) => Math.min(1e4, Math.max(-1e4, at));
    const points = this.path.x.map((x, at) =>
      [clip(xaxis._offset + xaxis.c2p(x)), clip(yaxis._offset + yaxis.c2p(this.path.y[at]))]);
    const [[left, top]] = points;
    this.over.append(
      svg("polyline", { points: points.map((at) => at.join()).join(" "), fill: "none", stroke: color, "stroke-width": 2 }),
      svg("path", { d: points.map(([x, y]) => `M${x},${y}h0`).join(""), stroke: color, "stroke-width": 6, "stroke-linecap": "round" }),
      svg("circle", { cx: left, cy: top, r: 9, fill: background, stroke: text, "stroke-width": 3 }));
  }

  contours(problem) {
    const [left, right, low, high] = problem.box;
    const line = (from, to) => Array.from({ length: GRID }, (_, at) => from + ((to - from) * at) / (GRID - 1));
    const [x, y] = [line(left, right), line(low, high)];
    const values = y.map((b) => x.map((a) => problem.value(a, b)));
    const least = Math.min(...values.flat());
    const z = values.map((row) => row.map((value) => Math.log10(value - least + 1e-3)));
    return { type: "contour", x, y, z, showscale: false, hoverinfo: "skip", colorscale: "Cividis",
      opacity: 0.55, ncontours: 24, contours: { showlines: true }, line: { width: 0.5 } };
  }

  lossOf(problem, settings, path, theme) {
    const { texts } = this.data;
    const steps = path.loss.map((_, step) => step);
    const line = (name, y, style) => ({ type: "scatter", mode: "lines", name, x: steps.slice(0, y.length), y,
      hovertemplate: "%{y:.3~g}", ...style });
    const data = [line(texts["This path"], path.loss, { line: { color: series[1].color, width: 1.5 } })];
    if (problem.curvatures && settings.noise > 0) {
      const found = simulated(problem, settings, PATHS);
      const expected = expectedLoss({ ...settings, curvatures: problem.curvatures, start: problem.turned(...settings.start) });
      const edge = { hoverinfo: "skip", line: { width: 0 } };
      data.unshift(line("", found.low, edge), line("", found.high, { ...edge, fill: "tonexty", fillcolor: "rgba(0,114,178,0.15)" }));
      data.push(line(filled(texts["Mean of {n} paths"], { n: PATHS }), found.mean, { line: { color: series[0].color, width: 2 } }),
        line(texts["Expected, in closed form"], expected, { line: { color: theme.text, width: 2, dash: "dot" } }));
    }
    data.push({ ...line(texts["Learning rate"], settings.rates, { line: { color: series[2].color, width: 1.5, dash: "dashdot" } }), yaxis: "y2" });
    const layout = themed({ margin: { l: 56, r: 72, t: 8, b: 84 }, hovermode: "x unified", uirevision: this.chosen.problem,
      legend: { orientation: "h", y: -0.2, yanchor: "top", x: 0, traceorder: "normal" },
      xaxis: { title: { text: texts.Step, standoff: 4 }, zeroline: false },
      yaxis: { title: { text: texts.Loss }, type: this.chosen.problem === "saddle" || this.chosen.problem === "double-well" ? "linear" : "log",
        exponentformat: "power", nticks: 5, zeroline: false },
      yaxis2: { title: { text: texts["Learning rate"], standoff: 8 }, overlaying: "y", side: "right", rangemode: "tozero", showgrid: false, tickmode: "auto", nticks: 5 } }, theme, 420);
    for (const trace of data) trace.showlegend = trace.name !== "";
    this.Plotly.react(this.loss, data, layout, CONFIG);
  }

  tell(path, rates, texts) {
    const last = path.loss.at(-1);
    const ends = { x: path.x.at(-1).toPrecision(3), y: path.y.at(-1).toPrecision(3), loss: last.toPrecision(3), steps: path.x.length - 1 };
    const edge = this.chosen.problem === "quadratic" ? 2 * (1 + this.chosen.momentum) : null;
    let sentence = filled(texts["After {steps} steps at ({x}, {y}), loss {loss}."], ends);
    if (path.diverged) sentence = filled(texts["Diverged at step {step}."], { step: path.diverged });
    if (edge && Math.max(...rates) > edge) {
      sentence += ` ${filled(texts["The rate {rate} is above {edge}, where this quadratic is no longer stable."],
        { rate: Math.max(...rates).toPrecision(3), edge: edge.toPrecision(3) })}`;
    }
    this.say(sentence);
  }

  say(sentence) {
    this.said.textContent = sentence;
    this.map.setAttribute("aria-label", `${this.data.texts["The path on the contours; arrow keys move its start."]} ${sentence}`);
    this.loss.setAttribute("aria-label", sentence);
  }

  /** SGLD on a posterior that is known: the histogram of its samples beside the true density. */
  sample() {
    const { chosen, data: { texts } } = this;
    const truth = posterior();
    this.drawn = null;
    this.over.replaceChildren();
    const samples = sgld(truth, { ...chosen, noisy: chosen.injected === "yes" }).filter(Number.isFinite);
    const kept = samples.slice(Math.floor(samples.length / 10));
    const theme = themeOf(this.root);
    const [left, right] = [truth.mean - 6 * truth.sd, truth.mean + 6 * truth.sd];
    const x = Array.from({ length: 200 }, (_, at) => left + ((right - left) * at) / 199);
    const density = x.map((at) => Math.exp(-0.5 * ((at - truth.mean) / truth.sd) ** 2) / (truth.sd * Math.sqrt(2 * Math.PI)));
    const bars = { type: "histogram", name: texts.Samples, x: kept, histnorm: "probability density", xbins: { start: left, end: right, size: truth.sd / 4 },
      marker: { color: series[0].color }, opacity: 0.6, hovertemplate: "%{y:.3f}" };
    const line = { type: "scatter", mode: "lines", name: texts["True posterior"], x, y: density, line: { color: series[1].color, width: 3 }, hovertemplate: "%{y:.3f}" };
    const layout = themed({ margin: { l: 56, r: 8, t: 8, b: 84 }, hovermode: "x unified", dragmode: false, uirevision: "posterior", bargap: 0.02,
      legend: { orientation: "h", y: -0.2, yanchor: "top", x: 0 },
      xaxis: { title: { text: texts.Parameter }, range: [left, right], zeroline: false }, yaxis: { title: { text: texts.Density }, zeroline: false } }, theme, 420);
    this.Plotly.react(this.map, [bars, line], layout, CONFIG);
    const trail = { type: "scattergl", mode: "lines", x: samples.map((_, t) => t + 1), y: samples, line: { color: series[0].color, width: 1 }, hovertemplate: "%{y:.3f}" };
    const over = themed({ margin: { l: 56, r: 8, t: 8, b: 84 }, showlegend: false, hovermode: "x unified", uirevision: "posterior",
      xaxis: { title: { text: texts.Step, standoff: 4 } }, yaxis: { title: { text: texts.Parameter }, range: [left, right], zeroline: false } }, theme, 420);
    this.Plotly.react(this.loss, [trail], over, CONFIG);
    const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
    const sd = Math.sqrt(kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kept.length);
    this.say(filled(texts["Samples: mean {mean}, deviation {sd}. True posterior: mean {true_mean}, deviation {true_sd}."],
      { mean: mean.toFixed(3), sd: sd.toFixed(3), true_mean: truth.mean.toFixed(3), true_sd: truth.sd.toFixed(3) }));
  }

  close() {
    cancelAnimationFrame(this.frame);
    for (const observer of this.observers) observer.disconnect();
    for (const graph of [this.map, this.loss]) this.Plotly.purge(graph);
    this.root.remove();
  }
}

function svg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
