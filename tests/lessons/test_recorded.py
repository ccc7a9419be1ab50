"""The runs that ship: whole, real ones of the programme, and what the claims come to by them."""

from __future__ import annotations

from statistics import mean

import pytest

from lrlab.comparing import Summary
from lrlab.lessons.chapter import CASES
from lrlab.lessons.claims import CLAIMS, verdict
from lrlab.lessons.programme import SEEDS, entries
from lrlab.lessons.recorded import by_seed, group, measured, runs
from lrlab.records import Finished


def test_every_entry_of_the_programme_has_all_its_seeds():
    found = runs()
    assert set(found) == {(entry.group, entry.name) for entry in entries()}
    for entry in entries():
        seeds = [run.experiment.seed for run in found[entry.group, entry.name]]
        assert seeds == list(range(SEEDS)), entry


def test_a_run_is_its_experiments_training_from_first_to_last():
    for (name, entry), recorded in runs().items():
        for run in recorded:
            one = run.experiment
            assert run.hardware["torch"]
            assert run.hardware["device"]
            assert [each.epoch for each in run.evaluations] == list(range(1, one.epochs + 1))
            assert run.evaluations[-1].update == one.updates, (name, entry)
            assert run.points[-1].update > one.updates - 50
            if isinstance(run.last, Finished):
                assert run.last.test_acc == run.evaluations[-1].test_acc


def test_rates_were_applied_as_planned():
    for (_name, entry), recorded in runs().items():
        if entry == "plateau":
            continue  # decides by its own losses
        rates = recorded[0].experiment.rates().astype("float32")
        assert all(point.lr == rates[point.update - 1] for point in recorded[0].points)


def test_the_chapters_pytorch_tab_is_reproduced():
    for case in (case for case in CASES if case.tab == "pytorch"):
        reached = mean(by_seed(group("pytorch as run")[case.name]).values())
        assert abs(reached - case.published.test_acc) <= 2 * case.published.test_acc_sd


def test_measures_are_there_where_the_lesson_draws_them():
    assert "swa_test_acc" in measured(group("averages")["constant"][0])
    assert "sharpness" in measured(group("divergence")["0.3"][0])


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(0.1, 0.2, "holds"), (-0.2, -0.1, "does not hold"), (-0.1, 0.1, "within the noise")],
)
def test_a_verdict_is_the_intervals(low, high, word):
    assert verdict(Summary(5, (low + high) / 2, 0.1, low, high)) == word


def test_what_the_published_runs_tell_the_recorded_ones_never_turn_round():
    """A difference that both sets show beyond chance has one sign."""
    for claim in CLAIMS:
        for tab, published in claim.published.items():
            found = claim.measured(tab)
            assert found is not None
            if found.beyond_noise and published.mean is not None:
                assert found.mean * published.mean > 0, (claim.name, tab)
