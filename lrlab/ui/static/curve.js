// A schedule's curve as it is drawn: rates over the run, true to its clock.

import { stepsPerEpoch } from "./spec.js";

export const POINTS = 600;

/**
 * Return {x, y, steps} of an experiment over its run, x in the unit of `axis` ("epoch" or "step").
 *
 * On the epoch clock the rate is constant through an epoch, so each epoch gets points of its
 * own and the curve steps; the others get 600 points over the run. Returns null where a rate
 * is no finite number of 0 or more.
 */
export function curveOf({ spec, settings, formulas }, axis, schedules) {
  const { clock, epochs, lag, initial_lr } = settings;
  const perEpoch = stepsPerEpoch(settings);
  const T = clock === "step" ? epochs * perEpoch : epochs;
  const rateAt = lagged(schedules.compile(spec, formulas), { clock, lag, initial_lr, perEpoch, T });
  const scale = axis === "step" ? perEpoch : 1;
  const times = clock === "epoch" ? Math.ceil(POINTS / epochs) * epochs : POINTS - 1;
  const x = new Float64Array(times + 1);
  const y = new Float64Array(times + 1);
  const last = lastTick({ clock, epochs, perEpoch });
  for (let index = 0; index <= times; index += 1) {
    const epoch = (index / times) * epochs;
    const t = clock === "epoch" ? Math.floor(epoch + 1e-9) : (index / times) * T;
    x[index] = epoch * scale;
    y[index] = rateAt(Math.min(t, last));
    if (!(y[index] >= 0 && y[index] < Infinity)) return null;
  }
  return { x, y, steps: clock === "epoch" };
}

// The last rate that a run applies is the one at its last tick, not at T.
function lastTick({ clock, epochs, perEpoch }) {
  if (clock === "epoch") return epochs - 1;
  return clock === "step" ? epochs * perEpoch - 1 : epochs - 1 / perEpoch;
}

function lagged(rate, { clock, lag, initial_lr, perEpoch, T }) {
  if (!lag) return (t) => rate(t, T);
  const tick = clock === "progress" ? 1 / perEpoch : 1;
  const first = initial_lr ?? rate(0, T);
  return (t) => (t < tick ? first : rate(t - tick, T));
}

/** Return the first, the highest and the last rate of a curve. */
export function featuresOf({ y }) {
  let peak = y[0];
  for (const rate of y) if (rate > peak) peak = rate;
  return { first: y[0], peak, last: y[y.length - 1] };
}

/** Return a rate as people read it: three significant digits, powers of ten where it is small. */
export function shownRate(rate) {
  if (rate === 0) return "0";
  return rate < 1e-3 ? rate.toExponential(2).replace(/\.?0+e/, "e") : String(Number(rate.toPrecision(3)));
}
