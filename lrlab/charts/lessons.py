"""Figures of the lessons: recorded runs as the mean of their seeds, with what was published.

Never a single line where there are several seeds. Train curves are solid, test curves dashed.
A run that broke down is no part of a mean: it has a thin line of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log10
from statistics import mean
from typing import Any

from lrlab.charts.palette import DASHES, style
from lrlab.charts.planned import Line
from lrlab.charts.traces import Figure, Trace
from lrlab.comparing import Summary

Series = Sequence[tuple[float, float]]  # (epoch, value) of one run
GREY = "#8A8A8A"
SETTLED = 5  # epochs until the accuracies' first rise is over


@dataclass(frozen=True, slots=True)
class Band:
    """Several runs of one thing: each one's series, and those of the runs that broke down."""

    name: str
    runs: Sequence[Series]
    place: int = 1  # among the colours
    fallen: Sequence[Series] = ()
    dash: str = "solid"
    quiet: bool = False  # beside what the figure is about


@dataclass(frozen=True, slots=True)
class Mark:
    """What was published of one experiment: a mean with its deviation, at the end of the run."""

    name: str
    x: float
    mean: float
    sd: float
    n: int
    place: int = 1
    words: str = field(default="")


def bands(
    found: Sequence[Band],
    *,
    axes: tuple[str, str],
    marks: Sequence[Mark] = (),
    log: bool = False,
    fallen: str = "{name}",
) -> Figure:
    """Return each one's mean over its seeds, and the band from the lowest to the highest.

    fallen: the name of the line of a run that broke down, with the place {name}.
    """
    data: list[Trace] = []
    for band in found:
        data += _band(band)
        data += [_fallen(band, run, fallen) for run in band.fallen]
    data += [_mark(each) for each in marks]
    layout = _layout(axes, rows=sum(trace.get("showlegend", True) for trace in data))
    layout["yaxis"] |= {"type": "log", "nticks": 4} if log else {}
    if marks and not any(band.fallen for band in found):
        layout["yaxis"]["range"] = _reach(data, marks)
    return {"data": data, "layout": layout}


def _reach(data: Sequence[Trace], marks: Sequence[Mark]) -> list[float]:
    """Return the span without the first epochs' rise, so that what is published can be told.

    A double click shows the rest.
    """
    late = [
        y for trace in data for x, y in zip(trace["x"], trace["y"], strict=True) if x >= SETTLED
    ]
    ends = [mark.mean + sign * mark.sd for mark in marks for sign in (-1, 1)]
    low, high = min(late + ends), max(late + ends)
    margin = 0.05 * (high - low)
    return [low - margin, high + margin]


def _band(band: Band) -> list[Trace]:
    by_epoch: dict[float, list[float]] = {}
    for run in band.runs:
        for epoch, value in run:
            by_epoch.setdefault(epoch, []).append(value)
    if not by_epoch:
        return []
    x = sorted(by_epoch)
    signs = style(band.place)
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0},
            "hoverinfo": "skip", "showlegend": False}  # fmt: skip
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": band.name,
        "x": x,
        "y": [mean(by_epoch[epoch]) for epoch in x],
        "line": {
            "color": signs.colour, "dash": band.dash, "width": 1.5 if band.quiet else 2.5,
        },
        "customdata": [len(by_epoch[epoch]) for epoch in x],
        "hovertemplate": "%{y:.4~g} (n = %{customdata})",
    }  # fmt: skip
    return [
        edge | {"y": [min(by_epoch[epoch]) for epoch in x]},
        edge | {"y": [max(by_epoch[epoch]) for epoch in x], "fill": "tonexty",
                "fillcolor": signs.fill(0.1 if band.quiet else 0.18)},
        line,
    ]  # fmt: skip


