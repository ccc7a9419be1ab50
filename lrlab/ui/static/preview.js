// The preview: the curve that the editor's hand is on, pinned ones behind it, a marker where a
// run stands. A schedule that looks at the run is drawn as it decides over a metric that is
// replayed (topic "replay"), and the figure says so. It redraws in the browser, once a frame at
// most, and tells Python only what was pinned, unpinned or chosen for the axis.

import "./style.js";
import { subscribe } from "./bus.js";
import { curveOf, featuresOf, shownRate } from "./curve.js";
import { make } from "./fields.js";
import { layoutFor, originOf, rangeOf, tracesFor } from "./figure.js";
import { factsOf, Handles } from "./handles.js";
import { Pencil } from "./pencil.js";
import { plotly } from "./plotly.js";
import { filled, rounded, stepsPerEpoch } from "./spec.js";
import { series, swatch, themeOf } from "./theme.js";
import * as schedules from "../schedules.js";

const LONGEST_NAME = 200;
const previews = new WeakMap();

/** Streamlit's entry: runs on each change of data or theme with the same `parentElement`. */
export default async function mount(component) {
  const { parentElement } = component;
  const Plotly = await plotly();
  if (!previews.has(parentElement)) {
    previews.set(parentElement, new Preview(parentElement, Plotly));
  }
  const preview = previews.get(parentElement);
  preview.receive(component);
  return () => queueMicrotask(() => parentElement.isConnected || preview.close());
}

class Preview {
  current = null;
  curve = null;
  replay = null;
  head = null;
  range = null;
  held = false;
  frame = 0;
  pinned = new Map();
  stops = [];
  wishes = [];

  constructor(parent, Plotly) {
    this.parent = parent;
    this.Plotly = Plotly;
    this.bar = make("div", { className: "lrlab-bar" });
    this.graph = make("div", { className: "lrlab-preview", "data-testid": "preview" });
    this.graph.setAttribute("role", "img");
    this.note = make("p", { className: "lrlab-replay-note", "data-key": "replay-note" });
    this.handles = new Handles(this.graph, (text) => this.translate(text));
    this.pencil = new Pencil(this.graph, (spec) => {
      this.handles.hand?.move([[[], spec]]);
      this.handles.hand?.commit();
    });
    const stage = make("div", { className: "lrlab-stage" }, this.graph, this.handles.element,
      this.pencil.element);
    this.root = make("div", { className: "lrlab-figure" }, this.bar, this.note, stage);
    parent.append(this.root);
  }

  // Wishes are numbered and the last ones stay in the component's state: Python grants each
  // once, even when its reruns overtake each other.
  wish(kind, value, text = "") {
    const number = Math.max(Date.now(), (this.wishes.at(-1)?.number ?? 0) + 1);
    this.wishes = [...this.wishes.slice(-9), { number, kind, value: Number(value), text }];
    this.send(this.wishes);
  }

