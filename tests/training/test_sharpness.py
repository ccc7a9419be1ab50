"""Sharpness against the whole Hessian of a network that has few weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import grad, jacrev

from lrlab.records import Measure
from lrlab.training import Training
from lrlab.training.device import one_thread
from lrlab.training.pack import Pack
from lrlab.training.sharpness import Sharpness
from tests.training.few import few_test_images  # noqa: F401
from tests.training.plain import experiment, finish
from tests.training.tiny import loss_of, tiny  # noqa: F401

pytestmark = pytest.mark.usefixtures("tiny")

SMALL = {"train_examples": 30, "batch_size": 10}


def tiny_pack(count: int = 1, **fields: Any) -> Pack:
    return Pack([experiment(seed=seed, **{**SMALL, **fields}) for seed in range(count)], "cpu")


def hessian(pack: Pack, row: Tensor, examples: int = 30) -> Tensor:
    split, loss = pack.split.first(examples), loss_of(pack)
    with one_thread():  # what is this small only waits for a second one
        # Not torch.func.hessian, whose forward mode is wrong for batch normalisation (2.14.1).
        return jacrev(grad(loss))(row.double(), split.images, split.labels).detach()


def eigenvalues(pack: Pack, row: Tensor, examples: int = 30) -> Tensor:
    return torch.linalg.eigvalsh(hessian(pack, row, examples))


def measured(sharpness: Sharpness) -> list[float]:
    figures: dict[str, list[float]] = {}
    pieces: Iterator[None] = sharpness.work(figures)
    assert all(figures == {} for _ in pieces), "figures come when all is known"
    return figures["sharpness"]


@pytest.mark.parametrize("model", ["lenet", "lenet-batchnorm"])
def test_it_is_each_members_largest_eigenvalue_even_where_a_negative_one_dominates(model):
    pack = tiny_pack(5, model=model)
    pack.weights.parameters[1:] *= 4  # away from the gentle ways in which networks begin
    found = measured(Sharpness(pack))
    spectra = [eigenvalues(pack, row) for row in pack.weights.parameters]
    assert found == pytest.approx([spectrum[-1].item() for spectrum in spectra], rel=1e-3)
    assert any(-spectrum[0] > 1.2 * spectrum[-1] for spectrum in spectra)


def test_only_the_first_examples_count(monkeypatch):
    monkeypatch.setattr("lrlab.training.sharpness.EXAMPLES", 20)
    pack = tiny_pack()
    exact = eigenvalues(pack, pack.weights.parameters[0], examples=20)[-1].item()
    assert measured(Sharpness(pack)) == pytest.approx([exact], rel=1e-3)
    of_all = eigenvalues(pack, pack.weights.parameters[0])[-1].item()
    assert exact != pytest.approx(of_all, rel=1e-2)


def test_a_search_that_begins_at_another_eigenvector_finds_the_largest():
    pack = tiny_pack()
    sharpness = Sharpness(pack)
    (before,) = measured(sharpness)
    _, vectors = torch.linalg.eigh(hessian(pack, pack.weights.parameters[0]))
    aligned = sharpness.state()["sharpness.vectors"][0].double() @ vectors[:, -1]
    assert abs(aligned.item()) == pytest.approx(1, abs=1e-3)
    for other in (0, -2, -3):
        sharpness.state()["sharpness.vectors"][0] = vectors[:, other].float()
        assert measured(sharpness) == pytest.approx([before], rel=1e-3)


def test_weights_that_are_no_numbers_have_no_sharpness_and_leave_no_trace():
    pack = tiny_pack(3)
    sharpness = Sharpness(pack)
    whole = measured(sharpness)
    pack.weights.parameters[1, 7] = torch.inf
    first, second, third = measured(sharpness)
    assert [first, third] == pytest.approx([whole[0], whole[2]], rel=1e-3)
    assert second != second
    assert sharpness.state()["sharpness.vectors"].isfinite().all()


def test_a_member_that_has_ended_has_no_sharpness_and_costs_nothing():
    pack = tiny_pack(2)
    sharpness = Sharpness(pack)
    both = sum(1 for _ in sharpness.work({}))
    pack.alive[0] = False
    assert sum(1 for _ in sharpness.work({})) < both
    ended, other = measured(sharpness)
    assert ended != ended
    assert other == other


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_training_records_that_of_its_weights_in_float32(precision):
    fields = {"instruments": ["sharpness"], "precision": precision, "epochs": 2}
    members = [experiment(0.1 + seed, seed=seed, **SMALL, **fields) for seed in (0, 1)]
    training = Training(members, "cpu")
    records = [record for record in finish(training) if isinstance(record, Measure)]
    assert [(each.member, each.update, each.name) for each in records] == [
        (member, update, "sharpness") for update in (3, 6) for member in (0, 1)
    ]
    pack = training._pack
    exact = [eigenvalues(pack, row)[-1].item() for row in pack.weights.parameters]
    assert [each.value for each in records[2:]] == pytest.approx(exact, rel=1e-3)
