"""The pages of runs in a browser: find one, open it, compare several, keep one as a file."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lrlab.experiment import Experiment
from lrlab.records import Evaluation, Head, Point
from lrlab.runs import State, Store
from lrlab.runs.writing import Progress
from lrlab.ui.runs import LONGEST_HEADING, headline, settings, wanted_run
from tests.e2e.apps import started
from tests.e2e.conftest import ROOT, Server, _stop_workers, at_rest, eventually, whole
from tests.submitted import submit

CHARTS = ("live-loss", "live-accuracy", "live-lr")


def ended(store: Store, base_lr: float, state: State, error: str | None = None) -> int:
    """Store a run with two points and an evaluation that ended in `state`."""
    number = submit(store, Experiment.parse({"kind": "constant", "base_lr": base_lr}), name="Ended")
    lease = store.claim("test")
    assert lease is not None
    points = [Point(50 * k, 50 * k / 235, base_lr, 2 / k, 0.3 * k) for k in (1, 2)]
    evaluation = Evaluation(1, 0.9, 0.65, 0.8, 0.7, 235)
    head = Head(235, 1.0, base_lr, 0.8, 0.7)
    lease.end(0, state, Progress(head, [*points, evaluation], {"device": "cpu"}), error=error)
    return number


def three_ended(store: Store) -> None:
    """Store two runs that finished and one that diverged."""
    ended(store, 0.1, State.FINISHED)
    ended(store, 0.2, State.FINISHED)
    ended(store, 9.0, State.DIVERGED, "The loss is not finite at update 240.")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with three runs that ended, each in its way, and an app that shows them."""
    home = tmp_path_factory.mktemp("ended")
    store = Store(f"sqlite:///{home / 'lrlab.db'}")
    three_ended(store)
    store.close()
    with started(home) as server:
        yield server
    _stop_workers(home)


def drawn(page: Page) -> list[int]:
    """Return the runs that have points in every chart."""
    script = """names => names.map(name => (document.querySelector(`[data-testid="${name}"]`)?.data
      ?? []).filter(({ meta, x }) => meta.source === "points" && x.length).map(t => t.meta.run))"""
    found = [set(runs) for runs in page.evaluate(script, CHARTS)]
    return sorted(set.intersection(*found))


def select(page: Page, *rows: int) -> None:
    """Tick rows of the table, from 0."""
    table = page.locator('[data-testid="stDataFrame"]')
    at_rest(table)
    for row in rows:
        table.click(position={"x": 16, "y": 35 * (row + 1) + 18})


def test_a_lab_without_runs_says_what_to_do_next(page: Page, tmp_path: Path) -> None:
    with started(tmp_path) as server:
        page.goto(f"{server.url}/runs")
        page.get_by_role("button", name="Choose a schedule").click()
        expect(page.locator(".st-key-launch")).to_be_visible()
    _stop_workers(tmp_path)


def test_a_selected_run_is_opened(page: Page, lab: Server) -> None:
    page.goto(f"{lab.url}/runs")
    select(page, 1)
    page.click(".st-key-open button")
    page.wait_for_url("**/train?run=2")
    eventually(lambda: drawn(page) == [2], "its curves")


def test_several_selected_runs_are_overlaid(page: Page, lab: Server) -> None:
    page.goto(f"{lab.url}/runs")
    select(page, 0, 2)
    eventually(lambda: drawn(page) == [1, 3], "both curves")
    names = page.locator(".lrlab-live-run .lrlab-live-sign")
    expect(names).to_have_text(["Run 3", "Run 1"])


def test_a_run_behind_another_is_named_and_can_be_hidden(page: Page, lab: Server) -> None:
    page.goto(f"{lab.url}/?runs=1,2")
    eventually(lambda: drawn(page) == [1, 2], "both curves")
    behind = page.locator(".lrlab-live-behind .lrlab-live-sign")
    expect(behind).to_have_text(["Run 1"])
    shown = """() => [...new Set(document.querySelector('[data-testid="live-lr"]').data
      .filter(({ visible }) => visible !== false).map(({ meta }) => meta.run))].sort()"""
    behind.click()
    eventually(lambda: page.evaluate(shown) == [2], "the curves of run 1 to go")
    behind.click()
    eventually(lambda: page.evaluate(shown) == [1, 2], "the curves of run 1 to come back")


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_run_is_downloaded_whole(page: Page, lab: Server, kind: str) -> None:
    page.goto(f"{lab.url}/runs")
    select(page, 2)
    button = page.locator(f".st-key-{kind} button")
    expect(button).to_be_visible()
    whole(page)  # until then the download is one of the run before
    with page.expect_download(timeout=60_000) as download:
        button.click()
    text = Path(download.value.path()).read_text()
    assert download.value.suggested_filename == f"lrlab-run-1.{kind}"
    if kind == "json":
        shown = [sys.executable, "-m", "lrlab", "show", "1", "--json"]
        environment = {"LRLAB_HOME": str(lab.home), "PYTHONPATH": str(ROOT)}
        answer = subprocess.run(shown, capture_output=True, text=True, env=environment, check=True)
        assert json.loads(text) == json.loads(answer.stdout)
    else:
        rows = list(csv.DictReader(text.splitlines()))
        assert [row["event"] for row in rows] == ["point", "point", "evaluation"]
        assert [row["train_loss"] for row in rows] == ["2.0", "1.0", "0.8"]
        assert [row["test_acc"] for row in rows] == ["", "", "0.65"]


