// The line above the charts: one row a run, and a face for every state that a run can be in.

import { Steer } from "./live-steer.js";
import * as text from "./live-text.js";

const { say } = text;

const WORD = {
  queued: "Waiting",
  running: "Running",
  paused: "Paused",
  finished: "Finished",
  cancelled: "Cancelled",
  failed: "Failed",
  diverged: "Diverged",
};

const WANTED = { paused: "Pausing", cancelled: "Cancelling" };

const ADVICE = {
  failed: "Train it again; if it fails once more, its reason says where to look.",
  diverged: "Try a lower rate, or a warmup before it.",
};

/** Return the sentence that says how a run stands. */
export function sentence(status, texts) {
  const values = {
    place: status.queue_position,
    epoch: text.epochs(status.epoch),
    epochs: status.epochs,
    loss: text.loss(status.train_loss),
    train: text.accuracy(status.train_acc),
    test: text.accuracy(status.test_acc),
    time: text.duration(status.seconds),
    speed: text.throughput(status.examples_per_second),
    device: text.device(status.device),
  };
  return FACES[status.state](status, values, texts);
}

/** Say why a run has no end of its own, and what to try. */
function ended(status, values, texts) {
  const reason = text.reworded(texts.reasons, status.error ?? "");
  return `${reason} ${say(texts, ADVICE[status.state])}`;
}

const FACES = {
  queued(status, values, texts) {
    const place =
      status.queue_position > 1 ? "Place {place} in the queue" : "Next in the queue";
    const known = Number.isFinite(status.starts_in_seconds);
    const starts = known && { in: text.left(status.starts_in_seconds, texts) };
    return join(say(texts, place, values), starts && say(texts, "starts in about {in}", starts));
  },
  running(status, values, texts) {
    if (status.update <= (status.parent_update ?? 0)) return say(texts, "Starting");
    const left = Number.isFinite(status.eta_seconds) && { left: text.left(status.eta_seconds, texts) };
    return join(
      say(texts, "Epoch {epoch} of {epochs}", values),
      left && say(texts, "{left} left", left),
      status.examples_per_second && values.speed,
      values.device,
    );
  },
  paused: (status, values, texts) =>
    say(texts, "At epoch {epoch} of {epochs}. Resume to go on from there.", values),
  finished: (status, values, texts) =>
    join(
      say(texts, "Train loss {loss}", values),
      say(texts, "train accuracy {train}", values),
      say(texts, "test accuracy {test}", values),
      values.time,
      status.examples_per_second && values.speed,
      values.device,
    ),
  cancelled: (status, values, texts) =>
    say(texts, "At epoch {epoch} of {epochs}. The curves so far are kept.", values),
  failed: ended,
  diverged: ended,
};

const join = (...parts) => parts.filter(Boolean).join(" · ");

/** Return the sentence read out when a run's state changes. */
export function announcement(status, texts) {
  return `${status.name}: ${say(texts, WORD[status.state])}. ${sentence(status, texts)}`;
}

/** A run's colour and name; pressed, it hides the run's curves, and pressed again shows them. */
export function signButton({ sign, texts, onToggle }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "lrlab-live-sign";
  button.title = say(texts, "Show or hide {name}", { name: sign.title });
  button.setAttribute("aria-pressed", "true");
  button.append(document.createElement("i"), sign.title);
  button.firstElementChild.style.background = sign.colour;
  button.onclick = () => {
    const shown = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", shown);
    onToggle(shown);
  };
  return button;
}

/** One run's row: colour and name, state, sentence, progress, and what steers it. */
export class Row {
  constructor({ run, sign, rate, open, texts, onWish, onToggle }) {
    this.texts = texts;
    this.element = document.createElement("div");
    this.element.className = "lrlab-live-run";
    this.element.dataset.run = run;
    this.element.innerHTML = `
      <span class="lrlab-live-schedule"></span>
      <span class="lrlab-live-state"></span>
      <span class="lrlab-live-sentence"></span>
      <div role="progressbar" hidden><i></i></div>`;
    this.element.prepend(signButton({ sign, texts, onToggle }));
    const wish = (kind, value) => {
      onWish(run, kind, value);
      this.#show();
    };
    this.steer = new Steer({ row: this.element, rate, open, texts, onWish: wish });
  }

  /** Show how the run stands now, and what became of what it was told. */
  update({ status, commands } = {}) {
    if (!status) return;
    this.status = status;
    this.steer.update(status, commands);
    this.#show();
  }

  /** Show why a wish was not granted; return whether that is news. */
  refuse([number, sentence]) {
    const fresh = this.steer.refuse(number, sentence);
    this.#show();
    return fresh;
  }

  #part(selector) {
    return this.element.querySelector(selector);
  }

  #show() {
    const { status, texts } = this;
    if (!status) return;
    const final = text.isFinal(status);
    this.element.dataset.state = status.state;
    this.#part(".lrlab-live-schedule").textContent = status.name;
    this.#part(".lrlab-live-schedule").title = status.name;
    const { wanted } = this.steer;
    const word = (wanted !== status.state && WANTED[wanted]) || WORD[status.state];
    this.#part(".lrlab-live-state").textContent = say(texts, word);
    this.#part(".lrlab-live-sentence").textContent = sentence(status, texts);
    this.#progress(status, final || status.state === "queued");
  }

  #progress(status, hidden) {
    const bar = this.#part("[role=progressbar]");
    bar.hidden = hidden;
    bar.setAttribute("aria-label", say(this.texts, "Updates done"));
    const first = status.parent_update ?? 0; // a branch begins where it left its origin
    bar.setAttribute("aria-valuemin", first);
    bar.setAttribute("aria-valuemax", status.updates);
    bar.setAttribute("aria-valuenow", status.update);
    const done = (status.update - first) / (status.updates - first);
    bar.firstElementChild.style.width = `${100 * done}%`;
  }
}
