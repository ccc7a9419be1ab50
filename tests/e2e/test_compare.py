"""The comparison in a browser: its views, its link, its files, runs that are gone or long named."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from lrlab.experiment import Experiment
from lrlab.runs import FINAL
from tests.e2e.conftest import Server, eventually
from tests.submitted import submit

LONG = ("a name of two hundred letters " * 7)[:100]
POINTS = "graph => graph.data.map(line => line.x.length)"


@pytest.fixture(scope="module")
def runs(server: Server) -> list[int]:
    """Two that finish, one of them with a long name, one that diverges, and another seed.

    The last is a branch of the first.
    """
    store = server.store()
    numbers = []
    small = {"epochs": 2, "train_examples": 512, "batch_size": 64}

    def ended() -> bool:
        return all((run := store.run(n)) and run.state in FINAL for n in numbers)

    for rate, name, seed in ((0.01, "", 0), (0.03, LONG, 0), (1e6, "too high", 0), (0.01, "", 1)):
        spec = {"kind": "constant", "base_lr": rate}
        one = Experiment.parse({"schedule": spec, "seed": seed, **small})
        numbers.append(submit(store, one, "", name))
    eventually(ended, "the runs to end", 90)
    other = Experiment.parse({"schedule": {"kind": "constant", "base_lr": 0.1}, **small})
    numbers.append(submit(store, other, parent=(numbers[0], 8)))
    eventually(ended, "the branch to end", 90)
    return numbers


def opened(page: Page, server: Server, runs: list[int], more: str = "") -> None:
    page.goto(f"{server.url}/compare?runs={','.join(map(str, runs))}{more}")
    page.wait_for_selector('[data-testid="compare"] .js-line', state="attached", timeout=60_000)


def test_metric_axis_and_smoothing_are_chosen_and_stand_in_the_address(
    page: Page, server: Server, runs: list[int]
) -> None:
    opened(page, server, runs[:3])
    graph = page.locator('[data-testid="compare"]')
    eventually(lambda: graph.evaluate(POINTS)[:2] == [2, 2], "both curves")
    page.locator('[data-key="compare-metric"]').select_option("test_loss")
    page.locator('[data-key="compare-x"]').select_option("sum")
    sums = "graph => graph.data[0].x"
    eventually(
        lambda: graph.evaluate(sums) == pytest.approx([0.08, 0.16]), "the sums of 8 and 16 rates"
    )
    page.locator('[data-key="compare-smooth"]').fill("0.5")
    eventually(lambda: len(graph.evaluate(POINTS)) == 6, "a raw line behind each")
    page.wait_for_url("**metric=test_loss&x=sum&smooth=0.5**")
    page.reload()
    eventually(lambda: len(graph.evaluate(POINTS)) == 6, "the same after a reload")
    expect(page.locator('[data-key="compare-metric"]')).to_have_value("test_loss")


def test_seeds_are_a_mean_with_a_band_over_seconds_and_branches_a_tree(
    page: Page, server: Server, runs: list[int]
) -> None:
    first, other, _, seed, branch = runs
    opened(page, server, [first, other, seed, branch], "&seeds=mean&x=seconds")
    graph = page.locator('[data-testid="compare"]')
    eventually(lambda: graph.evaluate(POINTS) == [2, 2, 2, 2, 2], "a band, three means")
    eventually(lambda: page.locator(".lrlab-race-sign").count() == 3, "a sign an experiment")
    store = server.store()
    seconds = [store.pace(run)[1] for run in (first, seed)]
    spent = [sum(pair) / 2 for pair in zip(*seconds, strict=True)]
    assert graph.evaluate("graph => graph.data[2].x") == pytest.approx(spent)
    page.locator('[data-key="compare-seeds"]').uncheck()
    page.locator('[data-key="compare-x"]').select_option("epoch")
    eventually(lambda: graph.evaluate(POINTS) == [2, 2, 2, 2], "every run, the branch on its trunk")
    trunk = graph.evaluate("graph => [graph.data[0].y[0], graph.data[3].y[0], graph.data[3].x]")
    assert trunk == [trunk[0], trunk[0], [1, 2]]
    tree = page.get_by_role("img", name=f"Run {branch} · from epoch 1 · Base rate 0.1 · Finished")
    expect(tree).to_be_visible()


def test_files_hold_the_records_and_the_report_opens_offline(
    page: Page, server: Server, runs: list[int], chromium: Browser, tmp_path: Path
) -> None:
    opened(page, server, runs[:3])
    with page.expect_download() as download:
        page.get_by_role("button", name="Parquet").click()
    found = pd.read_parquet(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert set(found.run) == set(runs[:2])  # the third broke down before its first record
    reached = found[(found.run == runs[0]) & (found.event == "evaluation")].test_acc
    stored = [each.test_acc for each in server.store().evaluations(runs[0])]
    assert list(reached) == stored
    with page.expect_download() as download:
        page.get_by_role("button", name="Report (HTML)").click()
    file = tmp_path / "report.html"
    download.value.save_as(file)
    context = chromium.new_context(offline=True)
    try:
        report = context.new_page()
        asked: list[str] = []
        report.on("request", lambda request: asked.append(request.url))
        report.goto(file.as_uri())
        report.wait_for_selector("#chart-0 .js-line", state="attached")
        expect(report.get_by_role("cell", name="Diverged")).to_be_visible()
        assert asked == [file.as_uri()]
    finally:
        context.close()


def test_runs_that_are_gone_and_broken_links_are_said_on_a_phone_too(
    page: Page, server: Server, runs: list[int]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, server, [*runs, 999_999])
    expect(page.get_by_text("Not in this lab any more, or never: run 999999.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(f"{server.url}/compare?runs={runs[0]}&metric=bogus")
    expect(page.get_by_text("metric is 'bogus'; allowed are test_acc")).to_be_visible()
    page.goto(f"{server.url}/compare")
    expect(page.get_by_text("Select runs in the list")).to_be_visible()
