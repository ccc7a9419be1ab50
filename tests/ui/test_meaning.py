"""Every kind of the catalogue, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.experiment import Experiment
from lrlab.schedules import catalogue
from lrlab.ui.meaning import MONOTONE, meaning
from tests.schedules.strategies import one

KINDS = [entry["kind"] for entry in catalogue()]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("clock", ["epoch", "step"])
def test_every_kind_has_a_sentence(kind, clock):
    said = meaning(Experiment.parse({"schedule": {"kind": kind}, "clock": clock}))
    assert said.endswith(".")
    assert said[0] == said[0].upper()
    assert "{" not in said
    assert "  " not in said
    assert said != f"{kind.replace('_', ' ').capitalize()}."


def test_nested_schedules_are_joined():
    cosine = {"kind": "cosine", "base_lr": 0.3, "final_lr": 0.01, "length": 15}
    warm = {"kind": "warmup", "length": 5, "inner": cosine}
    assert meaning(Experiment.parse(warm)) == (
        "Warms up for 5 epochs, then falls from 0.3 by half a cosine to 0.01 over 15 epochs."
    )
    late = Experiment.parse({"schedule": warm, "lag": 1, "initial_lr": 0.3})
    assert meaning(late).endswith("It is applied one tick late.")


@given(st.sampled_from([*MONOTONE, "exponential"]).flatmap(lambda kind: one(kind, st.nothing())))
def test_what_is_said_to_fall_rise_or_stay_does_so(spec):
    experiment = Experiment.parse({"schedule": spec})
    said, rates = meaning(experiment), experiment.rates()
    word = said.split()[0]
    if word == "Falls":
        assert rates[-1] <= rates[0]
    elif word == "Rises":
        assert rates[-1] >= rates[0]
    elif word == "Stays":
        assert set(rates) == {rates[0]}
    elif word == "Follows":
        assert spec["lower"] >= spec["upper"]
    else:
        assert said.startswith("Starts at ")
        assert spec["staircase"]
