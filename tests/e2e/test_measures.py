"""What instruments measured in a run, drawn in a browser beside its curves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from playwright.sync_api import Page, expect

from lrlab.experiment import Experiment
from lrlab.records import Evaluation, Head, Measure, Point, Record
from lrlab.runs import State, Store
from lrlab.runs.lease import Lease
from lrlab.runs.writing import Progress
from tests.e2e.apps import started
from tests.e2e.conftest import Server, _stop_workers, at_rest, eventually
from tests.submitted import submit

MEASURED = ("live-gradient-norm", "live-distance", "live-sharpness", "live-noise-scale")
LAYERS = ("conv1", "fc1")
STEPS = 235


def claimed(store: Store) -> Lease:
    """Submit a run and claim it before the app's worker could."""
    submit(store, Experiment.parse({"kind": "constant", "base_lr": 0.4}), name="Measured")
    lease = store.claim("test")
    assert lease is not None
    return lease


def epoch(number: int) -> list[Record]:
    """Return what a run with every instrument and an average yields in one epoch."""
    end, value = number * STEPS, float(number)
    distances = [Measure(end, value, f"distance/{layer}", value) for layer in LAYERS]
    return [
        Point(end - 35, number - 0.15, 0.4, 1 / number, 0.5),
        Measure(end - 35, number - 0.15, "gradient_norm", 2.0 * number),
        *distances,
        Evaluation(number, 0.9 / number, 0.6, 0.8, 0.7, end),
        Measure(end, value, "ema_test_acc", 0.65),
        Measure(end, value, "ema_test_loss", 0.7),
        Measure(end, value, "sharpness", 4.0 + number),
        Measure(end, value, "noise_scale", 1000.0 * number),
    ]


