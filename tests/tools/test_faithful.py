"""The table of the chapter's experiments, from figures that are made up here."""

from __future__ import annotations

import pytest

from lrlab.lessons.chapter import CASES, TABS
from lrlab.lessons.recorded import Recorded
from lrlab.records import Diverged, Finished
from tools.faithful import DOCUMENT, row, table


def test_every_tab_ran_five_experiments_and_each_is_one():
    assert len(CASES) == 5 * len(TABS)
    for case in CASES:
        experiment = case.experiment(seed=3)
        assert (experiment.seed, experiment.epochs, experiment.batch_size) == (3, 30, 256)


@pytest.mark.parametrize(
    ("tab", "name", "rates"),
    [
        # what CHAPTER.md derives from the code of each tab, epoch by epoch
        ("pytorch", "square root", {0: 0.1, 1: 0.1, 2: 0.1 * 2**-0.5}),
        ("pytorch", "multi-factor", {0: 0.125, 29: 0.125}),
        ("pytorch", "cosine + warmup", {0: 0.3, 1: 0.0, 2: 0.06, 3: 0.12, 29: 0.01}),
        ("tensorflow", "multi-factor", {0: 0.25, 14: 0.25, 15: 0.125}),
        ("tensorflow", "cosine + warmup", {0: 0.0, 5: 0.3, 20: 0.01}),
    ],
)
def test_a_case_runs_at_the_rates_of_its_tabs_code(tab, name, rates):
    (case,) = [case for case in CASES if (case.tab, case.name) == (tab, name)]
    planned = case.experiment().rates()[::235]
    assert {epoch: planned[epoch] for epoch in rates} == pytest.approx(rates)


@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("cosine", {0: 0.3, 20: 0.01, 7049: 0.01}),
        ("multi-factor", {0: 0.25, 29: 0.25, 30: 0.125}),
        ("square root", {0: 0.1, 7049: 0.1 * 7050**-0.5}),
    ],
)
def test_mxnets_schedules_count_minibatches(name, rates):
    (case,) = [case for case in CASES if (case.tab, case.name) == ("mxnet", name)]
    planned = case.experiment().rates()
    assert {update: planned[update] for update in rates} == pytest.approx(rates)


def test_a_row_says_what_fits_and_what_does_not():
    case = CASES[0]
    lasts: list[Finished | Diverged] = [
        Finished(0.25, 0.9, 0.88, 60.0, 3e4, "cpu"),
        Finished(0.25, 0.9, 0.80, 60.0, 3e4, "cpu"),
        Diverged(7, float("inf"), "broke", 1.0, "cpu"),
    ]
    found = [Recorded(case.experiment(n), (), (), (), last, {}) for n, last in enumerate(lasts)]
    cells = [cell.strip() for cell in row(case, found).split("|")[1:-1]]
    assert cells[:3] == ["pytorch", "constant", "2 (1 more diverged)"]
    assert cells[5] == "0.8400 ± 0.0566"
    assert cells[7:9] == ["**no**", "**no** (+52%)"]


def test_the_documents_table_is_that_of_the_runs():
    assert table() in DOCUMENT.read_text(encoding="utf-8")
