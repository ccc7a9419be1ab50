"""Pasted code in a browser: it becomes the curve and the address, or one sentence says why not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from lrlab.schedules import Schedule
from tests.e2e.conftest import Server, eventually
from tests.e2e.test_explore import address, by_epoch, linked, opened

CODE = "opt = SGD(w, lr=0.5)\nMultiStepLR(opt, milestones=[4, 8], gamma=0.1)"
SPEC = {"kind": "multistep", "base_lr": 0.5, "milestones": [4.0, 8.0], "factor": 0.1}


def paste(page: Page, code: str) -> None:
    area = page.locator(".st-key-import-code textarea")
    if not area.is_visible():
        page.get_by_role("button", name="Paste code").click()
    area.fill(code)
    page.locator(".st-key-import-use button").click()


def test_pasted_code_becomes_the_curve_and_the_address(page: Page, server: Server) -> None:
    opened(page, server, epochs=30, seed=7)
    paste(page, CODE)
    eventually(lambda: linked(page) == SPEC, "the address to hold the schedule")
    rates = pytest.approx(Schedule.parse(SPEC).rates(epochs=30).tolist(), rel=1e-9)
    eventually(lambda: by_epoch(page) == rates, "the curve to be the code's")
    assert "seed=7" in address(page)
    expect(page.get_by_text("In use: multistep")).to_be_visible()


def test_the_notes_and_the_clock_of_the_code_are_told(page: Page, server: Server) -> None:
    opened(page, server)
    paste(page, "get_cosine_schedule_with_warmup(opt, 100, 7050)")
    expect(page.get_by_text("the clock is now the update")).to_be_visible()
    expect(page.get_by_text("here the rate stays")).to_be_visible()
    eventually(lambda: "clock=step" in address(page), "the address to hold the clock")


def test_a_bad_text_shows_one_sentence_and_leaves_the_screen(page: Page, server: Server) -> None:
    opened(page, server, seed=7)
    before = by_epoch(page)
    paste(page, "__import__('os').system('x')")
    alert = page.get_by_role("alert").filter(has_text="is not known; allowed is a scheduler of")
    expect(alert).to_be_visible()
    assert by_epoch(page) == before
    paste(page, CODE)
    eventually(lambda: linked(page) == SPEC, "the good text to be taken after the bad one")
    expect(alert).to_have_count(0)
