"""The page that a browser gets first: it finds its server at once, and each file once."""

from __future__ import annotations

import re
from collections import Counter

import httpx
import pytest
from playwright.sync_api import Page, expect

from lrlab.ui.screens import MODULES, PAGES
from tests.e2e.conftest import Server


def test_every_screen_has_its_document() -> None:
    screens = {path.stem for path in PAGES.glob("*.py")}
    assert {*MODULES} == {"", *screens - {"explore"}}


@pytest.mark.parametrize("screen", MODULES)
def test_a_screen_finds_everything_where_it_looks_first_and_asks_once(
    page: Page, server: Server, screen: str
) -> None:
    answers: list[tuple[str, int]] = []
    page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    page.goto(f"{server.url}/{screen}")
    expect(page.locator('[data-testid="stAppViewContainer"]')).to_be_visible()
    expect(page.get_by_role("link", name="Landscapes")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert [answer for answer in answers if answer[1] >= 400] == []
    asked = Counter(url for url, _ in answers if "/lab/" in url or "/_stcore/" in url)
    assert {url for url, times in asked.items() if times > 1} == set()
    hinted = re.findall(r'href="(/lab/[^"]+)"', httpx.get(f"{server.url}/{screen}").text)
    assert {f"{server.url}{path}" for path in hinted} <= {*asked}
    assert len(hinted) > 3 or screen == "runs"


def test_a_path_of_no_screen_is_streamlits_own_page(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/nowhere")
    expect(page.get_by_text("Page not found")).to_be_visible()
