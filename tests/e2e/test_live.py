"""A run watched in a browser: its curves grow, and what the watcher did to the charts stays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from lrlab.experiment import Experiment
from lrlab.runs import FINAL, State
from tests.e2e.apps import started
from tests.e2e.conftest import Server, _cancel_all, _free_port, _stop_workers, at_rest, eventually
from tests.submitted import submit

CHARTS = ("live-loss", "live-accuracy", "live-lr")
SCHEDULE = {"kind": "cosine", "base_lr": 0.1, "length": 60}
# 50 updates an epoch, so a point and an evaluation every second at most, for minutes.
LONG = {"epochs": 1000, "train_examples": 3200, "batch_size": 64}
SHORT = {"epochs": 1, "train_examples": 25_600}


def submitted(server: Server, **settings: Any) -> int:
    store = server.store()
    try:
        return submit(store, Experiment.parse({"schedule": SCHEDULE, **settings}))
    finally:
        store.close()


@pytest.fixture
def long_run(server: Server) -> Iterator[int]:
    """A run that goes on for as long as the test looks at it."""
    number = submitted(server, **LONG)
    yield number
    store = server.store()
    store.cancel(number)
    eventually(lambda: store.run(number).state in FINAL, "the run to end")
    store.close()


def drawn(page: Page, chart: str, source: str, column: str) -> list[float]:
    """Return the x values of the trace that shows a column of a source."""
    script = """([chart, source, column]) => {
      const graph = document.querySelector(`[data-testid="${chart}"]`);
      const shows = ({ meta }) => meta.source === source && meta.column === column;
      return Array.from(graph?.data?.find(shows)?.x ?? []);
    }"""
    return list(page.evaluate(script, [chart, source, column]))


def losses(page: Page) -> int:
    return len(drawn(page, "live-loss", "points", "train_loss"))


def grown(page: Page, by: int = 1) -> None:
    """Wait until so many more points are drawn."""
    before = losses(page)
    eventually(lambda: losses(page) >= before + by, f"{by} more points", 60)


def ranges(page: Page) -> list[list[float]]:
    script = """names => names.map(name =>
      [...document.querySelector(`[data-testid="${name}"]`)._fullLayout.xaxis.range])"""
    return list(page.evaluate(script, CHARTS))


def scripts(page: Page) -> list[str]:
    """Collect the kinds of messages that ask the server to run a script, from now on."""
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append("frame")))
    return sent


def watched(page: Page, server: Server, number: int) -> Page:
    page.goto(f"{server.url}/train?run={number}")
    eventually(lambda: losses(page) >= 1, "the first point", 60)
    return page


def test_a_click_on_train_brings_points_to_all_three_charts(page: Page, server: Server) -> None:
    query = {"schedule": json.dumps(SCHEDULE), **SHORT}
    page.goto(f"{server.url}/?" + "&".join(f"{k}={quote(str(v))}" for k, v in query.items()))
    page.click(".st-key-launch button")
    for chart, column in zip(CHARTS, ("train_loss", "train_acc", "lr"), strict=True):
        eventually(lambda c=chart, k=column: drawn(page, c, "points", k) != [], chart, 60)
    expect(page.locator(".lrlab-live-state")).to_have_text("Finished", timeout=60_000)
    tests = lambda: drawn(page, "live-accuracy", "evaluations", "test_acc")  # noqa: E731
    eventually(lambda: tests() == [1], "the evaluation of its one epoch")


def test_a_reload_finds_the_run_that_was_started(page: Page, server: Server) -> None:
    query = {"schedule": json.dumps(SCHEDULE), **SHORT}
    page.goto(f"{server.url}/?" + "&".join(f"{k}={quote(str(v))}" for k, v in query.items()))
    page.click(".st-key-launch button")
    eventually(lambda: losses(page) >= 1, "a point", 60)
    name = page.locator(".lrlab-live-run .lrlab-live-sign").inner_text()
    page.reload()
    eventually(lambda: losses(page) >= 1, "the curve after the reload")
    assert page.locator(".lrlab-live-run .lrlab-live-sign").inner_text() == name


def test_the_drawn_curves_are_those_of_the_store(page: Page, server: Server) -> None:
    number = submitted(server, **SHORT)
    watched(page, server, number)
    expect(page.locator(".lrlab-live-state")).to_have_text("Finished", timeout=60_000)
    script = """() => Array.from(document.querySelector('[data-testid="live-lr"]').data
      .find(({ meta }) => meta.source === "points").y)"""
    store = server.store()
    eventually(lambda: losses(page) == len(store.points(number)), "all points")
    assert page.evaluate(script) == [point.lr for point in store.points(number)]
    store.close()


def test_zoom_a_hidden_trace_and_the_node_itself_survive_new_points(
    page: Page, server: Server, long_run: int
) -> None:
    watched(page, server, long_run)
    page.evaluate("""() => { window.kept = document.querySelector('[data-testid="live-loss"]') }""")
    page.locator('[data-testid="live-loss"] .legendtoggle').first.click()
    hidden = """() => document.querySelector('[data-testid="live-loss"]').data
      .filter((trace) => trace.visible === "legendonly").length"""
    eventually(lambda: page.evaluate(hidden) == 1, "the trace to be hidden")
    box = at_rest(page.locator('[data-testid="live-accuracy"] .nsewdrag'))
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 40, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, middle, steps=5)
    page.mouse.up()
    eventually(lambda: ranges(page)[0][1] < 900, "the zoom to be shared")
    zoomed = ranges(page)
    assert all(each == pytest.approx(zoomed[0]) for each in zoomed)
    grown(page, by=2)
    assert ranges(page) == zoomed
    assert page.evaluate(hidden) == 1
    assert page.evaluate("""() => document.querySelector('[data-testid="live-loss"]') === kept""")


def zoom(page: Page, chart: str) -> None:
    """Drag a rectangle in a chart."""
    box = at_rest(page.locator(f'[data-testid="{chart}"] .nsewdrag'))
    page.mouse.move(box["x"] + 30, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + box["height"] - 20, steps=5)
    page.mouse.up()


def test_the_zoom_survives_the_next_run(page: Page, server: Server, long_run: int) -> None:
    page.goto(f"{server.url}/?runs={long_run}&train_examples=3200&batch_size=64&epochs=1000")
    eventually(lambda: losses(page) >= 1, "the first point", 60)
    script = """() => { const { xaxis, yaxis } =
      document.querySelector('[data-testid="live-loss"]')._fullLayout;
      return [...xaxis.range, ...yaxis.range]; }"""
    zoom(page, "live-loss")
    eventually(lambda: ranges(page)[2][1] < 900, "the zoom to be shared")
    zoomed = page.evaluate(script)
    page.click(".st-key-launch button")
    expect(page.locator(".lrlab-live-run")).to_have_count(2)
    runs = """() => document.querySelector('[data-testid="live-loss"]').data
      .filter(({ meta }) => meta.source === "points").length"""
    eventually(lambda: page.evaluate(runs) == 2, "both runs in the chart")
    assert page.evaluate(script) == pytest.approx(zoomed)
    _cancel_all(server)


def test_the_hover_stays_while_points_arrive(page: Page, server: Server, long_run: int) -> None:
    watched(page, server, long_run)
    box = at_rest(page.locator('[data-testid="live-lr"] .nsewdrag'))
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    label = page.locator('[data-testid="live-lr"] .hoverlayer .legendtext').first
    expect(label).to_be_visible()
    grown(page)
    page.wait_for_function("() => new Promise((done) => requestAnimationFrame(() => done(true)))")
    expect(label).to_be_visible()


def test_a_watcher_runs_no_script(page: Page, server: Server, long_run: int) -> None:
    sent = scripts(page)
    watched(page, server, long_run)
    page.wait_for_load_state("networkidle")
    sent.clear()
    grown(page, by=2)
    assert sent == []


def test_cancel_ends_the_run_and_keeps_its_curve(page: Page, server: Server, long_run: int) -> None:
    watched(page, server, long_run)
    page.click('[data-key="cancel"]')
    expect(page.locator(".lrlab-live-state")).to_have_text("Cancelled")
    expect(page.locator('[data-key="cancel"]')).to_be_hidden()
    store = server.store()
    assert store.run(long_run).state is State.CANCELLED
    store.close()
    assert losses(page) >= 1


def test_a_run_that_waits_says_where_in_the_queue(
    page: Page, server: Server, long_run: int
) -> None:
    store = server.store()
    eventually(lambda: store.run(long_run).state is State.RUNNING, "the first run to start")
    waiting = [submitted(server, **SHORT) for _ in range(2)]
    page.goto(f"{server.url}/train?run={waiting[1]}")
    sentence = page.locator(".lrlab-live-sentence")
    expect(sentence).to_contain_text("Place 2 in the queue")
    store.cancel(waiting[0])
    expect(sentence).to_contain_text("Next in the queue")
    store.cancel(waiting[1])
    expect(page.locator(".lrlab-live-state")).to_have_text("Cancelled")
    store.close()


def test_the_list_is_read_anew_when_a_run_has_ended(page: Page, server: Server) -> None:
    number = submitted(server, **LONG)
    page.goto(f"{server.url}/runs")
    rows = page.locator(".lrlab-live-run")
    expect(rows).to_have_count(1)
    store = server.store()
    store.cancel(number)
    expect(rows).to_have_count(0)
    assert store.run(number).state is State.CANCELLED
    store.close()


@pytest.mark.parametrize(
    ("screen", "told"),
    [
        ("runs", "[data-testid=stDataFrame]"),
        ("race?runs={}", "[data-testid=stTable]"),
        ("compare?runs={}", "[data-testid=stDataFrame]"),
    ],
)
def test_a_run_that_ends_before_the_first_event_is_read_anew(
    page: Page, server: Server, long_run: int, screen: str, told: str
) -> None:
    held: list[Route] = []
    page.route("**/api/stream?*", lambda line: held.append(line))
    page.goto(f"{server.url}/{screen.format(long_run)}")
    expect(page.locator(told).first).to_contain_text(re.compile("running|waiting", re.IGNORECASE))
    eventually(lambda: bool(page.evaluate("1") and held), "the line to the stream")
    store = server.store()
    store.cancel(long_run)
    eventually(lambda: store.run(long_run).state is State.CANCELLED, "the run to end")
    store.close()
    page.unroute("**/api/stream?*")  # what was held goes on
    expect(page.locator(told).first).to_contain_text(re.compile("cancelled", re.IGNORECASE))
    expect(page.locator(told).first).not_to_contain_text(
        re.compile("running|waiting", re.IGNORECASE)
    )


def test_progress_and_state_are_told_to_a_screen_reader(
    page: Page, server: Server, long_run: int
) -> None:
    watched(page, server, long_run)
    bar = page.get_by_role("progressbar")
    before = int(bar.get_attribute("aria-valuenow") or 0)
    eventually(lambda: int(bar.get_attribute("aria-valuenow") or 0) > before, "progress")
    assert bar.get_attribute("aria-valuemax") == str(1000 * 50)
    expect(page.get_by_role("status").filter(has_text="Running")).to_have_count(1)
    alternative = page.locator('[data-testid="live-accuracy"]').get_attribute("aria-label") or ""
    assert alternative.startswith("Accuracy of ")


def test_a_hidden_tab_holds_no_line_and_goes_on_from_its_cursor(
    page: Page, server: Server, long_run: int
) -> None:
    health = f"{server.url}/api/health"
    watchers: Callable[[], int] = lambda: page.request.get(health).json()["watchers"]  # noqa: E731
    watched(page, server, long_run)
    eventually(lambda: watchers() == 1, "one line")
    hide = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    eventually(lambda: watchers() == 0, "the line to be closed")
    page.evaluate(hide, False)
    grown(page)
    x = drawn(page, "live-loss", "points", "train_loss")
    assert x == sorted(set(x))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The home of a lab whose app is restarted; no run and no worker is left of it."""
    yield tmp_path
    _cancel_all(Server("", tmp_path))
    _stop_workers(tmp_path)


