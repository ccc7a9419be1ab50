from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lrlab.datasets import DATASETS
from lrlab.training import models
from tests.training.plain import chapter_net, pictures


def build(init: str, seed: int, model: str = "lenet") -> nn.Sequential:
    return models.build(model, DATASETS["fashion-mnist"], init=init, seed=seed)


def weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def weighted_layers(model: nn.Module) -> list[nn.Conv2d | nn.Linear]:
    return [layer for layer in model if isinstance(layer, nn.Conv2d | nn.Linear)]


def test_the_model_has_the_chapters_61706_parameters():
    assert len(weights(build("default", 0))) == 61_706


def test_default_weights_are_those_pytorch_draws_after_the_same_seed():
    torch.manual_seed(7)
    assert torch.equal(weights(build("default", 7)), weights(chapter_net()))


def test_pooling_before_relu_changes_neither_outputs_nor_gradients():
    ours, chapters = build("default", 3), chapter_net()
    chapters.load_state_dict(
        dict(zip(chapters.state_dict(), ours.state_dict().values(), strict=True))
    )
    images, labels = (part[:512] for part in pictures(train=True))
    gradients = []
    for model in (ours, chapters):
        outputs = model(images)
        gradients.append(
            torch.autograd.grad(F.cross_entropy(outputs, labels), list(model.parameters()))
        )
    torch.testing.assert_close(ours(images), chapters(images), rtol=0, atol=1e-6)
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


@pytest.mark.parametrize("init", ["default", "xavier"])
def test_weights_are_a_function_of_the_seed_alone(init):
    torch.manual_seed(1)
    first = weights(build(init, 5))
    torch.rand(100)
    assert torch.equal(first, weights(build(init, 5)))
    assert not torch.equal(first, weights(build(init, 6)))


@pytest.mark.parametrize("init", ["default", "xavier"])
def test_drawing_weights_leaves_the_global_random_state_alone(init):
    before = torch.get_rng_state()
    build(init, 5)
    assert torch.equal(torch.get_rng_state(), before)


def test_xavier_weights_fill_the_range_that_mxnet_documents():
    for layer in weighted_layers(build("xavier", 0)):
        taps = layer.weight[0, 0].numel() if isinstance(layer, nn.Conv2d) else 1
        fan_in, fan_out = layer.weight.shape[1] * taps, layer.weight.shape[0] * taps
        bound = math.sqrt(3 / ((fan_in + fan_out) / 2))  # magnitude 3, factor "avg"
        assert 0.95 * bound < layer.weight.abs().max().item() <= bound
        assert layer.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.12)
        assert layer.bias.abs().max().item() == 0


def test_default_weights_have_pytorchs_range():
    for layer in weighted_layers(build("default", 0)):
        fan_in = layer.weight[0].numel()
        assert 0.9 / math.sqrt(fan_in) < layer.weight.abs().max().item() <= 1 / math.sqrt(fan_in)


# As the chapter's tabs and the book print them, but for pooling before ReLU and its names.
LAYERS = {
    "lenet": "Conv2d MaxPool2d ReLU Conv2d MaxPool2d ReLU Flatten Linear ReLU Linear ReLU Linear",
    "lenet-tensorflow": (
        "Conv2d ReLU AvgPool2d Conv2d ReLU AvgPool2d Flatten Linear ReLU Linear Sigmoid Linear"
    ),
    "lenet-1998": (
        "Conv2d Sigmoid AvgPool2d Conv2d Sigmoid AvgPool2d Flatten "
        "Linear Sigmoid Linear Sigmoid Linear"
    ),
    "lenet-batchnorm": (
        "Conv2d BatchNorm2d MaxPool2d ReLU Conv2d BatchNorm2d MaxPool2d ReLU Flatten "
        "Linear BatchNorm1d ReLU Linear BatchNorm1d ReLU Linear"
    ),
    "mlp": "Flatten Linear ReLU Linear",
}
# Weights and biases, on Fashion-MNIST and on CIFAR-10: three channels of 32 pixels a side.
NUMBERS = {
    "lenet": (61_706, 62_006),
    "lenet-tensorflow": (61_706, 62_006),
    "lenet-1998": (61_706, 62_006),
    "lenet-batchnorm": (61_706 + 2 * (6 + 16 + 120 + 84), 62_006 + 2 * (6 + 16 + 120 + 84)),
    "mlp": (784 * 256 + 256 + 2_570, 3_072 * 256 + 256 + 2_570),
}


@pytest.mark.parametrize("model", models.MODELS)
def test_a_model_has_the_layers_that_it_is_described_with(model):
    layers = [type(layer).__name__ for layer in build("default", 0, model)]
    assert layers == LAYERS[model].split()


@pytest.mark.parametrize("model", models.MODELS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_model_takes_each_data_sets_images_and_has_so_many_numbers(model, dataset):
    facts = DATASETS[dataset]
    network = models.build(model, facts, init="default", seed=0)
    images = torch.rand(2, facts.channels, facts.side, facts.side)
    assert network(images).shape == (2, facts.classes)
    assert len(weights(network)) == NUMBERS[model][dataset == "cifar-10"]


def test_convolutions_and_pools_of_all_lenets_have_the_books_sizes():
    for model in models.MODELS.keys() - {"mlp"}:
        network = build("default", 0, model)
        first, second = (layer for layer in network if isinstance(layer, nn.Conv2d))
        assert (first.kernel_size, first.padding, first.out_channels) == ((5, 5), (2, 2), 6)
        assert (second.kernel_size, second.padding, second.out_channels) == ((5, 5), (0, 0), 16)
        pools = [layer for layer in network if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d)]
        assert [(pool.kernel_size, pool.stride) for pool in pools] == [(2, 2), (2, 2)]


@pytest.mark.parametrize("init", ["default", "xavier"])
def test_batch_normalisation_begins_as_none(init):
    network = build(init, 0, "lenet-batchnorm")
    norms = [each for each in network if isinstance(each, nn.BatchNorm1d | nn.BatchNorm2d)]
    assert len(norms) == 4
    for norm in norms:
        assert norm.weight.eq(1).all()
        assert not norm.bias.any()
