// The pencil: a stroke over the plot becomes a schedule through points. Where it did not go, the
// curve stays as it was. The points are as few as draw the same picture.

import { make } from "./fields.js";
import { rounded } from "./spec.js";
import * as schedules from "../schedules.js";

const MOST_POINTS = 24;
const FIRST_TOLERANCE = 1; // pixels by which a left-out point may lie off the line
const SAMPLES = 200; // of the curve as it was
const SVG = "http://www.w3.org/2000/svg";

/** A sheet over `graph` to draw on; `onDrawn(spec)` gets the schedule when the hand lets go. */
export class Pencil {
  stroke = null;

  constructor(graph, onDrawn) {
    Object.assign(this, { graph, onDrawn });
    this.line = document.createElementNS(SVG, "polyline");
    const svg = document.createElementNS(SVG, "svg");
    svg.append(this.line);
    this.element = make("div", { className: "lrlab-pencil", hidden: true, "data-key": "pencil-sheet" }, svg);
    this.element.addEventListener("pointerdown", (event) => this.begin(event));
    this.element.addEventListener("pointermove", (event) => this.stroke && this.go(event));
    this.element.addEventListener("pointerup", () => this.end());
    this.element.addEventListener("pointercancel", () => this.drop());
  }

  /** Take the pencil, or lay it down. */
  take(taken) {
    this.element.hidden = !taken;
    this.drop();
  }

  /** What the curve is that a stroke changes: see factsOf in handles.js. */
  over(facts) {
    this.facts = facts;
  }

  begin(event) {
    if (event.button > 0 || !this.facts) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this.stroke = [];
    this.go(event);
  }

  // Events between two frames count too: a fast hand draws a round curve.
  go(event) {
    const events = event.getCoalescedEvents?.() ?? [];
    for (const { clientX, clientY } of events.length ? events : [event]) {
      this.stroke.push(this.inside(clientX, clientY));
    }
    const { _size: size } = this.graph._fullLayout;
    this.line.setAttribute("points",
      this.stroke.map(([x, y]) => `${x + size.l},${y + size.t}`).join(" "));
  }

  inside(clientX, clientY) {
    const { _size: size } = this.graph._fullLayout;
    const box = this.graph.getBoundingClientRect();
    const within = (value, most) => Math.min(most, Math.max(0, value));
    return [within(clientX - box.x - size.l, size.w), within(clientY - box.y - size.t, size.h)];
  }

  end() {
    const drawn = this.stroke && rightwards(this.stroke);
    this.drop();
    if (drawn?.length > 1) this.onDrawn(this.schedule(drawn));
  }

  drop() {
    this.stroke = null;
    this.line.setAttribute("points", "");
  }

  schedule(drawn) {
    const { xaxis, yaxis } = this.graph._fullLayout;
    const { T, late, clock } = this.facts;
    const log = yaxis.type === "log";
    const pixels = simplified(this.whole(drawn));
    const times = [];
    const rates = [];
    for (const [x, y] of pixels) {
      const exact = Math.min(T, Math.max(0, xaxis.p2d(x) - late));
      const t = clock === "step" ? Math.round(exact) : rounded(Math.round(exact * 100) / 100, 12);
      if (times.length && t <= times.at(-1)) continue;
      times.push(t);
      rates.push(Math.max(0, rounded(yaxis.p2d(y))));
    }
    const interpolation = log && rates.every((rate) => rate > 0) ? "log" : "linear";
    return { kind: "piecewise", times, rates, interpolation };
  }

  // The stroke between what stays of the curve, in pixels of the plot.
  whole(drawn) {
    const { xaxis, yaxis, _size: size } = this.graph._fullLayout;
    const { spec, formulas, T, late } = this.facts;
    const rateAt = schedules.compile(spec, formulas);
    const kept = Array.from({ length: SAMPLES + 1 }, (_, index) => {
      const t = (index / SAMPLES) * T;
      const y = yaxis.d2p(rateAt(t, T));
      return [xaxis.d2p(t + late), Number.isFinite(y) ? Math.min(size.h, Math.max(0, y)) : size.h];
    });
    const [from, to] = [drawn[0][0], drawn.at(-1)[0]];
    return [...kept.filter(([x]) => x < from), ...drawn, ...kept.filter(([x]) => x > to)];
  }
}

// A hand that goes back writes over what it drew: of each place the last height counts.
function rightwards(stroke) {
  const heights = new Map(stroke.map(([x, y]) => [Math.round(x), y]));
  return [...heights].sort(([a], [b]) => a - b);
}

// Ramer, Douglas and Peucker's: points on the line between their neighbours are left out, with
// as much tolerance as makes them few.
function simplified(points) {
  for (let tolerance = FIRST_TOLERANCE; ; tolerance *= 1.5) {
    const few = thinned(points, tolerance);
    if (few.length <= MOST_POINTS) return few;
  }
}

function thinned(points, tolerance) {
  const [first, last] = [points[0], points.at(-1)];
  let [farthest, most] = [0, tolerance];
  for (let index = 1; index < points.length - 1; index += 1) {
    const off = distance(points[index], first, last);
    if (off > most) [farthest, most] = [index, off];
  }
  if (!farthest) return [first, last];
  return [...thinned(points.slice(0, farthest + 1), tolerance).slice(0, -1),
    ...thinned(points.slice(farthest), tolerance)];
}

function distance([x, y], [ax, ay], [bx, by]) {
  const length = Math.hypot(bx - ax, by - ay);
  return length ? Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length
    : Math.hypot(x - ax, y - ay);
}