def test_a_run_trains_on_when_every_tab_is_closed_and_a_new_one_finds_it(
    page: Page, server: Server, long_run: int
) -> None:
    store = server.store()
    tab = page.context.new_page()
    watched(tab, server, long_run)
    tab.close()
    stood = store.run(long_run).last_update
    eventually(lambda: store.run(long_run).last_update > stood + 50, "the training to go on")
    watched(page, server, long_run)
    x = drawn(page, "live-loss", "points", "train_loss")
    assert x == [point.epoch for point in store.points(long_run)][: len(x)]
    store.close()


@pytest.mark.parametrize("killed", [True, False])
def test_a_killed_or_restarted_app_finds_the_run_further_on_and_the_charts_go_on(
    page: Page, home: Path, killed: bool
) -> None:
    port = _free_port()
    with started(home, port, killed=killed) as server:
        number = submitted(server, **LONG)
        watched(page, server, number)
    line = page.locator(".lrlab-live-break")
    expect(line).to_contain_text("Not connected since")
    before = losses(page)
    store = server.store()
    stood = store.run(number).last_update
    eventually(lambda: store.run(number).last_update > stood, "the training to go on without it")
    store.close()
    with started(home, port) as server:
        expect(line).to_be_hidden(timeout=30_000)
        eventually(lambda: losses(page) > before, "the charts to go on", 60)
        x = drawn(page, "live-loss", "points", "train_loss")
        store = server.store()
        assert x == [point.epoch for point in store.points(number)][: len(x)]
        store.close()
