"""Figures of instruments and averages: which measure each line shows, and how it is told apart."""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from lrlab import charts
from lrlab.charts import Curve, line

PLANNED = line(np.full(250, 0.3), 250)
DRAWN = [charts.gradient_norm, charts.distance, charts.sharpness, charts.noise_scale]


def curve(run: int, **kept: object) -> Curve:
    return Curve(**{"run": run, "name": f"Run {run}", "epochs": 2, "planned": PLANNED} | kept)


def shown(figure, run: int = 1) -> dict[tuple[str, str], dict]:
    """Return a run's traces by source and column."""
    metas = [(each["meta"], each) for each in figure["data"] if each["meta"]["run"] == run]
    return {(meta["source"], meta["column"]): each for meta, each in metas}


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("runs", [[], [1], [1, 2, 9]])
def test_every_figure_is_one_that_plotly_knows_and_json_can_carry(draw, runs):
    figure = draw([curve(run) for run in runs])
    go.Figure(figure)  # raises for a field or a value that Plotly does not know
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure


@pytest.mark.parametrize("draw", DRAWN)
def test_all_charts_share_the_axis_of_epochs(draw):
    curves = [curve(1), curve(2, epochs=7)]
    assert draw(curves)["layout"]["xaxis"] == charts.loss(curves)["layout"]["xaxis"]


def test_averages_join_the_test_curves_in_the_runs_colour_with_dashes_of_their_own():
    for run in range(1, 65):
        for draw, column in ((charts.loss, "test_loss"), (charts.accuracy, "test_acc")):
            traces = shown(draw([curve(run)]), run)
            measured = [("measures", f"{name}_{column}") for name in ("swa", "ema", "posterior")]
            lines = [traces[key]["line"] for key in (("evaluations", column), *measured)]
            assert {each["color"] for each in lines} == {charts.style(run).colour}
            assert len({each["dash"] for each in lines} | {"solid"}) == 5


def test_averages_are_named_and_keep_the_shaded_gap_where_it_was():
    drawn = charts.accuracy([curve(1)])["data"]
    named = [each["name"] for each in drawn if each["meta"]["source"] == "measures"]
    assert named == ["SWA test", "EMA test", "Posterior test"]
    assert drawn[1]["fill"] == "tonexty"
    assert drawn[0]["meta"]["column"] == "train_acc"
    assert not any("fill" in each for each in drawn[2:])


def test_an_acronym_keeps_its_capitals_in_the_hover_of_several_runs():
    traces = shown(charts.accuracy([curve(1), curve(2)]))
    assert traces["measures", "ema_test_acc"]["hovertemplate"].endswith(" EMA test")
    assert traces["evaluations", "test_acc"]["hovertemplate"].endswith(" test")


def test_the_edge_of_stability_is_thin_and_steps_with_the_rate():
    for stepwise, shape in ((True, "hvh"), (False, "linear")):
        traces = shown(charts.sharpness([curve(1, stepwise=stepwise)]))
        edge, sharpness = traces["edge", "sharpness"], traces["measures", "sharpness"]
        assert edge["line"]["shape"] == shape
        assert edge["line"]["width"] < sharpness["line"]["width"]
        assert edge["line"]["color"] == sharpness["line"]["color"]


def test_one_trace_stands_for_all_layers_and_holds_their_dashes():
    trace = shown(charts.distance([curve(1), curve(2)]))["measures", "distance/*"]
    assert trace["name"] == "Run 1"
    assert trace["hovertemplate"].endswith(" {layer}")
    dashes = trace["meta"]["dashes"]
    assert len(set(dashes)) == len(dashes) >= 6


def test_what_spans_magnitudes_has_a_log_axis():
    types = [draw([curve(1)])["layout"]["yaxis"].get("type") for draw in DRAWN]
    assert types == [None, None, "log", "log"]
