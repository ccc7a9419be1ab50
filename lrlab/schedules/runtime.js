/* Evaluates schedules in the browser. The server puts two tables in front of this text:
   `kinds`, the parameters of each, and `bodies`, the printed formulas. */

// (1 + cos πu)/2 without cancellation near u = 1, as NumPy evaluates it.
const half_cosine = (u) => Math.sin((Math.PI / 2) * (1 - u)) ** 2;

const mod = (a, b) => {
  const r = a % b;
  return r !== 0 && r < 0 !== b < 0 ? r + b : r;
};

const count = (entries, x) => {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low;
};

// Bodies come from the server, printed from parsed expressions: never a person's text.
const made = new Map();
const fromBody = (body) => {
  if (!made.has(body)) {
    const make = new Function("half_cosine", "mod", "count", `return (t, T, p, s) => ${body};`);
    made.set(body, make(half_cosine, mod, count));
  }
  return made.get(body);
};

// A schedule's object with its defaults filled in; null stays null.
const filled = (spec) => {
  if (!kinds[spec.kind]) throw new Error(`unknown kind ${spec.kind}`);
  const full = { ...spec };
  for (const [name, { value }] of Object.entries(kinds[spec.kind].parameters)) {
    if (full[name] === undefined) full[name] = value;
  }
  return full;
};

// How each type of parameter holds schedules.
const held = {
  schedule: (value) => [value],
  schedules: (value) => value,
  parts: (value) => value.map((part) => part.schedule),
};

const nested = (spec) =>
  Object.entries(kinds[spec.kind].parameters)
    .flatMap(([name, { type }]) => held[type]?.(spec[name]) ?? []);

// The values that a body reads: null is T for a length left out, no bound otherwise.
const values = (spec, T) => {
  const p = {};
  for (const [name, { absent, type }] of Object.entries(kinds[spec.kind].parameters)) {
    p[name] = spec[name] === null ? (absent === "T" ? T : Infinity) : spec[name];
    if (type === "parts") p.lengths = spec[name].map((part) => part.length ?? 0);
  }
  for (const [name, value] of Object.entries(spec.constants ?? {})) p[`constant_${name}`] = value;
  return p;
};

const variant = (spec) => {
  if (spec.kind === "formula") return spec.expression;
  const { parameters, many } = kinds[spec.kind];
  const options = Object.keys(parameters)
    .filter((name) => parameters[name].type === "choice" || parameters[name].type === "boolean")
    .map((name) => String(spec[name]));
  if (many) options.push(String(spec[many].length));
  return [spec.kind, ...options].join("|");
};

/* compile(spec, formulas) -> (t, T) => rate. `formulas` holds the printed bodies that
   are not among the tables: a formula's, by its text. */
export function compile(spec, formulas = {}) {
  const full = filled(spec);
  const key = variant(full);
  const body = full.kind !== "formula" && bodies[key] ? bodies[key] : fromBody(formulas[key]);
  const inner = nested(full).map((child) => compile(child, formulas));
  let p = null;
  let length = NaN;
  const asked = inner.map((child) => (u) => child(u, length));
  return (t, T) => {
    if (T !== length) {
      length = T;
      p = values(full, T);
    }
    return body(t, T, p, asked);
  };
}

/* `points` rates as a run applies them: t in the clock's unit, lr at t. With clock
   epoch the rate is constant through an epoch; with lag 1 it comes a tick late. */
export function rates(spec, settings, points = 600) {
  const { epochs = 30, steps_per_epoch = 235, clock = "epoch", lag = 0 } = settings;
  const T = clock === "step" ? epochs * steps_per_epoch : epochs;
  const tick = clock === "progress" ? 1 / steps_per_epoch : 1;
  const schedule = compile(spec, settings.formulas ?? {});
  const first = settings.initial_lr ?? schedule(0, T);
  const t = new Float64Array(points);
  const lr = new Float64Array(points);
  for (let i = 0; i < points; i++) {
    t[i] = (T * i) / (points - 1);
    const asked = (clock === "epoch" ? Math.min(Math.floor(t[i]), T - 1) : t[i]) - lag * tick;
    lr[i] = asked < 0 ? first : schedule(asked, T);
  }
  return { t, lr };
}
