/* The adaptive rules in the browser: what `adaptive.py` and `decisions.py` decide, so that a
   replayed curve moves while a slider does. It stands behind `runtime.js` in one module. */

const EPS = 1e-8;

// The clock of the schedule at place `child`, as each kind's formula computes it.
const clockOf = {
  warmup: (spec, child, t) => {
    if (spec.shift) return t - spec.length;
    return t > spec.length ? t : 0;
  },
  sequence: (spec, child, t) =>
    t - spec.parts.slice(0, child).reduce((sum, part) => sum + (part.length ?? 0), 0),
};

const improves = (value, best, { metric, threshold, relative }) => {
  if (metric === "test_acc") {
    const known = best ?? -Infinity;
    return value > (relative ? known * (threshold + 1) : known + threshold);
  }
  const known = best ?? Infinity;
  return value < (relative ? known * (1 - threshold) : known - threshold);
};

const lowered = (lr, { factor, min_lr }) => {
  const lower = Math.max(lr * factor, min_lr);
  return lr - lower > EPS ? lower : lr;
};

const plateau = {
  begin: ({ base_lr }) => ({ lr: base_lr, best: null, bad: 0, cooldown: 0 }),
  observe: (spec, state, value) => {
    const relative = spec.threshold_mode === "rel";
    const better = improves(value, state.best, { ...spec, relative });
    const after = {
      lr: state.lr,
      best: better ? value : state.best,
      bad: better || state.cooldown > 0 ? 0 : state.bad + 1,
      cooldown: Math.max(0, state.cooldown - 1),
    };
    if (after.bad <= spec.patience) return after;
    return { ...after, lr: lowered(state.lr, spec), bad: 0, cooldown: spec.cooldown };
  },
};

const smoothed = (spec, state, value) => {
  if (!spec.smooth) return [state, value];
  const values = [...state.values, value];
  let sum = state.sum + value;
  if (values.length > spec.window) sum -= values.shift();
  return [{ ...state, values, sum }, sum / values.length];
};

const greedy = {
  begin: ({ base_lr, reset }) =>
    ({ lr: base_lr, best: null, bad: 0, good: 0, left: reset, values: [], sum: 0 }),
  observe: (spec, before, seen) => {
    const [state, value] = smoothed(spec, before, seen);
    if (improves(value, state.best, { ...spec, relative: false })) {
      const good = state.good + 1;
      const better = { ...state, best: value, bad: 0, good };
      return good > spec.patience ? greedy.risen(spec, better) : better;
    }
    const worse = { ...state, good: 0, bad: state.bad + 1 };
    return worse.bad > spec.patience ? greedy.fallen(spec, worse) : worse;
  },
  risen: (spec, state) => {
    const higher = Math.min(state.lr / spec.factor, spec.max_lr);
    const lr = higher - state.lr > EPS ? higher : state.lr;
    return { ...state, lr, good: 0, left: spec.reset };
  },
  fallen: (spec, state) => {
    const lr = lowered(state.lr, spec);
    const left = state.left - (lr <= spec.min_lr ? 1 : 0);
    return left > 0 ? { ...state, lr, bad: 0, left } : greedy.begin(spec);
  },
};

const rules = { plateau, greedy };

// Every way from a schedule to a rule inside: [[schedule, place], …], the rule's own last.
const ways = (spec) => {
  if (!kinds[spec?.kind]) return [];
  const full = filled(spec);
  if (rules[full.kind]) return [[[full, null]]];
  if (full.kind === "repeat") return [];
  return nested(full).flatMap((child, place) =>
    ways(child).map((way) => [[full, place], ...way]));
};

/* The one adaptive part of a schedule that looks at a metric, defaults filled in; else null. */
export function ruleIn(spec) {
  const found = ways(spec);
  return found.length === 1 ? found[0].at(-1)[0] : null;
}

const withChild = (spec, place, child) => {
  const copy = { ...spec };
  for (const [name, { type }] of Object.entries(kinds[spec.kind].parameters)) {
    if (type === "schedule") copy[name] = child;
    else if (type === "schedules") copy[name] = spec[name].with(place, child);
    else if (type === "parts") {
      copy[name] = spec[name].with(place, { ...spec[name][place], schedule: child });
    }
  }
  return copy;
};

/* A schedule as its rule decides when its metric takes `values`, one an epoch: the rule's
   place is taken by what it decided. A schedule without a rule comes back as it is. */
export function replayed(spec, { clock, steps_per_epoch }, values) {
  const found = ways(spec);
  if (found.length !== 1) return spec;
  const around = found[0].slice(0, -1);
  const leaf = found[0].at(-1)[0];
  const times = [0];
  const rates = [leaf.base_lr];
  let state = rules[leaf.kind].begin(leaf);
  values.forEach((value, index) => {
    let t = clock === "step" ? (index + 1) * steps_per_epoch : index + 1;
    for (const [schedule, place] of around) t = clockOf[schedule.kind]?.(schedule, place, t) ?? t;
    if (t <= 0) return;
    state = rules[leaf.kind].observe(leaf, state, value ?? NaN);
    if (state.lr === rates.at(-1)) return;
    times.push(t);
    rates.push(state.lr);
  });
  const decided = { kind: "piecewise", times, rates, interpolation: "constant" };
  return around.reduceRight((inner, [schedule, place]) => withChild(schedule, place, inner), decided);
}
