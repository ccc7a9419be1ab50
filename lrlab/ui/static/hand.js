// What a hand on the curve may do with the editor's schedule: which values its parameters may
// take, what they are called, and their change. Paths begin at the schedule.

import { partLength } from "./parts.js";
import { sliderOf } from "./spec.js";

const ORDERED = new Set(["milestones", "times"]);
const STEPS = 100; // key presses over a run, where a slider is logarithmic

/** Return the editor's hand, for the topic "hand". */
export function handOf(editor) {
  const whole = (path) => ["schedule", ...path];
  const sliderAt = (path) => sliderOf(parameterAt(editor, whole(path)), editor.get(whole(path)), editor.place());
  const among = (path, value, slider) => {
    const [low, high] = neighbours(editor.get(whole(path.slice(0, -1))), path, slider.step / 10);
    return Math.min(high, Math.max(low, value));
  };
  return {
    /** Put values in their places: [[path, value], …]. */
    move: (changes) => editor.moved(changes.map(([path, value]) => [whole(path), value])),
    commit: () => editor.released(),
    /** Whether the schedule has such a place now: the curve may lag a kind behind the editor. */
    has: (path) => parameterAt(editor, whole(path)) !== undefined,
    labelOf: (path) => {
      const parameter = parameterAt(editor, whole(path));
      const number = typeof path.at(-1) === "number" ? ` ${path.at(-1) + 1}` : "";
      return editor.labelOf(parameter) + number;
    },
    /** The slider's ends, and the value at a place between them. */
    reach: (path) => {
      const slider = sliderAt(path);
      return { low: slider.min, high: slider.max, valueOf: slider.toValue };
    },
    /** The value that a slider would give, nearest to one wanted. */
    snap: (path, value) => {
      const slider = sliderAt(path);
      const place = Math.min(slider.max, Math.max(slider.min, slider.toPosition(value)));
      return among(path, slider.toValue(place), slider);
    },
    /** How far a key press moves along the time. */
    stepOf: (path, T) => {
      const parameter = parameterAt(editor, whole(path));
      const { step } = sliderAt(path);
      if (parameter.unit !== "clock") return T / STEPS;
      return editor.place().clock === "step" ? Math.max(1, Math.round(T / STEPS)) : step;
    },
  };
}

function parameterAt(editor, path) {
  const owner = editor.get(path.slice(0, -1));
  if (Array.isArray(owner)) {
    const list = parameterAt(editor, path.slice(0, -1));
    return list && path.at(-1) < owner.length ? { ...list, type: "number" } : undefined;
  }
  if (typeof owner !== "object" || owner === null) return undefined;
  const known = editor.catalogue.get(owner.kind)?.parameters ?? [partLength(editor.translate)];
  return known.find(({ name }) => name === path.at(-1));
}

// Times in a list keep their order, and a hair between them.
function neighbours(list, path, hair) {
  if (!Array.isArray(list) || !ORDERED.has(path.at(-2))) return [-Infinity, Infinity];
  const index = path.at(-1);
  return [index ? list[index - 1] + hair : 0, (list[index + 1] ?? Infinity) - hair];
}
