// Loads the components' style sheets once a page; `styled` waits for them.

export const styled = Promise.all(["style.css", "summary.css", "gallery.css", "replay.css"].map(load));

function load(name) {
  const sheet = document.createElement("link");
  Object.assign(sheet, { rel: "stylesheet", href: new URL(`./${name}`, import.meta.url).href });
  const there = new Promise((resolve) => ["load", "error"].forEach((end) => { sheet[`on${end}`] = resolve; }));
  document.head.append(sheet);
  return there;
}
