"""A schedule that looks at the run, replayed in the preview: a made-up, drawn or stored metric."""

from __future__ import annotations

import json

from playwright.sync_api import Browser, Locator, Page, expect

from lrlab.experiment import Experiment
from lrlab.runs import State
from lrlab.schedules import Schedule, replay
from tests.e2e.conftest import Server, at_rest, eventually
from tests.e2e.test_explore import (
    address,
    by_epoch,
    choose,
    curve,
    field,
    linked,
    number,
    opened,
    range_of,
)
from tests.submitted import submit

PLATEAU = {"kind": "plateau", "patience": 3, "factor": 0.5}


def note(page: Page) -> Locator:
    return field(page, "replay-note")


def plot(page: Page) -> Locator:
    return page.get_by_test_id("replay-curve")


def drops(page: Page) -> list[int]:
    """Return the epochs at which the drawn rate falls."""
    rates = by_epoch(page)
    return [epoch for epoch in range(1, 30) if rates[epoch] < rates[epoch - 1]]


def test_patience_moves_the_replayed_curve_under_the_hand(page: Page, server: Server) -> None:
    opened(page, server)
    choose(page, "plateau")
    expect(note(page)).to_have_text("Replay of a made-up test loss")
    number(page, "param-patience").fill("6")
    eventually(lambda: len(drops(page)) > 0, "a drop")
    first = drops(page)
    box = at_rest(range_of(page, "param-patience"))
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.06, middle, steps=4)
    eventually(lambda: len(drops(page)) > len(first), "more drops while the hand is down")
    assert linked(page).get("patience") != 1
    page.mouse.up()
    eventually(lambda: linked(page).get("patience") == 1, "the link to hold the patience")


def test_the_note_goes_with_the_schedule_that_looks_at_the_run(page: Page, server: Server) -> None:
    opened(page, server, schedule=json.dumps(PLATEAU))
    expect(note(page)).to_be_visible()
    label = page.get_by_test_id("preview").get_attribute("aria-label") or ""
    assert label.endswith("Replay of a made-up test loss.")
    choose(page, "cosine")
    expect(note(page)).to_be_hidden()
    expect(plot(page)).to_be_hidden()
    eventually(lambda: by_epoch(page)[29] == 0.01, "the cosine")


def test_a_curve_drawn_with_the_pointer_is_replayed_and_kept_in_the_link(
    page: Page, server: Server, chromium: Browser
) -> None:
    opened(page, server, schedule=json.dumps(PLATEAU))
    expect(plot(page).locator("polyline")).to_be_attached()
    box = at_rest(plot(page))
    # A loss that falls to the end: nothing drops.
    page.mouse.move(box["x"] + 70, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 10, box["y"] + box["height"] - 12, steps=30)
    eventually(lambda: drops(page) == [], "no drop while the loss falls")
    expect(note(page)).to_have_text("Replay of a curve drawn by hand")
    page.mouse.up()
    eventually(lambda: "drawn=loss" in address(page), "the link to hold the curve")
    other = chromium.new_page()
    other.goto(address(page))
    expect(note(other)).to_have_text("Replay of a curve drawn by hand")
    eventually(lambda: curve(other) == curve(page), "the same curve in the other tab")
    other.close()
    field(page, "replay-again").click()
    expect(note(page)).to_have_text("Replay of a made-up test loss")
    eventually(lambda: "drawn" not in address(page), "the link to forget the curve")


def test_the_arrow_keys_draw_too(page: Page, server: Server) -> None:
    opened(page, server, schedule=json.dumps({**PLATEAU, "patience": 0}))
    expect(plot(page).locator("polyline")).to_be_attached()
    plot(page).press("ArrowRight")
    for _ in range(4):
        plot(page).press("PageUp")
    eventually(lambda: 2 in drops(page), "a drop after the second epoch, made bad by hand")
    assert (plot(page).get_attribute("aria-valuetext") or "").startswith("Epoch 2: ")
    eventually(lambda: "drawn=loss" in address(page), "the link to hold the curve")


def finished_run(server: Server) -> int:
    """Train a small run to its end and return its number."""
    store = server.store()
    spec = {"schedule": {"kind": "constant"}, "epochs": 3, "train_examples": 256}
    run = submit(store, Experiment.parse(spec), name="measured")
    eventually(lambda: store.run(run).state is State.FINISHED, "the run to finish", 120)
    store.close()
    return run


def test_a_stored_runs_test_loss_is_replayed_and_named(page: Page, server: Server) -> None:
    demanding = {"kind": "plateau", "patience": 0, "threshold": 0.9}
    opened(page, server, schedule=json.dumps(demanding))
    run = finished_run(server)
    page.reload()
    field(page, "replay-source").select_option(str(run))
    expect(note(page)).to_have_text(f"Replay of run {run}'s test loss, 3 epochs of it")
    losses = [each.test_loss for each in server.store().evaluations(run)]
    expected = replay(Schedule.parse(demanding), losses, clock="epoch", steps_per_epoch=1)
    rates = expected.rates(epochs=30).tolist()
    assert len(set(rates)) == 3
    eventually(lambda: by_epoch(page) == rates, "the rates over the run's losses")
    eventually(lambda: f"replay={run}" in address(page), "the link to name the run")


def test_a_link_with_a_broken_curve_is_one_sentence(page: Page, server: Server) -> None:
    opened(page, server, drawn="loss:1,x")
    expect(page.get_by_test_id("stAlert")).to_contain_text("allowed is loss or accuracy")
