"""What the figures of runs are made of: one run's lines, their names, and the layout around them.

Each trace says in its `meta` which records of which run it shows and under which
names, so that whoever follows the run's stream can append to it without knowing
what is drawn. Colours of text, grid and background are left to the browser's theme.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lrlab.charts.palette import style
from lrlab.charts.planned import Line
from lrlab.records import Evaluation, Point

Figure = dict[str, Any]
Trace = dict[str, Any]
Translate = Callable[[str], str]


@dataclass(frozen=True)
class Curve:
    """One run to draw. `behind` puts it in the background, pale, without its gap.

    A branch goes on from its `origins`, the runs and epochs that it came from, nearest first:
    its lines begin where theirs are at that epoch. A trunk is drawn up to epoch `until`.
    """

    run: int
    name: str
    epochs: int
    planned: Line
    stepwise: bool = False  # the rate is constant through an epoch
    manual: bool = False  # a hand moves a part of the schedule itself, and holds no rate
    behind: bool = False
    origins: Sequence[tuple[int, float]] = field(default=())
    until: float | None = None
    points: Sequence[Point] = field(default=())
    evaluations: Sequence[Evaluation] = field(default=())

    @property
    def steps(self) -> str:
        """How two applied rates are joined.

        Half-way between two points is nearest to the epoch's end, where the rate changed; but a
        branch changes it where it begins.
        """
        if not self.stepwise:
            return "linear"
        return "vh" if self.origins else "hvh"

    @property
    def width(self) -> float:
        """The width of this run's lines."""
        return 1.2 if self.behind else 2


def drawn(
    curves: Sequence[Curve], traces: Callable[[Curve], list[Trace]], layout: dict[str, Any]
) -> Figure:
    """Return the figure of all the curves' traces, those in the background first."""
    order = sorted(curves, key=lambda curve: not curve.behind)
    return {"data": [trace for curve in order for trace in traces(curve)], "layout": layout}


def trace(
    curve: Curve, source: str, column: str, digits: str, records: Sequence[Any] = ()
) -> Trace:
    """Return the line through a column of a run's records; `digits` as d3 formats, "" for none."""
    line: Trace = {
        "type": "scatter",
        "mode": "lines",
        "x": [record.epoch for record in records],
        "y": [getattr(record, column) for record in records],
        "uid": f"{curve.run}-{source}-{column}" + "-trunk" * (curve.until is not None),
        "meta": {"run": curve.run, "source": source, "column": column, **_place(curve)},
        "opacity": 0.45 if curve.behind else 1,
    }
    return line | ({"hovertemplate": f"%{{y:{digits}}}"} if digits else {})


def _place(curve: Curve) -> dict[str, Any]:
    """Return what the browser needs to draw a branch from its origin, and a trunk up to it."""
    origins = [{"run": run, "epoch": epoch} for run, epoch in curve.origins]
    until = {} if curve.until is None else {"until": curve.until}
    return ({"origins": origins} if origins else {}) | until


def solid(
    curve: Curve, column: str, digits: str, *, source: str = "points", records: Sequence[Any] = ()
) -> Trace:
    """Return a line as what belongs to training has it."""
    line = {"color": style(curve.run).colour, "width": curve.width}
    return trace(curve, source, column, digits, records) | {"line": line}


def marked(line: Trace, curve: Curve, *, dash: str = "solid", hollow: bool = False) -> Trace:
    """Return `line` in `dash`, with the run's marker at every record."""
    signs = style(curve.run)
    symbol = f"{signs.symbol}-open" if hollow else signs.symbol
    return line | {
        "mode": "lines+markers",
        "line": {"color": signs.colour, "width": curve.width, "dash": dash},
        "marker": {"color": signs.colour, "symbol": symbol, "size": 4},
    }


def head(curve: Curve, column: str) -> Trace:
    """Return the marker that shows where a run stands between two points."""
    signs = style(curve.run)
    return trace(curve, "head", column, "") | {
        "mode": "lines+markers",
        "line": {"color": signs.colour, "width": curve.width},
        "marker": {"color": signs.colour, "symbol": signs.symbol, "size": [0, 9], "opacity": 1},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def named(curve: Curve, count: int, lines: Mapping[str, Trace]) -> list[Trace]:
    """Name the lines: of one run by what they show, of several by the run as well.

    Only the first have a legend; several runs are told apart, and hidden, outside of the chart.
    """
    for name, line in lines.items():
        line["name"] = name
        if count > 1:
            line |= {"name": curve.name, "hovertemplate": _hover(line, name)}
    return [*lines.values()]


def _hover(line: Trace, name: str) -> str:
    # "train" within a line, but never "ema" for EMA.
    within = name[0].lower() + name[1:] if name[1:2].islower() else name
    return f"{line['hovertemplate']} {within}"


def layout(curves: Sequence[Curve], text: Translate, **yaxis: Any) -> dict[str, Any]:
    """Return the layout that all charts of runs share: epochs below, one hover for all lines."""
    epochs = max((curve.epochs for curve in curves), default=1)
    return {
        "uirevision": "kept",
        "hovermode": "x unified",
        "hoverdistance": -1,
        "showlegend": len(curves) == 1,
        "margin": {"l": 44, "r": 10, "t": 28, "b": 42},
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
        "xaxis": {
            "range": [0, epochs],
            "title": {"text": text("Epoch"), "standoff": 4},
            "unifiedhovertitle": {"text": text("Epoch") + " %{x:.2~f}"},
            "zeroline": False,
        },
        "yaxis": {"zeroline": False, "automargin": True, **yaxis},
    }
