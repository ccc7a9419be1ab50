// Plotly, loaded once a page from the copy that the plotly package ships.

/** A promise of `window.Plotly`. */
export const plotly = new Promise((resolve, reject) => {
  if (window.Plotly) {
    resolve(window.Plotly);
    return;
  }
  const script = document.createElement("script");
  script.src = new URL("../plotly.min.js", import.meta.url).href;
  script.onload = () => resolve(window.Plotly);
  script.onerror = () => reject(new Error("plotly.min.js did not load"));
  document.head.append(script);
});

export default plotly;
