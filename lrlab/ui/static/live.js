// The live component: loss, accuracy and learning rate of runs while they train, and what
// their instruments measure.
//
//   server-sent events -> records (run → status and columns) -> status rows and charts
//
// Python gives the runs, their figures without data and the texts; from then on the
// stream does the rest, and no script runs for a watcher. Python hears of two things:
// `wishes`, what a hand asks of runs, and `ended` (a run) when one has ended that was `open`,
// not ended, to Python: it may have ended before the first event.

import "./style.js";
import { publish } from "./bus.js";
import { describe } from "./live-alternative.js";
import { Charts } from "./live-charts.js";
import { isPending, sentenceOf } from "./live-commands.js";
import { Frames, shownCharts } from "./live-frames.js";
import { marksOf } from "./live-marks.js";
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
    this.wishes = [];
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
  update({ data: { desk, open, ...data }, setTriggerValue, setStateValue }) {
    this.tell = setTriggerValue;
    this.send = (wishes) => setStateValue("wishes", wishes);
    this.desk = desk;
    this.open = new Set(open);
    this.#show(data);
    for (const [run, fault] of Object.entries(desk.faults)) {
      if (this.rows.get(Number(run))?.refuse(fault)) this.#speak(fault[1]);
    }
  }

  #show(data) {
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
    this.#mark();
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
      const { signs: { [run]: sign }, rates: { [run]: rate } } = data;
      const onWish = (...wish) => this.#wish(...wish);
      const onToggle = (shown) => this.#toggle(run, shown);
      const row = new Row({ run, sign, rate, open: this.#roomy(), texts, onWish, onToggle });
      row.update(this.records.get(run));
      this.rows.set(run, row);
    }
    const shown = data.runs.map((run) => this.rows.get(run).element);
    this.#part(".lrlab-live-runs").replaceChildren(...shown);
    this.#part(".lrlab-live-behind").replaceChildren(...data.behind.map((run) => this.#sign(run)));
  }

  // In a narrow or a full view the live rate waits behind a press.
  #roomy() {
    return this.host.offsetWidth > 640 && this.data.runs.length < 3 && this.data.size !== "rows";
  }

  // Wishes are numbered and the last ones stay in the component's state: Python grants each
  // once, even when its reruns overtake each other.
  #wish(run, kind, value) {
    const number = Math.max(Date.now(), (this.wishes.at(-1)?.number ?? 0) + 1);
    const { token } = this.desk;
    this.wishes = [...this.wishes.slice(-9), { token, number, run, kind, value }];
    this.send(this.wishes);
  }

  #speak(sentence) {
    this.#part(".lrlab-live-spoken").textContent = sentence;
  }

  #sign(run) {
    const onToggle = (shown) => this.#toggle(run, shown);
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
    const { status: before, commands: told = [] } = this.records.get(run) ?? {};
    // A branch's lines begin at their origin's: with the first news of that they are drawn anew.
    const late = !before && Object.keys(this.data.trunks).length > 0;
    const fresh = take(this.records, run, news) || late;
    const { status } = this.records.get(run); // the whole of it: news hold what has changed
    this.rows.get(run)?.update(this.records.get(run));
    if (news.commands) this.#told(run, before && told);
    if (status && before?.state !== status.state) this.#changed(run, before, status);
    return fresh;
  }

  /** Mark where commands took effect, and say what became of the last one. */
  #told(run, before) {
    this.#mark();
    const record = this.records.get(run);
    const last = record.commands.at(-1);
    const known = before?.find(({ seq }) => seq === last?.seq);
    const open = before && last && !isPending(last) && (!known || isPending(known));
    if (open && this.data.runs.includes(run)) {
      this.#speak(`${record.status.name}: ${sentenceOf(last, this.texts)}`);
    }
  }

  #mark() {
    const { runs, trunks, signs, clocks } = this.data;
    const whole = runs.map((run) => [run, Infinity]);
    const parts = Object.entries(trunks).map(([run, until]) => [Number(run), until]);
    const marked = [...whole, ...parts].filter(([run]) => !this.charts.hidden.has(run));
    const shown = marked.map(([run, until]) => ({
      until,
      name: signs[run].title,
      colour: signs[run].colour,
      commands: this.records.get(run)?.commands ?? [],
      stepsPerEpoch: clocks[run].steps_per_epoch,
    }));
    this.charts.mark(marksOf(shown, this.texts));
  }

  #toggle(run, shown) {
    this.charts.show(run, shown);
    this.#mark();
  }

  #changed(run, before, status) {
    if (!this.data.runs.includes(run)) return;
    this.#speak(announcement(status, this.texts));
    if (this.open.has(run) && text.isFinal(status)) this.tell("ended", run);
  }

  /** Tell the page where the first run stands, for the marker on the previewed curve. */
  #head() {
    const [run] = this.data.runs;
    const status = this.records.get(run)?.status;
    if (!status?.update || status.lr === null || text.isFinal(status)) return publish("head", null);
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
