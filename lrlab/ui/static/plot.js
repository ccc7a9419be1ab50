// A chart of figures that are there: Python sends the figure, the browser adds the theme's colours.
// Beneath it are its downloads and, folded, the same as a table.

import "./style.js";
import { make } from "./fields.js";
import { fitted, mounted } from "./plotly.js";
import { filled } from "./spec.js";
import { layoutOf, themeOf } from "./theme.js";

const CONFIG = { displayModeBar: false, responsive: false, doubleClick: "reset" };

export default mounted((parent, Plotly) => new Plot(parent, Plotly));

class Plot {
  constructor(parent, Plotly) {
    this.Plotly = Plotly;
    this.graph = make("div", { className: "lrlab-plot-graph", role: "img" });
    this.below = make("div", { className: "lrlab-plot-below" });
    this.root = make("div", { className: "lrlab-figure lrlab-plot" }, this.graph, this.below);
    parent.append(this.root);
    this.observer = fitted(Plotly, this.graph);
  }

  receive({ data, setTriggerValue }) {
    this.tell = setTriggerValue;
    const changed = JSON.stringify(data) !== this.drawn;
    this.data = data;
    this.drawn = JSON.stringify(data);
    this.draw();
    if (changed) this.describe();
  }

  draw() {
    const { figure, height } = this.data;
    const theme = themeOf(this.root);
    this.graph.style.height = `${height}px`;
    // Plotly keeps and changes what it is given.
    const { data, layout } = structuredClone(figure);
    const first = !this.graph.data;
    this.Plotly.react(this.graph, data, themed(layout, theme, height), CONFIG);
    if (first) this.graph.on("plotly_click", ({ points }) => this.clicked(points[0]));
  }

  clicked({ customdata }) {
    if (this.data.clickable && customdata !== undefined) this.tell("clicked", customdata);
  }

  describe() {
    const { alt, table, texts, file } = this.data;
    this.graph.setAttribute("aria-label", alt);
    const folded = table && make("details", { className: "lrlab-plot-table" },
      make("summary", {}, texts["As a table"]), tableOf(table, alt));
    const open = this.below.querySelector("details")?.open;
    const saves = saveButtons(this.Plotly, this.graph, { file, texts });
    this.below.replaceChildren(...[folded, saves].filter(Boolean));
    if (folded && open) folded.open = true;
  }

  close() {
    this.observer.disconnect();
    this.Plotly.purge(this.graph);
    this.root.remove();
  }
}

/** Return the buttons that download a graph as PNG and as SVG; `file` is the stem of its name. */
export function saveButtons(Plotly, graph, { file, texts }) {
  const buttons = ["png", "svg"].map((format) => {
    const name = format.toUpperCase();
    const label = filled(texts["Download this chart as {format}"], { format: name });
    const button = make("button", { type: "button", className: "lrlab-plot-save", title: label,
      "aria-label": label }, name);
    button.addEventListener("click", () => saved(Plotly, graph, { format, file }));
    return button;
  });
  return make("span", {}, ...buttons);
}

/** Download a graph as it stands, on the page's background, for a slide or a paper. */
function saved(Plotly, graph, { format, file }) {
  const { background } = themeOf(graph);
  const { width, height } = graph.getBoundingClientRect();
  const layout = { ...graph.layout, paper_bgcolor: background };
  const options = { format, filename: file, width, height, scale: format === "png" ? 2 : 1 };
  return Plotly.downloadImage({ data: graph.data, layout }, options);
}

/** Return a figure's layout in the theme's colours; what the figure says itself stays. */
export function themed(layout, theme, height) {
  const base = layoutOf(theme);
  const axes = Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name));
  const own = Object.fromEntries([...new Set(["xaxis", "yaxis", ...axes])]
    .map((name) => [name, { ...base.xaxis, ...layout[name] }]));
  const coarse = window.matchMedia("(pointer: coarse)").matches;
  return { dragmode: coarse ? false : "zoom", uirevision: "plot", ...base, ...layout, ...own, height };
}

function tableOf({ headings, rows }, alt) {
  const head = make("tr", {}, ...headings.map((each) => make("th", { scope: "col" }, each)));
  const body = rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cellOf(cell)))));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  // Wide ones scroll by themselves, by keyboard too.
  return make("div", { className: "lrlab-plot-scroll", tabindex: 0, role: "region",
    "aria-label": alt }, table);
}

function cellOf(cell) {
  if (!Array.isArray(cell)) return String(cell ?? "–");
  const [words, href] = cell;
  return make("a", { href }, words);
}
