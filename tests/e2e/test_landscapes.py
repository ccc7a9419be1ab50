"""The landscapes in a browser: sliders move the path, a link opens the same, divergence is said."""

from __future__ import annotations

import json
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, at_rest, eventually

CONSTANT = quote(json.dumps({"kind": "constant", "base_lr": 0.1}))
PATH = "document.querySelector('.lrlab-landscape-path polyline')?.getAttribute('points')"


def opened(page: Page, server: Server, more: str = "") -> None:
    page.goto(f"{server.url}/landscapes?schedule={CONSTANT}{more}")
    page.wait_for_function(PATH, timeout=60_000)


def slid(page: Page, name: str, key: str, times: int = 1) -> None:
    for _press in range(times):
        page.locator(f'[data-key="landscape-{name}"]').press(key)


def test_a_slider_moves_the_path_and_the_link_opens_the_same(page: Page, server: Server) -> None:
    opened(page, server)
    before = page.evaluate(PATH)
    slid(page, "momentum", "ArrowRight", 5)
    page.wait_for_url("**momentum=0.05**")
    after = page.evaluate(PATH)
    assert after != before
    page.get_by_test_id("landscape").press("ArrowUp")
    page.wait_for_url("**start=-2.0000**1.3500**")
    moved = page.evaluate(PATH)
    assert moved != after
    page.reload()
    page.wait_for_function(PATH)
    eventually(lambda: page.evaluate(PATH) == moved, "the same path")
    box = at_rest(page.get_by_test_id("landscape"))
    start = at_rest(page.locator(".lrlab-landscape-path circle"))
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60, steps=3)
    page.mouse.up()
    eventually(lambda: page.evaluate(PATH) != moved, "the start to come along")


def test_the_expected_loss_stands_beside_the_simulated_one(page: Page, server: Server) -> None:
    opened(page, server, "&noise=0.5")
    script = """() => {
      const lines = document.querySelector('[data-testid=landscape-loss]').data;
      return lines.filter(line => /Expected|Mean/.test(line.name)).map(line => line.y.at(-1));
    }"""
    simulated, expected = page.evaluate(script)
    assert 0.5 < simulated / expected < 2


def test_divergence_is_said_with_its_edge(page: Page, server: Server) -> None:
    opened(page, server, "&peak=2.5&noise=0")
    said = page.locator(".lrlab-landscape-said")
    expect(said).to_contain_text("Diverged at step")
    expect(said).to_contain_text("The rate 2.50 is above 2.00")


def test_the_samples_of_sgld_come_near_the_posterior(page: Page, server: Server) -> None:
    opened(page, server, "&steps=400")
    page.locator('[data-key="landscape-problem"]').select_option("posterior")
    said = page.locator(".lrlab-landscape-said")
    expect(said).to_contain_text("True posterior")
    numbers = [float(each) for each in said.inner_text().replace(".\n", " ").replace(
        ",", " ").replace(". ", " ").rstrip(".").split() if each[0].isdigit()]  # fmt: skip
    mean, deviation, true_mean, true_deviation = numbers
    assert abs(mean - true_mean) < 2 * true_deviation
    assert 0.3 < deviation / true_deviation < 2
    page.locator('[data-key="landscape-injected"]').select_option("no")
    page.wait_for_url("**injected=no**")


def test_every_problem_is_drawn_and_a_broken_link_is_said_on_a_phone(
    page: Page, server: Server
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, server)
    for problem in ("rosenbrock", "saddle", "double-well", "logistic"):
        before = page.evaluate(PATH)
        page.locator('[data-key="landscape-problem"]').select_option(problem)
        eventually(lambda was=before: page.evaluate(PATH) != was, f"the path on {problem}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(f"{server.url}/landscapes?problem=bogus")
    expect(page.get_by_text("problem is 'bogus'; allowed are quadratic")).to_be_visible()
    page.goto(f"{server.url}/landscapes?momentum=7")
    expect(page.get_by_text("momentum is '7'; allowed is a number from 0")).to_be_visible()
