"""The noisy quadratic's closed form: against simulation, its limit, and the browser's."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from lrlab.lessons.quadratic import expected_loss, floor

MATH = Path(__file__).parents[2] / "lrlab/ui/static/landscape-math.js"


def simulated(rates, curvature, start, momentum, noise, paths=40_000):
    draw = np.random.default_rng(0)
    w, v = np.full(paths, start), np.zeros(paths)
    for rate in rates:
        v = momentum * v + curvature * w + noise * draw.standard_normal(paths)
        w = w - rate * v
    return float((curvature * w**2 / 2).mean())


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_mean_of_many_paths_is_the_expected_loss(momentum):
    rates = np.linspace(0.3, 0.01, 40)
    found = expected_loss(rates, curvatures=[0.7], start=[2.0], momentum=momentum, noise=0.5)
    assert simulated(rates, 0.7, 2.0, momentum, 0.5) == pytest.approx(found[-1], rel=0.03)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 1.5), st.floats(0.1, 1.0), st.floats(0.01, 2.0))
def test_a_constant_rate_ends_at_its_floor(rate, curvature, noise):
    found = expected_loss([rate] * 20_000 if rate < 0.1 else [rate] * 3_000,
                          curvatures=[curvature], start=[1.0], noise=noise)  # fmt: skip
    assert found[-1] == pytest.approx(floor(rate, curvature, noise), rel=1e-6)


def test_beyond_the_edge_there_is_no_floor():
    assert floor(2.0, 1.0, 0.1) == float("inf")
    assert expected_loss([2.5] * 100, curvatures=[1.0], start=[1.0])[-1] > 1e10


def test_the_browser_reckons_the_same(chromium: Browser):
    page = chromium.new_page()
    source = base64.b64encode(MATH.read_bytes()).decode()
    asked = {
        "curvatures": [0.05, 1.0], "start": [-1.5, 2.0], "momentum": 0.8, "noise": 0.3,
        "rates": [0.5 / (1 + step) ** 0.5 for step in range(200)],
    }  # fmt: skip
    script = "async ([url, given]) => (await import(url)).expectedLoss(given)"
    theirs = page.evaluate(script, [f"data:text/javascript;base64,{source}", asked])
    ours = expected_loss(asked["rates"], curvatures=asked["curvatures"],
                         start=asked["start"], momentum=0.8, noise=0.3)  # fmt: skip
    np.testing.assert_allclose(theirs, ours, rtol=1e-9)
    page.close()
