"""How long a drag and a key press take to reach the screen, in headless Chromium.

    python tests/bench/drag.py http://127.0.0.1:8501

Against a running app. Drags the base rate's slider of a 600-point curve and prints, in
milliseconds: the draw itself (rates and Plotly), pointer move to paint, key press to paint.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time
from typing import Any

from playwright.sync_api import Page, sync_playwright

MOVES = 300
KEYS = 100

# A frame's callbacks run before its paint, a message sent from them after it.
PROBE = """() => {
  const found = window.lrlabProbe = {draws: [], moves: [], keys: [], requests: 0};
  const afterPaint = (done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  });
  const watch = (type, list) => document.addEventListener(type, (event) => {
    const start = event.timeStamp;
    afterPaint(() => list.push(performance.now() - start));
  }, true);
  watch("input", found.moves);
  watch("keydown", found.keys);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName("lrlab:draw")) found.draws.push(entry.duration);
  }).observe({entryTypes: ["measure"]});
}"""


def drag(page: Page) -> None:
    """Move the pressed slider to and fro, one move a frame."""
    box = page.locator('[data-key="param-base_lr"] input[type=range]').bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    page.mouse.down()
    for move in range(MOVES):
        part = 0.5 + 0.4 * abs((move % 120) / 60 - 1) * (-1 if move % 240 < 120 else 1)
        page.mouse.move(box["x"] + box["width"] * part, middle)
        time.sleep(0.016)
    page.mouse.up()
    time.sleep(1)


def press(page: Page) -> None:
    """Step the slider by keys, slowly, as a person does."""
    slider = page.locator('[data-key="param-base_lr"] input[type=range]')
    slider.focus()
    for key in range(KEYS):
        slider.press("ArrowLeft" if key % 40 < 20 else "ArrowRight")
        time.sleep(0.15)


def summary(milliseconds: list[float]) -> dict[str, float]:
    """Return count, median and 95th percentile."""
    cuts = statistics.quantiles(milliseconds, n=100)
    return {
        "n": len(milliseconds),
        "median": round(statistics.median(milliseconds), 1),
        "p95": round(cuts[94], 1),
        "max": round(max(milliseconds), 1),
    }


def measure(url: str) -> dict[str, Any]:
    """Return the figures of one page."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        page.on("websocket", lambda ws: ws.on("framesent", lambda _: sent.append("frame")))
        page.goto(f"{url}/?clock=progress")
        page.wait_for_selector('[data-testid="preview"] .js-line', state="attached")
        page.wait_for_load_state("networkidle")
        page.evaluate(PROBE)
        sent.clear()
        drag(page)
        dragged = page.evaluate("structuredClone(window.lrlabProbe)")
        page.evaluate("window.lrlabProbe.draws.length = 0")
        page.evaluate("window.lrlabProbe.keys.length = 0")
        after_drag = len(sent)
        press(page)
        keyed = page.evaluate("window.lrlabProbe")
        browser.close()
    return {
        "draw": summary(dragged["draws"]),
        "move_to_paint": summary(dragged["moves"]),
        "key_to_paint": summary(keyed["keys"]),
        "messages_on_release": after_drag,
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1].rstrip("/")), indent=2))
