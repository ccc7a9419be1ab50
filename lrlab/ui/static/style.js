// Loads the components' style sheet once a page.

const address = new URL("./style.css", import.meta.url).href;
if (!document.head.querySelector(`link[href="${address}"]`)) {
  const sheet = document.createElement("link");
  Object.assign(sheet, { rel: "stylesheet", href: address });
  document.head.append(sheet);
}
