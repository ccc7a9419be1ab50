// The form of a schedule, built from the catalogue: one field for each parameter, nested
// schedules inside. It knows no family by name.

import { button, choiceField, choicesField, make, numberField, switchField, textField } from "./fields.js";
import { partFields, scheduleFields } from "./parts.js";
import { filled, rounded } from "./spec.js";

const ORDERED = new Set(["milestones", "times"]);

/**
 * Build the fields of the schedule at `path` into `form.fields` and return their element.
 *
 * `form` is the editor's side: {catalogue, labels, translate, place, get(path),
 * change(path, value), commit(), ask(path, value), fields}.
 * `prefix` makes the keys of nested schedules differ from the outer one's.
 */
export function scheduleForm(form, path, prefix = "") {
  const spec = form.get(path);
  const entry = form.catalogue.get(spec.kind);
  const box = make("div", { className: "lrlab-schedule" }, kindField(form, path, prefix, entry));
  for (const parameter of entry.parameters) {
    box.append(...parameterFields(form, [...path, parameter.name], parameter, prefix));
  }
  return box;
}

function kindField(form, path, prefix, entry) {
  const { translate } = form;
  const groups = new Map();
  for (const { kind, title, group } of form.catalogue.values()) {
    if (form.switches.has(kind) && kind !== entry.kind) continue;
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push([kind, title]);
  }
  const field = choiceField({
    key: prefix ? `${prefix}schedule-kind` : "schedule-kind",
    label: translate("Schedule"), help: entry.summary, value: entry.kind, translate,
    choices: [...groups], onCommit: form.commit,
    onInput: (kind) => {
      form.remember(form.get(path));
      form.change(path, form.remembered(kind));
    },
  });
  return field.element;
}

/** Return the elements of one parameter at `path`, whatever its type. */
export function parameterFields(form, path, parameter, prefix = "") {
  const key = `param-${prefix}${parameter.name}`;
  const common = {
    key, label: form.labelOf(parameter), help: parameter.help, value: form.get(path),
    translate: form.translate, onCommit: form.commit,
    onInput: (value) => form.change(path, value),
  };
  if (typeof common.value === "number" && parameter.type === "boolean") {
    common.onInput = (on) => form.change(path, Number(on)); // a lag of 0 or 1
  }
  if (parameter.type === "list") return [listFields(form, path, parameter, common)];
  if (parameter.type === "constants") return [constantFields(form, path, common)];
  if (parameter.type === "parts") return partFields(form, path, prefix);
  if (parameter.type === "schedules") return scheduleFields(form, path, parameter, prefix);
  if (parameter.type === "schedule") {
    return [make("div", { className: "lrlab-nested" },
      scheduleForm(form, path, `${prefix}${parameter.name}-`))];
  }
  if (parameter.optional) return optionalField(form, path, parameter, common);
  return [added(form, path, single(form, path, parameter, common)).element];
}

function single(form, path, parameter, common) {
  if (parameter.type === "choice") {
    const choices = parameter.choices.map((word) => [word, form.wordOf(word)]);
    return choiceField({ ...common, choices });
  }
  if (parameter.type === "choices") {
    const choices = parameter.choices
      .map((word) => ({ word, text: form.wordOf(word), note: parameter.notes[word] }));
    return choicesField({ ...common, choices });
  }
  if (parameter.type === "boolean") return switchField(common);
  if (parameter.type === "text") {
    return textField({ ...common, onText: (text) => form.ask(path, text) });
  }
  return numberField({ ...common, parameter, place: form.place });
}

function added(form, path, field) {
  form.fields.push({ path, ...field });
  return field;
}

