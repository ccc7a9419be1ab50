// The charts' text alternatives: each chart's last figures in a sentence.

import { sentenceOf } from "./live-commands.js";
import { marking } from "./live-marks.js";
import * as text from "./live-text.js";

const MARKS = 3; // the last ones are said; each has its words on the chart

const SENTENCES = {
  loss: "Loss of {name}: train {loss} at epoch {epoch}.",
  accuracy: "Accuracy of {name}: train {train}, test {test} at epoch {epoch}.",
  rate: "Learning rate of {name}: {lr} at epoch {epoch}.",
  "gradient-norm": "Gradient norm of {name}: {norm} at epoch {epoch}.",
  distance: "Distance from the start of {name}: {distances} at epoch {epoch}.",
  sharpness: "Sharpness of {name}: {sharpness}, beside 2 / learning rate {edge}, at epoch {epoch}.",
  "noise-scale": "Noise scale of {name}: {noise} examples at epoch {epoch}.",
};

/** Say in each of `graphs` where the run of `record` stands. */
export function describe(graphs, record, texts) {
  const { status } = record ?? {};
  if (!status) return;
  const marks = marking(record.commands).slice(-MARKS)
    .map((command) => ` ${sentenceOf(command, texts)}.`).join("");
  for (const [chart, graph] of Object.entries(graphs)) {
    const values = { ...figuresOf(record), epoch: text.epochs(epochOf(record, chart)) };
    graph.setAttribute("aria-label", text.say(texts, SENTENCES[chart], values) + marks);
  }
}

function figuresOf({ status, measures }) {
  const last = (name) => text.figure(measures[name]?.value.at(-1));
  const layers = Object.keys(measures).filter((name) => name.startsWith("distance/"));
  return {
    name: status.name,
    loss: text.loss(status.train_loss),
    train: text.accuracy(status.train_acc),
    test: text.accuracy(status.test_acc),
    lr: text.rate(status.lr),
    norm: last("gradient_norm"),
    distances: layers.map((name) => `${name.slice("distance/".length)} ${last(name)}`).join(", "),
    sharpness: last("sharpness"),
    edge: text.figure(status.lr > 0 ? 2 / status.lr : null),
    noise: last("noise_scale"),
  };
}

// An instrument may have looked some time ago.
function epochOf({ status, measures }, chart) {
  const family = chart.replace("-", "_");
  const name = Object.keys(measures).find((each) => each.split("/")[0] === family);
  return measures[name]?.epoch.at(-1) ?? status.epoch;
}
