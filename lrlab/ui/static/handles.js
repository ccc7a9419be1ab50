// The handles on the preview's curve: a pointer, a finger or the arrow keys drag a point of it,
// and the parameters that put it there follow. The editor holds the schedule (topic "hand");
// here is only where a handle is, and which values bring it under the hand.

import { subscribe } from "./bus.js";
import { shownRate } from "./curve.js";
import { make } from "./fields.js";
import { filled, stepsPerEpoch, valueAt, withValue } from "./spec.js";
import * as schedules from "../schedules.js";

const MOST = 40; // of a curve with more points than this the points have no handles
const SAME = 1e-9;
const ROUNDING = 1e-9;
const JUST_BEFORE = 1 - 1e-6;
const HALVINGS = 40;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
  PageUp: [0, 5], PageDown: [0, -5] };
const KEY_HEIGHT = 0.02; // of the plot, that one press moves a handle

/** The handles over `graph`, a Plotly graph that `show` finds drawn. */
export class Handles {
  hand = null;
  facts = null;
  grabbed = null;
  marks = new Map();

  constructor(graph, translate) {
    this.graph = graph;
    this.translate = translate;
    this.element = make("div", { className: "lrlab-handles" });
    this.stop = subscribe("hand", (hand) => {
      this.hand = hand;
      this.element.hidden = !hand;
    });
  }

  close() {
    this.stop();
    this.element.remove();
  }

  /** Put a handle on each point of `experiment` ({spec, settings, formulas}) that can move. */
  show(experiment) {
    if (!this.hand) return;
    this.facts = factsOf(experiment);
    const found = this.movable(this.facts);
    const shown = found.length > MOST ? [] : found;
    for (const [key, mark] of this.marks) {
      if (shown.some((handle) => handle.key === key)) continue;
      mark.remove();
      this.marks.delete(key);
    }
    const marks = shown.map((handle) => this.markOf(handle));
    shown.forEach((handle, index) => this.place(marks[index], handle));
    const [moved] = marks.filter((mark, index) => mark !== this.element.children[index]);
    if (moved && !this.element.contains(document.activeElement)) this.element.replaceChildren(...marks);
  }

  /** Stand where the drawn curve stands now: its axes have moved. */
  follow() {
    for (const mark of this.marks.values()) this.place(mark, mark.handle);
  }

  // Handles in one place are one: its time is one parameter's, its rate another's.
  movable(facts) {
    const found = [];
    for (const handle of schedules.handlesOf(facts.spec, facts.T)) {
      const up = handle.up && this.matters(facts, handle) ? handle.up : null;
      const twin = found.find(({ t, across }) =>
        Math.abs(t - handle.t) <= SAME * facts.T && !(across && handle.across));
      if (twin) {
        twin.across ??= handle.across;
        twin.up ??= up;
      } else found.push({ ...handle, up });
    }
    const isThere = (handle) => pathsOf(handle).every((path) => this.hand.has(path));
    return found.filter(({ across, up }) => across || up).filter(isThere)
      .sort((one, other) => one.t - other.t)
      .map((handle) => ({ ...handle, key: keyOf(handle),
        names: pathsOf(handle).map((path) => this.hand.labelOf(path)).join(", ") }));
  }

  matters({ spec, T, formulas }, { up, t, before }) {
    const rate = (value) =>
      schedules.compile(withValue(spec, up, value), formulas)(before ? t * JUST_BEFORE : t, T);
    const now = valueAt(spec, up);
    if (!Number.isFinite(now)) return false;
    const [one, other] = [rate(now), rate(now > 0 ? now / 2 : 1)];
    return Math.abs(one - other) > ROUNDING * Math.max(one, other);
  }

  markOf(handle) {
    const { key } = handle;
    if (!this.marks.has(key)) {
      const mark = make("div", { className: "lrlab-handle", tabIndex: 0, role: "slider" },
        make("span", { className: "lrlab-handle-said" }));
      mark.addEventListener("pointerdown", (event) => this.grab(event, mark));
      mark.addEventListener("pointermove", (event) => this.drag(event, mark));
      for (const end of ["pointerup", "pointercancel"]) {
        mark.addEventListener(end, () => this.release());
      }
      mark.addEventListener("keydown", (event) => this.press(event, mark));
      mark.addEventListener("keyup", () => this.hand?.commit());
      mark.addEventListener("blur", () => this.hand?.commit());
      this.element.append(mark);
      this.marks.set(key, mark);
    }
    return this.marks.get(key);
  }

  place(mark, handle) {
    const { spec, T, formulas, late, clock } = this.facts;
    const { _fullLayout: { xaxis, yaxis, _size: size } } = this.graph;
    const rate = schedules.compile(spec, formulas)(timeOf(handle), T);
    const x = handle.t + late;
    const [left, top] = [xaxis.d2p(x), yaxis.d2p(rate)];
    mark.handle = handle;
    mark.at = { x, rate };
    // One that stands outside what is shown is not there; a rate of 0 has no place on a log axis.
    mark.hidden = !(left >= -1 && left <= size.w + 1 && top >= -1 && top <= size.h + 1);
    mark.style.translate = `${left + size.l}px ${top + size.t}px`;
    mark.classList.toggle("lrlab-handle-left", left > 0.8 * size.w);
    this.say(mark, { x, rate, clock });
  }

