"""Plotly figures of runs: loss, accuracy and learning rate over epochs.

Data in, a figure out, as the JSON that Plotly draws. Each trace says in its
`meta` which records of which run it shows and under which names, so that whoever
follows the run's stream can append to it without knowing what is drawn. Colours
of text, grid and background are left to the theme of the browser.

Train is solid and test dashed, the planned rate thin and the applied one thick;
the gap between train and test accuracy is shaded.
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

LOSS, ACCURACY, RATE = ".3f", ".4f", ".4~g"  # the digits that mean something, as d3 formats


@dataclass(frozen=True)
class Curve:
    """One run to draw. `behind` puts it in the background, pale, without its gap."""

    run: int
    name: str
    epochs: int
    planned: Line
    stepwise: bool = False  # the rate is constant through an epoch
    behind: bool = False
    points: Sequence[Point] = field(default=())
    evaluations: Sequence[Evaluation] = field(default=())


def loss(curves: Sequence[Curve], text: Translate = str) -> Figure:
    """Return train and test loss of the runs."""
    traces = [trace for curve in _order(curves) for trace in _losses(curve, len(curves), text)]
    return {"data": traces, "layout": _layout(curves, text, tickformat=".3~g")}


def accuracy(curves: Sequence[Curve], text: Translate = str) -> Figure:
    """Return train and test accuracy of the runs, the gap between them shaded."""
    traces = [trace for curve in _order(curves) for trace in _accuracies(curve, len(curves), text)]
    return {"data": traces, "layout": _layout(curves, text, tickformat=".2f")}


def rate(curves: Sequence[Curve], text: Translate = str, *, log: bool = False) -> Figure:
    """Return planned and applied learning rate of the runs, on a linear or a log axis."""
    traces = [trace for curve in _order(curves) for trace in _rates(curve, len(curves), text)]
    layout = _layout(curves, text, tickformat="~g", rangemode="tozero")
    layout["yaxis"]["type"] = "log" if log else "linear"
    return {"data": traces, "layout": layout}


def _order(curves: Sequence[Curve]) -> list[Curve]:
    return sorted(curves, key=lambda curve: not curve.behind)


def _losses(curve: Curve, count: int, text: Translate) -> list[Trace]:
    train = _solid(curve, "train_loss", LOSS)
    test = _dashed(curve, "test_loss", LOSS)
    return _named(curve, count, text, {"Train": train, "Test": test}, [_head(curve, "train_loss")])


def _accuracies(curve: Curve, count: int, text: Translate) -> list[Trace]:
    train = _solid(curve, "train_acc", ACCURACY)
    test = _dashed(curve, "test_acc", ACCURACY)
    edge = _edge(curve)
    if not curve.behind:
        test |= {"fill": "tonexty", "fillcolor": style(curve.run).fill()}
    drawn = _named(curve, count, text, {"Test": test, "Train": train}, [_head(curve, "train_acc")])
    return drawn if curve.behind else [edge, *drawn]


def _rates(curve: Curve, count: int, text: Translate) -> list[Trace]:
    signs = style(curve.run)
    applied, head = _solid(curve, "lr", RATE), _head(curve, "lr")
    for trace in (applied, head):
        trace["line"]["width"] = 2 if curve.behind else 4
        # Steps half-way between two points: nearest to the epoch's end, where the rate changed.
        trace["line"]["shape"] = "hvh" if curve.stepwise else "linear"
    planned = _trace(curve, "planned", "lr", RATE) | {
        "x": curve.planned.x,
        "y": curve.planned.y,
        "line": {"color": signs.colour, "width": 1, "shape": curve.planned.shape},
    }
    return _named(curve, count, text, {"Planned": planned, "Applied": applied}, [head])


def _solid(curve: Curve, column: str, digits: str) -> Trace:
    signs = style(curve.run)
    trace = _trace(curve, "points", column, digits, curve.points)
    return trace | {"line": {"color": signs.colour, "width": 1.2 if curve.behind else 2}}


def _dashed(curve: Curve, column: str, digits: str) -> Trace:
    signs = style(curve.run)
    width = 1.2 if curve.behind else 2
    return _trace(curve, "evaluations", column, digits, curve.evaluations) | {
        "mode": "lines+markers",
        "line": {"color": signs.colour, "width": width, "dash": signs.dash},
        "marker": {"color": signs.colour, "symbol": signs.symbol, "size": 4},
    }


def _edge(curve: Curve) -> Trace:
    """Return the unseen upper edge of the shaded gap: train accuracy at the ends of epochs."""
    trace = _trace(curve, "evaluations", "train_acc", "", curve.evaluations)
    return trace | {"line": {"width": 0}, "showlegend": False, "hoverinfo": "skip"}


def _head(curve: Curve, column: str) -> Trace:
    """Return the marker that shows where a run stands between two points."""
    signs = style(curve.run)
    return _trace(curve, "head", column, "") | {
        "mode": "lines+markers",
        "line": {"color": signs.colour, "width": 1.2 if curve.behind else 2},
        "marker": {"color": signs.colour, "symbol": signs.symbol, "size": [0, 9], "opacity": 1},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _trace(
    curve: Curve, source: str, column: str, digits: str, records: Sequence[Any] = ()
) -> Trace:
    trace: Trace = {
        "type": "scatter",
        "mode": "lines",
        "x": [record.epoch for record in records],
        "y": [getattr(record, column) for record in records],
        "uid": f"{curve.run}-{source}-{column}",
        "meta": {"run": curve.run, "source": source, "column": column},
        "opacity": 0.45 if curve.behind else 1,
    }
    return trace | ({"hovertemplate": f"%{{y:{digits}}}"} if digits else {})


def _named(
    curve: Curve, count: int, text: Translate, lines: Mapping[str, Trace], unnamed: list[Trace]
) -> list[Trace]:
    """Name the lines: of one run by what they show, of several by the run as well.

    Only the first have a legend; several runs are told apart, and hidden, outside of the chart.
    """
    for name, trace in lines.items():
        trace["name"] = text(name)
        if count > 1:
            trace |= {"name": curve.name, "hovertemplate": _hover(trace, text(name))}
    return [*lines.values(), *unnamed]


def _hover(trace: Trace, name: str) -> str:
    return f"{trace['hovertemplate']} {name.lower()}"


def _layout(curves: Sequence[Curve], text: Translate, **yaxis: Any) -> dict[str, Any]:
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
