"""The curve stays in view while a hand is on the controls: on a phone, and beside a long form."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import Server, eventually
from tests.e2e.test_explore import PREVIEW, curve, opened, range_of

STAGE = ".lrlab-stage"  # the plot and the handles on it

WARM = {"kind": "warmup", "inner": {"kind": "multistep", "milestones": [5, 10, 20]}}
PART = {"schedule": {"kind": "cosine", "length": 10}, "length": 10}
LONG = {"kind": "sequence", "parts": [PART, PART, PART]}

# Plotly shows its figures again, if it does, some frames after a drawing.
FRAMES = """() => new Promise((done) => {
  let left = 20;
  const next = () => (left-- ? requestAnimationFrame(next) : done());
  next();
})"""


class Finger:
    """A finger on the page, with the browser's own touch events."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._line = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self._line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def press(self, x: float, y: float) -> None:
        self._send("touchStart", (x, y))

    def slide(self, x: float, y: float) -> None:
        self._send("touchMove", (x, y))

    def lift(self) -> None:
        self._send("touchEnd")


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    yield context.new_page()
    context.close()


def box(element: Locator) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom on the screen."""
    found = element.bounding_box()
    assert found
    return found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"]


def whole(page: Page, element: Locator) -> bool:
    """Say whether all of the element is on the screen and on top at its middle."""
    left, top, right, bottom = box(element)
    size = page.viewport_size
    assert size
    inside = left >= 0 and top >= 0 and right <= size["width"] and bottom <= size["height"]
    middle = [(left + right) / 2, (top + bottom) / 2]
    on_top = "(e, [x, y]) => e.contains(document.elementFromPoint(x, y))"
    return inside and bool(element.evaluate(on_top, middle))


def test_on_a_phone_the_curve_is_in_view_and_moves_under_the_finger(
    phone: Page, server: Server
) -> None:
    opened(phone, server, schedule=json.dumps(WARM))
    for key in ("param-base_lr", "param-warmup-begin_lr"):
        slider = range_of(phone, key)
        slider.scroll_into_view_if_needed()
        left, top, right, bottom = box(slider)
        middle = (top + bottom) / 2
        before = curve(phone)
        finger = Finger(phone)
        finger.press(left + 0.3 * (right - left), middle)
        for step in range(1, 6):
            finger.slide(left + (0.3 + 0.02 * step) * (right - left), middle)
        eventually(lambda before=before: curve(phone) != before, "the curve to follow")  # type: ignore[misc]
        assert whole(phone, phone.locator(STAGE))
        assert whole(phone, slider)
        finger.lift()


def test_on_a_phone_every_control_can_be_reached_past_the_curve(
    phone: Page, server: Server
) -> None:
    opened(phone, server, schedule=json.dumps(WARM))
    controls = phone.locator(".lrlab-editor :is(input, select, button, summary):visible")
    reached = [
        controls.nth(index).evaluate("e => e.focus()") or whole(phone, controls.nth(index))
        for index in range(controls.count())
    ]
    assert len(reached) > 15
    assert all(reached)
    launch = phone.locator(".st-key-launch button")
    launch.scroll_into_view_if_needed()
    assert whole(phone, launch)


def test_a_swipe_over_the_curve_scrolls_the_page(phone: Page, server: Server) -> None:
    opened(phone, server, schedule=json.dumps(WARM))
    top = box(range_of(phone, "param-base_lr"))[1]
    left, _, right, lower = box(phone.locator(PREVIEW))
    finger = Finger(phone)
    finger.press((left + right) / 2, lower - 60)
    for step in range(1, 11):
        finger.slide((left + right) / 2, lower - 60 - 10 * step)
    finger.lift()
    eventually(lambda: box(range_of(phone, "param-base_lr"))[1] < top - 40, "the page to scroll")


def test_figures_that_a_tap_left_on_the_curve_go_when_a_finger_moves_it(
    phone: Page, server: Server
) -> None:
    opened(phone, server)
    left, top, right, bottom = box(phone.locator(PREVIEW))
    figures = phone.locator(f"{PREVIEW} .hoverlayer .legend")
    phone.touchscreen.tap((left + right) / 2, (top + bottom) / 2)
    expect(figures).to_have_count(1)
    before = curve(phone)
    range_of(phone, "param-base_lr").tap()
    eventually(lambda: curve(phone) != before, "the curve to follow")
    phone.evaluate(FRAMES)
    expect(figures).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (844, 390)])
def test_beside_a_long_form_the_curve_comes_down_to_the_hand(
    page: Page, server: Server, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    opened(page, server, schedule=json.dumps(LONG))
    slider = page.locator(".lrlab-editor input[type=range]:visible").last
    slider.scroll_into_view_if_needed()
    before = curve(page)
    left, top, right, bottom = box(slider)
    page.mouse.move(left + 0.5 * (right - left), (top + bottom) / 2)
    page.mouse.down()
    page.mouse.move(left + 0.9 * (right - left), (top + bottom) / 2)
    eventually(lambda: curve(page) != before, "the curve to follow")
    assert whole(page, page.locator(STAGE))
    page.mouse.up()
