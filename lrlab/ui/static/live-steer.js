// How a hand steers a run: pause, resume, cancel, a rate of its own and back to the schedule.
// Each press is a wish; what became of it comes back with the run's commands.

import { numberField } from "./fields.js";
import { handOn, isPending, rateToCome, sentenceOf } from "./live-commands.js";
import { isFinal, say } from "./live-text.js";

const REST = 250; // ms without a change after which a rate is sent: keys repeat
const PATIENCE = 10_000; // ms after which a wish that nothing came of is forgotten

const HTML = `
  <span class="lrlab-live-buttons">
    <button type="button" data-key="pause" hidden></button>
    <button type="button" data-key="resume" hidden></button>
    <button type="button" data-key="cancel" hidden></button>
  </span>
  <div class="lrlab-live-hand" hidden>
    <button type="button" class="lrlab-live-fold" aria-expanded="false"></button>
    <div class="lrlab-live-rate" hidden></div>
    <button type="button" data-key="hand-back" hidden></button>
    <button type="button" data-key="hand-back-scaled" hidden></button>
    <span class="lrlab-live-note"></span>
  </div>`;

const LABELS = {
  pause: "Pause",
  resume: "Resume",
  cancel: "Cancel",
  "hand-back": "Jump to the schedule",
  "hand-back-scaled": "Scale what is left",
};

export class Steer {
  /**
   * `rate`: the live rate's limits, and whether the schedule itself is moved by hand;
   * `open`: whether the live rate is in view from the start. `onWish(kind, value)` hears of each.
   */
  constructor({ row, rate, open, texts, onWish }) {
    Object.assign(this, { row, rate, texts, onWish });
    this.commands = [];
    row.insertAdjacentHTML("beforeend", HTML);
    for (const [kind, label] of Object.entries(LABELS)) {
      const button = this.#part(`[data-key="${kind}"]`);
      button.textContent = say(texts, label);
      button.onclick = () => this.#wish(kind);
    }
    this.#foldInto(this.#part(".lrlab-live-rate"), open);
  }

  /** Show what can be done now, and what became of what was asked. */
  update(status, commands = this.commands) {
    Object.assign(this, { status, commands });
    if (this.asked && this.#answered()) this.#settle();
    this.#show();
  }

  /** Take the sentence that says why a wish was not granted. */
  refuse(number, sentence) {
    if (this.refused === number) return false;
    Object.assign(this, { refused: number, fault: sentence });
    this.#settle();
    this.#show();
    return true;
  }

  /** Where the run is on its way to: "paused", "cancelled", or null. */
  get wanted() {
    if (isFinal(this.status)) return null;
    const asked = { pause: "paused", cancel: "cancelled" }[this.asked?.kind];
    return asked ?? this.status?.wanted ?? null;
  }

  #part(selector) {
    return this.row.querySelector(selector);
  }

  #foldInto(box, open) {
    const fold = this.#part(".lrlab-live-fold");
    fold.textContent = say(this.texts, "Steer");
    const show = (shown) => {
      fold.setAttribute("aria-expanded", shown);
      box.hidden = !shown;
    };
    fold.onclick = () => show(box.hidden);
    show(open);
  }

  // Made when it is first of use: most rows are of runs that have ended.
  #fieldOf(lr) {
    const { texts, rate } = this;
    this.field = numberField({
      key: "live-lr",
      label: say(texts, "Live rate"),
      parameter: { type: "number", min: 0, max: rate.max, log: true,
        slider_min: rate.low, slider_max: rate.high,
        help: say(texts, "The rate from the next update on, until it is handed back") },
      value: lr,
      place: () => ({}),
      translate: (text) => say(texts, text),
      onInput: (value) => { this.typed = value; },
      onCommit: () => this.#commit(),
    });
    this.#part(".lrlab-live-rate").append(this.field.element);
  }

  #commit() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      const { typed, field } = this;
      if (typed === undefined || field.element.querySelector("[aria-invalid]")) return;
      this.typed = undefined;
      this.#wish("set-lr", typed);
    }, REST);
  }

  #wish(kind, value = null) {
    this.fault = null;
    const last = this.commands.at(-1)?.seq ?? 0;
    this.asked = { kind, argument: value, applied_update: null, refusal: null, last };
    clearTimeout(this.patience);
    this.patience = setTimeout(() => {
      this.#settle();
      this.#show();
    }, PATIENCE);
    this.onWish(kind, value);
    this.#show();
  }

  #answered() {
    const { asked, status } = this;
    const told = (this.commands.at(-1)?.seq ?? 0) > asked.last;
    const on = status.wanted ?? status.state;
    const idle = { pause: on === "paused", resume: on !== "paused" }[asked.kind];
    return told || idle || isFinal(status);
  }

  #settle() {
    clearTimeout(this.patience);
    this.asked = null;
  }

  #show() {
    const { status } = this;
    if (!status) return;
    const on = this.wanted ?? status.state;
    const open = !isFinal(status);
    this.#offer("pause", open && on !== "paused" && on !== "cancelled");
    this.#offer("resume", open && on === "paused");
    this.#offer("cancel", open, on === "cancelled");
    const steerable = ["running", "paused"].includes(status.state);
    this.#part(".lrlab-live-hand").hidden = !steerable && !(open && this.fault);
    if (!steerable) return;
    const hand = this.rate.manual ? null : handOn(this.commands);
    this.#offer("hand-back", hand !== null);
    this.#offer("hand-back-scaled", hand === "held");
    this.#follow();
    this.#note();
  }

  #offer(kind, shown, disabled = false) {
    const button = this.#part(`[data-key="${kind}"]`);
    Object.assign(button, { hidden: !shown, disabled });
  }

  // The field shows the rate that applies, unless a hand is on it.
  #follow() {
    const lr = rateToCome(this.commands) ?? this.asked?.argument ?? this.status.lr;
    if (!this.field) this.#fieldOf(lr ?? this.rate.start);
    const busy = this.typed !== undefined || this.field.element.contains(document.activeElement);
    const wrong = this.field.element.querySelector("[aria-invalid]");
    if (lr !== null && lr !== this.shown && !busy && !wrong) {
      this.field.set(Number(lr.toPrecision(4)));
      this.shown = lr;
    }
  }

  #note() {
    const note = this.#part(".lrlab-live-note");
    const last = this.asked ?? this.commands.at(-1);
    const refused = this.fault ?? (last?.refusal || null);
    const said = refused ?? (last ? sentenceOf(last, this.texts) : "");
    if (note.textContent !== said) note.textContent = said;
    note.toggleAttribute("data-refused", Boolean(refused));
    note.toggleAttribute("data-pending", !refused && Boolean(last && isPending(last)));
  }
}
