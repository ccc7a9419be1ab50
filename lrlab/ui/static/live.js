// The live component: loss, accuracy and learning rate of runs while they train, and what
// their instruments measure.
//
//   server-sent events -> records (run → status and columns) -> status rows and charts
//
// Python gives the runs, their figures without data and the texts; from then on the
// stream does the rest, and no script runs for a watcher. Python hears of two things:
// `cancel` (a run) when the button is pressed and `ended` (a run) when one has ended.

import { publish } from "./bus.js";
import { describe } from "./live-alternative.js";
import { Charts } from "./live-charts.js";
import { Frames, shownCharts } from "./live-frames.js";
import { take } from "./live-records.js";
import { announcement, Row, signButton } from "./live-status.js";
import { Stream } from "./live-stream.js";
import * as text from "./live-text.js";

const { say } = text;

const style = document.createElement("link");
style.rel = "stylesheet";
style.href = new URL("./live.css", import.meta.url).href;
document.head.append(style);

const HTML = `
  <div class="lrlab-live-runs"></div>
  <div class="lrlab-live-behind"></div>
  <p class="lrlab-live-break" role="alert" hidden></p>
  <p class="lrlab-live-spoken" role="status" aria-live="polite"></p>
  <div class="lrlab-live-charts"></div>`;

class Live {
  constructor(parent) {
    this.host = document.createElement("section");
    this.host.className = "lrlab-live";
    this.host.innerHTML = HTML;
    parent.append(this.host);
    this.records = new Map();
    this.rows = new Map();
    this.frames = new Frames({
      host: this.#part(".lrlab-live-charts"),
      onLog: (chart) => this.#log(chart),
      onGone: (chart) => this.charts.drop(chart),
    });
    const { graphs } = this.frames;
    this.charts = new Charts({ graphs, records: this.records, host: this.host });
    this.stream = new Stream({
      onNews: (runs) => this.#news(runs),
      onBreak: (since) => this.#broken(since),
    });
  }

  /** Show what Python asks for; called at each run of its script and each change of theme. */
  update({ data, setTriggerValue }) {
    this.tell = setTriggerValue;
    const changed = JSON.stringify(data);
    if (changed === this.drawn) return this.charts.retheme();
    this.drawn = changed;
    this.data = data;
    this.texts = data.texts;
    this.host.dataset.size = data.size;
    this.host.setAttribute("aria-label", say(this.texts, "Training"));
    this.#rows();
    this.#draw();
    this.stream.follow([...data.runs, ...data.behind]);
  }

  close() {
    publish("head", null);
    this.stream.close();
    this.charts.close();
    this.host.remove();
  }

  #part(selector) {
    return this.host.querySelector(selector);
  }

  /** Draw every chart that has something to show. */
  #draw() {
    const { size, figures } = this.data;
    if (size === "rows") return;
    this.frames.show(shownCharts(figures, this.records));
    this.#captions(); // before the charts, whose legends keep clear of them
    this.charts.update(figures);
  }

  #captions() {
    this.frames.caption(this.texts, (chart) => this.charts.isLog(chart, this.data.figures));
  }

  #log(chart) {
    this.charts.setLog(chart, !this.charts.isLog(chart, this.data.figures));
    this.#captions();
  }

  #rows() {
    const { data, texts } = this;
    for (const run of data.runs) {
      if (this.rows.has(run)) continue;
      const sign = data.signs[run];
      const onCancel = (asked) => this.tell("cancel", asked);
      const onToggle = (shown) => this.charts.show(run, shown);
      const row = new Row({ run, sign, texts, onCancel, onToggle });
      row.update(this.records.get(run)?.status);
      this.rows.set(run, row);
    }
    const shown = data.runs.map((run) => this.rows.get(run).element);
    this.#part(".lrlab-live-runs").replaceChildren(...shown);
    this.#part(".lrlab-live-behind").replaceChildren(...data.behind.map((run) => this.#sign(run)));
  }

  #sign(run) {
    const onToggle = (shown) => this.charts.show(run, shown);
    const button = signButton({ sign: this.data.signs[run], texts: this.texts, onToggle });
    button.setAttribute("aria-pressed", !this.charts.hidden.has(run));
    return button;
  }

  #news(runs) {
    const news = Object.entries(runs);
    const fresh = news.map(([key, each]) => this.#take(Number(key), each));
    if (fresh.includes(true)) this.#draw();
    else this.charts.refresh({ points: news.some(([, each]) => each.points ?? each.measures) });
    this.#head();
    describe(this.frames.graphs, this.records.get(this.data.runs[0]), this.texts);
  }

  #take(run, news) {
    const before = this.records.get(run)?.status;
    const fresh = take(this.records, run, news);
    const { status } = news;
    if (status) this.rows.get(run)?.update(status);
    if (status && before?.state !== status.state) this.#changed(run, before, status);
    return fresh;
  }

  #changed(run, before, status) {
    if (!this.data.runs.includes(run)) return;
    this.#part(".lrlab-live-spoken").textContent = announcement(status, this.texts);
    if (before && text.isFinal(status)) this.tell("ended", run);
  }

  /** Tell the page where the first run stands, for the marker on the previewed curve. */
  #head() {
    const [run] = this.data.runs;
    const status = this.records.get(run)?.status;
    if (!status?.update || text.isFinal(status)) return publish("head", null);
    const { update, epoch, lr } = status;
    const clock = this.data.clocks[run];
    const done = update - 1; // updates finished before the one this rate was applied in
    const perEpoch = done / clock.steps_per_epoch;
    const t = { step: done, progress: perEpoch, epoch: Math.floor(perEpoch) }[clock.clock];
    publish("head", { run, update, epoch, lr, t });
  }

  #broken(since) {
    const line = this.#part(".lrlab-live-break");
    line.hidden = !since;
    if (!since) return;
    const time = text.timeOfDay(since);
    line.textContent = say(
      this.texts,
      "Not connected since {time}. Training goes on; the curves follow when the line is back.",
      { time },
    );
  }
}

const mounted = new WeakMap();

export default function live(component) {
  const { parentElement } = component;
  const view = mounted.get(parentElement) ?? new Live(parentElement);
  mounted.set(parentElement, view);
  const turn = (view.turn = (view.turn ?? 0) + 1);
  view.update(component);
  return () => {
    // Streamlit may clean up an overtaken call: only the last one's end is the component's.
    if (view.turn !== turn) return;
    mounted.delete(parentElement);
    view.close();
  };
}
