"""A run steered by hand in a browser: paused, resumed, its rate set and handed back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lrlab.experiment import Experiment
from lrlab.runs import FINAL, State
from lrlab.runs.commands import Kind
from tests.e2e.conftest import Server, eventually
from tests.submitted import submit

COMING = """() => Array.from(document.querySelector('[data-testid="live-lr"]').data
  .find(({ meta }) => meta.source === "coming").y)"""
CHARTS = ("live-loss", "live-accuracy", "live-lr")
LONG = {
    "schedule": {"kind": "cosine", "base_lr": 0.1, "length": 60},
    "epochs": 1000,
    "train_examples": 640,
    "batch_size": 64,
}


@pytest.fixture
def long_run(server: Server) -> Iterator[int]:
    """A run that goes on for as long as the test steers it."""
    store = server.store()
    number = submit(store, Experiment.parse(LONG))
    yield number
    store.cancel(number)
    eventually(lambda: store.run(number).state in FINAL, "the run to end")
    store.close()


def marks(page: Page) -> list[list[str]]:
    """Return what the marks of each chart say."""
    script = """names => names.map(name => (document.querySelector(`[data-testid="${name}"]`)
      ?.layout?.annotations ?? []).map(({ hovertext }) => hovertext))"""
    return list(page.evaluate(script, CHARTS))


def test_a_run_is_steered_from_end_to_end(page: Page, server: Server, long_run: int) -> None:
    store = server.store()
    page.goto(f"{server.url}/train?run={long_run}")
    state = page.locator(".lrlab-live-state")
    note = page.locator(".lrlab-live-note")
    spoken = page.locator(".lrlab-live-spoken")
    number = page.locator('[data-key="live-lr"] input[type=number]')
    expect(state).to_have_text("Running", timeout=60_000)
    page.evaluate("""() => { window.kept = document.querySelector('[data-testid="live-loss"]') }""")

    number.fill("-1")
    number.press("Enter")
    error = page.locator('[data-key="live-lr"] .lrlab-error')
    expect(error).to_have_text("Live rate is -1; allowed is a number from 0 to 1000000.")
    number.fill("0.05")
    number.press("Enter")
    expect(note).to_contain_text("Rate set to 0.05 at update", timeout=30_000)
    expect(spoken).to_contain_text("Rate set to 0.05 at update")
    expect(error).to_be_hidden()
    rate: Any = lambda: store.run(long_run).lr  # noqa: E731
    eventually(lambda: rate() == 0.05, "the rate to apply")

    page.locator('[data-key="live-lr"] input[type=range]').press("ArrowUp")
    eventually(lambda: rate() == pytest.approx(0.05, rel=0.1) and rate() > 0.05, "the key to act")

    page.click('[data-key="pause"]')
    expect(state).to_have_text("Paused", timeout=30_000)
    expect(page.locator(".lrlab-live-sentence")).to_contain_text("Resume to go on from there.")
    expect(page.locator('[data-key="pause"]')).to_be_hidden()
    page.click('[data-key="resume"]')
    expect(state).to_have_text("Running", timeout=30_000)

    to_come: Any = lambda: page.evaluate(COMING)  # noqa: E731
    eventually(lambda: to_come() == [rate(), rate()], "the held rate to come")
    page.click('[data-key="hand-back-scaled"]')
    expect(note).to_contain_text("What is left of the schedule scaled at update", timeout=30_000)
    expect(page.locator('[data-key="hand-back-scaled"]')).to_be_hidden()
    eventually(lambda: len(to_come()) > 2, "what is left of the schedule, scaled")
    page.click('[data-key="hand-back"]')
    expect(note).to_contain_text("Back on the schedule at update", timeout=30_000)
    expect(page.locator('[data-key="hand-back"]')).to_be_hidden()
    eventually(lambda: to_come() == [], "only the plan to come")

    commands = store.commands(long_run)
    kinds = ["set-lr", "set-lr", "pause", "resume", "hand-back-scaled", "hand-back"]
    assert [each.kind for each in commands] == [Kind(kind) for kind in kinds]
    eventually(lambda: all(len(each) == 6 for each in marks(page)), "a mark for each")
    at = commands[0].applied_update
    assert all(each[0] == f"Rate set to 0.05 at update {at}" for each in marks(page))
    assert page.evaluate("""() => document.querySelector('[data-testid="live-loss"]') === kept""")
    page.click('[data-key="cancel"]')
    expect(state).to_have_text("Cancelled", timeout=30_000)
    assert store.run(long_run).state is State.CANCELLED
    page.reload()
    eventually(lambda: all(len(each) == 6 for each in marks(page)), "the marks after a reload")
    page.click(".st-key-steered-rates a")
    expect(page.locator('[data-key="schedule-kind"] select')).to_have_value("piecewise")
    store.close()
