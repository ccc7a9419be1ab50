"""Plotly figures of what instruments measure in runs: one chart a family, over epochs.

The figures are without data, which the browser fills in from the run's stream; a
line of no record is left out there, and so is a chart of no line.
"""

from __future__ import annotations

from collections.abc import Sequence

from lrlab.charts.palette import LAYER_DASHES, style
from lrlab.charts.traces import (
    Curve,
    Figure,
    Trace,
    Translate,
    drawn,
    layout,
    marked,
    named,
    solid,
    trace,
)

DIGITS = ".3~g"  # the digits that mean something, as d3 formats
ROUNDED = ".3~r"  # the same for what may go into the thousands

LAYER = "{layer}"  # where the browser writes each layer's name


def gradient_norm(curves: Sequence[Curve], text: Translate = str) -> Figure:
    """Return the Euclidean norm of the gradient of each run."""

    def lines(curve: Curve) -> list[Trace]:
        line = solid(curve, "gradient_norm", DIGITS, source="measures")
        return named(curve, len(curves), {text("Gradient norm"): line | {"showlegend": False}})

    return drawn(curves, lines, layout(curves, text, tickformat="~g", rangemode="tozero"))


def distance(curves: Sequence[Curve], text: Translate = str) -> Figure:
    """Return how far the weights of each layer are from where they began, a line a layer.

    The trace of "distance/*" stands for all layers: the browser draws one for each that it
    meets, in the next of the trace's dashes, with the layer's name for `LAYER`.
    """

    def lines(curve: Curve) -> list[Trace]:
        line = solid(curve, "distance/*", DIGITS, source="measures")
        line["meta"]["dashes"] = [*LAYER_DASHES]
        return named(curve, len(curves), {LAYER: line})

    return drawn(curves, lines, layout(curves, text, tickformat="~g", rangemode="tozero"))


def sharpness(curves: Sequence[Curve], text: Translate = str) -> Figure:
    """Return the sharpness of each run, and beside it the edge 2 / lr of the applied rate.

    Plain gradient descent is stable only below the edge (Cohen et al., 2021).
    """

    def lines(curve: Curve) -> list[Trace]:
        line = marked(trace(curve, "measures", "sharpness", ROUNDED), curve)
        edge = trace(curve, "edge", "sharpness", ROUNDED)
        edge["line"] = {
            "color": style(curve.run).colour,
            "width": 1,
            "shape": curve.steps,  # as the applied rate is drawn
        }
        both = {text("Sharpness"): line, text("2 / learning rate"): edge}
        return named(curve, len(curves), both)

    return drawn(curves, lines, layout(curves, text, tickformat="~g", type="log"))


def noise_scale(curves: Sequence[Curve], text: Translate = str) -> Figure:
    """Return the gradient noise scale of each run, in examples."""

    def lines(curve: Curve) -> list[Trace]:
        line = marked(trace(curve, "measures", "noise_scale", ROUNDED), curve)
        return named(curve, len(curves), {text("Noise scale"): line | {"showlegend": False}})

    return drawn(curves, lines, layout(curves, text, tickformat="~g", type="log"))
