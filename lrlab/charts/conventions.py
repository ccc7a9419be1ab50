"""The figure of one schedule under several conventions: each different curve once, all overlaid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrlab.charts.palette import COLOURS, DASHES, SYMBOLS
from lrlab.charts.planned import line

Figure = dict[str, Any]
HOVER = "%{y:.4~g}"
OWN = "#8A8A8A"  # grey, seen on a light and on a dark page behind every colour


@dataclass(frozen=True)
class Group:
    """One curve and all who draw it; NaN from where it has no rate."""

    names: tuple[str, ...]
    rates: NDArray[np.float64]


def grouped(curves: Mapping[str, NDArray[np.float64]]) -> list[Group]:
    """Put names whose curves are the same together, in the order in which they come."""
    groups: list[Group] = []
    for name, rates in curves.items():
        for place, group in enumerate(groups):
            if np.allclose(group.rates, rates, rtol=1e-9, atol=1e-15, equal_nan=True):
                groups[place] = Group((*group.names, name), group.rates)
                break
        else:
            groups.append(Group((name,), rates))
    return groups


def conventions(
    groups: Sequence[Group], *, tick: float, end: float, axes: tuple[str, str], ending: str
) -> Figure:
    """Return the figure: the first group thick behind the others, a mark where each parts from it.

    `tick` is the time between two rates, `end` the run's end, named `ending`; `axes` are the
    names of t and the rate.
    """
    traces = [_line(group, place, tick) for place, group in enumerate(groups)]
    marks = [_mark(group, place, groups[0], tick) for place, group in enumerate(groups) if place]
    return {"data": traces + marks, "layout": _layout(axes, end, ending)}


def _line(group: Group, place: int, tick: float) -> dict[str, Any]:
    drawn = line(group.rates[np.isfinite(group.rates)], 1)
    own = place == 0
    return {
        "type": "scatter",
        "mode": "lines",
        "name": ", ".join(group.names),
        "x": [x * tick for x in drawn.x],
        "y": drawn.y,
        "hovertemplate": HOVER,
        "line": {
            "color": OWN if own else COLOURS[(place - 1) % len(COLOURS)],
            "shape": drawn.shape,
            "width": 6 if own else 2,
            "dash": "solid" if own else DASHES[(place - 1) % len(DASHES)],
        },
        "opacity": 0.55 if own else 1,
    }


def _mark(group: Group, place: int, first: Group, tick: float) -> dict[str, Any]:
    """Return the mark at the first tick of another rate, or of none."""
    same = np.isclose(group.rates, first.rates, rtol=1e-9, atol=1e-15)
    at = int(np.argmin(same))
    rate = group.rates[at] if np.isfinite(group.rates[at]) else group.rates[at - 1]
    return {
        "type": "scatter",
        "mode": "markers",
        "cliponaxis": False,
        "x": [at * tick],
        "y": [float(rate)],
        "marker": {
            "color": COLOURS[(place - 1) % len(COLOURS)],
            "size": 10,
            "symbol": SYMBOLS[(place - 1) % len(SYMBOLS)],
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _layout(axes: tuple[str, str], end: float, ending: str) -> Figure:
    edge = {"type": "line", "x0": end, "x1": end, "y0": 0, "y1": 1, "yref": "paper"}
    note = {"text": ending, "x": end, "y": 1, "yref": "paper", "yanchor": "bottom"}
    return {
        "hovermode": "x unified",
        "margin": {"l": 56, "r": 12, "t": 28, "b": 8},
        "legend": {"orientation": "h", "y": -0.22, "yanchor": "top", "x": 0},
        "shapes": [edge | {"line": {"color": "#8A8A8A", "width": 1, "dash": "dot"}}],
        "annotations": [note | {"showarrow": False, "font": {"color": "#8A8A8A"}}],
        "xaxis": {
            "title": {"text": axes[0], "standoff": 4},
            "range": [-0.01 * end, 1.25 * end],
            "zeroline": False,
        },
        "yaxis": {"title": {"text": axes[1]}, "rangemode": "tozero", "zeroline": False},
    }