def _fallen(band: Band, run: Series, words: str) -> Trace:
    first = run is band.fallen[0]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": words.format(name=band.name),
        "legendgroup": f"fallen-{band.name}",
        "showlegend": first,
        "x": [epoch for epoch, _value in run],
        "y": [value for _epoch, value in run],
        "line": {"color": style(band.place).colour, "dash": "2px,3px", "width": 1},
        "hovertemplate": "%{y:.4~g}",
    }


def _mark(mark: Mark) -> Trace:
    signs = style(mark.place)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": mark.name,
        "x": [mark.x],
        "y": [mark.mean],
        "error_y": {"type": "data", "array": [mark.sd], "thickness": 2, "width": 6,
                    "color": signs.colour},
        "marker": {"color": signs.colour, "symbol": "diamond-open", "size": 11,
                   "line": {"width": 2, "color": signs.colour}},
        "hovertemplate": f"%{{y:.4f}} ± {mark.sd:.4f} (n = {mark.n})",
    }  # fmt: skip


def rates(
    names: Sequence[str],
    lines: Sequence[Line],
    *,
    axes: tuple[str, str],
    places: Sequence[int] = (),
    log: bool = False,
) -> Figure:
    """Return planned rates laid over each other, thin; `log`: along a logarithmic time."""
    data: list[Trace] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": line.x,
            "y": line.y,
            "line": {"color": style(place).colour, "dash": dash_at(at), "shape": line.shape,
                     "width": 2},
            "hovertemplate": "%{y:.4~g}",
        }
        for at, (name, line, place) in enumerate(
            zip(names, lines, places or range(1, len(names) + 1), strict=True), start=1)
    ]  # fmt: skip
    layout = _layout(axes, rows=len(data))
    layout["showlegend"] = len(data) > 1
    layout["legend"] |= {"y": -0.3}
    layout["yaxis"] |= {"rangemode": "tozero"}
    layout["xaxis"] |= {"type": "log", "dtick": 1} if log else {}
    return {"data": data, "layout": layout}


def dash_at(place: int) -> str:
    """Return the dash of the line at a place, from 1: the first is solid."""
    return "solid" if place == 1 else DASHES[(place - 2) % len(DASHES)]


def swept(
    x: Sequence[float],
    learnt: Sequence[Sequence[float]],
    fallen: Sequence[int],
    *,
    means: Sequence[Summary | None],
    axes: tuple[str, str, str],
    names: tuple[str, str],
    log: bool = False,
) -> Figure:
    """Return every seed's figure over what was swept, with means and their 95 % intervals.

    learnt: the figures of the runs that learnt, by x; fallen: how many did not, drawn as bars
    beneath where there are any. names: of a mean and of a single run.
    """
    dots = [(at, each) for at, found in zip(x, learnt, strict=True) for each in found]
    told = [(at, each) for at, each in zip(x, means, strict=True) if each]
    places = list(x) if log else list(map(float, x))
    data: list[Trace] = [
        {"type": "scatter", "mode": "markers", "name": names[1], "x": [at for at, _y in dots],
         "y": [y for _at, y in dots], "hovertemplate": "%{y:.4f}",
         "marker": {"color": GREY, "size": 5, "opacity": 0.75}},
        {"type": "scatter", "mode": "lines+markers", "name": names[0],
         "x": [at for at, _each in told], "y": [each.mean for _at, each in told],
         "customdata": [_interval(each) for _at, each in told],
         "error_y": {"type": "data", "thickness": 1.5, "width": 5,
                     "array": [each.high - each.mean if each.high else 0 for _at, each in told]},
         "line": {"color": style(1).colour, "width": 2}, "marker": {"size": 8},
         "hovertemplate": "%{y:.4f}%{customdata}"},
    ]  # fmt: skip
    layout = _layout(axes[:2], rows=2)
    layout["hovermode"] = "closest"
    layout["xaxis"] |= {"type": "log" if log else "linear", "tickvals": places,
                        "ticktext": [f"{each:g}" for each in x],
                        "range": _ends(x, log=log)}  # fmt: skip
    if any(fallen):
        data.append(_bars(places, fallen, axes[2], log=log))
        layout["yaxis"] |= {"domain": [0.36, 1]}
        layout["yaxis2"] = {"domain": [0, 0.2], "title": {"text": axes[2]}, "zeroline": False,
                            "rangemode": "tozero", "dtick": 5, "anchor": "x"}  # fmt: skip
        layout["xaxis"] |= {"anchor": "y2"}
    return {"data": data, "layout": layout}


