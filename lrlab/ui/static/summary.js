// The figures of the curve under the editor's hand, in a quiet row; they move while it does.

import "./style.js";
import { subscribe } from "./bus.js";
import { make } from "./fields.js";
import { filled } from "./spec.js";
import { summaryOf, ticksIn } from "./sums.js";
import * as schedules from "../schedules.js";

const AT_ONCE = 20_000; // rates that are summed within a frame; more wait until the hand rests
const REST = 200; // milliseconds

const rows = new WeakMap();

/** Streamlit's entry: runs on each change of data or theme with the same `parentElement`. */
export default function mount(component) {
  const { parentElement } = component;
  if (!rows.has(parentElement)) rows.set(parentElement, new Row(parentElement));
  const row = rows.get(parentElement);
  row.receive(component.data);
  return () => queueMicrotask(() => parentElement.isConnected || row.close());
}

class Row {
  current = null;
  frame = 0;
  timer = 0;
  values = new Map();

  constructor(parent) {
    this.parent = parent;
    this.root = make("dl", { className: "lrlab-summary", "data-testid": "summary" });
    parent.append(this.root);
    this.stop = subscribe("spec", (current) => this.see(current));
  }

  close() {
    this.stop();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.root.remove();
    rows.delete(this.parent);
  }

  receive({ texts, adaptive, forever }) {
    Object.assign(this, { adaptive: new Set(adaptive), forever });
    this.translate = (text) => texts[text] ?? text;
    this.root.setAttribute("aria-label", this.translate("Figures of this schedule"));
    if (this.current) this.see(this.current);
  }

  see(current) {
    this.current = current;
    clearTimeout(this.timer);
    if (ticksIn(current.settings) > AT_ONCE) {
      this.root.classList.add("lrlab-late");
      this.timer = setTimeout(() => this.draw(), REST);
    } else this.frame ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    const figures = this.translate && this.computed();
    this.root.hidden = !figures;
    if (!figures) return;
    this.root.classList.remove("lrlab-late");
    for (const [name, label, text, help] of this.figures(figures)) this.show(name, label, text, help);
  }

  // What the run decides, and what cannot be drawn yet, has no figures.
  computed() {
    const kinds = JSON.stringify(this.current.spec).match(/"kind":"\w+"/g) ?? [];
    if (kinds.some((kind) => this.adaptive.has(kind.slice(8, -1)))) return null;
    try {
      return summaryOf(this.current, schedules);
    } catch (error) {
      console.debug("lrlab: not summed up", error);
      return null;
    }
  }

  figures({ peak, mean, final, final_over_peak: part, sum, sum_of_squares: squares,
    above_half: above, above_half_epochs: epochs }) {
    const percent = (value) => `${shown(100 * value)} %`;
    const time = filled(this.translate("{epochs} epochs, {percent}"),
      { epochs: shown(epochs), percent: percent(above) });
    const known = this.forever && same(this.forever.spec, this.current.spec);
    return [
      ["peak", "Peak", shown(peak), ""],
      ["mean", "Mean", shown(mean), ""],
      ["final", "Final", part === null ? shown(final) : filled(this.translate(
        "{rate}, {percent} of the peak"), { rate: shown(final), percent: percent(part) }), ""],
      ["above", "Above half of the peak", time, ""],
      ["sum", "Sum of rates", shown(sum), "Over all updates of the run"],
      ["squares", "Sum of squares", shown(squares), "Over all updates of the run"],
      ["forever", "Without end", known ? this.forever.words : "…", known ? this.forever.reason : ""],
    ];
  }

  show(name, label, text, help) {
    if (!this.values.has(name)) {
      const value = make("dd", { "data-key": `summary-${name}` });
      this.values.set(name, value);
      this.root.append(make("div", {}, make("dt", {}, this.translate(label)), value));
    }
    const value = this.values.get(name);
    if (value.textContent !== text) value.textContent = text;
    value.title = this.translate(help);
  }
}

/** Return a figure with three significant digits, thousands apart. */
function shown(value) {
  if (value === 0) return "0";
  if (value < 1e-3 || value >= 1e7) return value.toExponential(2).replace(/\.?0+e\+?/, "e");
  const rounded = Number(value.toPrecision(3));
  return rounded >= 1000 ? Math.round(value).toLocaleString("en") : String(rounded);
}

function same(one, other) {
  if (typeof one !== "object" || one === null || other === null) return one === other;
  const keys = Object.keys(one);
  return typeof other === "object" && keys.length === Object.keys(other).length
    && keys.every((key) => same(one[key], other[key]));
}