// A number that may be left out: a box beside its name says so, and the number shows when given.
function optionalField(form, path, parameter, common) {
  const absent = common.value === null || common.value === undefined;
  const left = parameter.left ?? form.translate(parameter.absent === "T" ? "whole run" : "none");
  const box = make("input", { type: "checkbox", checked: absent, "data-key": `${common.key}-absent` });
  box.setAttribute("aria-label", `${common.label}: ${left}`);
  box.addEventListener("change", () => {
    form.change(path, box.checked ? null : form.suggested(parameter));
    form.commit();
  });
  const beside = make("label", { className: "lrlab-absent" }, box, left);
  if (!absent) {
    const field = added(form, path, single(form, path, parameter, common));
    field.element.querySelector("label").after(beside);
    return [field.element];
  }
  const name = make("span", { className: "lrlab-name", title: common.help }, common.label);
  return [make("div", { className: "lrlab-field", "data-key": common.key }, name, beside)];
}

function listFields(form, path, parameter, { key, label, help }) {
  const { translate } = form;
  const box = make("fieldset", { className: "lrlab-list", "data-key": key, title: help },
    make("legend", {}, label));
  const items = form.get(path);
  items.forEach((value, index) => {
    const name = `${label} ${index + 1}`;
    const field = numberField({
      key: `${key}-${index}`, label: name, value, translate, place: form.place,
      parameter: { ...parameter, type: "number" },
      limits: ORDERED.has(parameter.name) ? () => neighbours(form.get(path), index) : undefined,
      onCommit: form.commit,
      onInput: (number) => {
        const wrong = ORDERED.has(parameter.name) && outOfOrder(form.get(path), index, number);
        if (!wrong) return form.change([...path, index], number);
        field.error(filled(
          translate("{label} is {shown}; allowed is a number from {min} to {max}, in order."),
          { label: name, shown: number, min: wrong[0], max: wrong[1] }));
      },
    });
    const remove = button("−", filled(translate("Remove {label}"), { label: name }),
      () => resize(form, path, (list) => list.filter((_, other) => other !== index)));
    remove.disabled = items.length < 2;
    added(form, [...path, index], field);
    field.element.querySelector(".lrlab-number").append(remove);
    box.append(field.element);
  });
  box.append(button("+", filled(translate("Add to {label}"), { label: label.toLowerCase() }),
    () => resize(form, path, grown)));
  return box;
}

function neighbours(list, index) {
  return [list[index - 1] ?? 0, list[index + 1] ?? Infinity];
}

function outOfOrder(list, index, number) {
  const [low, high] = neighbours(list, index);
  return number < low || number > high ? [low, Number.isFinite(high) ? high : "∞"] : null;
}

// The next item goes on as the last two did, so that an added milestone lands where one expects.
function grown(list, name) {
  const last = list.at(-1) ?? 1;
  const step = list.length > 1 ? last - list.at(-2) : last;
  if (ORDERED.has(name)) return [...list, rounded(last + Math.max(step, 1), 6)];
  return [...list, last];
}

function resize(form, path, change) {
  const parent = path.slice(0, -1);
  const name = path.at(-1);
  const before = form.get(parent);
  // A point of a piecewise curve is an item of each of its lists: they grow and shrink together.
  const together = Object.keys(before).filter((key) => Array.isArray(before[key]));
  const spec = { ...before };
  for (const key of "times" in before ? together : [name]) spec[key] = change(before[key], key);
  form.change(parent, spec);
  form.commit();
}

function constantFields(form, path, { key, label, help }) {
  const box = make("fieldset", { className: "lrlab-list", "data-key": key, title: help });
  const constants = form.get(path);
  if (Object.keys(constants).length > 0) box.append(make("legend", {}, label));
  for (const [name, value] of Object.entries(constants)) {
    const most = Math.max(1, 2 * Math.abs(value));
    const field = numberField({
      key: `${key}-${name}`, label: name, value, translate: form.translate, place: form.place,
      parameter: { type: "number", slider_min: value < 0 ? -most : 0, slider_max: most },
      onCommit: form.commit, onInput: (number) => form.change([...path, name], number),
    });
    box.append(added(form, [...path, name], field).element);
  }
  return box;
}
