// The preview's figure: traces, axes and their ranges. Data in, Plotly's objects out.

import { layoutOf } from "./theme.js";

const DECADES = 6;

/** Return the traces: the curve first, then the pins, then the marker of a running run. */
export function tracesFor({ curve, pins, head, axis, theme, translate }) {
  const hover = { hovertemplate: "%{y:.4g}" };
  const line = (name, { x, y, steps }, style) => ({
    type: "scatter", mode: "lines", name, x, y, ...hover,
    line: { ...style, shape: steps ? "hv" : "linear" },
  });
  return [
    line(translate("This schedule"), curve, { color: theme.accent, width: 3, simplify: false }),
    ...pins.map(({ name, curve: pinned, look }) =>
      line(name, pinned, { color: look.color, dash: look.dash, width: 2 })),
    marker(head, { axis, theme, translate }),
  ];
}

function marker(head, { axis, theme, translate }) {
  return {
    type: "scatter", mode: "markers", name: translate("Training now"), hovertemplate: "%{y:.4g}",
    x: head ? [axis === "step" ? head.update : head.epoch] : [],
    y: head ? [head.lr] : [],
    marker: { size: 12, color: theme.background, line: { color: theme.text, width: 3 } },
    cliponaxis: false,
  };
}

/** Return the rate axis's range over `curves`; it only grows from `held`, a range in use. */
export function rangeOf(curves, log, held) {
  let low = Infinity;
  let high = 0;
  for (const { y } of curves) {
    for (const rate of y) {
      if (rate > high) high = rate;
      if (rate > 0 && rate < low) low = rate;
    }
  }
  const fresh = log ? logRange(low, high) : [-0.03 * (high || 1), 1.06 * (high || 1)];
  if (!held || held.log !== log) return Object.assign(fresh, { log });
  return Object.assign([Math.min(held[0], fresh[0]), Math.max(held[1], fresh[1])], { log });
}

function logRange(low, high) {
  if (!(high > 0)) return [-3, 0];
  const top = Math.log10(high);
  const bottom = Math.max(Math.log10(low), top - DECADES);
  const margin = Math.max(0.05, 0.05 * (top - bottom));
  return [bottom - margin, top + margin];
}

/** Return what shows that the curve, which ends at `end`, applies from `x` on only: the rest faded. */
export function originOf({ x, end, said, theme }) {
  const before = { type: "rect", xref: "x", yref: "paper", x0: 0, x1: x, y0: 0, y1: 1, line: { width: 0 },
    fillcolor: theme.background, opacity: 0.75, layer: "above" };
  const edge = { type: "line", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1: 1,
    line: { color: theme.text, width: 1, dash: "dot" } };
  // Before an early branch there is no room for words; behind it they keep clear of a high rate.
  const early = x < 0.45 * end;
  const place = early ? { y: 0, xanchor: "left", yanchor: "bottom" }
    : { y: 1, xanchor: "right", yanchor: "top" };
  const words = { x, xref: "x", yref: "paper", ...place, text: said,
    showarrow: false, font: { color: theme.text, size: 12 } };
  return { shapes: [before, edge], annotations: [words] };
}

/** Return the layout: named axes, one hover for all curves, the theme's colours. */
export function layoutFor({ axis, range, log, theme, translate, end }) {
  const base = layoutOf(theme);
  const coarse = window.matchMedia("(pointer: coarse)").matches;
  return {
    ...base,
    plot_bgcolor: theme.background, // the hover's line gets its halo from it: on none, a white one
    margin: { l: 68, r: 16, t: 8, b: 44 },
    showlegend: false,
    hovermode: "x unified",
    dragmode: coarse ? false : "zoom",
    uirevision: "preview",
    xaxis: {
      ...base.xaxis, range: [0, end], hoverformat: axis === "step" ? "d" : ".2f",
      spikecolor: theme.muted, spikethickness: 1,
      title: { text: translate(axis === "step" ? "Update" : "Epoch"), standoff: 8 },
    },
    yaxis: {
      ...base.yaxis, range: [...range], type: log ? "log" : "linear",
      dtick: log && range[1] - range[0] > 1.5 ? 1 : undefined,
      exponentformat: "power", title: { text: translate("Learning rate"), standoff: 8 },
    },
  };
}
