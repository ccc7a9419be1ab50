"""Plotly figures of runs: loss, accuracy and learning rate over epochs.

Data in, a figure out, as the JSON that Plotly draws; see `traces` for who fills it.

Train is solid and test dashed, the planned rate thin and the applied one thick;
the gap between train and test accuracy is shaded. What an average of the run's
path reaches on the test set has a dash of its own and hollow markers.
"""

from __future__ import annotations

from collections.abc import Sequence

from lrlab.charts.palette import style
from lrlab.charts.traces import (
    Curve,
    Figure,
    Trace,
    Translate,
    drawn,
    head,
    layout,
    marked,
    named,
    solid,
    trace,
)

LOSS, ACCURACY, RATE = ".3f", ".4f", ".4~g"  # the digits that mean something, as d3 formats


def loss(curves: Sequence[Curve], text: Translate = str) -> Figure:
    """Return train and test loss of the runs."""
    return drawn(
        curves,
        lambda curve: _losses(curve, len(curves), text),
        layout(curves, text, tickformat=".3~g"),
    )


def accuracy(curves: Sequence[Curve], text: Translate = str) -> Figure:
    """Return train and test accuracy of the runs, the gap between them shaded."""
    frame = layout(curves, text, tickformat=".2f")
    frame["legend"]["traceorder"] = "normal"  # a filled trace would turn it round
    return drawn(curves, lambda curve: _accuracies(curve, len(curves), text), frame)


def rate(curves: Sequence[Curve], text: Translate = str, *, log: bool = False) -> Figure:
    """Return planned and applied learning rate of the runs, on a linear or a log axis."""
    return drawn(
        curves,
        lambda curve: _rates(curve, len(curves), text),
        layout(curves, text, tickformat="~g", rangemode="tozero", type="log" if log else "linear"),
    )


def _losses(curve: Curve, count: int, text: Translate) -> list[Trace]:
    train = solid(curve, "train_loss", LOSS, records=curve.points)
    lines = {text("Train"): train, text("Test"): _test(curve, "test_loss", LOSS)}
    lines |= _averages(curve, "test_loss", LOSS, text)
    return [*named(curve, count, lines), head(curve, "train_loss")]


def _accuracies(curve: Curve, count: int, text: Translate) -> list[Trace]:
    train = solid(curve, "train_acc", ACCURACY, records=curve.points) | {"legendrank": 1}
    test = _test(curve, "test_acc", ACCURACY)
    if not curve.behind:
        test |= {"fill": "tonexty", "fillcolor": style(curve.run).fill()}
    lines = {text("Test"): test, text("Train"): train}
    lines |= _averages(curve, "test_acc", ACCURACY, text)
    all_lines = [*named(curve, count, lines), head(curve, "train_acc")]
    return all_lines if curve.behind else [_edge(curve), *all_lines]


def _rates(curve: Curve, count: int, text: Translate) -> list[Trace]:
    applied, now = solid(curve, "lr", RATE, records=curve.points), head(curve, "lr")
    for each in (applied, now):
        each["line"]["width"] = 2 if curve.behind else 4
        each["line"]["shape"] = curve.steps
    planned = trace(curve, "planned", "lr", RATE) | {
        "x": curve.planned.x,
        "y": curve.planned.y,
        "line": {"color": style(curve.run).colour, "width": 1, "shape": curve.planned.shape},
    }
    lines = {text("Planned"): planned, text("Applied"): applied}
    if curve.behind or curve.manual or curve.until is not None:
        return [*named(curve, count, lines), now]
    lines[text("To come")] = _to_come(curve)
    return [*named(curve, count, lines), now]


def _to_come(curve: Curve) -> Trace:
    """Return the line of the rates that are left where a hand holds or scaled them.

    The browser reckons them from the planned line and what the run was told.
    """
    look = {"color": style(curve.run).colour, "width": 1, "dash": "dot"}
    line = look | {"shape": curve.planned.shape}
    return trace(curve, "coming", "lr", RATE) | {"line": line, "showlegend": False}


def _test(curve: Curve, column: str, digits: str) -> Trace:
    line = trace(curve, "evaluations", column, digits, curve.evaluations)
    return marked(line, curve, dash=style(curve.run).dash)


def _averages(curve: Curve, column: str, digits: str, text: Translate) -> dict[str, Trace]:
    """Return what each average has of a column; the browser leaves out those of no record."""
    names = {
        "swa": text("SWA test"),
        "ema": text("EMA test"),
        "posterior": text("Posterior test"),
    }
    dashes = style(curve.run).others()
    return {
        name: marked(
            trace(curve, "measures", f"{average}_{column}", digits), curve, dash=dash, hollow=True
        )
        for (average, name), dash in zip(names.items(), dashes, strict=False)
    }


def _edge(curve: Curve) -> Trace:
    """Return the unseen upper edge of the shaded gap: train accuracy at the ends of epochs."""
    line = trace(curve, "evaluations", "train_acc", "", curve.evaluations)
    return line | {"line": {"width": 0}, "showlegend": False, "hoverinfo": "skip"}
