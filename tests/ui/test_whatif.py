"""The short form of an experiment: its shape, however it is told, over a few small epochs."""

from __future__ import annotations

import numpy as np
import pytest

from lrlab.experiment import Experiment
from lrlab.runs import State, Store
from lrlab.runs.labels import WHAT_IF
from lrlab.runs.writing import Progress
from lrlab.schedules import catalogue
from lrlab.ui import explore, link, whatif
from lrlab.ui.whatif import short
from tests.submitted import submit


@pytest.mark.parametrize("kind", [entry["kind"] for entry in catalogue()])
@pytest.mark.parametrize("clock", ["epoch", "step", "progress"])
def test_the_short_form_has_the_rates_of_the_whole_run(kind, clock):
    one = Experiment.parse({"schedule": {"kind": kind}, "clock": clock, "momentum": 0.5, "seed": 3})
    small = short(one)
    assert (small.momentum, small.seed, small.epochs) == (0.5, 3, 2)
    assert small.updates == 80
    whole = one.rates()
    places = np.linspace(0, len(whole) - 1, small.updates).round().astype(int)
    np.testing.assert_allclose(small.rates(), whole[places], rtol=1e-5)


def test_what_is_small_stays_so_and_lag_is_in_the_rates():
    one = Experiment.parse({
        "schedule": {"kind": "constant", "base_lr": 0.1}, "lag": 1, "initial_lr": 0.3,
        "train_examples": 100, "batch_size": 10,
    })  # fmt: skip
    small = short(one)
    assert (small.train_examples, small.batch_size, small.lag) == (100, 10, 0)
    assert small.rates()[0] == 0.3
    assert small.rates()[-1] == 0.1


@pytest.mark.parametrize(
    ("device", "whole"), [("cuda: NVIDIA H200", True), ("cpu", False), (None, False)]
)
def test_where_the_last_run_finished_on_a_gpu_a_release_trains_the_whole_run(
    tmp_path, monkeypatch, device, whole
):
    store = Store(f"sqlite:///{tmp_path / 'lrlab.db'}")
    monkeypatch.setattr(whatif, "store", lambda: store)
    one = Experiment.parse({"schedule": {"kind": "cosine"}})
    assert whatif.trained(one) == short(one)
    submit(store, one)
    store.claim("test").end(0, State.FINISHED, Progress(columns={"device": device}))
    assert whatif.trained(one) == (one if whole else short(one))
    assert ("the whole run" in whatif.said(one)) is whole
    store.close()


def test_a_what_if_that_answers_train_is_listed_from_then_on(tmp_path, monkeypatch):
    store = Store(f"sqlite:///{tmp_path / 'lrlab.db'}")
    monkeypatch.setattr(explore, "store", lambda: store)
    monkeypatch.setattr(explore, "reported", lambda key: None)
    state = explore.Explore(link.initial(), {})
    number = submit(store, state.screen.experiment)
    store.label(number, tags=[WHAT_IF, "mine"])
    state.train()
    assert state.stored == number
    assert store.run(number).tags == ("mine",)
    store.close()