def test_a_run_that_diverged_says_why_and_what_to_try(page: Page, lab: Server) -> None:
    page.goto(f"{lab.url}/train?run=3")
    sentence = page.locator(".lrlab-live-sentence")
    expect(sentence).to_contain_text("The loss is not finite at update 240.")
    expect(sentence).to_contain_text("Try a lower rate")
    eventually(lambda: drawn(page) == [3], "the curve so far")


def test_a_run_opens_in_explore_with_its_schedule_and_curves(page: Page, lab: Server) -> None:
    page.goto(f"{lab.url}/train?run=2")
    page.get_by_role("link", name="Open in Explore").click()
    page.wait_for_selector('[data-key="param-base_lr"]')
    value = page.locator('[data-key="param-base_lr"] input[type=number]')
    expect(value).to_have_value("0.2")
    eventually(lambda: drawn(page) == [2], "its curves")


def test_a_run_is_starred_named_and_tagged_and_found_by_that(page: Page, lab: Server) -> None:
    store = lab.store()
    page.goto(f"{lab.url}/train?run=2")
    page.click(".st-key-star button:visible")
    expect(page.locator(".st-key-star button:visible")).to_have_text("★")
    page.click(".st-key-saying button")
    page.get_by_label("Tags, with commas").fill("lecture, x" + "x" * 40)
    page.get_by_label("Name", exact=True).fill("The long one")
    page.get_by_label("Note", exact=True).fill("<b>Try</b> it\nagain.")
    page.click(".st-key-save-said button")
    expect(page.get_by_role("alert")).to_contain_text("allowed are 40 characters.")
    page.get_by_label("Tags, with commas").fill("lecture, warm up")
    page.click(".st-key-save-said button")
    expect(page.get_by_role("heading", level=3)).to_have_text("The long one")
    expect(page.get_by_test_id("stText")).to_contain_text("<b>Try</b> it")
    run = store.run(2)
    assert run is not None
    assert (run.starred, run.tags) == (True, ("lecture", "warm up"))
    page.goto(f"{lab.url}/runs")
    page.get_by_role("button", name="lecture").click()
    page.wait_for_url("**/runs?tag=lecture")
    expect(page.get_by_text("1 of 1 runs")).to_be_visible()
    select(page, 0)
    page.click(".st-key-open button")
    page.wait_for_url("**/train?run=2")
    store.label(2, starred=False, tags=[], note="", name="Ended")
    store.close()


def test_filters_order_and_groups_stand_in_the_address_and_are_left_by_the_way_back(
    page: Page, lab: Server
) -> None:
    page.goto(f"{lab.url}/runs?state=finished&sort=-test_acc&column=seed&column=state")
    expect(page.get_by_text("2 of 2 runs")).to_be_visible()
    expect(page.get_by_role("button", name="Filter (1)")).to_be_visible()
    page.get_by_role("textbox", name="Search").fill("no such name")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No run fits all of these.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"text=no(\+|%20)such(\+|%20)name"))
    assert "state=finished" in page.url
    page.go_back()
    expect(page.get_by_text("2 of 2 runs")).to_be_visible()
    expect(page.get_by_role("textbox", name="Search")).to_have_value("")
    page.goto(f"{lab.url}/runs?group=state")
    expect(page.get_by_role("button", name="Download as CSV: The groups of runs")).to_be_attached()
    select(page, 1)
    expect(page.get_by_role("link", name="Compare").last).to_have_attribute(
        "href", re.compile(r"compare\?runs=1-2$")
    )
    page.goto(f"{lab.url}/runs?group=colour")
    expect(page.get_by_text("group is 'colour'; allowed are experiment")).to_be_visible()
    expect(page.get_by_text("3 of 3 runs")).to_be_visible()


