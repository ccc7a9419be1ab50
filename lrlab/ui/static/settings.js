// The groups of settings below the schedule: what of them is shown, and what a closed one says.

import { make } from "./fields.js";

/** Return whether `experiment` leaves a setting a meaning. */
export function applies({ needs }, experiment) {
  if (!needs) return true;
  return [experiment[needs.field]].flat().some((word) => needs.words.includes(word));
}

/** Return what decides the shape of the settings: those that are shown, and their ends. */
export function shapeOfSettings(groups, experiment) {
  return fieldsOf(groups).map((field) => [applies(field, experiment), mostOf(field, experiment)])
    .join();
}

/**
 * Return `experiment` after a change: a setting without a meaning is at its default again, and
 * where a maximum has changed, what is above it, or was all there was `before`, is the new one.
 */
export function settled(groups, experiment, before) {
  const found = { ...experiment };
  for (const field of fieldsOf(groups)) {
    const { name } = field;
    const [most, mostBefore] = [mostOf(field, experiment), mostOf(field, before)];
    if (!applies(field, experiment)) found[name] = structuredClone(field.default);
    else if (most !== mostBefore && (found[name] === mostBefore || found[name] > most)) {
      found[name] = most;
    }
  }
  return found;
}

/** Return the elements of all groups: each folded until it is opened, and then for good. */
export function settingsGroups(editor) {
  return editor.settings.map((group) => groupBox(editor, group));
}

function fieldsOf(groups) {
  return groups.flatMap(({ fields }) => fields);
}

function mostOf({ most, max }, experiment) {
  return most ? most.of[experiment[most.field]] : max;
}

function groupBox(editor, { key, title, fields }) {
  const said = make("span", { className: "lrlab-said" });
  const box = make("details", { className: "lrlab-settings", "data-key": key },
    make("summary", {}, title, said));
  box.open = editor.openGroups.has(key);
  box.addEventListener("toggle", () => {
    editor.openGroups[box.open ? "add" : "delete"](key);
  });
  for (const field of fields) {
    if (!applies(field, editor.experiment)) continue;
    const parameter = { ...field, max: mostOf(field, editor.experiment) };
    box.append(...editor.parameterFields([field.name], parameter, prefixOf(editor, field)));
  }
  const set = (experiment) => {
    said.textContent = changedWords(editor, fields, experiment);
  };
  set(editor.experiment);
  editor.fields.push({ path: [], set });
  return box;
}

// A key names one field: the seed of the run is not that of a noise.
function prefixOf(editor, { name }) {
  const entries = [...editor.catalogue.values()];
  return entries.some(({ parameters }) => parameters.some((each) => each.name === name)) ? "run-" : "";
}

// What differs from the defaults, in words, for a group that is folded.
function changedWords(editor, fields, experiment) {
  return fields
    .filter((field) => String(experiment[field.name]) !== String(usualOf(field, experiment)))
    .map((field) => words(editor, field, experiment[field.name]))
    .join(", ");
}

function usualOf(field, experiment) {
  return field.most ? mostOf(field, experiment) : field.default;
}

function words(editor, field, value) {
  const label = editor.labelOf(field);
  if (field.type === "boolean") return label;
  if (typeof value === "number") return `${label} ${value}`;
  return [value].flat().map((word) => editor.wordOf(word)).join(", ");
}
