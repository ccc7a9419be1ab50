// What the editor knows of schedules and settings, and the words for it: {catalogue, presets,
// settings, labels, formula_names, texts}. They are the same at every rerun, so Streamlit sends
// them once; the editor's own message, sent after each edit, stays small.

import { publish } from "./bus.js";

let known = "";

export default function mount({ data }) {
  const text = JSON.stringify(data);
  if (text === known) return;
  known = text;
  publish("facts", data);
}
