// What the preview replays an adaptive schedule against: a stored run's metric, or a curve that a
// hand draws here. Publishes it at once (topic "replay"); Python learns it when the hand lets go.

import "./style.js";
import { publish, subscribe } from "./bus.js";
import { Drawing } from "./drawing.js";
import { make } from "./fields.js";
import { filled, rounded } from "./spec.js";
import * as schedules from "../schedules.js";

const NAMES = { test_loss: "test loss", train_loss: "train loss", test_acc: "test accuracy" };

const panels = new WeakMap();

/** Streamlit's entry: runs on each change of data or theme with the same `parentElement`. */
export default function mount(component) {
  const { parentElement } = component;
  if (!panels.has(parentElement)) panels.set(parentElement, new Replay(parentElement));
  const panel = panels.get(parentElement);
  panel.receive(component);
  return () => queueMicrotask(() => parentElement.isConnected || panel.close());
}

/** Return a made-up metric of `epochs` epochs: it gets better fast, then stays, with noise. */
export function madeUp(kind, epochs) {
  return Array.from({ length: epochs }, (_, index) => {
    const left = Math.exp(-(index + 1) / 1.5);
    const noise = 0.06 * (Math.abs(Math.sin((index + 1) * 127.1) * 43758.5453) % 1);
    return rounded(kind === "accuracy" ? 0.9 - 0.6 * left - noise : 0.32 + 1.6 * left + noise);
  });
}

class Replay {
  run = null;
  drawn = null;
  series = null;
  revision = null;

  constructor(parent) {
    this.parent = parent;
    this.select = make("select", { "data-key": "replay-source" });
    this.again = make("button", { type: "button", className: "lrlab-small",
      "data-key": "replay-again" });
    this.drawing = new Drawing({
      onDraw: (values) => this.take({ drawn: { kind: this.kind(), values } }),
      onEnd: () => this.report(),
    });
    this.label = make("label", { className: "lrlab-check" });
    const bar = make("div", { className: "lrlab-bar" }, this.label, this.again);
    this.root = make("div", { className: "lrlab-figure lrlab-replay" }, bar, this.drawing.element);
    parent.append(this.root);
    this.select.addEventListener("change", () => this.choose(this.select.value));
    this.again.addEventListener("click", () => this.choose("", null));
  }

  close() {
    this.stop?.();
    this.drawing.close();
    publish("replay", null);
    this.root.remove();
    panels.delete(this.parent);
  }

  receive({ data, setStateValue }) {
    this.texts = data.texts;
    this.send = (choice) => setStateValue("choice", choice);
    if (data.revision !== this.revision) {
      Object.assign(this, { revision: data.revision, run: data.run, drawn: data.drawn });
    }
    if (data.run === this.run) this.series = data.series;
    this.offer(data.runs);
    this.stop ??= subscribe("spec", (current) => this.take({ current }));
    this.show();
  }

  translate = (text) => this.texts[text] ?? text;

  offer(runs) {
    const option = ([value, text]) => make("option", { value }, text);
    const known = runs.map(({ run, name }) =>
      [run, filled(this.translate("Run {run}: {name}"), { run, name })]);
    this.select.replaceChildren(
      ...[["", this.translate("A curve drawn by hand")], ...known].map(option));
    this.select.value = this.run ?? "";
    this.label.replaceChildren(this.translate("Replay of"), this.select);
    this.again.textContent = this.translate("Start over");
  }

  choose(run, drawn = this.drawn) {
    this.series = null;
    this.take({ run: run === "" ? null : Number(run), drawn });
    this.report();
  }

  take(news) {
    Object.assign(this, news);
    this.show();
  }

  report() {
    this.send({ run: this.run, drawn: this.drawn });
  }

  kind() {
    return this.metric === "test_acc" ? "accuracy" : "loss";
  }

  // A drawn curve goes on at its last value where the run became longer.
  values(epochs) {
    if (this.run !== null) return this.series?.[this.metric] ?? null;
    if (this.drawn?.kind !== this.kind()) return madeUp(this.kind(), epochs);
    const { values } = this.drawn;
    return Array.from({ length: epochs }, (_, index) => values[index] ?? values.at(-1));
  }

  show() {
    if (!this.current) return;
    this.metric = schedules.ruleIn(this.current.spec)?.metric ?? null;
    this.root.hidden = this.metric === null;
    if (this.metric === null) return;
    const { epochs } = this.current.settings;
    const values = this.values(epochs);
    if (values === null) return;
    const metric = this.translate(NAMES[this.metric]);
    const { run } = this;
    this.again.hidden = run !== null || this.drawn?.kind !== this.kind();
    this.drawing.show({
      values: values.slice(0, epochs), epochs, accuracy: this.kind() === "accuracy",
      dashed: this.metric !== "train_loss", fixed: run !== null,
      title: this.translate(metric[0].toUpperCase() + metric.slice(1)),
      label: filled(this.translate(run === null
        ? "Draw the {metric}: left and right choose the epoch, up and down change its value"
        : "The {metric} of run {run}"), { metric, run }),
      reading: this.translate("Epoch {epoch}: {value}"),
    });
    publish("replay", { name: this.name(metric, values.length, epochs), values });
  }

  name(metric, seen, epochs) {
    const { run } = this;
    if (run !== null) {
      return filled(this.translate(seen < epochs
        ? "Replay of run {run}'s {metric}, {seen} epochs of it"
        : "Replay of run {run}'s {metric}"), { run, metric, seen });
    }
    if (!this.again.hidden) return this.translate("Replay of a curve drawn by hand");
    return filled(this.translate("Replay of a made-up {metric}"), { metric });
  }
}
