// Figures and sentences of the live view: the digits that mean something, in the page's language.

/** Return `english` in the page's language with each {name} replaced. */
export function say(texts, english, values = {}) {
  const text = texts[english] ?? english;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/**
 * Return a sentence in the page's language if it was made of one of `templates`, as `{thing} is
 * gone`, each with its translation; else as it is. What fills a template may be such a sentence.
 */
export function reworded(templates, sentence) {
  for (const template of Object.keys(templates)) {
    const parts = template.split(/\{(\w+)\}/).map((part, place) =>
      place % 2 ? `(?<${part}>.*)` : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const found = new RegExp(`^${parts.join("")}$`, "s").exec(sentence);
    if (!found) continue;
    const values = Object.entries(found.groups ?? {});
    return say(templates, template,
      Object.fromEntries(values.map(([name, value]) => [name, reworded(templates, value)])));
  }
  return sentence;
}

const absent = (value) => value === null || value === undefined;

export const loss = (value) => (absent(value) ? "–" : value.toFixed(3));
export const accuracy = (value) => (absent(value) ? "–" : value.toFixed(4));
export const rate = (value) => (absent(value) ? "–" : String(Number(value.toPrecision(4))));

/** Return a figure of an instrument with three significant digits: `0.123`, `45.6`, `12300`. */
export const figure = (value) => (absent(value) ? "–" : String(Number(value.toPrecision(3))));

/** Return a number of epochs: whole ones plainly, others with two decimals. */
export const epochs = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(2));

/** Return seconds as `3.1 s`, `2 min 5 s` or `2 h 2 min`. */
export function duration(seconds) {
  if (absent(seconds)) return "–";
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Return time still to go without digits that jump: `less than a second`, `12 s`, `3 min`. */
export function left(seconds, texts) {
  if (seconds < 1) return say(texts, "less than a second");
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

export function throughput(perSecond) {
  if (!perSecond) return "–";
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(1)} M examples/s`;
  if (perSecond >= 1e3) return `${(perSecond / 1e3).toFixed(1)} k examples/s`;
  return `${Math.round(perSecond)} examples/s`;
}

export const timeOfDay = (date) => date.toLocaleTimeString([], { hour12: false });

/** Return a device's name as people write it: `CPU`, `NVIDIA H200`. */
export const device = (name) => (name === "cpu" ? "CPU" : (name ?? "").replace(/^cuda: /, ""));

const FINAL = new Set(["finished", "cancelled", "failed", "diverged"]);

export const isFinal = (status) => FINAL.has(status?.state);
