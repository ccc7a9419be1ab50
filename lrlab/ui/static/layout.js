// The order of the editor on screen: preset, schedule, warmup, bounds, training settings.

import { choiceField, make, switchField } from "./fields.js";
import { settingsGroups } from "./settings.js";

/** Return the elements of the whole form. */
export function layoutForm(editor) {
  const around = wrappers(editor);
  const inner = around.at(-1)?.path.concat("inner") ?? ["schedule"];
  return [
    presetField(editor),
    editor.scheduleForm(inner, ""),
    ...around.length === 0 || around[0].kind !== "warmup"
      ? [wrapperSwitch(editor, "warmup", ["schedule"], false)]
      : wrapperFields(editor, around[0]),
    ...clampFields(editor, around),
    ...settingsGroups(editor),
  ];
}

// Warmup outermost, then bounds, are switches of the form; nested deeper they are kinds.
function wrappers(editor) {
  const found = [];
  let path = ["schedule"];
  for (const kind of ["warmup", "clamp"]) {
    if (editor.get(path).kind !== kind) continue;
    found.push({ kind, path });
    path = path.concat("inner");
  }
  return found;
}

function clampFields(editor, around) {
  const clamp = around.find(({ kind }) => kind === "clamp");
  if (clamp) return wrapperFields(editor, clamp);
  const below = around.find(({ kind }) => kind === "warmup");
  return [wrapperSwitch(editor, "clamp", below ? below.path.concat("inner") : ["schedule"], false)];
}

function wrapperSwitch(editor, kind, path, on) {
  const entry = editor.catalogue.get(kind);
  const turn = (wanted) => {
    const spec = editor.get(path);
    if (!wanted) editor.remember(spec);
    editor.change(path, wanted ? { ...editor.remembered(kind), inner: spec } : spec.inner);
  };
  return switchField({
    key: kind, label: entry.title, help: entry.summary, value: on,
    translate: editor.translate, onInput: turn, onCommit: editor.commit,
  }).element;
}

function wrapperFields(editor, { kind, path }) {
  const entry = editor.catalogue.get(kind);
  const parameters = entry.parameters.filter(({ type }) => type !== "schedule");
  const inside = make("div", { className: "lrlab-nested" }, ...parameters.flatMap((parameter) =>
    editor.parameterFields([...path, parameter.name], parameter, `${kind}-`)));
  return [wrapperSwitch(editor, kind, path, true), inside];
}

function presetField(editor) {
  const { presets, translate } = editor;
  const field = choiceField({
    key: "preset", label: translate("From the chapter"), value: "", translate,
    help: translate("Start from one of the chapter's experiments"),
    choices: [["", translate("Choose an experiment")],
      ...presets.map(({ name, title }) => [name, title])],
    onCommit: editor.commit,
    onInput: (name) => {
      const preset = presets.find((each) => each.name === name);
      if (preset) editor.replace({ ...editor.experiment, ...preset.experiment });
    },
  });
  return field.element;
}
