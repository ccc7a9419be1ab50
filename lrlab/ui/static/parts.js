// The lists of schedules in a form: a sequence's parts with their lengths, a product's factors.
// `form` is the editor's side, as in form.js.

import { button, make } from "./fields.js";
import { filled } from "./spec.js";

/** Return what a part's length may be, as the catalogue says it of a parameter. */
export function partLength(translate) {
  return { name: "length", type: "number", min: 0, above: true, max: 1e9, unit: "clock",
    slider_min: 1, slider_max: 60, help: translate("How long this part lasts") };
}

/** Return a box for each part of the sequence at `path`, and the button that adds one. */
export function partFields(form, path, prefix) {
  const { translate } = form;
  const length = partLength(translate);
  const boxes = form.get(path).map((_, index, parts) => {
    const inner = `${prefix}parts-${index}-`;
    const box = partBox(form, { index, inner, at: [...path, index, "schedule"] });
    if (index < parts.length - 1) {
      box.append(...form.parameterFields([...path, index, "length"], length, inner));
    }
    return withRemoval(form, path, box, index);
  });
  const grow = () => replaced(form, path, [
    ...form.get(path).map((part) => ({ ...part, length: part.length ?? 10 })),
    { schedule: form.remembered("constant"), length: null }]);
  return [...boxes, button("+", translate("Add a part"), grow)];
}

/** Return a box for each schedule of the plain list at `path`, and the button that adds one. */
export function scheduleFields(form, path, { name, help }, prefix) {
  const { translate } = form;
  const boxes = form.get(path).map((_, index) => {
    const inner = `${prefix}${name}-${index}-`;
    return withRemoval(form, path, partBox(form, { index, inner, at: [...path, index] }), index);
  });
  const grow = () => replaced(form, path, [...form.get(path), form.remembered("constant")]);
  const box = make("div", { className: "lrlab-schedule", "data-key": `param-${prefix}${name}`,
    title: help }, ...boxes, button("+", translate("Add a part"), grow));
  return [box];
}

function partBox(form, { index, inner, at }) {
  const legend = filled(form.translate("Part {number}"), { number: index + 1 });
  return make("fieldset", { className: "lrlab-nested", "data-key": `param-${inner}part` },
    make("legend", {}, legend), form.scheduleForm(at, inner));
}

function withRemoval(form, path, box, index) {
  if (form.get(path).length < 2) return box;
  const label = filled(form.translate("Remove part {number}"), { number: index + 1 });
  box.append(button("−", label,
    () => replaced(form, path, form.get(path).filter((_, other) => other !== index))));
  return box;
}

function replaced(form, path, parts) {
  form.change(path, parts);
  form.commit();
}
