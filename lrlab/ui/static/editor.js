// The editor of an experiment: publishes every change to the page at once (topic "spec"), and
// reports to Python when the hand lets go. It holds the last valid experiment; what cannot be
// used stays in its field, with a sentence beside it.

import "./style.js";
import { publish, subscribe } from "./bus.js";
import { make } from "./fields.js";
import { parameterFields, scheduleForm } from "./form.js";
import { handOf } from "./hand.js";
import { layoutForm } from "./layout.js";
import { settled, shapeOfSettings } from "./settings.js";
import { defaultsOf, expressionsIn, filled, rounded, shapeOf, stepsPerEpoch, valueAt,
  withValue } from "./spec.js";

const editors = new WeakMap();

/** Streamlit's entry: runs on each change of data or theme with the same `parentElement`. */
export default function mount(component) {
  const { parentElement } = component;
  if (!editors.has(parentElement)) editors.set(parentElement, new Editor(parentElement));
  const editor = editors.get(parentElement);
  editor.receive(component);
  return () => queueMicrotask(() => parentElement.isConnected || editor.close());
}

class Editor {
  fields = [];
  switches = new Set(["warmup", "clamp"]);
  formulas = {};
  memory = new Map();
  openGroups = new Set();
  experiment = null;
  revision = null;
  asked = null;
  keyHeld = false;
  unreported = false;

  constructor(parent) {
    this.root = make("div", { className: "lrlab-editor" });
    parent.append(this.root);
    this.root.addEventListener("keydown", () => { this.keyHeld = true; });
    this.root.addEventListener("keyup", () => this.release());
    this.root.addEventListener("focusout", () => this.release());
    this.stop = subscribe("facts", (facts) => this.learn(facts));
  }

  close() {
    this.stop();
    publish("hand", null);
    this.root.remove();
  }

  receive(component) {
    this.last = component;
    if (!this.catalogue) return; // the facts are still on their way
    const { data, setStateValue } = component;
    // With its revision, what is set by hand as it was before Python decided is news again.
    this.send = (experiment) =>
      setStateValue("experiment", { ...experiment, revision: this.revision });
    const waiting = !this.drawable();
    Object.assign(this.formulas, data.formulas);
    if (data.revision !== this.revision) this.adopt(data);
    else this.settle(data);
    if (waiting) this.publish();
    this.complain(data.error);
  }

  learn(facts) {
    this.texts = facts.texts;
    this.labels = facts.labels;
    this.presets = facts.presets;
    this.settings = facts.settings;
    this.formulaNames = new Set(facts.formula_names);
    this.catalogue = new Map(facts.catalogue.map((entry) => [entry.kind, entry]));
    this.translate = (text) => this.texts[text] ?? text;
    publish("hand", handOf(this));
    this.commit = () => {
      this.unreported = true;
      if (!this.keyHeld) this.report();
    };
    this.shape = null; // in other words now
    if (this.experiment) this.replace(this.experiment);
    else if (this.last) this.receive(this.last);
  }

  // Python's state differs from ours: an opened link, the back button.
  adopt({ experiment, revision }) {
    this.revision = revision;
    this.asked = null;
    this.replace(experiment);
  }

  // Python has read a formula's text that we asked about: now it may be drawn.
  settle({ experiment, error }) {
    if (!this.asked || error) return;
    const { path, value, constants } = this.asked;
    if (valueAt(experiment, path) !== value) return;
    this.asked = null;
    const parent = path.slice(0, -1);
    const spec = { ...this.get(parent), expression: value, constants };
    this.replace(withValue(this.experiment, parent, spec));
  }

  complain(error) {
    const known = error && this.fields.find(({ path }) => path.join(".") === error.field);
    if (known) known.error(error.sentence);
    this.notice.textContent = error && !known ? error.sentence : "";
    this.notice.hidden = !error || Boolean(known);
  }

  get(path) {
    return valueAt(this.experiment, path);
  }

  change(path, value) {
    const experiment = withValue(this.experiment, path, value);
    this.replace(settled(this.settings, experiment, this.experiment));
  }

