"""A branch in a browser: from a checkpoint to Explore, trained, drawn on its trunk, and stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lrlab.experiment import Experiment
from lrlab.runs import FINAL, State, Store
from lrlab.ui.family import changes
from tests.e2e.conftest import Server, eventually
from tests.submitted import submit

SMALL = {"epochs": 3, "train_examples": 3200, "batch_size": 64}  # 50 updates an epoch
SETTINGS = "&".join(f"{name}={value}" for name, value in SMALL.items())


@pytest.fixture
def store(server: Server) -> Iterator[Store]:
    kept = server.store()
    yield kept
    for run in kept.list():
        if run.state not in FINAL:
            kept.cancel(run.id)
    kept.close()


def finished(store: Store, number: int) -> int:
    def ended() -> bool:
        run = store.run(number)
        return run is not None and run.state is State.FINISHED

    eventually(ended, "the run to finish", 60)
    return number


def line(page: Page, run: int, *, trunk: bool) -> list[float]:
    """Return the epochs at which the train loss of a run is drawn, as a trunk or as its own."""
    script = """([run, trunk]) => Array.from(
      document.querySelector('[data-testid="live-loss"]')?.data?.find(({ meta, opacity }) =>
        meta.run === run && meta.source === "points" && (meta.until !== undefined) === trunk &&
        opacity === 1)?.x ?? [])"""
    return list(page.evaluate(script, [run, trunk]))


def branched(page: Page, server: Server, run: int, epoch: int) -> None:
    """Open Explore from a run's page for a branch from the end of an epoch."""
    page.goto(f"{server.url}/train?run={run}")
    page.click(".st-key-branch button")
    page.locator('[data-testid="stSelectbox"] input').click()
    page.get_by_role("option", name=str(epoch), exact=True).click()
    page.click(".st-key-branch-here button")
    banner = page.locator(".st-key-branch-banner")
    expect(banner).to_contain_text(f"Branch of run {run} from epoch {epoch}")
    said = re.compile(rf"Training goes on from run {run} at epoch {epoch}\.$")
    expect(page.get_by_test_id("preview")).to_have_attribute("aria-label", said)


def test_a_run_is_branched_trained_drawn_on_its_trunk_and_then_answered_from_the_store(
    page: Page, server: Server, store: Store
) -> None:
    spec = {"schedule": {"kind": "constant", "base_lr": 0.07}, **SMALL}
    trunk = finished(store, submit(store, Experiment.parse(spec)))
    branched(page, server, trunk, 2)
    page.wait_for_url(f"**branch={trunk}%3A100*")
    rate = page.locator('[data-key="param-base_lr"] input[type=number]')
    expect(rate).to_have_value("0.07")
    rate.fill("0.02")
    rate.press("Enter")
    page.click(".st-key-launch button")
    newest: Any = lambda: store.list(1)[0]  # noqa: E731
    eventually(lambda: newest().id != trunk, "the branch in the store")
    child = newest()
    assert (child.parent, child.parent_update) == (trunk, 100)
    finished(store, child.id)
    eventually(lambda: line(page, child.id, trunk=False) == [2, 3], "the branch on its trunk")
    assert line(page, trunk, trunk=True) == [1, 2]

    page.click(".st-key-launch button")
    stored = page.locator(".st-key-stored")
    expect(stored).to_contain_text(f"Stored: run {child.id} trained this before.")
    assert newest().id == child.id
    page.click(".st-key-train-anew button")
    eventually(lambda: newest().id != child.id, "a run of its own")
    expect(stored).to_be_hidden()
    again = newest()
    assert (again.identity, again.parent_update) == (child.identity, 100)
    finished(store, again.id)
    assert store.points(again.id) == store.points(child.id)

    page.goto(f"{server.url}/train?run={child.id}")
    links = page.locator(".lrlab-family a")
    expect(links).to_have_count(3)
    expect(links.nth(1)).to_have_attribute("aria-current", "page")
    expect(links.nth(1)).to_contain_text("from epoch 2 · Base rate 0.02 · Finished")
    links.first.click()
    page.wait_for_url(f"**/train?run={trunk}")


def test_a_branch_that_cannot_be_is_refused_in_a_sentence_and_nothing_is_lost(
    page: Page, server: Server, store: Store
) -> None:
    spec = {"schedule": {"kind": "constant", "base_lr": 0.07}, **SMALL}
    trunk = finished(store, store.submit(Experiment.parse(spec)).run)
    changed = SETTINGS.replace("batch_size=64", "batch_size=32")
    page.goto(f'{server.url}/?schedule={{"kind":"constant"}}&{changed}&branch={trunk}:100')
    page.click(".st-key-launch button")
    expect(
        page.get_by_role("alert").filter(has_text="batch_size is 32; allowed in")
    ).to_be_visible()
    expect(page.locator(".st-key-branch-banner")).to_be_visible()
    page.click(".st-key-branch-leave button")
    expect(page.locator(".st-key-branch-banner")).to_be_hidden()
    page.goto(f"{server.url}/?branch={trunk}:99")
    expect(page.get_by_role("alert")).to_contain_text("checkpoints at 50, 100, 150.")
    page.goto(f"{server.url}/?branch=1;2")
    expect(page.get_by_role("alert")).to_contain_text("allowed is a run and an update, as 3:235.")


def test_a_branch_is_told_by_what_it_changes() -> None:
    one = Experiment.parse({"schedule": {"kind": "constant", "base_lr": 0.1}})
    seeded = Experiment.parse({"schedule": {"kind": "constant", "base_lr": 0.2}, "seed": 3})
    assert changes(one, one) == "nothing changed"
    assert changes(one, seeded) == "Base rate 0.2, Seed 3"
