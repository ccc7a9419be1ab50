"""Many experiments as one program, against each of them alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import InvalidInput, OutOfMemory
from lrlab.experiment import OWN, SHARED, Experiment
from lrlab.records import Diverged, Evaluation, Finished, Point, Record
from lrlab.training import Training, memory, packing, packs, train
from lrlab.training.update import Update
from tests.experiments import experiments
from tests.training.few import few_test_images  # noqa: F401
from tests.training.plain import experiment, finish
from tests.training.test_resume import untimed

SMALL = {"train_examples": 192, "batch_size": 32}


def pack(count: int, **fields: Any) -> list[Experiment]:
    """Experiments that differ in seed, and in rates of which none is large."""
    return [experiment(0.005 * (n + 1), seed=n, **{**SMALL, **fields}) for n in range(count)]


def trained(experiments: Sequence[Experiment], updates: int = 6) -> list[dict[str, np.ndarray]]:
    """Return the members' weights after so many updates, by default the first epoch's."""
    training = Training(experiments, "cpu")
    for _ in range(updates):
        training.advance()
    return [training.weights(member) for member in range(len(experiments))]


def assert_close(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-3, atol=1e-4, err_msg=name)


OPTIMIZERS: list[dict[str, Any]] = [
    {},
    {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    {"optimizer": "adamw", "weight_decay": 0.01, "epsilon": 1e-2},
    {"optimizer": "schedule-free-sgd"},
    {"optimizer": "sgld"},
]


@pytest.mark.parametrize("fields", OPTIMIZERS, ids=str)
@pytest.mark.parametrize("order_seed", [None, 5], ids=["own orders", "one order"])
def test_each_member_of_a_pack_trains_as_it_does_alone(fields, order_seed):
    members = pack(6, order_seed=order_seed, **fields)  # two chunks of three
    for together, alone in zip(trained(members), members, strict=True):
        assert_close(together, trained([alone])[0])


@pytest.mark.parametrize("model", ["lenet-tensorflow", "lenet-1998", "lenet-batchnorm", "mlp"])
def test_each_model_trains_in_a_pack_as_it_does_alone(model):
    members = pack(2, model=model)
    for together, alone in zip(trained(members, 2), members, strict=True):
        assert_close(together, trained([alone], 2)[0])


def test_members_may_differ_in_momentum_decay_clock_and_initial_weights():
    cosine = {"kind": "cosine", "base_lr": 0.05, "length": 4}
    members = [
        Experiment.parse({**SMALL, "epochs": 1, **fields})
        for fields in (
            {"schedule": cosine, "momentum": 0.5},
            {"schedule": cosine, "clock": "step", "weight_decay": 0.1},
            {"schedule": cosine, "lag": 1, "initial_lr": 0.01, "init": "xavier"},
        )
    ]
    for together, alone in zip(trained(members), members, strict=True):
        assert_close(together, trained([alone])[0])


def test_a_packs_figures_are_those_of_its_members_alone():
    members = pack(3, train_examples=1_700, epochs=1)  # 54 updates: a point and an evaluation
    together = list(train(members, "cpu"))
    for number, member in enumerate(members):
        own = [replace(record, member=0) for record in together if record.member == number]
        alone = list(train(member, "cpu"))
        assert [type(record) for record in own] == [Point, Evaluation, Finished]
        for one, other in zip(own, alone, strict=True):
            for name in ("train_loss", "train_acc", "test_loss", "test_acc", "lr"):
                if hasattr(one, name):
                    # one picture of 500 may fall on the other side of rounding
                    assert getattr(one, name) == pytest.approx(getattr(other, name), abs=2e-3)


def without(records: list[Record], member: int) -> list[dict[str, object]]:
    return [untimed(record) for record in records if record.member != member]


def test_a_member_that_diverges_leaves_the_others_bits_as_they_were():
    sound = pack(5, epochs=2, order_seed=1)
    broken = [*sound[:2], experiment(1e6, seed=2, epochs=2, order_seed=1, **SMALL), *sound[3:]]
    one, other = Training(sound, "cpu"), Training(broken, "cpu")
    expected, found = finish(one), finish(other)
    (last,) = [record for record in found if record.member == 2]
    assert isinstance(last, Diverged)
    assert without(found, 2) == without(expected, 2)
    for member in (0, 1, 3, 4):
        for name, weights in one.weights(member).items():
            assert np.array_equal(weights, other.weights(member)[name])


def test_a_member_that_is_cancelled_says_nothing_more_and_disturbs_nobody():
    members = pack(3, epochs=2)
    training = Training(members, "cpu")
    training.advance()
    training.cancel(1)
    found = finish(training)
    assert {record.member for record in found} == {0, 2}
    assert [untimed(r) for r in found] == without(finish(Training(members, "cpu")), 1)


def test_a_pack_whose_members_are_all_cancelled_is_done():
    training = Training(pack(2), "cpu")
    training.cancel(0)
    assert not training.done
    training.cancel(1)
    assert training.done
    assert training.advance() == []


def test_one_member_is_steered_and_no_other():
    members = [
        Experiment.parse({"schedule": {"kind": "manual"}, "epochs": 1, "seed": seed, **SMALL})
        for seed in (0, 1)
    ]
    training = Training(members, "cpu")
    training.advance()
    training.steer(0.01, member=1)
    training.advance()
    assert [training.head(member).lr for member in (0, 1)] == [0.3, 0.01]
    plain = Training(members, "cpu")
    plain.advance(), plain.advance()
    for member, same in ((0, True), (1, False)):
        found, expected = (each.weights(member)["output.bias"] for each in (training, plain))
        assert np.array_equal(found, expected) is same


def test_members_of_one_order_see_the_same_batches_whatever_their_seeds():
    still = {"kind": "piecewise", "times": [0, 1], "rates": [0, 0], "interpolation": "constant"}

    def means(seed: int, order_seed: int | None) -> float:
        fields = {"schedule": still, "epochs": 1, "seed": 0, **SMALL, "order_seed": order_seed}
        training = Training([Experiment.parse(fields | {"seed": seed})], "cpu")
        training.advance()
        return training.head().train_loss

    assert means(0, None) == means(0, 0) != means(0, 1)
    assert means(1, 0) != means(0, 0), "the weights are drawn from the seed"


def test_long_slices_as_on_a_gpu_give_the_records_of_short_ones():
    members = pack(2, train_examples=1_700, epochs=2)
    short, long = Training(members, "cpu"), Training(members, "cpu")
    long._long_slices = True
    expected = [untimed(record) for record in finish(short)]
    assert [untimed(record) for record in long.advance()] == expected[:2]
    assert long.update == 50
    assert [untimed(record) for record in finish(long)] == expected[2:]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"batch_size": 16}, "differ in batch_size (32 and 16)"),
        ({"epochs": 3}, "differ in epochs (1 and 3)"),
        ({"optimizer": "adam"}, "differ in optimizer ('sgd' and 'adam')"),
    ],
)
def test_experiments_of_different_shapes_are_no_pack(fields, words):
    with pytest.raises(InvalidInput) as fault:
        Training([experiment(**SMALL), experiment(**{**SMALL, **fields})], "cpu")
    assert str(fault.value) == f"experiments {words}; allowed is one of it."


def test_a_pack_of_none_is_refused():
    with pytest.raises(InvalidInput, match="experiments is empty"):
        Training([], "cpu")


@given(experiments, experiments)
def test_a_shape_is_what_the_members_of_a_pack_share(one, other):
    shared = all(getattr(one, name) == getattr(other, name) for name in SHARED)
    assert (one.shape == other.shape) is shared
    own = {name: getattr(other, name) for name in OWN}
    assert one.model_copy(update=own).shape == one.shape
    assert re.fullmatch("[0-9a-f]{64}", one.shape)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([16, 32])), min_size=1, max_size=40))
def test_packs_hold_each_experiment_once_by_shape_and_order(wishes):
    members = [experiment(seed=seed, train_examples=192, batch_size=b) for seed, b in wishes]
    found = packs(members, "cpu")
    assert sorted(number for numbers in found for number in numbers) == list(range(len(members)))
    for numbers in found:
        assert len({members[number].batch_size for number in numbers}) == 1
        assert len(numbers) <= packing.MOST["cpu"]
        seeds = [members[number].seed for number in numbers]
        assert seeds == sorted(seeds)


def test_experiments_of_two_shapes_keep_their_numbers():
    members = [experiment(0.1, **SMALL), experiment(0.1, batch_size=16, train_examples=192)] * 2
    finished = [record for record in train(members, "cpu") if isinstance(record, Finished)]
    assert sorted(record.member for record in finished) == [0, 1, 2, 3]


def test_a_pack_too_large_for_the_memory_is_split_before_it_starts(monkeypatch):
    members = pack(6)
    fixed, each = memory.needed(members[0], "cpu")
    monkeypatch.setattr(memory, "free", lambda kind: (fixed + 2.5 * each) / memory.ROOM)
    assert packs(members, "cpu") == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.parametrize(("kind", "members"), [("cpu", 1), ("cuda", 16)])
def test_sharpness_takes_room_for_the_members_whose_products_are_computed_at_once(kind, members):
    plain, measured = experiment(**SMALL), experiment(**SMALL, instruments=["sharpness"])
    (before, each), (after, same) = memory.needed(plain, kind), memory.needed(measured, kind)
    assert same == each
    outputs = 28 * 28 * 6 + 14 * 14 * 6 + 10 * 10 * 16  # of the first layers alone
    assert after - before > 3 * members * 500 * 4 * outputs


def test_a_run_that_no_memory_holds_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(memory, "free", lambda kind: 1e8)
    with pytest.raises(InvalidInput, match=r"^batch_size is 32, for which a run needs 0\.\d GB; a"):
        list(train(experiment(**SMALL), "cpu"))


def crowded(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let the device run out of memory, as torch says it, in packs of more than `most`."""
    whole = Update.__call__

    def update(self: Update) -> None:
        if len(self._pack.experiments) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.\nMore")
        whole(self)

    monkeypatch.setattr(Update, "__call__", update)


def test_a_pack_that_runs_out_of_memory_goes_on_as_smaller_ones(monkeypatch):
    crowded(monkeypatch, most=2)
    finished = [record for record in train(pack(5), "cpu") if isinstance(record, Finished)]
    assert sorted(record.member for record in finished) == [0, 1, 2, 3, 4]


def test_a_run_that_runs_out_of_memory_alone_says_so(monkeypatch):
    crowded(monkeypatch, most=0)
    with pytest.raises(OutOfMemory) as fault:
        list(train(experiment(**SMALL), "cpu"))
    assert str(fault.value).startswith("The memory of the device is used up (CUDA out of memory.")
    assert "\n" not in str(fault.value)
