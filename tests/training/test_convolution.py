"""The products that take a grouped convolution's place on a GPU: the same values and gradients."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from lrlab.training.convolution import as_products


@pytest.mark.parametrize(("channels", "padding", "side"), [(1, 2, 9), (6, 0, 14), (3, 1, 7)])
def test_products_are_the_grouped_convolution(channels, padding, side):
    torch.manual_seed(channels)
    members, batch, out = 5, 4, 3
    x = torch.randn(batch, members * channels, side, side, dtype=torch.float64)
    weight = torch.randn(members * out, channels, 5, 5, dtype=torch.float64)
    bias = torch.randn(members * out, dtype=torch.float64)
    given = [each.requires_grad_() for each in (x, weight, bias)]
    expected = F.conv2d(x, weight, bias, padding=padding, groups=members)
    found = as_products(x, weight, bias, padding, members)
    torch.testing.assert_close(found, expected)
    towards = torch.randn_like(expected)
    for ours, theirs in zip(
        torch.autograd.grad((found * towards).sum(), given),
        torch.autograd.grad((expected * towards).sum(), given),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)
