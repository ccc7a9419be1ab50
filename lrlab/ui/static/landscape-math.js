// Small problems one can see through, and what SGD does on them. Pure: nothing of the page is here.

/** Return a generator of uniform numbers in [0, 1), the same for the same seed (mulberry32). */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Return a generator of standard normal numbers (Box and Muller). */
export function normal(seed) {
  const draw = uniform(seed);
  let spare = null;
  return () => {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - draw()));
    const angle = 2 * Math.PI * draw();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

const TURN = Math.PI / 6; // of the quadratic's axes, so that its valley is not an axis
const [C, S] = [Math.cos(TURN), Math.sin(TURN)];

function quadratic(condition) {
  const low = 1 / condition; // the steeper direction has curvature 1
  const turned = (x, y) => [C * x + S * y, -S * x + C * y];
  return {
    curvatures: [low, 1],
    turned,
    value: (x, y) => {
      const [u, v] = turned(x, y);
      return (low * u * u + v * v) / 2;
    },
    gradient: (x, y) => {
      const [u, v] = turned(x, y);
      return [C * low * u - S * v, S * low * u + C * v];
    },
    box: [-2.5, 2.5, -2.5, 2.5],
    start: [-2, 1.2],
  };
}

const ROSENBROCK = {
  value: (x, y) => ((1 - x) ** 2 + 10 * (y - x * x) ** 2) / 10,
  gradient: (x, y) => [(-2 * (1 - x) - 40 * x * (y - x * x)) / 10, 2 * (y - x * x)],
  box: [-2, 2, -1, 3],
  start: [-1.5, 2],
};
const SADDLE = {
  value: (x, y) => x * x / 2 - y * y / 2 + y ** 4 / 8,
  gradient: (x, y) => [x, -y + y ** 3 / 2],
  box: [-2.5, 2.5, -2.5, 2.5],
  start: [-2, 0.01],
};
const DOUBLE_WELL = {
  value: (x, y) => x ** 4 / 4 - x * x / 2 + x / 10 + y * y / 2,
  gradient: (x, y) => [x ** 3 - x + 1 / 10, y],
  box: [-2, 2, -2, 2],
  start: [1.8, 1.5],
};

/** Logistic regression of two weights on 30 points of two classes, drawn once, with a pull to 0. */
function logistic() {
  const draw = normal(7);
  const points = Array.from({ length: 30 }, (_, i) => {
    const label = i % 2 ? 1 : -1;
    return { label, x: [label * 0.7 + draw(), label * 0.4 + 0.5 * draw()] };
  });
  const pull = 0.02;
  const sides = (a, b) => points.map(({ label, x }) => ({ label, x, margin: label * (a * x[0] + b * x[1]) }));
  return {
    value: (a, b) => sides(a, b).reduce((sum, { margin }) => sum + Math.log1p(Math.exp(-margin)), 0)
      / points.length + pull * (a * a + b * b) / 2,
    gradient: (a, b) => {
      const found = [pull * a, pull * b];
      for (const { label, x, margin } of sides(a, b)) {
        const weight = -label / (1 + Math.exp(margin)) / points.length;
        found[0] += weight * x[0];
        found[1] += weight * x[1];
      }
      return found;
    },
    box: [-3, 6, -3, 6],
    start: [-2.5, 4],
  };
}

/** Return a problem by name: value, gradient, the box it is drawn in, and where one starts. */
export function problemOf(name, condition) {
  if (name === "quadratic") return quadratic(condition);
  return { rosenbrock: ROSENBROCK, saddle: SADDLE, "double-well": DOUBLE_WELL, logistic: logistic() }[name];
}

/**
 * Return the path of SGD with momentum, as PyTorch has it: v ← βv + gradient + noise, w ← w − ηv.
 * It ends where it is no longer near: `diverged` is that step, from 1, or null.
 */