def _ends(x: Sequence[float], *, log: bool) -> list[float]:
    low, high = (log10(min(x)), log10(max(x))) if log else (min(x), max(x))
    margin = 0.06 * (high - low)
    return [low - margin, high + margin]


def _bars(x: Sequence[float], counts: Sequence[int], name: str, *, log: bool) -> Trace:
    width = [0.25 * each for each in x] if log else [0.4] * len(x)
    return {"type": "bar", "x": list(x), "y": list(counts), "yaxis": "y2", "name": name,
            "showlegend": False, "width": width, "marker": {"color": style(2).colour},
            "hovertemplate": "%{y}"}  # fmt: skip


def _interval(found: Summary) -> str:
    if found.low is None or found.high is None:
        return f" (n = {found.n})"
    return f" ({found.low:.4f} … {found.high:.4f}, n = {found.n})"


def forest(
    rows: Sequence[str], sets: Mapping[str, Sequence[Summary | None]], *, axis: str
) -> Figure:
    """Return differences with their intervals, a row each, beside the line at 0.

    sets: by name, each with a difference a row; None where there is none.
    """
    data: list[Trace] = []
    for at, (name, found) in enumerate(sets.items()):
        shift = 0.22 * ((len(sets) - 1) / 2 - at)
        told = [(len(rows) - 1 - row + shift, each) for row, each in enumerate(found) if each]
        signs = style(at + 1)
        data.append({
            "type": "scatter", "mode": "markers", "name": name,
            "x": [each.mean for _y, each in told], "y": [y for y, _each in told],
            "customdata": [_interval(each) if each.high is not None else "" for _y, each in told],
            "error_x": {"type": "data", "thickness": 2, "width": 0,
                        "array": [each.high - each.mean if each.high is not None else 0
                                  for _y, each in told]},
            "marker": {"color": signs.colour, "size": 10,
                       "symbol": ("circle", "square", "diamond-open")[at % 3]},
            "hovertemplate": "%{x:+.4f}%{customdata}",
        })  # fmt: skip
    layout = _layout((axis, ""), rows=len(sets))
    layout |= {"hovermode": "closest", "margin": {"l": 12, "r": 12, "t": 8, "b": 84}}
    layout["legend"] |= {"y": -0.13}
    layout["xaxis"] |= {"zeroline": True, "zerolinewidth": 2, "tickformat": "+.2f"}
    layout["yaxis"] = {
        "tickvals": list(range(len(rows))), "ticktext": [*reversed(rows)], "automargin": True,
        "range": [-0.6, len(rows) - 0.4], "zeroline": False,
    }  # fmt: skip
    return {"data": data, "layout": layout}


def _layout(axes: Sequence[str], *, rows: int) -> Figure:
    return {
        "margin": {"l": 64, "r": 12, "t": 8, "b": 72 + 20 * min(4, -(-rows // 2))},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": -0.22, "yanchor": "top", "x": 0,
                   "traceorder": "normal"},
        "xaxis": {"title": {"text": axes[0], "standoff": 4}, "zeroline": False},
        "yaxis": {"title": {"text": axes[1]}, "zeroline": False},
    }  # fmt: skip


def line_of(x: Sequence[float], y: Sequence[Any], name: str, place: int) -> Trace:
    """Return a thin dotted line beside bands, of what belongs to one of them."""
    return {"type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name,
            "line": {"color": style(place).colour, "width": 1.5, "dash": "dot", "shape": "hv"},
            "hovertemplate": "%{y:.3~g}"}  # fmt: skip
