// The rates that a run has still to apply while a hand holds one, or has scaled its schedule.

import { handOn, isPending } from "./live-commands.js";
import { isFinal } from "./live-text.js";

const NOTHING = { x: [], y: [] };

/** Return the line of the rates to come of a run; `planned` ({x, y, line}) is its schedule's. */
export function comingOf({ status, commands = [] } = {}, planned) {
  const applied = commands.filter((command) => !command.refusal && !isPending(command));
  const hand = handOn(applied);
  if (!status || !hand || isFinal(status) || !planned) return NOTHING;
  const epochOf = (update) => (update * status.epochs) / status.updates;
  const set = applied.findLast(({ kind }) => kind === "set-lr");
  if (hand === "held") {
    return { x: [epochOf(set.applied_update), status.epochs], y: [set.argument, set.argument] };
  }
  const at = epochOf(applied.findLast(({ kind }) => kind === "hand-back-scaled").applied_update);
  const factor = set.argument / rateAt(planned, at);
  const rest = planned.x.findIndex((x) => x > at);
  if (rest < 0 || !Number.isFinite(factor)) return NOTHING;
  const scaled = planned.y.slice(rest).map((lr) => lr * factor);
  return { x: [at, ...planned.x.slice(rest)], y: [set.argument, ...scaled] };
}

/** Return a line's value at `epoch`, between two of its vertices as they are joined. */
function rateAt({ x, y, line }, epoch) {
  const next = x.findIndex((each) => each > epoch);
  if (next < 1) return y.at(next);
  if (line.shape === "hv") return y[next - 1];
  const part = (epoch - x[next - 1]) / (x[next] - x[next - 1]);
  return y[next - 1] + part * (y[next] - y[next - 1]);
}
