// The frames of the live charts: each a caption, a button for a log axis, and the chart's element.

import { present } from "./live-series.js";
import { say } from "./live-text.js";

const CAPTIONS = {
  loss: "Loss",
  accuracy: "Accuracy",
  rate: "Learning rate",
  "gradient-norm": "Gradient norm",
  distance: "Distance from the start",
  sharpness: "Sharpness",
  "noise-scale": "Noise scale, in examples",
};
const ORDER = Object.keys(CAPTIONS);
const ALWAYS = new Set(["loss", "accuracy", "rate"]); // the others only where something is measured
const LINEAR = new Set(["loss", "accuracy"]);
const TEST_IDS = { rate: "live-lr" };

/** Return the charts of `figures` that have something to show, in their order. */
export function shownCharts(figures, records) {
  return ORDER.filter((name) => ALWAYS.has(name) || present(figures[name].data, records).length);
}

export class Frames {
  /** `onLog(chart)` hears of a press on its button, `onGone(chart)` before its element goes. */
  constructor({ host, onLog, onGone }) {
    Object.assign(this, { host, onLog, onGone });
    this.graphs = {}; // chart → the element to draw it in
  }

  /** Have the frames of just these charts; those that stay are not touched. */
  show(names) {
    for (const name of Object.keys(this.graphs)) if (!names.includes(name)) this.#remove(name);
    for (const name of names) if (!this.graphs[name]) this.#add(name);
  }

  /** Write the captions; `isLog(chart)` says which axes are logarithmic. */
  caption(texts, isLog) {
    for (const [name, graph] of Object.entries(this.graphs)) {
      const [caption, button] = graph.previousElementSibling.children;
      caption.textContent = say(texts, CAPTIONS[name]);
      if (!button) continue;
      button.textContent = say(texts, "log");
      button.title = say(texts, "Logarithmic axis");
      button.setAttribute("aria-pressed", isLog(name));
    }
  }

  #add(name) {
    const figure = document.createElement("figure");
    figure.dataset.chart = name;
    figure.innerHTML = `
      <div class="lrlab-live-caption"><figcaption></figcaption></div>
      <div data-testid="${TEST_IDS[name] ?? `live-${name}`}" role="img"></div>`;
    if (!LINEAR.has(name)) figure.firstElementChild.append(this.#button(name));
    const later = ORDER.slice(ORDER.indexOf(name) + 1).find((each) => this.graphs[each]);
    this.host.insertBefore(figure, this.graphs[later]?.parentElement ?? null);
    this.graphs[name] = figure.lastElementChild;
  }

  #button(name) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "lrlab-live-log" });
    button.onclick = () => this.onLog(name);
    return button;
  }

  #remove(name) {
    this.onGone(name);
    this.graphs[name].parentElement.remove();
    delete this.graphs[name];
  }
}
