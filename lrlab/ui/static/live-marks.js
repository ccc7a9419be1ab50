// Where a hand acted on a run: a thin line at that update in every chart, with a sign that says
// what was done, and in words when a pointer is on it.

import { sentenceOf } from "./live-commands.js";

const MOST = 60; // marks of one run, its last
const SIGNS = {
  "set-lr": "◆",
  "hand-back": "◇",
  "hand-back-scaled": "◇",
  pause: "II",
  resume: "►",
};

/** Return a run's commands that took effect and left a mark. */
export function marking(commands, until = Infinity) {
  return commands.filter(({ kind, applied_update: update, refusal }) =>
    SIGNS[kind] && update !== null && update <= until && !refusal).slice(-MOST);
}

/**
 * Return Plotly's shapes and annotations for the marks of `runs`: [{name, colour, commands,
 * stepsPerEpoch, until}]. Several runs are named in the words.
 */
export function marksOf(runs, texts) {
  const marks = runs.flatMap((run) => marking(run.commands, run.until).map((command) => {
    const said = sentenceOf(command, texts);
    return {
      sign: SIGNS[command.kind],
      colour: run.colour,
      x: command.applied_update / run.stepsPerEpoch,
      said: runs.length > 1 ? `${run.name}: ${said}` : said,
    };
  }));
  return { shapes: marks.map(lineOf), annotations: marks.map(signOf).map(below) };
}

// What was done at one update stands below each other.
function below(sign, at, signs) {
  const before = signs.slice(0, at).filter(({ x }) => x === sign.x).length;
  return { ...sign, yshift: -14 * before };
}

const lineOf = ({ x, colour }) => ({
  type: "line", layer: "below", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1: 1,
  line: { color: colour, width: 1, dash: "dot" },
});

const signOf = ({ x, colour, sign, said }) => ({
  x, xref: "x", y: 1, yref: "paper", yanchor: "top", text: sign, hovertext: said, showarrow: false,
  captureevents: true, borderpad: 3, font: { color: colour, size: 13 },
});
