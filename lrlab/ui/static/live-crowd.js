// Where the live charts' captions stand: on their charts' upper margin, or above it.

/**
 * Where a legend has no room beside its caption, have all captions of that row above their charts.
 * `drawings` ({graph, data, layout}) are all charts, drawn or about to be.
 */
export function crowd(drawings) {
  const rows = drawings.map(({ graph }) => graph.parentElement.offsetTop);
  const crowded = rows.filter((row, at) => isCrowded(drawings[at]));
  drawings.forEach(({ graph }, at) => {
    graph.parentElement.toggleAttribute("data-crowded", crowded.includes(rows[at]));
  });
}

const APART = 14; // px between caption and legend, with the edge of the caption's button

function isCrowded({ graph, data, layout }) {
  const named = layout.showlegend ? data.filter(isNamed) : [];
  const legend = named.reduce((width, { name }) => width + 46 + 6.5 * name.length, APART);
  const caption = document.createRange(); // its text, as wide before the style sheet has come
  caption.selectNodeContents(graph.previousElementSibling.lastElementChild);
  const room = graph.getBoundingClientRect().right - caption.getBoundingClientRect().right;
  return named.length > 0 && legend > room;
}

const isNamed = (trace) => trace.showlegend !== false && trace.visible !== false;
