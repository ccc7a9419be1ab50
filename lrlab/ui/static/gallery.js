// The gallery: cards of schedules by group, each a link with a picture of the rates.

import { make } from "./fields.js";
import { styled } from "./style.js";

const SVG = "http://www.w3.org/2000/svg";

/** Streamlit's entry: runs on each change of data or theme with the same `parentElement`. */
export default async function mount({ parentElement, data, setTriggerValue }) {
  await styled;
  // The catalogue never changes, and the theme comes by CSS.
  if (parentElement.querySelector(".lrlab-gallery")) return;
  const choose = (kind) => setTriggerValue("chosen", kind);
  parentElement.append(make("div", { className: "lrlab-gallery" },
    ...data.groups.map((group) => section(group, data.size, choose))));
}

function section({ title, cards }, size, choose) {
  const list = make("ul", {}, ...cards.map((each) => make("li", {}, card(each, size, choose))));
  return make("section", { "aria-label": title }, make("h2", {}, title), list);
}

function card({ kind, title, summary, path, query, origins, known }, size, choose) {
  const address = new URL(`./?${query}`, window.location.href).href;
  const link = make("a", { href: address, className: "lrlab-card-link" }, title);
  link.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault(); // the app goes there by itself, without loading the page anew
    choose(kind);
  });
  return make("article", { className: "lrlab-card", "data-key": `kind-${kind}` },
    picture(path, size), make("h3", {}, link), make("p", {}, summary),
    make("p", { className: "lrlab-origin", title: known }, ...interleaved(origins.map(origin))));
}

function picture(path, [width, height]) {
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  svg.append(element("path", { d: `M0,${height - 1}H${width}`, class: "lrlab-ground" }),
    element("path", { d: path, class: "lrlab-line" }));
  return svg;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function origin({ text, title, link }) {
  if (!link) return text;
  return make("a", { href: link, title, target: "_blank", rel: "noreferrer" }, text);
}

function interleaved(parts) {
  return parts.flatMap((part, index) => (index ? ["; ", part] : [part]));
}
