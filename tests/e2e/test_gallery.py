"""The gallery in a browser: by mouse, by keyboard, on a phone."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from lrlab.schedules import catalogue
from tests.e2e.conftest import Server, eventually
from tests.e2e.test_explore import address, field, linked, opened

PICTURE = ".lrlab-card svg"


def gallery(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/gallery")
    page.wait_for_selector(PICTURE)
    return page


def test_every_kind_is_there(page: Page, server: Server) -> None:
    gallery(page, server)
    assert page.locator(".lrlab-card").count() == len(catalogue())


def test_a_click_on_a_picture_opens_its_schedule_without_a_new_page(
    page: Page, server: Server
) -> None:
    opened(page, server)
    page.evaluate("window.here = true")
    page.get_by_role("link", name="Gallery").click()
    field(page, "kind-noam").locator("svg").click(force=True)  # the link lies above it
    page.wait_for_selector('[data-testid="preview"] .js-line', state="attached")
    expect(field(page, "schedule-kind").locator("select")).to_have_value("noam")
    eventually(lambda: linked(page).get("kind") == "noam", "the schedule in the address")
    assert "clock=step" in address(page)
    assert page.evaluate("window.here") is True


def test_at_hand_in_explore_it_changes_the_schedule_and_nothing_else(
    page: Page, server: Server
) -> None:
    opened(page, server)
    field(page, "pin").click()
    eventually(lambda: "pins" in address(page), "the pin in the address")
    page.get_by_role("button", name="Gallery").click()
    field(page, "kind-noam").locator("svg").click(force=True)  # the link lies above it
    expect(field(page, "schedule-kind").locator("select")).to_have_value("noam")
    expect(page.get_by_role("dialog")).to_have_count(0)
    eventually(lambda: linked(page).get("kind") == "noam", "the schedule in the address")
    assert "pins" in address(page)
    page.get_by_role("button", name="Undo").click()
    expect(field(page, "schedule-kind").locator("select")).to_have_value("cosine")


def test_the_keyboard_opens_a_schedule(page: Page, server: Server) -> None:
    gallery(page, server)
    field(page, "kind-rex").locator(".lrlab-card-link").focus()
    page.keyboard.press("Enter")
    expect(field(page, "schedule-kind").locator("select")).to_have_value("rex")


def test_a_cards_address_opens_in_another_tab(page: Page, server: Server) -> None:
    gallery(page, server)
    href = field(page, "kind-cyclic").locator(".lrlab-card-link").get_attribute("href")
    assert href
    other = page.context.new_page()
    other.goto(href)
    expect(field(other, "schedule-kind").locator("select")).to_have_value("cyclic")
    other.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_two_in_a_row_in_the_texts_colour(
    page: Page, server: Server, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    gallery(page, server)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first, second = (page.locator(PICTURE).nth(index).bounding_box() for index in (1, 2))
    assert first
    assert second
    assert first["y"] == second["y"]
    read = "(each) => getComputedStyle(each).{}"
    stroke = page.locator(".lrlab-line").first.evaluate(read.format("stroke"))
    assert stroke == page.locator(".lrlab-card p").first.evaluate(read.format("color"))
