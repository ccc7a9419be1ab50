"""The figure of runs that branch from each other: a line a run, from where it left its origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrlab.charts.palette import COLOURS
from lrlab.charts.traces import Figure

UNNAMED = COLOURS[6]  # grey: a run of the family that is not among those compared


@dataclass(frozen=True, slots=True)
class Twig:
    """One run of a tree, in epochs; `origin` is the row, from 0, of the run that it left."""

    name: str
    said: str
    start: float
    end: float
    origin: int | None = None
    colour: str = UNNAMED
    dash: str = "solid"
    link: str = ""


def branches(twigs: Sequence[Twig], axis: str) -> Figure:
    """Return the figure of a tree, its first run on top; `axis` is the word for epochs."""
    data = [_trace(row, twig) for row, twig in enumerate(twigs)]
    longest = max((len(twig.name) for twig in twigs), default=0)
    layout = {
        "margin": {"l": min(200, 24 + 7 * longest), "r": 16, "t": 8, "b": 44},
        "hovermode": "closest",
        "showlegend": False,
        "xaxis": {"title": {"text": axis, "standoff": 6}, "rangemode": "tozero", "zeroline": False},
        "yaxis": {
            "tickvals": [*range(len(twigs))],
            "ticktext": [twig.name for twig in twigs],
            "range": [len(twigs) - 0.5, -0.5],
            "zeroline": False,
            "showgrid": False,
        },
    }
    return {"data": data, "layout": layout}


def _trace(row: int, twig: Twig) -> dict[str, object]:
    x, y = [twig.start, twig.end], [row, row]
    if twig.origin is not None:
        x, y = [twig.start, *x], [twig.origin, *y]
    ends = [0] * (len(x) - 1) + [9]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": twig.name,
        "x": x,
        "y": y,
        "line": {"color": twig.colour, "dash": twig.dash, "width": 2.5},
        "marker": {"color": twig.colour, "size": ends},
        "text": [twig.said] * len(x),
        "hovertemplate": "%{text}<extra></extra>",
        "customdata": [twig.link] * len(x),
    }
