"""A schedule as a small picture: the line of its rates, as an SVG path or a whole SVG."""

from __future__ import annotations

from typing import Any

import numpy as np

from lrlab.schedules.base import Schedule
from lrlab.schedules.clocks import ticks
from lrlab.schedules.decisions import Decisions

WIDTH, HEIGHT, MARGIN = 160, 64, 3
POINTS = 161
# A training as a sketch: the loss falls, rests, falls once more and rests, as plateaus do.
EPOCHS_OF_FALL = (*range(1, 9), *range(14, 18))


def line(schedule: Schedule, *, epochs: int = 30, clock: str = "epoch", **_run: Any) -> str:
    """Return the rates of a run as the `d` of an SVG path, `WIDTH` by `HEIGHT`, 0 at its foot.

    An adaptive schedule is drawn as it goes on with a loss that falls and rests.
    """
    T = ticks(clock, epochs, 235)[1]
    rates = _decided(schedule, epochs).at(np.linspace(0, T, POINTS, endpoint=False), T)
    top = float(rates.max()) or 1.0
    x = np.linspace(MARGIN, WIDTH - MARGIN, POINTS)
    y = HEIGHT - MARGIN - rates / top * (HEIGHT - 2 * MARGIN)
    points = zip(x.round(1), y.round(1), strict=True)
    return "M" + "L".join(f"{across:g},{down:g}" for across, down in _corners(list(points)))


def svg(path: str, title: str) -> str:
    """Return a whole SVG file of a path, legible on light and on dark."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{2 * WIDTH}" height="{2 * HEIGHT}" role="img">\n<title>{title}</title>\n'
        f'<path d="M0,{HEIGHT - 1}H{WIDTH}" stroke="#8A8A8A" stroke-width="0.5"/>\n'
        f'<path d="{path}" fill="none" stroke="#0072B2" stroke-width="2" '
        'stroke-linejoin="round"/>\n</svg>\n'
    )


def _corners(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out what lies on a level line between two others."""
    inner = [
        here
        for before, here, after in zip(points, points[1:], points[2:], strict=False)
        if not before[1] == here[1] == after[1]
    ]
    return [points[0], *inner, points[-1]]


def _decided(schedule: Schedule, epochs: int) -> Schedule:
    decisions = Decisions.of(schedule)
    for epoch in range(1, epochs):
        falls = sum(epoch >= each for each in EPOCHS_OF_FALL)
        loss = 2.0 * 0.85**falls
        figures = {"test_loss": loss, "train_loss": loss, "test_acc": 1 - loss / 2.4}
        decisions = decisions.observe(float(epoch), figures)
    return decisions.schedule()
