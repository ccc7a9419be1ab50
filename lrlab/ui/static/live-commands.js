// What people told a run to do, in words, and what it means for the run's rate.

import * as text from "./live-text.js";

const PENDING = {
  pause: "Pausing",
  resume: "Going on",
  cancel: "Cancelling",
  "set-lr": "Rate {lr} from the next update on",
  "hand-back": "Back to the schedule from the next update on",
  "hand-back-scaled": "What is left of the schedule scaled from the next update on",
};

const APPLIED = {
  pause: "Paused at update {update}",
  resume: "Resumed at update {update}",
  cancel: "Cancelled at update {update}",
  "set-lr": "Rate set to {lr} at update {update}",
  "hand-back": "Back on the schedule at update {update}",
  "hand-back-scaled": "What is left of the schedule scaled at update {update}",
};

const RATE_KINDS = new Set(["set-lr", "hand-back", "hand-back-scaled"]);

export const isPending = (command) => command.applied_update === null && !command.refusal;

/** Return the sentence that says what became of a command, or that it is on its way. */
export function sentenceOf(command, texts) {
  if (command.refusal) return command.refusal;
  const sentence = (isPending(command) ? PENDING : APPLIED)[command.kind];
  return text.say(texts, sentence, {
    lr: text.rate(command.argument),
    update: command.applied_update,
  });
}

/**
 * Return what a hand does to the schedule's rates: "held" where one rate applies instead,
 * "scaled" where they are multiplied, else null. What is on its way counts as done.
 */
export function handOn(commands) {
  const last = commands.filter(({ kind, refusal }) => RATE_KINDS.has(kind) && !refusal).at(-1);
  return { "set-lr": "held", "hand-back-scaled": "scaled" }[last?.kind] ?? null;
}

/** Return the rate that is on its way to a run, or null. */
export function rateToCome(commands) {
  const last = commands.filter(({ kind }) => RATE_KINDS.has(kind)).at(-1);
  return last && isPending(last) ? last.argument : null;
}
