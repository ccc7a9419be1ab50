"""The range test in a browser: run, curve, suggestions, used as a peak; and what is none."""

from __future__ import annotations

import json
from urllib.parse import quote

from playwright.sync_api import Page, expect

from lrlab.experiment import Experiment
from lrlab.ui.range_test import with_peak
from tests.e2e.conftest import Server, eventually
from tests.e2e.test_explore import linked
from tests.submitted import submit

WARM = {"kind": "warmup", "length": 1, "inner": {"kind": "cosine", "base_lr": 0.3, "length": 4}}
SMALL = "&train_examples=4096&batch_size=32"


def test_a_range_test_is_run_and_its_rate_used_as_the_peak(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/range_test?schedule={quote(json.dumps(WARM))}{SMALL}")
    page.get_by_role("button", name="Start the range test").click(timeout=60_000)
    graph = page.locator('[data-testid="range-test"]')
    drawn = "graph => graph.data?.map(line => line.x.length)"
    eventually(lambda: min(graph.evaluate(drawn) or [0]) > 50, "losses over rates", 60)
    peak = page.get_by_role("link", name="Use as peak").first
    expect(peak).to_be_visible(timeout=60_000)
    assert graph.evaluate("graph => graph.layout.shapes.length") >= 1
    rate = float(page.get_by_text("Steepest slope:").inner_text().partition(": ")[2])
    peak.click()
    expect(page.locator('[data-testid="preview"]')).to_be_visible()
    inner = linked(page)["inner"]
    assert abs(inner["base_lr"] / rate - 1) < 0.01
    assert inner["length"] == 4


def test_what_is_no_range_test_and_rates_that_do_not_rise_are_said(
    page: Page, server: Server
) -> None:
    number = submit(server.store(), Experiment.parse({"kind": "constant"}))
    server.store().cancel(number)
    page.goto(f"{server.url}/range_test?run={number}")
    expect(page.get_by_text(f"Run {number} is no range test.")).to_be_visible(timeout=60_000)
    page.get_by_label("Last rate").fill("0")
    page.get_by_label("Last rate").press("Enter")
    expect(page.get_by_text("allowed is a number above 0")).to_be_visible()
    page.goto(f"{server.url}/range_test?run=x")
    expect(page.get_by_text("The address says run 'x'")).to_be_visible()


def test_a_schedules_height_is_set_where_it_has_one():
    one = with_peak(Experiment.parse(WARM), 0.2)
    assert one is not None
    assert one.rates().max() == 0.2
    assert (
        with_peak(Experiment.parse({"kind": "piecewise", "times": [0], "rates": [1]}), 0.2) is None
    )
