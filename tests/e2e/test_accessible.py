"""Every screen under axe-core, in both themes: no serious violation that is ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from lrlab.runs import Store
from tests.e2e.apps import started
from tests.e2e.conftest import Server, _stop_workers, eventually, whole
from tests.e2e.test_runs import three_ended

# Streamlit's own: the colours of code, and a formula that scrolls in its column.
THEIRS = [["[data-testid=stCode]"], [".katex-display"]]
DRAWN = ".js-plotly-plot .main-svg"
SCREENS = {
    "": '[data-testid="preview"] .js-line',
    "gallery": ".lrlab-card svg",
    "conventions": DRAWN,
    "race": DRAWN,
    "race?runs=1-2": DRAWN,
    "range_test": "[data-testid=stButton]",
    "train?run=2": DRAWN,
    "runs?column=tags&column=state": "[data-testid=stDataFrame]",
    "runs?group=state": "[data-testid=stDataFrame]",
    "compare?runs=1-3": DRAWN,
    "landscapes": ".lrlab-figure, canvas, svg",
    "learn": "h2, h3",
    "learn?step=claims": DRAWN,
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with a starred run, one more and one that diverged."""
    home = tmp_path_factory.mktemp("accessible")
    store = Store(f"sqlite:///{home / 'lrlab.db'}")
    three_ended(store)
    store.label(1, starred=True, tags=["lecture"], note="The first.")
    store.close()
    with started(home) as server:
        yield server
    _stop_workers(home)


def faults(page: Page) -> list[str]:
    """Return what axe finds serious, in a line each."""
    found = Axe().run(page, {"exclude": THEIRS}).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found
            if each["impact"] in ("serious", "critical") for node in each["nodes"]]  # fmt: skip


@pytest.mark.parametrize("path", SCREENS)
def test_a_screen_has_no_serious_fault_in_light_and_dark(
    page: Page, lab: Server, path: str
) -> None:
    page.goto(f"{lab.url}/{path}")
    page.wait_for_selector(SCREENS[path], state="attached", timeout=60_000)
    whole(page)
    background = "() => getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    light = page.evaluate(background)
    assert faults(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => ({background})() !== light", arg=light)
    assert faults(page) == []


def test_a_long_formula_is_reached_and_scrolled_by_keys(page: Page, lab: Server) -> None:
    parts = [{"schedule": {"kind": kind}, "length": 9} for kind in ("warmup", "exponential", "rex")]
    page.goto(f"{lab.url}/?schedule={quote(json.dumps({'kind': 'sequence', 'parts': parts}))}")
    formula = page.locator(".st-key-formula")
    expect(formula.locator(".katex-display")).to_be_attached()
    eventually(lambda: formula.evaluate("box => box.scrollHeight > box.clientHeight"), "a long one")
    whole(page).get_by_role("button", name="Paste code").focus()
    page.keyboard.press("Tab")
    within = "box => box.contains(document.activeElement)"  # the box or what scrolls within it
    eventually(lambda: formula.evaluate(within), "the formula to be reached")
    page.keyboard.press("ArrowDown")
    eventually(lambda: formula.evaluate("box => box.scrollTop > 0"), "the formula to scroll")


def test_a_fault_would_be_seen(page: Page, lab: Server) -> None:
    page.goto(f"{lab.url}/gallery")
    page.wait_for_selector(".lrlab-card svg")
    page.evaluate("document.body.append(document.createElement('button'))")
    assert [each.partition(":")[0] for each in faults(page)] == ["button-name"]
