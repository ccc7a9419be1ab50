// A schedule's figures over its run, from the rates that the run applies: the same as
// lrlab/schedules/summary.py computes.

import { stepsPerEpoch } from "./spec.js";

/** Return how many rates `summaryOf` would compute: one a tick. */
export function ticksIn({ clock, epochs, ...settings }) {
  return clock === "epoch" ? epochs : epochs * stepsPerEpoch(settings);
}

/** Return the rate of every tick: one an epoch on the epoch clock, else one an update. */
export function ratesOf({ spec, settings, formulas }, schedules) {
  const { clock, epochs, lag, initial_lr: given } = settings;
  const rates = new Float64Array(ticksIn(settings));
  const T = clock === "step" ? rates.length : epochs;
  const tick = clock === "progress" ? stepsPerEpoch(settings) : 1;
  const rateAt = schedules.compile(spec, formulas);
  for (let index = 0; index < rates.length; index += 1) rates[index] = rateAt(index / tick, T);
  if (!lag) return rates;
  const first = given ?? rates[0];
  rates.copyWithin(1, 0);
  rates[0] = first;
  return rates;
}

/** Return the figures; null where a rate is no finite number of 0 or more. */
export function summaryOf(experiment, schedules) {
  const rates = ratesOf(experiment, schedules);
  const { clock, epochs } = experiment.settings;
  const each = clock === "epoch" ? stepsPerEpoch(experiment.settings) : 1; // updates of a tick
  let [peak, sum, squares, above] = [0, 0, 0, 0];
  for (const rate of rates) {
    if (!(rate >= 0 && rate < Infinity)) return null;
    peak = Math.max(peak, rate);
    sum += rate;
    squares += rate * rate;
  }
  for (const rate of rates) above += rate > peak / 2;
  const final = rates.at(-1);
  return {
    peak, first: rates[0], final, mean: sum / rates.length, sum: each * sum,
    sum_of_squares: each * squares, above_half: above / rates.length,
    above_half_epochs: (above / rates.length) * epochs,
    final_over_peak: peak > 0 ? final / peak : null,
  };
}
