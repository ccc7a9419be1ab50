// The page's one line to the server: server-sent events of several runs, resumed from a cursor.

const SILENT = 40_000; // ms: the server speaks every 15 s, so the line is dead after this
const PATIENCE = [500, 1000, 2000, 4000]; // ms between attempts to come back

/**
 * Follow runs until every one has ended. `onNews(runs)` gets each event's runs,
 * `onBreak(since)` a Date when the line breaks and null when it is back.
 * No line is held while the tab is hidden.
 */
export class Stream {
  constructor({ onNews, onBreak }) {
    Object.assign(this, { onNews, onBreak });
    this.runs = [];
    this.cursor = "";
    this.since = null;
    this.failures = 0;
    this.visibility = () => (document.hidden ? this.#hangUp() : this.#open());
    document.addEventListener("visibilitychange", this.visibility);
    window.addEventListener("online", this.visibility);
  }

  /** Follow `runs` from now on; those followed before go on from their cursor. */
  follow(runs) {
    if (String(runs) === String(this.runs)) return;
    this.runs = runs;
    this.ended = runs.length === 0;
    this.#open();
  }

  close() {
    this.ended = true;
    this.#hangUp();
    document.removeEventListener("visibilitychange", this.visibility);
    window.removeEventListener("online", this.visibility);
  }

  #address() {
    const address = new URL("/api/stream", window.location.origin);
    for (const run of this.runs) address.searchParams.append("run", run);
    const known = this.cursor.split(",").filter((part) => this.runs.includes(parseInt(part, 10)));
    if (known.length) address.searchParams.set("cursor", known.join(","));
    return address.href;
  }

  #open() {
    this.#hangUp();
    if (this.ended || document.hidden) return;
    this.source = new EventSource(this.#address());
    this.source.onopen = () => this.#heard();
    this.source.onerror = () => this.#broke();
    this.source.onmessage = (event) => this.#news(event);
    this.source.addEventListener("alive", () => this.#heard());
    this.source.addEventListener("end", () => {
      this.ended = true;
      this.#hangUp();
    });
    this.#listenFor(SILENT);
  }

  #hangUp() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  #news(event) {
    this.#heard();
    this.cursor = event.lastEventId;
    this.onNews(JSON.parse(event.data).runs);
  }

  #heard() {
    this.failures = 0;
    this.#listenFor(SILENT);
    if (!this.since) return;
    this.since = null;
    this.onBreak(null);
  }

  #listenFor(time) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#broke(), time);
  }

  #broke() {
    this.#hangUp();
    this.since ??= new Date();
    this.onBreak(this.since);
    const wait = PATIENCE[Math.min(this.failures++, PATIENCE.length - 1)];
    this.timer = setTimeout(() => this.#open(), wait);
  }
}
