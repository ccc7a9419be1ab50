"""Figures of runs, drawn by Plotly's own schema: what is shown, and how it is told apart."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab import charts
from lrlab.charts import Curve, line
from lrlab.records import Evaluation, Point

POINTS = [Point(50 * k, k / 5, 0.3, 2 / k, 0.1 * k) for k in range(1, 6)]
EVALUATIONS = [Evaluation(1, 0.6, 0.7, 0.5, 0.8, 250)]
PLANNED = line(np.full(250, 0.3), 250)


def curve(run: int, **kept: object) -> Curve:
    fields = {"epochs": 1, "planned": PLANNED, "points": POINTS, "evaluations": EVALUATIONS}
    return Curve(run=run, name=f"Run {run}", **(fields | kept))


def trace(figure, run: int, source: str, column: str) -> dict:
    wanted = {"run": run, "source": source, "column": column}
    return next(each for each in figure["data"] if each["meta"] == wanted)


@pytest.mark.parametrize("draw", [charts.loss, charts.accuracy, charts.rate])
@pytest.mark.parametrize("runs", [[], [1], [1, 2, 9]])
def test_every_figure_is_one_that_plotly_knows_and_json_can_carry(draw, runs):
    figure = draw([curve(run) for run in runs])
    go.Figure(figure)  # raises for a field or a value that Plotly does not know
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure


def test_records_are_drawn_over_their_epochs():
    shown = trace(charts.loss([curve(1)]), 1, "points", "train_loss")
    assert shown["x"] == [point.epoch for point in POINTS]
    assert shown["y"] == [point.train_loss for point in POINTS]


def test_train_is_solid_and_test_dashed_for_every_run():
    for run in range(1, 20):
        for draw, kind in ((charts.loss, "loss"), (charts.accuracy, "acc")):
            figure = draw([curve(run)])
            assert "dash" not in trace(figure, run, "points", f"train_{kind}")["line"]
            test = trace(figure, run, "evaluations", f"test_{kind}")
            assert test["line"]["dash"] not in ("", "solid")


def test_the_planned_rate_is_thin_and_the_applied_one_thick():
    figure = charts.rate([curve(1)])
    planned = trace(figure, 1, "planned", "lr")["line"]["width"]
    assert planned < trace(figure, 1, "points", "lr")["line"]["width"]
    assert trace(figure, 1, "head", "lr")["line"] == trace(figure, 1, "points", "lr")["line"]


def test_the_gap_between_train_and_test_accuracy_is_shaded():
    drawn = charts.accuracy([curve(1)])["data"]
    edge, test = drawn[0], drawn[1]
    assert edge["meta"]["column"] == "train_acc"
    assert test["meta"]["column"] == "test_acc"
    assert edge["x"] == test["x"]
    assert test["fill"] == "tonexty"  # the trace before it: the edge


def test_a_run_in_the_background_is_pale_drawn_first_and_unshaded():
    drawn = charts.accuracy([curve(2), curve(1, behind=True)])["data"]
    assert [each["meta"]["run"] for each in drawn][:1] == [1]
    pale = [each for each in drawn if each["meta"]["run"] == 1]
    assert all(each["opacity"] < 1 and "fill" not in each for each in pale)


def test_one_run_has_a_legend_of_its_lines_and_several_are_named_in_hover():
    alone = charts.loss([curve(1)])
    assert alone["layout"]["showlegend"]
    assert trace(alone, 1, "evaluations", "test_loss")["name"] == "Test"
    several = charts.loss([curve(1), curve(2)])
    assert not several["layout"]["showlegend"]
    named = trace(several, 2, "evaluations", "test_loss")
    assert named["name"] == "Run 2"
    assert named["hovertemplate"].endswith(" test")


def test_texts_are_translated():
    figure = charts.loss(
        [curve(1)], text={"Train": "Treino", "Test": "Teste", "Epoch": "Época"}.get
    )
    assert figure["layout"]["xaxis"]["title"]["text"] == "Época"
    assert trace(figure, 1, "points", "train_loss")["name"] == "Treino"


def test_the_rate_has_a_linear_or_a_log_axis():
    assert charts.rate([curve(1)])["layout"]["yaxis"]["type"] == "linear"
    assert charts.rate([curve(1)], log=True)["layout"]["yaxis"]["type"] == "log"


@given(st.integers(1, 10**9))
def test_a_run_keeps_its_signs_and_differs_from_its_neighbours(run):
    assert charts.style(run) == charts.style(run)
    near = [charts.style(each) for each in range(run, run + 8)]
    assert len({each.colour for each in near}) == 8
    for one, other in pairwise(near):
        assert one.dash != other.dash
        assert one.symbol != other.symbol


def test_sixty_four_runs_have_signs_of_their_own():
    assert len({charts.style(run) for run in range(1, 65)}) == 64


def test_a_branch_says_where_it_came_from_and_a_trunk_where_it_ends():
    branch, trunk = curve(2, origins=[(1, 0.5)]), curve(1, until=0.5)
    drawn = charts.loss([branch, trunk])["data"]
    places = {(each["meta"]["run"], each["uid"].endswith("-trunk")) for each in drawn}
    assert places == {(2, False), (1, True)}
    for each in drawn:
        origins = [{"run": 1, "epoch": 0.5}] if each["meta"]["run"] == 2 else None
        assert each["meta"].get("origins") == origins
        assert each["meta"].get("until") == (None if origins else 0.5)


def test_only_a_run_in_front_whose_rate_a_hand_holds_has_rates_to_come():
    shown = [curve(1), curve(2, behind=True), curve(3, until=1.0), curve(4, manual=True)]
    sources = [each["meta"] for each in charts.rate(shown)["data"]]
    assert [meta["run"] for meta in sources if meta["source"] == "coming"] == [1]


def test_a_branch_changes_its_rate_where_it_begins():
    shapes = [
        trace["line"]["shape"]
        for kept in ({}, {"origins": [(1, 0.5)]})
        for trace in charts.rate([curve(2, stepwise=True, **kept)])["data"]
        if trace["meta"]["source"] == "points"
    ]
    assert shapes == ["hvh", "vh"]
