// The looks that every chart shares: series colours with their dashes, and the page's theme.

/**
 * Okabe and Ito's colours in the order in which they stand out on both white and black,
 * each with a dash and a marker as the second sign. A run or a pin keeps its place in this list.
 */
export const series = [
  { color: "#0072B2", dash: "solid", symbol: "circle" },
  { color: "#D55E00", dash: "dash", symbol: "square" },
  { color: "#009E73", dash: "dashdot", symbol: "diamond" },
  { color: "#CC79A7", dash: "dot", symbol: "triangle-up" },
  { color: "#E69F00", dash: "longdash", symbol: "triangle-down" },
  { color: "#56B4E9", dash: "longdashdot", symbol: "cross" },
  { color: "#8A8A8A", dash: "6px,2px", symbol: "x" },
  { color: "#B8A800", dash: "2px,4px", symbol: "star" },
  // Past the eighth a colour comes again, with a dash of its own.
  { color: "#0072B2", dash: "9px,3px", symbol: "square" },
  { color: "#D55E00", dash: "12px,3px,2px,3px,2px,3px", symbol: "circle" },
];

const STROKES = {
  solid: "none", dash: "7 3", dashdot: "7 3 2 3", dot: "2 3", longdash: "11 3",
  longdashdot: "11 3 2 3", "6px,2px": "6 2", "2px,4px": "2 4",
  "9px,3px": "9 3", "12px,3px,2px,3px,2px,3px": "12 3 2 3 2 3",
};

/** Return a small line in a series' colour and dash, for legends and buttons. */
export function swatch({ color, dash }) {
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  const facts = { x1: 1, x2: 27, y1: 5, y2: 5, stroke: color, "stroke-width": 3,
    "stroke-dasharray": STROKES[dash] };
  for (const [name, value] of Object.entries(facts)) line.setAttribute(name, value);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ width: 28, height: 10, "aria-hidden": "true" })) {
    svg.setAttribute(name, value);
  }
  svg.append(line);
  return svg;
}

/** Return the colours and fonts of the theme in force at `element`. */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
  return {
    accent: read("link-color", "#0067A3"),
    text: read("text-color", "#1a1c20"),
    background: read("background-color", "#ffffff"),
    surface: read("secondary-background-color", "#f3f4f6"),
    grid: read("border-color-light", "#e5e7eb"),
    border: read("border-color", "#d1d5db"),
    muted: read("gray-text-color", "#6b7280"),
    font: read("font", "sans-serif"),
  };
}

/** Return Plotly layout fields that follow `theme`: transparent paper, fonts, grid, hover. */
export function layoutOf(theme) {
  const axis = {
    gridcolor: theme.grid,
    linecolor: theme.border,
    zerolinecolor: theme.border,
    tickcolor: theme.border,
    automargin: false,
  };
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, size: 13, color: theme.text },
    hoverlabel: {
      bgcolor: theme.surface,
      bordercolor: theme.border,
      font: { family: theme.font, size: 13, color: theme.text },
    },
    xaxis: { ...axis },
    yaxis: { ...axis },
  };
}
