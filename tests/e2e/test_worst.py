"""The screens at their worst: 64 runs over each other, one that failed, and the wrong button."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from lrlab.runs import State, Store
from tests.e2e.apps import started
from tests.e2e.conftest import Server, _stop_workers, eventually
from tests.e2e.test_explore import by_epoch, number, opened, range_of
from tests.e2e.test_handles import handle, middle, pixel
from tests.e2e.test_runs import ended

REASON = "Training failed: RuntimeError: a reason with <b>tags</b> and [a link](http://127.0.0.1:9)"
DRAWN = """() => document.querySelector('[data-testid="compare"]')?.data
  ?.filter(({ x }) => x.length).length"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab of 64 runs that finished, and one that failed."""
    home = tmp_path_factory.mktemp("worst")
    store = Store(f"sqlite:///{home / 'lrlab.db'}")
    for at in range(64):
        ended(store, 0.01 + at / 1000, State.FINISHED)
    ended(store, 0.5, State.FAILED, REASON)
    store.close()
    with started(home) as server:
        yield server
    _stop_workers(home)


def test_sixty_four_runs_are_compared_each_with_its_sign_and_one_is_hidden(
    page: Page, lab: Server
) -> None:
    page.goto(f"{lab.url}/compare?runs=1-64&metric=train_loss")
    eventually(lambda: page.evaluate(DRAWN) == 64, "64 curves", 60)
    signs = page.locator(".lrlab-race-sign")
    expect(signs).to_have_count(64)
    signs.nth(63).click()
    eventually(lambda: page.evaluate(DRAWN) == 63, "63 curves")
    page.goto(f"{lab.url}/compare?runs=1-65")
    expect(page.get_by_text("allowed are 64 runs at most")).to_be_visible()


def test_a_run_that_failed_says_why_and_its_words_are_no_markup(page: Page, lab: Server) -> None:
    page.goto(f"{lab.url}/train?run=65")
    sentence = page.locator(".lrlab-live-sentence")
    expect(sentence).to_contain_text(REASON)
    assert sentence.locator("b, a").count() == 0
    page.goto(f"{lab.url}/train?run=65&lang=pt")
    expect(sentence).to_contain_text(REASON.replace("Training failed", "O treino falhou"))
    assert sentence.locator("b, a").count() == 0


def test_another_button_than_the_first_moves_nothing(page: Page, lab: Server) -> None:
    opened(page, lab, schedule='{"kind":"cosine","base_lr":0.3,"final_lr":0.01,"length":20}')
    before = by_epoch(page)
    page.mouse.move(*middle(handle(page, "length final_lr")))
    page.mouse.down(button="right")
    page.mouse.move(*pixel(page, 12, 0.15), steps=4)
    page.mouse.up(button="right")
    page.keyboard.press("Escape")
    range_of(page, "param-base_lr").click(button="right")
    page.keyboard.press("Escape")
    assert by_epoch(page) == before
    number(page, "param-base_lr").fill("0.2")
    eventually(lambda: by_epoch(page)[0] == 0.2, "the curve to follow a number all the same")