  /** Put values that a hand on the curve found into their places: [[path, value], …]. */
  moved(changes) {
    this.unreported = true;
    this.replace(changes.reduce((experiment, [path, value]) => withValue(experiment, path, value),
      this.experiment));
  }

  /** The hand has let go of the curve. */
  released() {
    if (this.unreported) this.report();
  }

  /** Ask Python to read a formula's text; its new names become constants of value 1. */
  ask(path, value) {
    const parent = path.slice(0, -1);
    const before = this.get([...parent, "constants"]);
    const names = (value.match(/[A-Za-z_]\w*(?!\w|\s*\()/g) ?? [])
      .filter((name) => !this.formulaNames.has(name));
    const constants = Object.fromEntries(names.map((name) => [name, before[name] ?? 1]));
    this.asked = { path, value, constants };
    const spec = { ...this.get(parent), expression: value, constants };
    this.send(withValue(this.experiment, parent, spec));
  }

  replace(experiment) {
    const shape = shapeOf(experiment) + shapeOfSettings(this.settings, experiment);
    this.experiment = experiment;
    if (shape !== this.shape) {
      this.shape = shape;
      this.build();
    } else {
      for (const field of this.fields) field.set(this.get(field.path));
    }
    this.publish();
  }

  build() {
    const place = placeOfFocus(this.root);
    this.fields = [];
    this.notice = make("p", { className: "lrlab-error", role: "alert", hidden: true });
    this.root.replaceChildren(...layoutForm(this), this.notice);
    place?.restore();
  }

  drawable() {
    const texts = expressionsIn(this.experiment?.schedule ?? null);
    return texts.every((text) => text in this.formulas);
  }

  publish() {
    if (!this.drawable()) return;
    const { schedule, ...settings } = this.experiment;
    publish("spec", { spec: schedule, settings, formulas: this.formulas });
  }

  release() {
    this.keyHeld = false;
    if (this.unreported) this.report();
  }

  report() {
    this.unreported = false;
    this.send(this.experiment);
  }

  // What the fields ask of the editor.

  place = () => {
    const { clock, epochs } = this.experiment;
    return { clock, epochs, updates: epochs * stepsPerEpoch(this.experiment) };
  };

  labelOf({ name, unit }) {
    const label = this.labels[name] ?? name;
    if (unit !== "clock") return label;
    const ticks = this.experiment.clock === "step" ? "{label} (updates)" : "{label} (epochs)";
    return filled(this.translate(ticks), { label });
  }

  wordOf(word) {
    return this.labels[word] ?? word;
  }

  /** The schedule of a kind as it was last left, else with its defaults. */
  remembered(kind) {
    return this.memory.get(kind) ?? defaultsOf(this.catalogue.get(kind));
  }

  remember(spec) {
    this.memory.set(spec.kind, spec);
  }

  /** A first value for an optional parameter that is switched on. */
  suggested(parameter) {
    const first = parameter.suggested ?? parameter.default;
    if (first !== null) return first;
    if (parameter.unit !== "clock") return 1;
    const { clock, epochs, updates } = this.place();
    return rounded(clock === "step" ? updates : epochs);
  }

  parameterFields(path, parameter, prefix) {
    return parameterFields(this, path, parameter, prefix);
  }

  scheduleForm(path, prefix) {
    return scheduleForm(this, path, prefix);
  }
}

// A rebuilt form puts the focus, and a text that is being typed, back where they were.
function placeOfFocus(root) {
  const active = document.activeElement;
  if (!root.contains(active)) return null;
  const key = active.closest("[data-key]")?.dataset.key;
  const same = `[data-key="${key}"] ${active.localName}${active.type ? `[type="${active.type}"]` : ""}`;
  const text = active.type === "text" ? [active.value, active.selectionStart] : null;
  return {
    restore() {
      const found = key && root.querySelector(same.replace('[type="select-one"]', ""));
      if (!found) return;
      found.focus({ preventScroll: true });
      if (!text) return;
      found.value = text[0];
      found.setSelectionRange(text[1], text[1]);
    },
  };
}
