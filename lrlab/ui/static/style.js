// Loads the components' style sheets once a page.

for (const name of ["style.css", "summary.css", "gallery.css"]) {
  const address = new URL(`./${name}`, import.meta.url).href;
  if (document.head.querySelector(`link[href="${address}"]`)) continue;
  const sheet = document.createElement("link");
  Object.assign(sheet, { rel: "stylesheet", href: address });
  document.head.append(sheet);
}
