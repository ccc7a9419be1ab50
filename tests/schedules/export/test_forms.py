"""Exported code in the hands of its users: real optimizers, compiled, saved, refused."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lrlab import Schedule
from lrlab.errors import InvalidInput
from lrlab.schedules.export import EXPORTERS, LIBRARIES, export, python, to_torch
from tests.schedules.export.drivers import keras, load, optimizer, torch
from tests.schedules.strategies import COMBINATORS, FAMILIES

NOISY = {"kind": "noise", "std": 0.2, "seed": 3, "inner": {"kind": "cosine", "length": 6}}
OWN = {"kind": "cosine", "length": 6, "final_lr": 0.01}
RUN: dict[str, Any] = {"epochs": 4, "steps_per_epoch": 2, "clock": "step"}


@pytest.mark.parametrize("spec", [NOISY, OWN])
def test_keras_trains_with_the_rates_and_saves_them(spec: dict) -> None:
    schedule = Schedule.parse(spec)
    rates = load(export(schedule, "keras", **RUN))["make_schedule"]()
    saved = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(rates))
    sgd = keras.optimizers.SGD(saved)
    weight = keras.Variable(np.zeros(1))
    sgd.build([weight])
    applied = []
    for _ in range(8):
        before = float(weight.numpy()[0])
        sgd.apply([keras.ops.ones(1)])
        applied.append(before - float(weight.numpy()[0]))
    # In Keras's own single precision, and a difference of two weights.
    np.testing.assert_allclose(applied, schedule.rates(**RUN), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("spec", [NOISY, OWN])
def test_optax_trains_with_the_rates_under_jit(spec: dict) -> None:
    schedule = Schedule.parse(spec)
    with jax.enable_x64(True):
        sgd = optax.sgd(load(export(schedule, "optax", **RUN))["make_schedule"]())
        state = sgd.init(jnp.zeros(1))
        update = jax.jit(sgd.update)
        applied = []
        for _ in range(8):
            change, state = update(jnp.ones(1), state)
            applied.append(-float(change[0]))
    np.testing.assert_allclose(applied, schedule.rates(**RUN), rtol=1e-6)


def test_noise_in_single_precision_says_what_it_needs() -> None:
    code = export(Schedule.parse(NOISY), "optax", **RUN)
    with jax.enable_x64(False), pytest.raises(RuntimeError, match="jax_enable_x64"):
        load(code)["lr_at"](1.0)


def test_mxnets_first_update_has_number_1() -> None:
    schedule = Schedule.parse(NOISY)
    rate = load(export(schedule, "mxnet", **RUN))["make_scheduler"]()
    assert [rate(n) for n in (0, 1, 2)] == pytest.approx(schedule.at([0, 0, 1], 8.0))


def test_a_word_of_python_is_no_name_in_the_code() -> None:
    code = python(Schedule.parse(NOISY), 8.0)
    assert "from_ = 0" in code


@pytest.mark.parametrize("kind", FAMILIES + COMBINATORS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_kind_alone_is_exported_with_its_defaults(library: str, kind: str) -> None:
    schedule = Schedule.parse({"kind": kind})
    for clock in ("epoch", "step", "progress"):
        assert "lr_at(t)" in export(schedule, library, clock=clock)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("clock", ["epoch", "step", "progress"])
@pytest.mark.parametrize("lag", [0, 1])
def test_every_library_defines_lr_at(library: str, clock: str, lag: int) -> None:
    code = export(Schedule.parse(NOISY), library, clock=clock, lag=lag)
    assert "lr_at(t)" in code
    assert max(map(len, code.splitlines())) < 400


def test_exporters_by_name_do_what_export_does() -> None:
    schedule = Schedule.parse(OWN)
    assert {name: write(schedule) for name, write in EXPORTERS.items()} == {
        name: export(schedule, name) for name in LIBRARIES
    }
    assert to_torch(schedule, clock="step") == export(schedule, "torch", clock="step")


def test_a_plateau_is_torchs_reduce_lr_on_plateau() -> None:
    spec = {"kind": "plateau", "base_lr": 0.5, "factor": 0.1, "patience": 1, "metric": "test_acc"}
    sgd = optimizer()
    scheduler = load(export(Schedule.parse(spec), "torch"))["make_scheduler"](sgd)
    assert isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
    rates = []
    for accuracy in [0.5, 0.6, 0.5, 0.5, 0.5]:
        rates.append(sgd.param_groups[1]["lr"])
        scheduler.step(accuracy)
    assert rates == pytest.approx([0.5, 0.5, 0.5, 0.5, 0.05])


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_schedule_that_looks_at_the_run_is_refused(library: str) -> None:
    nested = Schedule.parse({"kind": "warmup", "inner": {"kind": "plateau"}})
    with pytest.raises(InvalidInput, match="has 'plateau', which looks at the run; allowed is"):
        export(nested, library)
    if library != "torch":
        with pytest.raises(InvalidInput, match="looks at the run"):
            export(Schedule.parse({"kind": "plateau"}), library)


def test_a_library_that_is_not_known_is_named() -> None:
    with pytest.raises(InvalidInput, match="to is 'caffe'; allowed is one of torch, keras, optax"):
        export(Schedule.parse({"kind": "constant"}), "caffe")
