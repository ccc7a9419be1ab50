"""The lessons' figures: means of seeds with bands, broken runs apart, published marks, sweeps."""

from __future__ import annotations

from statistics import mean

import pytest

from lrlab.charts.lessons import Band, Mark, bands, forest, rates, swept
from lrlab.charts.planned import Line
from lrlab.comparing import Summary
from lrlab.lessons.recorded import group

TWO = [[(1.0, 0.6), (2.0, 0.8)], [(1.0, 0.8), (2.0, 0.9)]]
AXES = ("Epoch", "Accuracy")


def line(figure, name):
    return next(trace for trace in figure["data"] if trace.get("name") == name)


def test_a_band_reaches_from_the_lowest_to_the_highest_seed_around_their_mean():
    low, high, middle = bands([Band("a", TWO)], axes=AXES)["data"]
    assert (low["y"], high["y"]) == ([0.6, 0.8], [0.8, 0.9])
    assert middle["y"] == pytest.approx([0.7, 0.85])
    assert middle["customdata"] == [2, 2]


def test_the_drawn_mean_is_that_of_the_recorded_runs():
    runs = group("pytorch as run")["cosine"]
    series = [[(each.epoch, each.test_acc) for each in run.evaluations] for run in runs]
    drawn = line(bands([Band("cosine", series)], axes=AXES), "cosine")
    assert drawn["y"][-1] == pytest.approx(mean(run.last.test_acc for run in runs))


def test_a_run_that_broke_down_is_no_part_of_the_mean():
    broken = [(1.0, 0.1), (2.0, 0.1)]
    figure = bands([Band("a", TWO, fallen=[broken])], axes=AXES, fallen="{name}, broke down")
    assert line(figure, "a")["y"] == pytest.approx([0.7, 0.85])
    assert line(figure, "a, broke down")["y"] == [0.1, 0.1]


def test_what_was_published_is_a_point_with_its_deviation_in_view():
    figure = bands([Band("a", [[(6.0, 0.88)]])], axes=AXES, marks=[Mark("b", 30, 0.9, 0.01, 50)])
    point = line(figure, "b")
    assert (point["y"], point["error_y"]["array"]) == ([0.9], [0.01])
    low, high = figure["layout"]["yaxis"]["range"]
    assert low < 0.88 < 0.91 < high


def test_a_sweep_draws_every_seed_its_mean_and_what_broke_down():
    figure = swept(
        [0.1, 1.0], [[0.8, 0.9], []], [0, 2], means=[Summary(2, 0.85, 0.07, 0.2, 1.4), None],
        axes=("Rate", "Accuracy", "Broke down"), names=("mean", "one seed"), log=True,
    )  # fmt: skip
    dots, middle, fallen = figure["data"]
    assert list(zip(dots["x"], dots["y"], strict=True)) == [(0.1, 0.8), (0.1, 0.9)]
    assert (middle["x"], middle["y"]) == ([0.1], [0.85])
    assert fallen["y"] == [0, 2]
    assert figure["layout"]["xaxis"]["type"] == "log"


def test_without_a_broken_run_a_sweep_has_no_second_axis():
    found = Summary(2, 0.85, 0.07, 0.2, 1.4)
    figure = swept([1, 2], [[0.8, 0.9]] * 2, [0, 0], means=[found] * 2,
                   axes=("x", "y", "z"), names=("mean", "one"))  # fmt: skip
    assert "yaxis2" not in figure["layout"]


def test_a_forest_has_a_row_for_each_difference_from_the_top():
    figure = forest(
        ["first", "second"], {"here": [Summary(5, -0.1, 0.1, -0.2, 0.0), None]}, axis="Δ"
    )
    assert figure["data"][0]["x"] == [-0.1]
    assert figure["data"][0]["y"] == [1]
    assert figure["layout"]["yaxis"]["ticktext"] == ["second", "first"]


def test_rates_are_told_apart_by_colour_and_dash():
    plan = Line([0, 1], [0.3, 0.3], "hv")
    first, second = rates(["a", "b"], [plan, plan], axes=AXES)["data"]
    assert first["line"]["dash"] != second["line"]["dash"]
    assert first["line"]["color"] != second["line"]["color"]
