// The line above the charts: one row a run, and a face for every state that a run can be in.

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

const FACES = {
  queued(status, values, texts) {
    const place =
      status.queue_position > 1 ? "Place {place} in the queue" : "Next in the queue";
    const known = Number.isFinite(status.starts_in_seconds);
    const starts = known && { in: text.left(status.starts_in_seconds, texts) };
    return join(say(texts, place, values), starts && say(texts, "starts in about {in}", starts));
  },
  running(status, values, texts) {
    if (!status.update) return say(texts, "Starting");
    const left = Number.isFinite(status.eta_seconds) && { left: text.left(status.eta_seconds, texts) };
    return join(
      say(texts, "Epoch {epoch} of {epochs}", values),
      left && say(texts, "{left} left", left),
      status.examples_per_second && values.speed,
      values.device,
    );
  },
  paused: (status, values, texts) => say(texts, "At epoch {epoch} of {epochs}", values),
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
  failed: (status, values, texts) => `${status.error ?? ""} ${say(texts, ADVICE.failed)}`,
  diverged: (status, values, texts) => `${status.error ?? ""} ${say(texts, ADVICE.diverged)}`,
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

/** One run's row: colour and name, state, sentence, progress and Cancel. */
export class Row {
  constructor({ run, sign, texts, onCancel, onToggle }) {
    this.texts = texts;
    this.element = document.createElement("div");
    this.element.className = "lrlab-live-run";
    this.element.dataset.run = run;
    this.element.innerHTML = `
      <span class="lrlab-live-schedule"></span>
      <span class="lrlab-live-state"></span>
      <span class="lrlab-live-sentence"></span>
      <button type="button" data-key="cancel" hidden></button>
      <div role="progressbar" aria-valuemin="0" hidden><i></i></div>`;
    this.button = this.#part("button");
    this.element.prepend(signButton({ sign, texts, onToggle }));
    this.button.textContent = say(texts, "Cancel");
    this.button.onclick = () => {
      this.asked = true;
      this.#show();
      onCancel(run);
    };
  }

  /** Show how the run stands now. */
  update(status) {
    this.status = status;
    if (text.isFinal(status)) this.asked = false;
    this.#show();
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
    this.#part(".lrlab-live-state").textContent = say(texts, WORD[status.state]);
    this.#part(".lrlab-live-sentence").textContent = sentence(status, texts);
    this.button.hidden = final;
    this.button.disabled = Boolean(this.asked);
    this.button.textContent = say(texts, this.asked ? "Cancelling" : "Cancel");
    this.#progress(status, final || status.state === "queued");
  }

  #progress(status, hidden) {
    const bar = this.#part("[role=progressbar]");
    bar.hidden = hidden;
    bar.setAttribute("aria-label", say(this.texts, "Updates done"));
    bar.setAttribute("aria-valuemax", status.updates);
    bar.setAttribute("aria-valuenow", status.update);
    bar.firstElementChild.style.width = `${(100 * status.update) / status.updates}%`;
  }
}
