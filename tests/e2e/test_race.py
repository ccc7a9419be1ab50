"""The race in a browser: swept, started, watched to its end; its links, its worst."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

from playwright.sync_api import Page, expect

from lrlab.runs import FINAL
from tests.e2e.conftest import Server, eventually

SPEC = {"kind": "constant", "base_lr": 0.1}
SMALL = f"schedule={quote(json.dumps(SPEC))}&epochs=2&train_examples=512&batch_size=128"


def test_a_sweep_is_raced_to_its_end_and_told_with_its_noise(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/race?{SMALL}&sweep=base_lr:0.01:0.1:2:log&seeds=2")
    expect(page.get_by_text("runs in all: 4")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Start the race").click()
    expect(page.get_by_role("heading", name="Race of 2 schedules")).to_be_visible()
    expect(page).to_have_url(re.compile("runs="))
    address = page.url
    expect(page.get_by_text("2 finished")).to_have_count(2, timeout=60_000)
    drawn = page.locator('[data-testid="race"]')
    bands = "graph => graph.data.filter(trace => trace.fill === 'tonexty').length"
    eventually(lambda: drawn.evaluate(bands) == 2, "a band for each entry")
    expect(page.get_by_text("the best so far")).to_be_visible()
    page.locator('[data-key="race-metric"]').select_option("test_loss")
    title = "graph => graph.layout.yaxis.title.text"
    eventually(lambda: drawn.evaluate(title) == "Test loss", "the other metric")
    page.get_by_role("button", name="Show or hide Base rate 0.01").or_(
        page.get_by_role("button", name="Base rate 0.01")
    ).first.press("Enter")
    eventually(lambda: drawn.evaluate(bands) == 1, "one entry to be hidden")
    page.goto(address)  # whoever gets the link sees the same
    expect(page.get_by_text("2 finished")).to_have_count(2, timeout=30_000)


def test_a_race_is_cancelled_as_a_whole(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/race?{SMALL}&epochs=900&sweep=base_lr:0.02:0.2:2:log&seeds=2")
    page.get_by_role("button", name="Start the race").click(timeout=60_000)
    page.get_by_role("button", name="Cancel all").click()
    numbers = [run.id for run in server.store().list(limit=4)]
    eventually(
        lambda: all((run := server.store().run(n)) and run.state in FINAL for n in numbers),
        "all to end",
    )


def test_what_cannot_be_raced_is_refused_in_a_sentence(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/race?{SMALL}&sweep=bogus:0:1:2:linear")
    expect(page.get_by_role("heading", name="Race")).to_be_visible(timeout=60_000)
    page.goto(f"{server.url}/race?{SMALL}&sweep=base_lr")
    expect(page.get_by_text("This link is broken")).to_be_visible()
    page.goto(f"{server.url}/race?runs=4-1")
    expect(page.get_by_text("Start the race")).to_be_visible()
    page.goto(f"{server.url}/race?runs=999999")
    expect(page.get_by_text("Not in this lab any more, or never: run 999999.")).to_be_visible()
    page.goto(f"{server.url}/race?runs=x")
    expect(page.get_by_text("allowed are numbers, as 3-8,12")).to_be_visible()


def test_the_exercises_are_one_click_each_on_a_phone_too(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.url}/race")
    page.get_by_role("link", name="Exercise 4").click(timeout=60_000)
    expect(page.get_by_text("Schedules: 6, seeds each: 3")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
