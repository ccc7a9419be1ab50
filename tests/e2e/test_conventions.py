"""The conventions page in a browser: from the explore page, by its own address, by keyboard."""

from __future__ import annotations

import json
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, whole
from tests.e2e.test_explore import linked, opened

DROPS = {"kind": "multistep", "base_lr": 0.5, "milestones": [4.0, 8.0], "factor": 0.5}


def at(server: Server, spec: object) -> str:
    return f"{server.url}/conventions?schedule={quote(json.dumps(spec))}"


def drawn(page: Page) -> list[str]:
    """Return the names of the drawn lines."""
    page.wait_for_selector(
        ".js-plotly-plot .scatterlayer .js-line", state="attached", timeout=60_000
    )
    script = "Array.from(document.querySelector('.js-plotly-plot').data, (line) => line.name)"
    return [name for name in page.evaluate(script) if name]


def test_the_page_compares_the_libraries_of_the_schedule_in_its_address(
    page: Page, server: Server
) -> None:
    page.goto(at(server, DROPS))
    assert drawn(page) == ["lrlab, PyTorch, optax, D2L", "Keras, MXNet", "timm"]
    row = page.get_by_role("row").filter(has_text="MXNet")
    expect(row).to_contain_text("one tick late")
    expect(row).to_contain_text("epoch 4: 0.5, here 0.25")
    expect(page.get_by_role("img", name="As here: PyTorch, optax, D2L")).to_be_visible()


def test_the_explore_page_leads_there_and_back_by_keyboard(page: Page, server: Server) -> None:
    whole(opened(page, server, schedule=json.dumps(DROPS)))
    page.get_by_role("button", name="Code", exact=True).press("Enter")
    page.get_by_role("link", name="Where the libraries differ").press("Enter")
    expect(page.get_by_role("heading", name="Conventions: multistep")).to_be_visible()
    assert linked(whole(page))["milestones"] == [4, 8]
    page.get_by_role("link", name="Back to Explore").press("Enter")
    expect(page.locator('[data-testid="preview"]')).to_be_visible()
    assert linked(whole(page))["milestones"] == [4, 8]


def test_the_calls_that_are_compared_can_be_read(page: Page, server: Server) -> None:
    page.goto(at(server, DROPS))
    page.locator("summary", has_text="The calls compared").press("Enter")
    expect(page.get_by_text("MultiFactorScheduler([4, 8], 0.5, base_lr=0.5)")).to_be_visible()


def test_a_schedule_without_known_differences_and_a_broken_link_say_so(
    page: Page, server: Server
) -> None:
    page.goto(at(server, {"kind": "rex"}))
    expect(page.get_by_text("No difference between the libraries is known")).to_be_visible()
    page.goto(at(server, {"kind": "cosine", "base_lr": -1}))
    expect(page.get_by_text("This link is broken")).to_be_visible()
    assert drawn(page)


def test_a_phone_shows_it_without_sideways_scrolling(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(at(server, DROPS))
    assert drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
