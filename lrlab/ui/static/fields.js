// The editor's fields: native, labelled inputs, each a small object {element, set, error}.

import { readNumber, sliderOf } from "./spec.js";

let made = 0;

/** Make an element: `tag`, properties and attributes, children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function frame(key, label, help, translate) {
  const id = `lrlab-field-${(made += 1)}`;
  const error = make("p", { className: "lrlab-error", id: `${id}-error`, hidden: true });
  error.setAttribute("role", "alert");
  const hint = make("span", { className: "lrlab-hint", id: `${id}-help` }, help ?? "");
  const name = make("label", { htmlFor: id, title: help ?? "" }, label);
  const element = make("div", { className: "lrlab-field", "data-key": key }, name);
  const say = (sentence) => {
    error.textContent = sentence ?? "";
    error.hidden = !sentence;
    for (const input of element.querySelectorAll("input")) {
      if (sentence) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  };
  return { id, element, error, hint, say, translate, described: `${id}-help ${id}-error` };
}

/**
 * A number by slider and by typing. `place()` gives the clock and lengths that its slider needs;
 * `limits()` may narrow what the slider reaches (neighbours in an ordered list).
 */
export function numberField({ key, label, parameter, value, place, translate, limits, onInput,
  onCommit }) {
  const parts = frame(key, label, parameter.help, translate);
  let slider = sliderOf(parameter, value, place());
  const range = make("input", { type: "range", id: parts.id, "aria-describedby": parts.described });
  const typed = make("input", {
    type: "number", step: "any", min: parameter.min ?? undefined, max: parameter.max ?? undefined,
    "aria-label": label, "aria-describedby": parts.described, inputMode: "decimal",
  });
  const show = (number) => {
    slider = sliderOf(parameter, number, place());
    Object.assign(range, { min: slider.min, max: slider.max, step: slider.step === 1 ? 1 : "any" });
    range.value = slider.toPosition(number);
    range.setAttribute("aria-valuetext", String(number));
  };
  const slide = (position) => {
    const [low, high] = limits?.() ?? [-Infinity, Infinity];
    const number = Math.min(high, Math.max(low, slider.toValue(position)));
    range.value = slider.toPosition(number);
    range.setAttribute("aria-valuetext", String(number));
    typed.value = number;
    parts.say(null);
    onInput(number);
  };
  const type = () => {
    const { value: number, error } = readNumber(
      typed.validity.badInput ? "" : typed.value, parameter, { label, translate });
    parts.say(error);
    if (error) return;
    show(number);
    onInput(number);
  };
  range.addEventListener("input", () => slide(Number(range.value)));
  range.addEventListener("keydown", (event) => stepByKey(event, slider, range, slide));
  typed.addEventListener("input", type);
  for (const input of [range, typed]) input.addEventListener("change", onCommit);
  parts.element.append(make("div", { className: "lrlab-number" }, range, typed), parts.hint,
    parts.error);
  const set = (number) => {
    show(number);
    if (Number(typed.value) !== number || typed.value === "") typed.value = number;
    parts.say(null);
  };
  set(value);
  return { element: parts.element, set, error: parts.say };
}

// Sliders step by keys on their own grid (two hundredths of a decade, or a round number), while
// the pointer moves them freely: a native step would round typed values away.
function stepByKey(event, slider, range, slide) {
  const arrows = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10,
    PageDown: -10 };
  const steps = arrows[event.key];
  if (!steps) return;
  event.preventDefault();
  const moved = Number(range.value) + steps * slider.step;
  const grid = Math.round(moved / slider.step) * slider.step;
  slide(Math.min(slider.max, Math.max(slider.min, grid)));
  range.dispatchEvent(new Event("change", { bubbles: true }));
}

/** One of a few words; `choices` is [[value, text], …] or [[group, [[value, text], …]], …]. */
export function choiceField({ key, label, help, choices, value, translate, onInput, onCommit }) {
  const parts = frame(key, label, help, translate);
  const select = make("select", { id: parts.id, "aria-describedby": parts.described });
  const options = (pairs) => pairs.map(([name, text]) => make("option", { value: name }, text));
  for (const [name, inside] of choices) {
    if (Array.isArray(inside)) select.append(make("optgroup", { label: name }, ...options(inside)));
    else select.append(...options([[name, inside]]));
  }
  select.addEventListener("change", () => {
    onInput(select.value);
    onCommit();
  });
  parts.element.append(select, parts.hint, parts.error);
  const set = (word) => {
    select.value = word;
  };
  set(value);
  return { element: parts.element, set, error: parts.say };
}

/** A switch: a native checkbox with its label behind it. */
export function switchField({ key, label, help, value, translate, onInput, onCommit }) {
  const parts = frame(key, label, help, translate);
  const box = make("input", { type: "checkbox", id: parts.id, role: "switch",
    "aria-describedby": parts.described });
  box.addEventListener("change", () => {
    onInput(box.checked);
    onCommit();
  });
  parts.element.classList.add("lrlab-switch");
  parts.element.prepend(box);
  parts.element.append(parts.hint, parts.error);
  const set = (on) => {
    box.checked = Boolean(on);
  };
  set(value);
  return { element: parts.element, set, error: parts.say };
}

/** Several of a few words, a box for each; `choices` is [{word, text, note}, …]. */
export function choicesField({ key, label, help, choices, value, onInput, onCommit }) {
  const error = make("p", { className: "lrlab-error", role: "alert", hidden: true });
  const rows = choices.map(({ word, text, note }) => {
    const id = `lrlab-field-${(made += 1)}`;
    const box = make("input", { type: "checkbox", id, value: word,
      "aria-describedby": `${id}-note` });
    box.addEventListener("change", () => {
      onInput(rows.filter(({ box }) => box.checked).map(({ box }) => box.value).sort());
      onCommit();
    });
    const row = make("div", { className: "lrlab-field lrlab-switch", "data-key": `${key}-${word}` },
      box, make("label", { htmlFor: id }, text),
      make("span", { className: "lrlab-note", id: `${id}-note` }, note ?? ""));
    return { box, row };
  });
  const element = make("fieldset", { className: "lrlab-choices", "data-key": key, title: help },
    make("legend", {}, label), ...rows.map(({ row }) => row), error);
  const set = (words) => {
    for (const { box } of rows) box.checked = words.includes(box.value);
  };
  const say = (sentence) => {
    error.textContent = sentence ?? "";
    error.hidden = !sentence;
  };
  set(value);
  return { element, set, error: say };
}

/** A text that Python checks: `onText` runs once typing has rested for 300 ms. */
export function textField({ key, label, help, value, translate, onText }) {
  const parts = frame(key, label, help, translate);
  const input = make("input", { type: "text", id: parts.id, spellcheck: false, maxLength: 2000,
    autocomplete: "off", "aria-describedby": parts.described });
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => onText(input.value), 300);
  });
  parts.element.append(input, parts.hint, parts.error);
  const set = (text) => {
    if (document.activeElement !== input) input.value = text;
    parts.say(null);
  };
  input.value = value;
  return { element: parts.element, set, error: parts.say };
}

/** A small button that reads `text` and, for those who cannot see where it stands, `label`. */
export function button(text, label, onClick) {
  const element = make("button", { type: "button", className: "lrlab-small", title: label }, text);
  element.setAttribute("aria-label", label);
  element.addEventListener("click", onClick);
  return element;
}
