/* The handles of a curve: where they are, and what moving them changes. The server puts `grips`,
   each kind's own, in front; this stands behind `runtime.js` and `adaptive.js` in one module. */

// The way from a schedule's object to the one at place `child` inside.
const wayTo = (spec, child) => {
  const [name, { type }] = Object.entries(kinds[spec.kind].parameters)
    .find(([, { type }]) => held[type]);
  return { schedule: [name], schedules: [name, child], parts: [name, child, "schedule"] }[type];
};

// What a move up changes where a handle does not say so: the first such of a schedule inside.
const firstUp = (spec, path) => {
  if (nested(spec).length === 0) return null;
  const inner = filled(nested(spec)[0]);
  const way = [...path, ...wayTo(spec, 0)];
  const own = grips[inner.kind].find(({ up }) => up)?.up;
  return own ? [...way, own] : firstUp(inner, way);
};

const several = {
  list: (spec, name) => spec[name].map((t, index) => ({ t, way: [name, index], from: 0 })),
  parts: (spec, name) => {
    let end = 0;
    return spec[name].slice(0, -1).map(({ length }, index) => {
      const from = end;
      end += length;
      return { t: end, way: [name, index, "length"], from };
    });
  },
};

// The handles of one grip on the schedule's own clock: `reach(t)` is what brings one to t.
const placed = (grip, spec, p) => {
  const { type } = kinds[spec.kind].parameters[grip.across] ?? {};
  if (several[type]) {
    return several[type](spec, grip.across)
      .map(({ t, way, from }) => ({ t, way, reach: (wanted) => wanted - from }));
  }
  if (!grip.across) return [{ t: grip.at(p), way: null, reach: null }];
  const at = (value) => grip.at({ ...p, [grip.across]: value });
  const reach = (wanted) => (wanted - at(0)) / (at(1) - at(0));
  return [{ t: grip.at(p), way: [grip.across], reach }];
};

const handlesIn = (raw, { T, path, shift }) => {
  const spec = filled(raw);
  const p = values(spec, T);
  const own = grips[spec.kind].flatMap((grip) => placed(grip, spec, p).map(({ t, way, reach }) => {
    const isList = grip.up && kinds[spec.kind].parameters[grip.up].type === "list";
    const up = grip.up ? [...path, grip.up, ...isList ? [way[1]] : []] : firstUp(spec, path);
    const across = way && { path: [...path, ...way], reach: (wanted) => reach(wanted - shift) };
    return { t: t + shift, before: grip.before, across, up };
  }));
  const late = 4 * T; // by then, the schedule inside is at its turn
  return own.concat(nested(spec).flatMap((child, place) => {
    const clock = clockOf[spec.kind]?.(spec, place, late) ?? late;
    return handlesIn(child,
      { T, path: [...path, ...wayTo(spec, place)], shift: shift + late - clock });
  }));
};

/* The handles of a schedule in a run of length T, in the clock's unit: [{t, before, across, up}].
   `across` is null or {path, reach}: `reach(t)` is the value at `path` that brings the handle to
   t. `up` is null or the path of what changes the rate there: at t, or `before` it. */
export function handlesOf(spec, T) {
  return handlesIn(spec, { T, path: [], shift: 0 })
    .filter(({ t }) => t >= 0 && t <= T * (1 + 1e-9));
}
