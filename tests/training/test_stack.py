"""Networks side by side, against each of them as PyTorch itself runs it."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lrlab.datasets import DATASETS
from lrlab.training.models import MODELS, build
from lrlab.training.stack import Stack, Weights, losses_of, sums_of

MEMBERS, BATCH = 3, 8
CASES = [(model, dataset) for model in MODELS for dataset in ("fashion-mnist", "cifar-10")]


class Side:
    """Three networks in float64, their stack, and images that all or each for itself see."""

    def __init__(self, model: str, dataset: str, *, shared: bool) -> None:
        facts = DATASETS[dataset]
        self.networks = [
            build(model, facts, init="default", seed=seed).double() for seed in range(MEMBERS)
        ]
        self.stack = Stack(self.networks[0], facts.channels)
        self.weights: Weights = self.stack.weights(self.networks, "cpu")
        torch.manual_seed(1)
        columns = 1 if shared else MEMBERS
        shape = BATCH, columns, facts.channels, facts.side, facts.side
        self.images = torch.rand(shape, dtype=torch.float64)
        self.labels = torch.randint(facts.classes, (BATCH, columns))

    @property
    def leaves(self) -> dict[str, Tensor]:
        return self.stack.leaves(self.weights.parameters)

    @property
    def seen(self) -> Tensor:
        return self.images.flatten(1, 2)

    def own(self, tensor: Tensor, member: int) -> Tensor:
        return tensor[:, member % tensor.shape[1]]

    def rows(self, logits: Tensor, leaves: dict[str, Tensor]) -> Tensor:
        labels = self.labels.T.expand(MEMBERS, BATCH)
        losses = [F.cross_entropy(*each) for each in zip(logits, labels, strict=True)]
        gradients = torch.autograd.grad(sum(losses), list(leaves.values()))
        rows = torch.empty_like(self.weights.parameters)
        self.stack.row(gradients, MEMBERS, out=rows)
        return rows

    def expected(self, member: int) -> tuple[Tensor, Tensor]:
        """Return the logits and the gradient of a member's own network, as one row."""
        network = self.networks[member]
        logits = network(self.own(self.images, member))
        loss = F.cross_entropy(logits, self.own(self.labels, member))
        gradients = torch.autograd.grad(loss, list(network.parameters()))
        return logits, torch.cat([gradient.flatten() for gradient in gradients])


def assert_same(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


@pytest.fixture(params=[True, False], ids=["same images", "own images"])
def shared(request) -> bool:
    return request.param


@pytest.mark.parametrize(("model", "dataset"), CASES)
def test_each_member_learns_as_its_network_in_training(model, dataset, shared):
    side = Side(model, dataset, shared=shared)
    leaves = side.leaves
    logits = side.stack.learn(leaves, side.seen, side.weights)
    rows = side.rows(logits, leaves)
    for member, network in enumerate(side.networks):
        expected, gradient = side.expected(member)
        assert_same(logits[member], expected)
        assert_same(rows[member], gradient)
        for name, buffer in side.weights.buffers.items():
            assert_same(buffer[member], dict(network.named_buffers())[name])


@pytest.mark.parametrize(("model", "dataset"), CASES)
def test_each_member_answers_as_its_network_in_evaluation(model, dataset, shared):
    side = Side(model, dataset, shared=shared)
    side.stack.learn(side.leaves, side.seen, side.weights)  # so that the buffers are no defaults
    for member, network in enumerate(side.networks):
        network(side.own(side.images, member))
        network.eval()
    leaves = side.leaves
    logits = side.stack.logits(leaves, side.seen, side.weights.buffers)
    rows = side.rows(logits, leaves)
    for member in range(MEMBERS):
        expected, gradient = side.expected(member)
        assert_same(logits[member], expected)
        assert_same(rows[member], gradient)


def test_without_buffers_a_pass_goes_by_the_batch_and_leaves_them_alone():
    side = Side("lenet-batchnorm", "fashion-mnist", shared=True)
    before = side.weights.clone()
    logits = side.stack.logits(side.leaves, side.seen, buffers=None)
    for member in range(MEMBERS):
        assert_same(logits[member], side.expected(member)[0])
    assert len(before.buffers) == 8
    assert all(
        torch.equal(before.buffers[name], side.weights.buffers[name]) for name in before.buffers
    )


@pytest.mark.parametrize("model", MODELS)
def test_a_members_row_holds_its_weights_layer_by_layer(model):
    side = Side(model, "fashion-mnist", shared=True)
    network = side.networks[1]
    named = dict(network.named_parameters())
    assert side.stack.numbers == sum(parameter.numel() for parameter in named.values())
    for name, place in side.stack.places.items():
        held = side.weights.parameters[1, place.columns].view(place.shape)
        assert torch.equal(held, named[name])
    for name, columns in side.stack.layers().items():
        layer: nn.Module = network.get_submodule(name)
        parts = torch.cat([parameter.detach().flatten() for parameter in layer.parameters()])
        assert torch.equal(side.weights.parameters[1, columns], parts)


@pytest.mark.parametrize("own", [True, False])
def test_losses_and_sums_are_cross_entropies_and_right_answers(own):
    torch.manual_seed(2)
    logits = torch.randn(MEMBERS, BATCH, 10)
    labels = torch.randint(10, (MEMBERS, BATCH) if own else (BATCH,))
    losses, (sums, right) = losses_of(logits, labels), sums_of(logits, labels)
    for member in range(MEMBERS):
        each = labels[member] if own else labels
        expected = F.cross_entropy(logits[member], each)
        torch.testing.assert_close(losses[member], expected)
        assert sums[member].item() == pytest.approx(expected.item() * BATCH, rel=1e-6)
        assert right[member] == (logits[member].argmax(1) == each).sum()
