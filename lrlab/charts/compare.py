"""Figures of many runs laid over each other, for a report: filled here, not by the stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lrlab.charts.palette import style
from lrlab.charts.traces import Figure
from lrlab.records import finite

Series = tuple[Sequence[float], Sequence[float | None]]


def overlay(
    series: Mapping[str, Series], *, axes: tuple[str, str], digits: str, log: bool = False
) -> Figure:
    """Return a line a run, in the order given; `digits` as d3 formats."""
    data = [
        {
            "type": "scatter",
            "mode": "lines" if len(x) > 1 else "markers",
            "name": name,
            "x": list(x),
            "y": [finite(each) for each in y],
            "line": {"color": style(at).colour, "dash": dash(at), "width": 2},
            "hovertemplate": f"%{{y:{digits}}}",
        }
        for at, (name, (x, y)) in enumerate(series.items(), start=1)
    ]
    layout = {
        "margin": {"l": 64, "r": 12, "t": 8, "b": 48},
        "hovermode": "x unified" if len(data) <= 12 else "closest",
        "xaxis": {"title": {"text": axes[0]}, "zeroline": False},
        "yaxis": {
            "title": {"text": axes[1]},
            "zeroline": False,
            "type": "log" if log else "linear",
        },
    }
    return {"data": data, "layout": layout}


def dash(place: int) -> str:
    """Return the dash of the line at a place, from 1: the first is solid."""
    return "solid" if place == 1 else style(place).dash
