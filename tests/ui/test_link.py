"""The address bar holds the whole explore page, and nothing else gets in through it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.ui import link
from lrlab.ui.drawn import Drawn
from lrlab.ui.link import SLOTS, Pin, Screen
from tests.experiments import experiments

pins = st.lists(
    st.builds(Pin, st.text(max_size=100), experiments, st.sampled_from(SLOTS)),
    max_size=3,
    unique_by=lambda pin: pin.slot,
).map(tuple)
runs = st.lists(st.integers(1, 10**9), max_size=8, unique=True).map(tuple)
drawn = st.builds(
    lambda kind, values: Drawn.parse({"kind": kind, "values": values}),
    st.sampled_from(["loss", "accuracy"]),
    st.lists(st.floats(0, 1000), min_size=1, max_size=30),
)
screens = st.builds(
    Screen, experiments, pins, st.booleans(), runs,
    replay=st.none() | st.integers(1, 10**9 - 1), drawn=st.none() | drawn,
)  # fmt: skip


@given(screens)
def test_a_written_link_is_read_as_the_same_screen(screen: Screen) -> None:
    assert link.read(link.write(screen)) == screen


def test_no_query_is_the_chapters_cosine() -> None:
    screen = link.read({})
    assert screen == link.initial()
    assert screen.experiment.schedule.spec()["length"] == 20


def test_settings_at_their_defaults_are_left_out() -> None:
    assert set(link.write(link.initial())) == {"schedule"}


def test_a_list_is_written_as_words_with_commas() -> None:
    chosen = {"averages": ["swa", "ema"], "instruments": ["sharpness"], "average_from": 0.5}
    query = link.write(Screen(Experiment.parse({"schedule": {"kind": "constant"}, **chosen})))
    assert query["averages"] == "ema,swa"
    assert query["instruments"] == "sharpness"
    assert set(query) == {"schedule", *chosen}


@pytest.mark.parametrize("text", ["swa,ema", "ema,swa,ema", '["ema","swa"]'])
def test_a_list_may_be_written_in_any_order_or_as_json(text: str) -> None:
    assert link.read({"averages": text}).experiment.averages == ("ema", "swa")


def test_the_link_of_a_lab_without_these_settings_still_opens() -> None:
    old = {
        "schedule": '{"kind":"constant","base_lr":0.2}', "epochs": "3", "clock": "step", "lag": "1",
        "initial_lr": "0.5", "init": "xavier", "seed": "7", "train_examples": "6400",
        "batch_size": "64", "axis": "log", "runs": "3",
        "pins": '[{"name":"a","slot":2,"schedule":{"kind":"cosine"},"epochs":9}]',
    }  # fmt: skip
    screen = link.read(old)
    assert screen.experiment.changed() == {
        "epochs": 3, "clock": "step", "lag": 1, "initial_lr": 0.5, "init": "xavier", "seed": 7,
        "train_examples": 6400, "batch_size": 64,
    }  # fmt: skip
    assert screen.pins[0].experiment.changed() == {"epochs": 9}
    written = link.write(screen)
    assert {name: text for name, text in written.items() if name not in ("schedule", "pins")} == {
        name: text for name, text in old.items() if name not in ("schedule", "pins")
    }


def test_a_link_may_name_a_setting_alone() -> None:
    assert link.read({"epochs": "3"}).experiment.epochs == 3


def test_a_run_named_twice_is_shown_once() -> None:
    assert link.read({"runs": "3,5,3"}).runs == (3, 5)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"schedule": "{"}, "schedule"),
        ({"schedule": "[" * 90_000}, "schedule"),
        ({"schedule": '{"kind": "cosine", "base_lr": NaN}'}, "schedule.base_lr"),
        ({"schedule": '{"kind": "formula", "expression": "__import__(1)"}'}, "schedule.expression"),
        ({"epochs": "many"}, "epochs"),
        ({"epochs": "1e3"}, "epochs"),
        ({"seed": "-1"}, "seed"),
        ({"clock": "sundial"}, "clock"),
        ({"averages": "mode"}, "averages.0"),
        ({"averages": "swa,,ema"}, "averages.1"),
        ({"averages": "[["}, "averages"),
        ({"instruments": '[["distance"]]'}, "instruments.0"),
        ({"momentum": "1"}, "momentum"),
        ({"momentum": "0.9", "optimizer": "adam"}, "momentum"),
        ({"nesterov": "yes"}, "nesterov"),
        ({"order_seed": "first"}, "order_seed"),
        ({"dataset": "cifar-10", "train_examples": "60000"}, "train_examples"),
        ({"axis": "sideways"}, "axis"),
        ({"runs": "1,-2"}, "runs"),
        ({"runs": "1,²"}, "runs"),
        ({"runs": ",".join(["1"] * 9)}, "runs"),
        ({"replay": "1,2"}, "replay"),
        ({"replay": "-1"}, "replay"),
        ({"drawn": "loss"}, "drawn"),
        ({"drawn": "loss:"}, "drawn"),
        ({"drawn": "speed:1"}, "drawn"),
        ({"drawn": "loss:1,nan"}, "drawn"),
        ({"drawn": "loss:-1"}, "drawn"),
        ({"drawn": "accuracy:" + ",".join(["1"] * 1001)}, "drawn"),
        ({"pins": "{}"}, "pins"),
        ({"pins": "[3]"}, "pins.0"),
        ({"pins": '[{"slot": true}]'}, "pins.0.slot"),
        ({"pins": '[{"slot": [1]}]'}, "pins.0.slot"),
        ({"pins": '[{"schedule": {"kind": "constant"}, "epochs": 0}]'}, "pins.0.epochs"),
        ({"schedule": "x" * 100_001}, "schedule"),
    ],
)
def test_a_broken_link_names_its_field_in_one_sentence(query: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        link.read(query)
    assert raised.value.field == field
    assert "allowed" in str(raised.value)
    assert len(str(raised.value)) < 600