  listen() {
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.graph);
    const down = ({ target }) => {
      this.held = true;
      if (!this.graph.contains(target)) this.leave();
    };
    const up = () => {
      this.held = false;
      this.schedule();
    };
    window.addEventListener("pointerdown", down, { passive: true });
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, up);
    this.stops = [
      () => observer.disconnect(),
      () => window.removeEventListener("pointerdown", down),
      () => ["pointerup", "pointercancel"].forEach((end) => window.removeEventListener(end, up)),
      subscribe("spec", (current) => this.see({ current })),
      subscribe("replay", (replay) => this.see({ replay })),
      subscribe("head", (head) => this.see({ head })),
    ];
  }

  // A finger never leaves the plot by itself: what its tap showed would stay over the curve that
  // it moves now, and be drawn anew with each draw.
  leave() {
    this.graph.querySelector(".nsewdrag")?.dispatchEvent(new MouseEvent("mouseout"));
  }

  close() {
    this.stops.forEach((stop) => stop());
    cancelAnimationFrame(this.frame);
    this.handles.close();
    this.Plotly.purge(this.graph);
    this.root.remove();
    previews.delete(this.parent);
  }

  receive({ data, setStateValue }) {
    const { texts, titles, log, pins, branch, formulas } = data;
    Object.assign(this, { titles, log, pins, branch, formulas, theme: themeOf(this.parent) });
    this.translate = (text) => texts[text] ?? text;
    this.send = (wishes) => setStateValue("wishes", wishes);
    const shown = JSON.stringify([pins, log]);
    if (shown !== this.shown) this.buildBar();
    this.shown = shown;
    // A formula too long for its place scrolls, from the keyboard too.
    for (const formula of document.querySelectorAll(".st-key-formula")) formula.tabIndex = 0;
    if (this.stops.length === 0) this.listen();
    this.schedule();
  }

  see(news) {
    Object.assign(this, news);
    this.schedule();
  }

  schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  resize() {
    if (this.curve) this.Plotly.Plots.resize(this.graph);
  }

  draw() {
    if (!this.current) return;
    const start = performance.now();
    const axis = this.current.settings.clock === "step" ? "step" : "epoch";
    this.curve = computed(decided(this.current, this.replay), axis) ?? this.curve;
    if (!this.curve) return;
    const pins = this.pins.map((pin) => this.pinCurve(pin, axis)).filter((pin) => pin.curve);
    const curves = [this.curve, ...pins.map((pin) => pin.curve)];
    this.range = rangeOf(curves, this.log, this.held ? this.range : null);
    const { theme, head, translate, range, log } = this;
    const traces = tracesFor({ curve: this.curve, pins, head, axis, theme, translate });
    const layout = layoutFor({ axis, range, log, theme, translate, end: this.curve.x.at(-1) });
    this.Plotly.react(this.graph, traces, { ...layout, ...this.origin(axis, layout.xaxis.range[1]) }, {
      displayModeBar: false, doubleClick: "reset", scrollZoom: false,
    });
    this.handles.show(this.current);
    this.pencil.over(factsOf(this.current));
    if (!this.followed) this.follow();
    this.describe();
    performance.measure("lrlab:draw", { start });
  }

  // Zoomed, panned or given another width, the curve takes its handles along.
  follow() {
    this.followed = true;
    this.graph.on("plotly_afterplot", () => this.handles.follow());
  }

  // A branch follows the curve only from where it left its origin.
  origin(axis, end) {
    if (!this.branch) return { shapes: [], annotations: [] };
    const [run, update] = this.branch;
    const x = axis === "step" ? update : update / stepsPerEpoch(this.current.settings);
    const said = filled(this.translate("Run {run} until here"), { run });
    return originOf({ x, end, said, theme: this.theme });
  }

  // Pins stand still: their curves are computed once for each axis.
  pinCurve(pin, axis) {
    const { schedule, ...settings } = pin.experiment;
    const over = schedules.ruleIn(schedule) && this.replay?.values;
    const key = `${axis} ${JSON.stringify([pin.experiment, over])}`;
    if (!this.pinned.has(key)) {
      if (this.pinned.size > 100) this.pinned.clear(); // a curve drawn by hand is many
      const experiment = { spec: schedule, settings, formulas: this.formulas };
      this.pinned.set(key, computed(decided(experiment, this.replay), axis));
    }
    return { name: pin.name, curve: this.pinned.get(key), look: series[pin.slot] };
  }

  describe() {
    const { first, peak, last } = featuresOf(this.curve);
    const { spec, settings } = this.current;
    this.note.textContent = schedules.ruleIn(spec) && this.replay ? this.replay.name : "";
    this.note.hidden = this.note.textContent === "";
    this.graph.setAttribute("aria-label", filled(this.translate(
      "{title}: the rate starts at {first}, peaks at {peak} and ends at {last} over {epochs} epochs."
    ), {
      title: titleOf(spec, this.titles), epochs: settings.epochs, first: shownRate(first),
      peak: shownRate(peak), last: shownRate(last),
    }) + (this.note.hidden ? "" : ` ${this.note.textContent}.`) + this.origins(settings));
  }

  origins(settings) {
    if (!this.branch) return "";
    const [run, update] = this.branch;
    const epoch = rounded(update / stepsPerEpoch(settings));
    return ` ${filled(this.translate("Training goes on from run {run} at epoch {epoch}."), { run, epoch })}`;
  }

  buildBar() {
    const focused = document.activeElement?.closest?.("[data-key]")?.dataset.key;
    const pin = make("button", { type: "button", className: "lrlab-small", "data-key": "pin" },
      this.translate("Pin this curve"));
    pin.addEventListener("click", () => this.wish("pin", 1));
    this.bar.replaceChildren(this.axisSwitch(), pin, this.pencilSwitch(),
      ...this.pins.map((each, index) => this.chip(each, index)));
    const within = focused?.match(/^pin-(?:name|colour)-(\d+)/);
    if (within) this.bar.querySelector(`[data-key="pin-${within[1]}"]`)?.parentElement.setAttribute("open", "");
    if (focused) this.bar.querySelector(`[data-key="${focused}"]`)?.focus();
  }

  axisSwitch() {
    const box = make("input", { type: "checkbox", checked: this.log, "data-key": "axis-log" });
    box.setAttribute("role", "switch");
    box.addEventListener("change", () => {
      this.see({ log: box.checked });
      this.wish("log", box.checked);
    });
    return make("label", { className: "lrlab-check" }, box, this.translate("Log axis"));
  }

  pencilSwitch() {
    const button = make("button", { type: "button", className: "lrlab-small", "data-key": "pencil",
      title: this.translate("Draw any curve over the plot; its points can then be dragged") },
    this.translate("Pencil"));
    const take = (taken) => {
      button.setAttribute("aria-pressed", taken);
      this.pencil.take(taken);
    };
    button.addEventListener("click", () => take(button.getAttribute("aria-pressed") !== "true"));
    button.addEventListener("keydown", ({ key }) => key === "Escape" && take(false));
    take(!this.pencil.element.hidden);
    return button;
  }

  chip({ name, slot }, index) {
    const label = filled(this.translate("Unpin {name}"), { name });
    const remove = make("button", { type: "button", title: label, "data-key": `unpin-${index}` }, "×");
    remove.setAttribute("aria-label", label);
    remove.addEventListener("click", () => this.wish("unpin", slot));
    return make("span", { className: "lrlab-chip" }, this.pinEditor({ name, slot }, index), remove);
  }

  // A pin's name and colour, folded behind its sign.
  pinEditor({ name, slot }, index) {
    const sign = make("summary", { title: filled(this.translate("Name and colour of {name}"), { name }),
      "data-key": `pin-${index}` }, swatch(series[slot]), make("span", { className: "lrlab-chip-name" }, name));
    const field = make("input", { type: "text", value: name, maxLength: LONGEST_NAME,
      "data-key": `pin-name-${index}` });
    field.addEventListener("change", () => this.wish("name", slot, field.value));
    const colours = series.slice(1).map((one, at) => {
      const place = at + 1;
      const button = make("button", { type: "button", "data-key": `pin-colour-${index}-${place}` }, swatch(one));
      button.setAttribute("aria-pressed", String(place === slot));
      button.setAttribute("aria-label", filled(this.translate("Colour {number}"), { number: place }));
      button.addEventListener("click", () => this.wish("colour", slot, String(place)));
      return button;
    });
    const panel = make("div", { className: "lrlab-pin-panel" },
      make("label", {}, this.translate("Name"), field),
      make("div", { className: "lrlab-pin-colours", role: "group", ariaLabel: this.translate("Colour") },
        ...colours));
    const editor = make("details", { className: "lrlab-pin" }, sign, panel);
    editor.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return;
      editor.open = false;
      sign.focus();
    });
    return editor;
  }
}

// What looks at the run is drawn as it decides over the replayed metric.
function decided(experiment, replay) {
  if (!replay) return experiment;
  const { spec, settings } = experiment;
  const ticks = { clock: settings.clock, steps_per_epoch: stepsPerEpoch(settings) };
  const values = replay.values.slice(0, settings.epochs);
  try {
    return { ...experiment, spec: schedules.replayed(spec, ticks, values) };
  } catch (error) {
    console.debug("lrlab: not replayed", error);
    return experiment;
  }
}

// A spec that the browser cannot draw (yet) leaves the last curve standing: a rate that is not
// finite, or a structure whose code is still on its way from Python.
function computed(experiment, axis) {
  try {
    return curveOf(experiment, axis, schedules);
  } catch (error) {
    console.debug("lrlab: not drawn", error);
    return null;
  }
}

function titleOf(spec, titles) {
  const own = titles[spec.kind] ?? spec.kind;
  return spec.inner ? `${own}, ${titleOf(spec.inner, titles)}` : own;
}