export function descend(problem, { rates, start, momentum, noise, seed }) {
  const draw = normal(seed);
  let [[x, y], vx, vy] = [start, 0, 0];
  const path = { x: [x], y: [y], loss: [problem.value(x, y)] };
  for (let step = 0; step < rates.length; step++) {
    const [gx, gy] = problem.gradient(x, y);
    vx = momentum * vx + gx + noise * draw();
    vy = momentum * vy + gy + noise * draw();
    x -= rates[step] * vx;
    y -= rates[step] * vy;
    if (!(Math.abs(x) < 1e6 && Math.abs(y) < 1e6)) return { ...path, diverged: step + 1 };
    path.x.push(x);
    path.y.push(y);
    path.loss.push(problem.value(x, y));
  }
  return { ...path, diverged: null };
}

/**
 * Return the expected loss of the same on a quadratic, before each step and after the last.
 * In each direction of curvature λ the second moments M of (w, v) go as A M Aᵀ + σ² b bᵀ.
 */
export function expectedLoss({ curvatures, start, rates, momentum, noise }) {
  const total = new Array(rates.length + 1).fill(0);
  curvatures.forEach((curvature, at) => {
    let [ww, wv, vv] = [start[at] ** 2, 0, 0];
    total[0] += curvature * ww / 2;
    rates.forEach((rate, step) => {
      const [a, b, c, d] = [1 - rate * curvature, -rate * momentum, curvature, momentum];
      const power = noise * noise;
      [ww, wv, vv] = [
        a * a * ww + 2 * a * b * wv + b * b * vv + power * rate * rate,
        a * c * ww + (a * d + b * c) * wv + b * d * vv - power * rate,
        c * c * ww + 2 * c * d * wv + d * d * vv + power,
      ];
      total[step + 1] += curvature * ww / 2;
    });
  });
  return total;
}

/** Return the mean loss over `count` paths by step, with the 5th and 95th of each hundred. */
export function simulated(problem, settings, count) {
  const losses = Array.from({ length: count }, (_, at) =>
    descend(problem, { ...settings, seed: settings.seed + 1 + at }).loss);
  const steps = settings.rates.length + 1;
  const found = { mean: [], low: [], high: [] };
  for (let step = 0; step < steps; step++) {
    const here = losses.map((loss) => loss[step]).filter(Number.isFinite).sort((p, q) => p - q);
    if (here.length < count) break; // some have diverged
    found.mean.push(here.reduce((sum, value) => sum + value, 0) / count);
    found.low.push(here[Math.floor(0.05 * count)]);
    found.high.push(here[Math.floor(0.95 * count)]);
  }
  return found;
}

/** A Gaussian mean from 100 draws of N(1, 1) with the prior N(0, 10): the posterior is known. */
export function posterior() {
  const draw = normal(11);
  const data = Array.from({ length: 100 }, () => 1 + draw());
  const precision = 1 / 10 + data.length;
  const sum = data.reduce((total, value) => total + value, 0);
  return { data, mean: sum / precision, sd: Math.sqrt(1 / precision) };
}

/**
 * Return samples of SGLD (Welling and Teh, 2011) at steps ε = a (b + t)^(−γ), minibatches of 10.
 * noisy: false leaves the injected noise out, which is plain SGD on the same.
 */
export function sgld({ data }, { a, b, gamma, steps, seed, noisy }) {
  const [pick, draw] = [uniform(seed), normal(seed + 1)];
  const size = 10;
  let at = 0;
  const samples = new Array(steps);
  for (let t = 0; t < steps; t++) {
    const step = a * (b + t) ** -gamma;
    let slope = -at / 10;
    for (let i = 0; i < size; i++) {
      slope += (data.length / size) * (data[Math.floor(pick() * data.length)] - at);
    }
    at += (step / 2) * slope + (noisy ? Math.sqrt(step) * draw() : 0);
    samples[t] = Math.abs(at) < 1e6 ? at : NaN;
  }
  return samples;
}