def stored(lease: Lease, number: int) -> None:
    """Commit an epoch as a worker does."""
    head = Head(number * STEPS, float(number), 0.4, 1 / number, 0.5)
    lease.commit({0: Progress(head, epoch(number), {"device": "cpu"})})


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with a measured run that ended, one without measures, and an app that shows them."""
    home = tmp_path_factory.mktemp("measured")
    store = Store(f"sqlite:///{home / 'lrlab.db'}")
    measured, plain = claimed(store), claimed(store)
    for number in (1, 2, 3):
        stored(measured, number)
    measured.end(0, State.FINISHED, Progress())
    plain.end(0, State.FINISHED, Progress(records=[Point(50, 0.2, 0.4, 1.0, 0.5)]))
    store.close()
    with started(home) as server:
        yield server
    _stop_workers(home)


def drawn(page: Page, chart: str, column: str, axis: str = "y") -> list[float]:
    """Return the values of the trace of a column, of measures or the edge beside one."""
    script = """([chart, column, axis]) => {
      const graph = document.querySelector(`[data-testid="${chart}"]`);
      const shows = ({ meta }) => meta.column === column && meta.source !== "evaluations";
      return Array.from(graph?.data?.find(shows)?.[axis] ?? []);
    }"""
    return list(page.evaluate(script, [chart, column, axis]))


def names(page: Page, chart: str) -> list[str]:
    script = """chart => document.querySelector(`[data-testid="${chart}"]`).data
      .filter(({ name, showlegend }) => name && showlegend !== false).map(({ name }) => name)"""
    return list(page.evaluate(script, chart))


def opened(page: Page, server: Server, number: int = 1) -> None:
    page.goto(f"{server.url}/train?run={number}")
    expect(page.locator(".lrlab-live-sentence")).not_to_be_empty()
    for chart in page.locator(".lrlab-live [data-testid]").all():
        expect(chart.locator(".main-svg").first).to_be_attached()


def test_each_family_of_instruments_has_a_chart_with_its_figures(page: Page, lab: Server) -> None:
    opened(page, lab)
    eventually(lambda: len(drawn(page, "live-noise-scale", "noise_scale")) == 3, "the last chart")
    shown = page.locator(".lrlab-live [data-testid]").evaluate_all(
        "graphs => graphs.map((graph) => graph.dataset.testid)"
    )
    assert shown == ["live-loss", "live-accuracy", "live-lr", *MEASURED]
    assert drawn(page, "live-gradient-norm", "gradient_norm") == [2.0, 4.0, 6.0]
    assert drawn(page, "live-distance", "distance/fc1") == [1.0, 2.0, 3.0]
    assert names(page, "live-distance") == list(LAYERS)
    assert drawn(page, "live-noise-scale", "noise_scale", "x") == [1.0, 2.0, 3.0]
    assert drawn(page, "live-sharpness", "sharpness") == [5.0, 6.0, 7.0]


def test_the_edge_beside_the_sharpness_is_two_over_the_applied_rate(
    page: Page, lab: Server
) -> None:
    opened(page, lab)
    expect(page.get_by_test_id("live-sharpness").locator(".scatterlayer .trace")).to_have_count(2)
    script = """() => document.querySelector('[data-testid="live-sharpness"]').data
      .find(({ meta }) => meta.source === "edge").y"""
    assert page.evaluate(script) == [2 / 0.4] * 3
    assert names(page, "live-sharpness") == ["Sharpness", "2 / learning rate"]


def test_an_average_is_drawn_beside_the_test_curves_and_absent_ones_are_not(
    page: Page, lab: Server
) -> None:
    opened(page, lab)
    eventually(lambda: drawn(page, "live-accuracy", "ema_test_acc") == [0.65] * 3, "the average")
    assert names(page, "live-accuracy") == ["Test", "Train", "EMA test"]
    assert names(page, "live-loss") == ["Train", "Test", "EMA test"]


def test_a_run_without_measures_has_no_chart_of_them(page: Page, lab: Server) -> None:
    opened(page, lab, 2)
    eventually(lambda: names(page, "live-loss") == ["Train", "Test"], "the loss")
    for chart in MEASURED:
        expect(page.get_by_test_id(chart)).to_have_count(0)


def test_charts_of_a_row_stand_level_where_a_legend_has_no_room(page: Page, lab: Server) -> None:
    page.goto(f"{lab.url}/?runs=1")  # three small charts in a row
    expect(page.locator('[data-crowded] [data-testid="live-accuracy"]')).to_be_visible()
    charts = [page.get_by_test_id(f"live-{name}") for name in ("loss", "accuracy", "lr")]
    assert len({chart.bounding_box()["y"] for chart in charts}) == 1


def test_charts_of_measures_have_alternatives_and_share_the_zoom(page: Page, lab: Server) -> None:
    opened(page, lab)
    expect(page.get_by_test_id("live-distance")).to_have_attribute(
        "aria-label", "Distance from the start of Measured: conv1 3, fc1 3 at epoch 3."
    )
    expect(page.get_by_test_id("live-sharpness")).to_have_attribute(
        "aria-label", "Sharpness of Measured: 7, beside 2 / learning rate 5, at epoch 3."
    )
    box = at_rest(page.get_by_test_id("live-distance").locator(".nsewdrag"))
    page.mouse.move(box["x"] + 20, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 100, steps=5)
    page.mouse.up()
    script = """names => names.map((name) =>
      document.querySelector(`[data-testid="${name}"]`)._fullLayout.xaxis.range[1])"""
    ends = lambda: page.evaluate(script, ["live-loss", *MEASURED])  # noqa: E731
    eventually(lambda: max(ends()) < 29, "the zoom to be shared")
    assert ends() == pytest.approx([ends()[0]] * 5)


def test_a_log_axis_can_be_had_and_left(page: Page, lab: Server) -> None:
    opened(page, lab)
    button = page.locator('[data-chart="sharpness"] .lrlab-live-log')
    expect(button).to_have_attribute("aria-pressed", "true")
    kind = (
        """() => document.querySelector('[data-testid="live-sharpness"]')._fullLayout.yaxis.type"""
    )
    assert page.evaluate(kind) == "log"
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(kind) == "linear"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The home of a lab of one test's own; no worker is left of it."""
    yield tmp_path
    _stop_workers(tmp_path)


@contextmanager
def held(lease: Lease) -> Iterator[None]:
    """Keep the run from the app's own worker, as a guard does."""
    done = Event()

    def renew() -> None:
        while not done.wait(0.5):
            lease.renew()

    keeper = Thread(target=renew)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def test_measures_of_a_live_run_make_their_charts_and_append_to_them(
    page: Page, home: Path
) -> None:
    store = Store(f"sqlite:///{home / 'lrlab.db'}")
    lease = claimed(store)
    with held(lease), started(home) as server:
        opened(page, server)
        expect(page.get_by_test_id("live-distance")).to_have_count(0)
        stored(lease, 1)
        eventually(lambda: drawn(page, "live-distance", "distance/conv1") == [1.0], "the chart")
        page.evaluate("kept = document.querySelector('[data-testid=\"live-distance\"]')")
        stored(lease, 2)
        for chart, column in (("live-distance", "distance/conv1"), ("live-sharpness", "sharpness")):
            eventually(lambda c=chart, k=column: len(drawn(page, c, k)) == 2, chart)
        same = "document.querySelector('[data-testid=\"live-distance\"]') === kept"
        assert page.evaluate(same)
    lease.end(0, State.CANCELLED, Progress())
    store.close()
