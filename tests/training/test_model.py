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
