// Plotly, loaded once a page from the copy that the plotly package ships, when it is first wanted:
// to read it takes a browser as long as everything else of a page without charts.

let loading;

/** Return a promise of `window.Plotly`. */
export function plotly() {
  return (loading ??= new Promise((resolve, reject) => {
    if (window.Plotly) {
      resolve(window.Plotly);
      return;
    }
    const script = document.createElement("script");
    script.src = new URL("../plotly.min.js", import.meta.url).href;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("plotly.min.js did not load"));
    document.head.append(script);
  }));
}

/** Keep a graph as wide as its place, as long as it is shown; returns what observes it. */
export function fitted(Plotly, graph) {
  const shown = () => graph.data && graph.offsetWidth > 0;
  const observer = new ResizeObserver(() => shown() && Plotly.Plots.resize(graph));
  observer.observe(graph);
  return observer;
}

/**
 * Return a Streamlit component's entry, which runs on each change of data or theme with the same
 * `parentElement`: `made(parentElement, Plotly)` once, its `receive(component)` each time, and
 * its `close()` when the element has gone.
 */
export function mounted(made) {
  const views = new WeakMap();
  plotly(); // soon to be wanted
  return async (component) => {
    const { parentElement } = component;
    const Plotly = await plotly();
    if (!views.has(parentElement)) views.set(parentElement, made(parentElement, Plotly));
    const view = views.get(parentElement);
    view.receive(component);
    return () => queueMicrotask(() => parentElement.isConnected || view.close());
  };
}
