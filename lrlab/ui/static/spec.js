// Pure helpers on an experiment's JSON: paths, defaults, what a number field may hold.

/** Return the value at `path` (keys and indices) inside `tree`. */
export function valueAt(tree, path) {
  return path.reduce((node, key) => node?.[key], tree);
}

/** Return a copy of `tree` with `value` at `path`; what is off the path is shared. */
export function withValue(tree, path, value) {
  if (path.length === 0) return value;
  const [key, ...rest] = path;
  const copy = Array.isArray(tree) ? [...tree] : { ...tree };
  copy[key] = withValue(tree?.[key], rest, value);
  return copy;
}

/** Return a schedule of `entry` (a catalogue entry) with its defaults. */
export function defaultsOf(entry) {
  const spec = { kind: entry.kind };
  for (const { name, default: value } of entry.parameters) spec[name] = structuredClone(value);
  return spec;
}

/** Return what decides the form's shape: all of the experiment but its numbers and words. */
export function shapeOf(node) {
  if (Array.isArray(node)) return `[${node.map(shapeOf).join()}]`;
  if (node === null) return "null";
  if (typeof node !== "object") return "";
  const inside = Object.keys(node).sort().map((key) => `${key}:${shapeOf(node[key])}`);
  return `${node.kind ?? ""}${node.clock ?? ""}{${inside.join()}}`;
}

/** Return every formula's text inside a schedule. */
export function expressionsIn(node) {
  if (Array.isArray(node)) return node.flatMap(expressionsIn);
  if (node === null || typeof node !== "object") return [];
  const own = node.kind === "formula" ? [node.expression] : [];
  return own.concat(...Object.values(node).map(expressionsIn));
}

/** Return the updates of one epoch: the last batch may be smaller. */
export function stepsPerEpoch(settings) {
  return Math.ceil(settings.train_examples / settings.batch_size);
}

/** Return `number` with at most `digits` significant digits. */
export function rounded(number, digits = 3) {
  return Number(number.toPrecision(digits));
}

/** Fill `template`'s {names} with values. */
export function filled(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/**
 * Read a number field. Returns {value} where it holds what `parameter` allows, else
 * {error}: one sentence that names the field, the value and what is allowed.
 */
export function readNumber(text, parameter, { label, translate }) {
  const value = text.trim() === "" ? NaN : Number(text);
  const { min, max, above, below } = parameter;
  const low = min === null || min === undefined || value > min || (value === min && !above);
  const high = max === null || max === undefined || value < max
    || (value === max && !below);
  const whole = parameter.type !== "integer" || Number.isInteger(value);
  if (Number.isFinite(value) && low && high && whole) return { value };
  const noun = translate(parameter.type === "integer" ? "a whole number" : "a number");
  const shown = text.trim() === "" ? translate("not a number") : text.trim();
  const template = translate(
    above ? "{label} is {shown}; allowed is {noun} above {min} to {max}."
      : below ? "{label} is {shown}; allowed is {noun} from {min} to below {max}."
        : "{label} is {shown}; allowed is {noun} from {min} to {max}.");
  const bounds = { min: min ?? "−∞", max: max ?? "∞" };
  return { error: filled(template, { label, shown, noun, ...bounds }) };
}

/**
 * Return the slider of a parameter: its positions' range and step, and the two ways between
 * position and value. A log slider's position is the value's power of ten; its lowest is 0
 * where 0 is allowed.
 */
export function sliderOf(parameter, value, { clock, updates, epochs }) {
  let low = parameter.slider_min ?? parameter.min ?? 0;
  let high = parameter.slider_max ?? parameter.max ?? Math.max(1, 2 * Math.abs(value ?? 0));
  let log = Boolean(parameter.log);
  if (parameter.unit === "clock") {
    high = clock === "step" ? updates : Math.max(high, epochs);
    log = clock === "step";
    if (log) low = 1;
  }
  if (Number.isFinite(value)) high = Math.max(high, value);
  const whole = parameter.type === "integer" || (parameter.unit === "clock" && log);
  return log ? logSlider(low, high, whole, parameter) : linearSlider(low, high, whole, value);
}

function logSlider(low, high, whole, parameter) {
  const zero = parameter.min === 0 && !parameter.above;
  const min = Math.log10(low);
  const max = Math.log10(high);
  return {
    min, max, step: 0.01,
    toPosition: (value) => (value > 0 ? Math.min(max, Math.max(min, Math.log10(value))) : min),
    toValue: (position) => {
      if (zero && position <= min) return 0;
      const value = Math.min(high, Math.max(low, 10 ** position));
      return whole ? Math.round(value) : rounded(value);
    },
  };
}

function linearSlider(low, high, whole, value) {
  const min = Number.isFinite(value) ? Math.min(low, value) : low;
  const span = high - min;
  const step = whole ? 1 : 10 ** Math.floor(Math.log10(span / 50));
  const fine = step / 10; // a drag's numbers are short, and still finer than a pixel
  return {
    min, max: high, step,
    toPosition: (number) => number,
    toValue: (position) => {
      if (whole) return Math.round(position);
      const near = rounded(Math.round(position / fine) * fine, 12);
      return Math.min(high, Math.max(min, near));
    },
  };
}