  say(mark, { x, rate, clock }) {
    const { names } = mark.handle;
    const words = this.translate(clock === "step" ? "update {x}, rate {rate}" : "epoch {x}, rate {rate}");
    const said = filled(words, { x: Number(x.toFixed(2)), rate: shownRate(rate) });
    const facts = { "aria-label": filled(this.translate("On the curve: {names}"), { names }),
      "aria-valuenow": rate, "aria-valuetext": said,
      "data-handle": pathsOf(mark.handle).map((path) => path.join(".")).join(" ") };
    for (const [name, fact] of Object.entries(facts)) mark.setAttribute(name, fact);
    mark.firstChild.textContent = said;
  }

  // What the hand does.

  grab(event, mark) {
    if (event.button > 0) return;
    event.preventDefault();
    mark.focus({ preventScroll: true });
    mark.setPointerCapture(event.pointerId);
    const box = mark.getBoundingClientRect();
    this.grabbed = { mark, offset: [event.clientX - box.x - box.width / 2,
      event.clientY - box.y - box.height / 2] };
  }

  drag(event, mark) {
    if (this.grabbed?.mark !== mark) return;
    const { _fullLayout: { xaxis, yaxis, _size: size } } = this.graph;
    const box = this.graph.getBoundingClientRect();
    const [dx, dy] = this.grabbed.offset;
    const inside = (value, most) => Math.min(most, Math.max(0, value));
    this.move(mark, {
      x: xaxis.p2d(inside(event.clientX - dx - box.x - size.l, size.w)),
      rate: yaxis.p2d(inside(event.clientY - dy - box.y - size.t, size.h)),
    });
  }

  release() {
    if (!this.grabbed) return;
    this.grabbed = null;
    this.hand?.commit();
  }

  press(event, mark) {
    const steps = KEYS[event.key];
    if (!steps) return;
    event.preventDefault();
    const { yaxis, _size: size } = this.graph._fullLayout;
    const { x, rate } = mark.at;
    const { across } = mark.handle;
    const step = across ? this.hand.stepOf(across.path, this.facts.T) : 0;
    const top = yaxis.d2p(rate) - steps[1] * KEY_HEIGHT * size.h;
    const to = { x: x + steps[0] * step, rate: steps[1] ? Math.max(0, yaxis.p2d(top)) : rate };
    // The next key may come before the next drawing, and goes on from here.
    if (this.move(mark, { ...to, along: steps[0], aside: steps[1] })) mark.at = to;
  }

  // Bring a handle to a time and a rate, if that changes anything. Of a key only one is meant.
  move(mark, { x, rate, along = 1, aside = 1 }) {
    const { across, up } = mark.handle;
    const { T, late } = this.facts;
    const t = Math.min(T, Math.max(0, x - late));
    let { spec } = this.facts;
    const changes = [];
    const change = (path, value) => {
      if (value === valueAt(spec, path)) return;
      spec = withValue(spec, path, value);
      changes.push([path, value]);
    };
    if (across && along) change(across.path, this.hand.snap(across.path, across.reach(t)));
    if (up && aside) change(up, this.solved(spec, mark.handle, rate));
    if (changes.length) this.hand.move(changes);
    return changes.length > 0;
  }

  // The value of a handle's parameter that brings the rate nearest to the one wanted: between the
  // ends of its slider the rate only rises, or only falls.
  solved(spec, { up, key }, wanted) {
    const { T, formulas } = this.facts;
    const t = timeOf(schedules.handlesOf(spec, T).find((each) => keyOf(each) === key) ?? { t: T });
    const rateAt = (value) => schedules.compile(withValue(spec, up, value), formulas)(t, T);
    let { low, high, valueOf } = this.hand.reach(up);
    const rising = rateAt(valueOf(high)) > rateAt(valueOf(low));
    for (let halving = 0; halving < HALVINGS; halving += 1) {
      const middle = (low + high) / 2;
      if (rateAt(valueOf(middle)) < wanted === rising) low = middle;
      else high = middle;
    }
    const near = [valueOf(low), valueOf(high)];
    return near.sort((a, b) => Math.abs(rateAt(a) - wanted) - Math.abs(rateAt(b) - wanted))[0];
  }
}

const keyOf = ({ across, up }) => JSON.stringify(across?.path ?? up);
const pathsOf = ({ across, up }) => [across?.path, up].filter(Boolean);
const timeOf = ({ t, before }) => (before ? t * JUST_BEFORE : t);

// A run's length in its clock's unit, and how much later than its time a rate is applied.
export function factsOf({ spec, settings, formulas }) {
  const { clock, epochs, lag } = settings;
  const perEpoch = stepsPerEpoch(settings);
  const T = clock === "step" ? epochs * perEpoch : epochs;
  const tick = clock === "progress" ? 1 / perEpoch : 1;
  return { spec, formulas, clock, T, late: lag ? tick : 0 };
}
