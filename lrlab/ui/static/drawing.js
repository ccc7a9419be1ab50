// A small plot of one value an epoch that a pointer or the arrow keys draw. Its epochs stand
// under those of the preview.

import { make } from "./fields.js";
import { filled, rounded } from "./spec.js";

const HEIGHT = 120;
const MARGIN = { l: 68, r: 16, t: 8, b: 8 }; // left and right as in the preview

function svg(tag, facts, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(facts)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The plot: `show(facts)` draws; `onDraw(values)` runs while a hand moves, `onEnd()` after. */
export class Drawing {
  facts = null;
  cursor = 1;
  last = null;
  top = 1;

  constructor({ onDraw, onEnd }) {
    Object.assign(this, { onDraw, onEnd });
    this.plot = svg("svg", { height: HEIGHT, tabindex: 0, "data-testid": "replay-curve" });
    this.element = make("div", { className: "lrlab-drawing" }, this.plot);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.element);
    this.plot.addEventListener("pointerdown", (event) => this.press(event));
    this.plot.addEventListener("pointermove", (event) => this.last && this.move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.plot.addEventListener(end, () => this.end());
    }
    this.plot.addEventListener("keydown", (event) => this.key(event));
    this.plot.addEventListener("keyup", () => this.end());
    this.plot.addEventListener("blur", () => this.end());
  }

  close() {
    this.observer.disconnect();
  }

  show(facts) {
    this.facts = facts;
    this.cursor = Math.min(this.cursor, facts.epochs);
    if (!this.last) this.top = topOf(facts);
    this.draw();
  }

  // Where things stand, in pixels.

  x(epoch) {
    const width = this.element.clientWidth - MARGIN.l - MARGIN.r;
    return MARGIN.l + (epoch / this.facts.epochs) * width;
  }

  y(value) {
    const shown = Math.min(this.top, value ?? this.top);
    return HEIGHT - MARGIN.b - (shown / this.top) * (HEIGHT - MARGIN.t - MARGIN.b);
  }

  draw() {
    if (!this.facts || this.element.clientWidth === 0) return;
    const { values, dashed, fixed, title, epochs } = this.facts;
    const points = values.map((value, index) => `${this.x(index + 1)},${this.y(value)}`);
    const value = values[this.cursor - 1];
    this.plot.setAttribute("width", this.element.clientWidth);
    this.plot.replaceChildren(
      ...[0, this.top / 2, this.top].flatMap((level) => this.level(level, this.x(epochs))),
      svg("text", { class: "lrlab-title", transform: `translate(14 ${HEIGHT / 2}) rotate(-90)`,
        "text-anchor": "middle" }, title),
      svg("polyline", { class: "lrlab-line", points: points.join(" "),
        "stroke-dasharray": dashed ? "7 3" : "none" }),
      ...fixed || value === undefined ? [] : [svg("circle", { class: "lrlab-cursor",
        cx: this.x(this.cursor), cy: this.y(value), r: 5 })],
    );
    this.describe(value);
  }

  level(value, right) {
    return [
      svg("line", { class: "lrlab-grid", x1: MARGIN.l, x2: right, y1: this.y(value),
        y2: this.y(value) }),
      svg("text", { x: MARGIN.l - 8, y: this.y(value) + 4, "text-anchor": "end" },
        String(rounded(value, 2))),
    ];
  }

  describe(value) {
    const { fixed, label, reading } = this.facts;
    const facts = fixed ? { role: "img", "aria-label": label } : {
      role: "slider", "aria-label": label, "aria-orientation": "vertical", "aria-valuemin": 0,
      "aria-valuemax": this.top, "aria-valuenow": value,
      "aria-valuetext": filled(reading, { epoch: this.cursor, value }),
    };
    for (const name of ["aria-orientation", "aria-valuemin", "aria-valuemax", "aria-valuenow",
      "aria-valuetext"]) this.plot.removeAttribute(name);
    for (const [name, fact] of Object.entries(facts)) this.plot.setAttribute(name, fact);
    this.plot.classList.toggle("lrlab-fixed", fixed);
  }

  // What the hand does.

  press(event) {
    if (this.facts?.fixed || event.button > 0) return;
    this.plot.setPointerCapture(event.pointerId);
    this.last = this.under(event);
    this.set([this.last]);
  }

  under({ clientX, clientY }) {
    const box = this.plot.getBoundingClientRect();
    const part = (clientX - box.left - MARGIN.l) / (box.width - MARGIN.l - MARGIN.r);
    const height = (HEIGHT - MARGIN.b - (clientY - box.top)) / (HEIGHT - MARGIN.t - MARGIN.b);
    const { epochs } = this.facts;
    return [Math.min(epochs, Math.max(1, Math.round(part * epochs))), this.value(height * this.top)];
  }

  value(number) {
    return rounded(Math.min(this.top, Math.max(0, number)));
  }

  // A fast hand skips epochs: those between get the line between.
  move(event) {
    const [from, before] = this.last;
    const [to, after] = this.last = this.under(event);
    const step = Math.sign(to - from) || 1;
    const points = [];
    for (let epoch = from; epoch !== to; epoch += step) {
      const part = (epoch + step - from) / (to - from);
      points.push([epoch + step, this.value(before + part * (after - before))]);
    }
    this.set(points.length ? points : [[to, after]]);
  }

  set(points) {
    const values = [...this.facts.values];
    for (const [epoch, value] of points) values[epoch - 1] = value;
    this.cursor = points.at(-1)[0];
    this.changed = true;
    this.onDraw(values);
  }

  key(event) {
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const up = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[event.key];
    const { fixed, epochs, values } = this.facts;
    if (fixed || !(across || up)) return;
    event.preventDefault();
    if (across) {
      this.cursor = Math.min(epochs, Math.max(1, this.cursor + across));
      this.draw();
    } else {
      const value = values[this.cursor - 1] + (up * this.top) / 50;
      this.set([[this.cursor, this.value(value)]]);
    }
  }

  end() {
    this.last = null;
    if (!this.changed) return;
    this.changed = false;
    this.onEnd();
  }
}

// Room above the curve to draw in; an accuracy's axis ends at 1.
function topOf({ values, accuracy }) {
  if (accuracy) return 1;
  const highest = Math.max(1e-3, ...values.filter((value) => value !== null));
  const unit = 10 ** Math.floor(Math.log10(highest)) / 2;
  return rounded(Math.ceil((1.1 * highest) / unit) * unit);
}
