"""Figures of a race: what was reached over what was swept, and differences between entries.

Never a single line where there are several seeds: a mean has its interval, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from lrlab.charts.digits import signed
from lrlab.charts.palette import COLOURS, style
from lrlab.charts.planned import Line
from lrlab.charts.traces import Figure, Translate
from lrlab.comparing import Summary

MEAN = COLOURS[0]
# Blue over white to vermilion, as far apart for colour-blind eyes as for others.
# Pale enough at both ends for the figures that stand on it.
DIVERGING = [[0, "#6FB1DB"], [0.5, "#F3F4F6"], [1, "#EE9A5E"]]
GRID = {"zeroline": False}


def planned(names: Sequence[str], lines: Sequence[Line], axes: tuple[str, str]) -> Figure:
    """Return the planned rates of the entries of a race."""
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": line.x,
            "y": line.y,
            "line": {
                "color": style(place).colour,
                "dash": "solid" if place == 1 else style(place).dash,
                "shape": line.shape,
                "width": 2,
            },
            "hovertemplate": "%{y:.4~g}",
        }
        for place, (name, line) in enumerate(zip(names, lines, strict=True), start=1)
    ]
    layout = _layout(axes, x_log=False) | {"hovermode": "x unified"}
    layout["yaxis"] |= {"rangemode": "tozero"}
    return {"data": data, "layout": layout}


def swept(
    x: Sequence[float],
    reached: Sequence[Summary],
    *,
    axes: tuple[str, str],
    links: Sequence[str] = (),
    text: Translate = str,
) -> Figure:
    """Return means with their 95 % intervals over one swept parameter.

    The axis is logarithmic where the values rise by factors.
    """
    order = sorted(range(len(x)), key=lambda place: x[place])
    found = [reached[place] for place in order]
    hover = [said(each, text) for each in found]
    trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [x[place] for place in order],
        "y": [each.mean for each in found],
        "error_y": {
            "type": "data",
            "symmetric": True,
            "array": [0 if each.high is None else each.high - each.mean for each in found],
            "thickness": 1.5,
            "width": 5,
        },
        "line": {"color": MEAN, "width": 2},
        "marker": {"size": 8},
        "text": hover,
        "hovertemplate": "%{x:.4~g}: %{text}<extra></extra>",
        "customdata": [links[place] for place in order] if links else None,
    }
    layout = _layout(axes, x_log=by_factors(x))
    layout["yaxis"] |= {"range": _reach(found)}
    return {"data": [trace], "layout": layout}


def _reach(found: Sequence[Summary]) -> list[float]:
    """Return the span of accuracies that is drawn: intervals of few seeds go beyond 0 and 1."""
    low = min(each.mean if each.low is None else each.low for each in found)
    high = max(each.mean if each.high is None else each.high for each in found)
    low, high = max(0.0, low), min(1.0, high)
    margin = 0.05 * (high - low) or 0.05
    return [low - margin, high + margin]


def surface(
    x: Sequence[float],
    y: Sequence[float],
    reached: Sequence[Summary],
    *,
    axes: tuple[str, str, str],
    links: Sequence[str] = (),
    text: Translate = str,
) -> Figure:
    """Return what was reached over two swept parameters: a marker an entry, coloured by its mean.

    Over a full grid a filled contour lies beneath.
    """
    means = [each.mean for each in reached]
    marker = {
        "size": 15,
        "color": means,
        "colorscale": "Cividis",
        "colorbar": {"title": {"text": axes[2], "side": "right"}, "thickness": 14},
        "line": {"width": 1.5, "color": "#FFFFFF"},
    }
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": list(x),
        "y": list(y),
        "marker": marker,
        "text": [said(each, text) for each in reached],
        "hovertemplate": "%{x:.4~g}, %{y:.4~g}: %{text}<extra></extra>",
        "customdata": list(links) or None,
        "showlegend": False,
    }
    columns, rows = sorted(set(x)), sorted(set(y))
    data = [points]
    if len(columns) * len(rows) == len(x) and min(len(columns), len(rows)) > 1:
        at = dict(zip(zip(x, y, strict=True), means, strict=True))
        grid = [[at.get((column, row)) for column in columns] for row in rows]
        data.insert(0, _contour(columns, rows, grid))
    layout = _layout(axes[:2], x_log=by_factors(x)) | {"hovermode": "closest"}
    layout["yaxis"] |= _log(by_factors(y))
    return {"data": data, "layout": layout}


def differences(
    names: Sequence[str], found: Sequence[Sequence[Summary | None]], text: Translate = str
) -> Figure:
    """Return the paired differences of each row's entry from each column's as a heat map.

    found: row − column; None where they share no seed. What is within the noise is crossed out.
    """
    values = [[None if each is None else each.mean for each in row] for row in found]
    widest = max((abs(v) for row in values for v in row if v is not None), default=0) or 1
    cells = [[_cell(each) for each in row] for row in found]
    trace = {
        "type": "heatmap",
        "x": list(names),
        "y": list(names),
        "z": values,
        "zmin": -widest,
        "zmax": widest,
        "colorscale": DIVERGING,
        "text": cells,
        "texttemplate": "%{text}" if len(names) <= 8 else "",
        "textfont": {"color": "#1A1C20"},
        "hovertemplate": "%{y} − %{x}: %{customdata}<extra></extra>",
        "customdata": [[_difference(each, text) for each in row] for row in found],
        "colorbar": {"thickness": 14, "tickformat": "+.3f"},
        "xgap": 2,
        "ygap": 2,
    }
    long = max(map(len, names), default=0)
    layout = {
        "margin": {"l": min(220, 20 + 7 * long), "r": 12, "t": 8, "b": min(160, 20 + 6 * long)},
        "xaxis": {"type": "category", "tickangle": -35 if long > 6 else 0, "showgrid": False},
        "yaxis": {"type": "category", "autorange": "reversed", "showgrid": False},
    }
    return {"data": [trace], "layout": layout}


def by_factors(values: Sequence[float]) -> bool:
    """Return whether values are better told apart on a logarithmic axis."""
    return len(values) > 2 and min(values) > 0 and max(values) / min(values) >= 20


def said(reached: Summary, text: Translate = str, digits: int = 4) -> str:
    """Return a mean with its interval as text: "0.8987 (0.8949 to 0.9025, n = 5)"."""
    if reached.low is None or reached.high is None:
        return text("{mean} (n = {n})").format(mean=f"{reached.mean:.{digits}f}", n=reached.n)
    return text("{mean} ({low} to {high}, n = {n})").format(
        mean=f"{reached.mean:.{digits}f}", low=f"{reached.low:.{digits}f}",
        high=f"{reached.high:.{digits}f}", n=reached.n,
    )  # fmt: skip


def _difference(found: Summary | None, text: Translate) -> str:
    if found is None:
        return text("no seed in common")
    if found.low is None or found.high is None:
        return text("{mean} from one seed, which tells nothing of chance").format(
            mean=signed(found.mean)
        )
    words = text("{mean}, 95 % from {low} to {high}").format(
        mean=signed(found.mean), low=signed(found.low), high=signed(found.high)
    )
    return words if found.beyond_noise else words + text(": within the noise")


def _cell(found: Summary | None) -> str:
    if found is None:
        return ""
    return signed(found.mean, 3) if found.beyond_noise else f"({signed(found.mean, 3)})"


def _contour(x: Sequence[float], y: Sequence[float], z: Sequence[Sequence[float | None]]) -> Figure:
    return {
        "type": "contour",
        "x": list(x),
        "y": list(y),
        "z": z,
        "colorscale": "Cividis",
        "showscale": False,
        "hoverinfo": "skip",
        "opacity": 0.7,
        "contours": {"showlines": False},
        "ncontours": 20,
    }


def _layout(axes: Sequence[str], *, x_log: bool) -> Figure:
    return {
        "margin": {"l": 64, "r": 12, "t": 8, "b": 48},
        "showlegend": False,
        "hovermode": "closest",
        "xaxis": GRID | {"title": {"text": axes[0], "standoff": 6}} | _log(x_log),
        "yaxis": GRID | {"title": {"text": axes[1], "standoff": 6}},
    }


def _log(logarithmic: bool) -> Figure:
    return {"type": "log", "dtick": "D2"} if logarithmic else {"type": "linear"}