def test_an_address_without_a_run_shows_the_newest(page: Page, lab: Server) -> None:
    page.goto(f"{lab.url}/train")
    expect(page.locator(".lrlab-live-run .lrlab-live-sign")).to_have_text("Run 3")
    page.wait_for_url("**/train?run=3")


def test_an_address_of_no_run_is_answered_in_one_sentence(page: Page, lab: Server) -> None:
    page.goto(f"{lab.url}/train?run=[x](javascript:alert(1))")
    sentence = "The address says run '[x](javascript:alert(1…; allowed is the number"
    expect(page.get_by_role("status").filter(has_text=sentence)).to_be_visible()
    expect(page.get_by_role("link", name="All runs")).to_be_visible()


@pytest.mark.parametrize("text", ["", "99", "0", "-1", "x", "1e3", "1.0", "9" * 40, "٣", "\x00"])
def test_a_text_that_is_no_number_of_a_run_finds_none(lab: Server, text: str) -> None:
    store = lab.store()
    run, fault = wanted_run(store, text)
    assert run is None
    assert re.fullmatch(r"The address says run '.*; allowed is .*\.", fault)
    store.close()


def test_the_newest_run_is_wanted_where_an_address_names_none(lab: Server) -> None:
    store = lab.store()
    run, fault = wanted_run(store, None)
    assert run is not None
    assert (run.id, fault) == (3, "")
    store.close()


def test_a_runs_settings_begin_with_what_was_changed_and_leave_out_what_has_no_meaning() -> None:
    adam = {"optimizer": "adam", "averages": ["swa", "ema"], "seed": 3}
    names, values = settings(Experiment.parse({"schedule": {"kind": "constant"}, **adam})).values()
    assert list(zip(names, values, strict=True))[:3] == [
        ("Optimizer", "Adam"),
        ("Seed", "3"),
        ("Averages", "Moving mean (EMA), Weights' mean (SWA)"),
    ]
    without = {"schedule", "initial_lr", "order_seed", "momentum", "nesterov"}
    assert len(names) == len(set(names)) == len(Experiment.model_fields) - len(without)
    assert dict(zip(names, values, strict=True))["Instruments"] == "none"
    assert "256" in values


MANY: dict[str, object] = {
    "schedule": {"kind": "warmup", "inner": {"kind": "cosine"}},
    "model": "lenet-batchnorm",
    "optimizer": "adamw",
    "weight_decay": 0.0005,
    "precision": "bfloat16",
    "averages": ["swa", "ema", "posterior"],
}


def test_a_run_is_headed_by_its_schedule_or_its_name_and_the_whole_stands_below(
    tmp_path: Path,
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'lrlab.db'}")

    def heads(experiment: dict[str, object], name: str = "") -> tuple[str, str]:
        run = store.run(submit(store, Experiment.parse(experiment), name=name))
        assert run is not None
        return headline(run)

    head, below = heads(MANY)
    assert f"{head}, {below}" == Experiment.parse(MANY).title
    assert head == "warmup (cosine)"
    assert below.endswith("averages ema and posterior and swa")  # which a stored name cuts off
    assert heads({"kind": "constant"}) == ("constant", "")
    assert heads(MANY, "Mine") == ("Mine", "")
    assert heads(MANY, "x" * 61) == ("x" * (LONGEST_HEADING - 1) + "…", "x" * 61)
    nested: dict[str, object] = {"kind": "constant"}
    for _ in range(9):
        nested = {"kind": "scale", "inner": nested}
    head, below = heads(nested)
    assert len(head) <= LONGEST_HEADING
    assert below == Experiment.parse(nested).title
    store.close()


def test_a_phone_shows_runs_of_many_settings_whole(tmp_path: Path, page: Page) -> None:
    store = Store(f"sqlite:///{tmp_path / 'lrlab.db'}")
    for name in ("", "x" * 120):
        submit(store, Experiment.parse(MANY), name=name)
        lease = store.claim("test")
        assert lease is not None
        lease.end(0, State.CANCELLED, Progress())
    store.close()
    page.set_viewport_size({"width": 360, "height": 780})
    with started(tmp_path) as server:
        for number in (1, 2):
            page.goto(f"{server.url}/train?run={number}")
            value = page.get_by_role(
                "cell", name="Moving mean (EMA), Posterior mean, Weights' mean"
            )
            expect(value).to_be_visible()
            cut = "box => box.scrollWidth > box.clientWidth"
            assert not value.evaluate(cut)
            heading = page.get_by_role("heading", level=3)
            assert not heading.evaluate(cut)
            box = heading.bounding_box()
            assert box
            assert box["height"] < 140
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
    _stop_workers(tmp_path)
