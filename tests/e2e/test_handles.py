"""The curve under the hand: its handles by pointer and keys, and the pencil."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from lrlab.schedules import Schedule
from tests.e2e.conftest import Server, at_rest, eventually, whole
from tests.e2e.test_explore import PREVIEW, by_epoch, linked, opened

Point = tuple[float, float]


def handle(page: Page, paths: str) -> Locator:
    return page.locator(f'[data-handle="{paths}"]')


def middle(mark: Locator) -> Point:
    box = at_rest(mark)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pixel(page: Page, epoch: float, rate: float) -> Point:
    """Return where a point of the plot is on the page."""
    script = """([query, x, y]) => {
      const graph = document.querySelector(query);
      const { xaxis, yaxis, _size: size } = graph._fullLayout;
      const box = graph.getBoundingClientRect();
      return [box.x + size.l + xaxis.d2p(x), box.y + size.t + yaxis.d2p(y)];
    }"""
    left, top = page.evaluate(script, [PREVIEW, epoch, rate])
    return left, top


def drag(page: Page, start: Point, *ends: Point) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    for end in ends:
        page.mouse.move(*end, steps=4)


def test_the_end_goes_where_it_is_dragged_and_only_then_is_python_told(
    page: Page, server: Server
) -> None:
    sent: list[str] = []
    page.on("websocket", lambda ws: ws.on("framesent", lambda _: sent.append("frame")))
    opened(page, server, schedule='{"kind":"cosine","base_lr":0.3,"final_lr":0.01,"length":20}')
    whole(page).wait_for_load_state("networkidle")
    assert sent, "the frames of the page's start"
    sent.clear()
    # A font may be fetched when its first letter is drawn.
    page.on("request", lambda asked: "/static/" in asked.url or sent.append(asked.url))
    end = handle(page, "length final_lr")
    drag(page, middle(end), pixel(page, 12, 0.15))
    eventually(lambda: by_epoch(page)[20] > 0.14, "the curve to follow the hand")
    assert sent == []
    page.mouse.up()
    eventually(lambda: linked(page).get("length") == pytest.approx(12, abs=0.1), "the address")
    assert linked(page)["final_lr"] == pytest.approx(0.15, abs=0.005)
    expect(end).to_have_attribute("aria-valuetext", "epoch 12, rate 0.15")
    page.get_by_role("button", name="Undo").click()
    expect(end).to_have_attribute("aria-valuetext", "epoch 20, rate 0.01")


WARMED = {"kind": "warmup", "length": 5, "inner": {"kind": "cosine", "length": 20}}
POINTS = {"kind": "piecewise", "times": [0, 10, 20], "rates": [0.3, 0.2, 0.1],
          "interpolation": "linear"}  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "paths", "to"),
    [
        (WARMED, "length inner.base_lr", (8, 0.2)),
        (WARMED, "inner.length inner.final_lr", (18, 0.1)),
        ({"kind": "one_cycle"}, "pct_start max_lr", (15, 0.2)),
        ({"kind": "multistep", "milestones": [10, 20]}, "milestones.0 factor", (6, 0.3)),
        (POINTS, "times.1 rates.1", (16, 0.05)),
    ],
)
def test_the_curve_goes_through_where_a_handle_is_put(
    page: Page, server: Server, spec: dict[str, Any], paths: str, to: Point
) -> None:
    opened(page, server, schedule=json.dumps(spec), clock="progress")
    mark = handle(page, paths)
    drag(page, middle(mark), pixel(page, *to))
    page.mouse.up()
    eventually(lambda: linked(page) != spec and bool(linked(page)), "the address")
    said = str(mark.get_attribute("aria-valuetext")).removeprefix("epoch ").split(", rate ")
    assert float(said[0]) == pytest.approx(to[0], abs=0.15)
    assert float(said[1]) == pytest.approx(to[1], rel=0.04)


def test_a_point_stays_between_its_neighbours(page: Page, server: Server) -> None:
    opened(page, server, schedule=json.dumps(POINTS))
    drag(page, middle(handle(page, "times.1 rates.1")), pixel(page, 29, 0.2))
    page.mouse.up()
    eventually(lambda: linked(page).get("times", [0, 10])[1] > 19, "the address")
    assert linked(page)["times"][1] < 20
    expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)


def test_arrow_keys_move_a_handle(page: Page, server: Server) -> None:
    opened(page, server, schedule='{"kind":"cosine","base_lr":0.3,"final_lr":0.1,"length":20}')
    end = handle(page, "length final_lr")
    end.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(end).to_have_attribute("aria-valuetext", "epoch 17, rate 0.1")
    page.keyboard.press("ArrowUp")
    eventually(lambda: 0.1 < linked(page).get("final_lr", 0) < 0.12, "the address")
    assert linked(page)["length"] == 17
    expect(end).to_be_focused()


def test_keys_that_come_faster_than_it_is_drawn_all_count(page: Page, server: Server) -> None:
    opened(page, server, schedule='{"kind":"cosine","base_lr":0.3,"final_lr":0.1,"length":20}')
    press = "(mark, key) => mark.dispatchEvent(new KeyboardEvent('keydown', { key }))"
    end = handle(page, "length final_lr")
    end.evaluate(f"(mark) => {{ for (let k = 0; k < 3; k++) ({press})(mark, 'ArrowLeft'); }}")
    expect(end).to_have_attribute("aria-valuetext", "epoch 17, rate 0.1")
    end.evaluate(f"(mark) => {{ for (let k = 0; k < 30; k++) ({press})(mark, 'ArrowRight'); }}")
    expect(end).to_have_attribute("aria-valuetext", "epoch 30, rate 0.1")
    end.evaluate(press, "ArrowLeft")
    expect(end).to_have_attribute("aria-valuetext", "epoch 29, rate 0.1")


def test_the_pencil_draws_a_curve_that_the_run_will_follow(page: Page, server: Server) -> None:
    opened(page, server, clock="progress")
    page.get_by_role("button", name="Pencil").click()
    at_rest(page.locator(PREVIEW))
    stroke = [(epoch, 0.15 + 0.1 * math.sin(epoch / 3)) for epoch in range(5, 26)]
    drag(page, pixel(page, *stroke[0]), *(pixel(page, *point) for point in stroke[1:]))
    page.mouse.up()
    eventually(lambda: linked(page).get("kind") == "piecewise", "the address")
    assert len(linked(page)["times"]) <= 24
    drawn = Schedule.parse(linked(page))
    for epoch, rate in stroke:
        assert drawn.at(epoch, 30.0) == pytest.approx(rate, abs=0.005), epoch
    # Where it did not go, the curve is the cosine that was there.
    assert drawn.at(3.5, 30.0) == pytest.approx(0.28, abs=0.005)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Pencil")).to_have_attribute("aria-pressed", "false")


def test_handles_stand_on_a_logarithmic_axis_too(page: Page, server: Server) -> None:
    opened(page, server, axis="log",
           schedule='{"kind":"cosine","base_lr":0.3,"final_lr":0.01,"length":20}')  # fmt: skip
    end = handle(page, "length final_lr")
    drag(page, middle(end), pixel(page, 20, 0.05))
    page.mouse.up()
    eventually(lambda: linked(page).get("final_lr") == pytest.approx(0.05, rel=0.05), "the end")
