"""Figures and advice below the curve: they agree with Python, and a mend is one click."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from lrlab import Experiment
from lrlab.schedules import javascript
from lrlab.schedules.summary import summarize
from tests.e2e.conftest import Server, eventually
from tests.e2e.test_explore import choose, curve, linked, number, opened

SUMS = """async ([spec, settings, formulas]) => {
  const { summaryOf } = await import("/lab/static/sums.js");
  return summaryOf({ spec, settings, formulas }, await import("/lab/schedules.js"));
}"""
SPECS: list[dict[str, Any]] = [
    {"kind": "cosine_restarts", "period": 7, "peak_factor": 0.7},
    {"kind": "warmup", "mode": "cosine", "inner": {"kind": "multistep", "milestones": [2, 3]}},
    {"kind": "noise", "inner": {"kind": "inverse_power", "power": 0.7}},
    {"kind": "formula", "expression": "base_lr / (1 + a * t)", "constants": {"a": 0.3}},
    {"kind": "constant", "base_lr": 0.0},
]


def figure(page: Page, name: str) -> str:
    return page.locator(f'[data-key="summary-{name}"]').inner_text()


@pytest.fixture(scope="module")
def tab(server: Server, laptop: BrowserContext) -> Page:
    return opened(laptop.new_page(), server)


@pytest.mark.parametrize("clock", ["epoch", "step", "progress"])
@pytest.mark.parametrize("lag", [{}, {"lag": 1}, {"lag": 1, "initial_lr": 0.7}])
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec["kind"])
def test_figures_in_the_browser_are_pythons(
    tab: Page, spec: dict[str, Any], clock: str, lag: dict[str, Any]
) -> None:
    fields = {"clock": clock, "epochs": 6, "train_examples": 5000, **lag}
    one = Experiment.parse({"schedule": spec, **fields})
    settings = one.model_dump(mode="json")
    asked = [settings.pop("schedule"), settings, javascript.formulas(one.schedule)]
    found = tab.evaluate(SUMS, asked)
    expected = summarize(one.schedule, epochs=6, steps_per_epoch=one.steps_per_epoch, clock=clock,
                         lag=one.lag, initial_lr=one.initial_lr).as_json()  # fmt: skip
    assert found.keys() == expected.keys() - {"robbins_monro"}
    for name, value in found.items():
        assert value == (value if value is None else pytest.approx(expected[name], rel=1e-9)), name
        assert (value is None) == (expected[name] is None)


def test_the_figures_move_with_the_curve_and_say_what_goes_on_for_ever(
    page: Page, server: Server
) -> None:
    opened(page, server)
    eventually(lambda: figure(page, "sum") == "786", "the sum of the chapter's cosine")
    expect(page.locator('[data-key="summary-forever"]')).to_have_text("both sums diverge")
    number(page, "param-final_lr").fill("0")
    eventually(lambda: figure(page, "sum") == "740", "the sum to follow")
    number(page, "param-final_lr").press("Tab")
    expect(page.locator('[data-key="summary-forever"]')).to_have_text("both sums converge")
    choose(page, "plateau")
    expect(page.get_by_test_id("summary")).to_be_hidden()


def test_a_million_updates_are_summed_when_the_hand_rests(page: Page, server: Server) -> None:
    opened(page, server, epochs=100, batch_size=8, clock="progress",
           schedule='{"kind":"constant","base_lr":0.5}')  # fmt: skip
    eventually(lambda: figure(page, "sum") == "375,000", "the sum over 750,000 updates")


def test_a_click_mends_and_the_editor_follows(page: Page, server: Server) -> None:
    opened(page, server)
    expect(page.get_by_text("over after 20 epochs")).to_be_visible()
    page.locator(".st-key-mend-shorter_than_run button").click()
    eventually(lambda: linked(page).get("length", 0) is None, "the link to hold the mend")
    expect(page.locator('[data-key="param-length-absent"]')).to_be_checked()
    expect(page.get_by_text("over after 20 epochs")).to_have_count(0)
    # Set by hand as it was before, it is news: the advice comes back.
    page.locator('[data-key="param-length-absent"]').uncheck()
    number(page, "param-length").fill("20")
    number(page, "param-length").press("Tab")
    expect(page.get_by_text("over after 20 epochs")).to_be_visible()


def test_a_mend_is_of_what_the_hand_left_last(page: Page, server: Server) -> None:
    opened(page, server)
    expect(page.locator(".st-key-mend-shorter_than_run")).to_be_visible()
    number(page, "param-base_lr").fill("0.7")
    page.locator(".st-key-mend-shorter_than_run button").click()
    eventually(lambda: linked(page).get("length", 0) is None, "the link to hold the mend")
    assert linked(page)["base_lr"] == 0.7
    eventually(lambda: curve(page)[0] == 0.7, "the curve to stay")


def test_more_than_three_remarks_wait_behind_a_button(page: Page, server: Server) -> None:
    inner = {"kind": "multistep", "milestones": [40], "factor": 2}
    parts = [
        {"schedule": {"kind": "constant", "base_lr": 0}, "length": 2},
        {"schedule": {"kind": "cosine", "base_lr": 0.1, "length": 9}, "length": 9},
        {"schedule": inner, "length": None},
    ]
    spec = {"kind": "product", "factors": [{"kind": "sequence", "parts": parts},
                                           {"kind": "cosine", "final_lr": 0.5}]}  # fmt: skip
    opened(page, server, schedule=json.dumps(spec))
    expect(page.locator("[class*=st-key-mend-]")).not_to_have_count(0)
    more = page.get_by_role("button", name="more remarks")
    more.click()
    expect(page.get_by_test_id("stPopoverBody").get_by_text("epochs").first).to_be_visible()
