"""The convolution of a pack: each member's own filters on its own channels.

    y[batch, member · out] = convolution(x[batch, member · in], weight[member · out, in, …])

A grouped convolution says it in one call, and cuDNN computes it group by group: on a GPU that
leaves most of it idle when there are many. There the windows of all members are laid out and
one batched matrix product does the rest.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

# So many members or more are computed as products: measured on an H200, LeNet's second layer.
MANY = 16


def convolution(x: Tensor, weight: Tensor, bias: Tensor, padding: int, channels: int) -> Tensor:
    """Return [batch, members * out, …] for x [batch, members * channels, side, side].

    weight: [members * out, channels, kernel, kernel]; bias: [members * out]. x may be [batch,
    channels, …], which all members see.
    """
    members = x.shape[1] // channels
    # Of a single channel a window is too short for a product; cuDNN has a kernel for it.
    if x.device.type == "cuda" and members >= MANY and channels > 1:
        return as_products(x, weight, bias, padding, members)
    return F.conv2d(x, weight, bias, padding=padding, groups=members)


def as_products(x: Tensor, weight: Tensor, bias: Tensor, padding: int, members: int) -> Tensor:
    """Return the same by matrix products, a member a product; takes the memory of the windows."""
    batch, kernel = len(x), weight.shape[-1]
    padded = F.pad(x, (padding,) * 4) if padding else x
    each = padded.unflatten(1, (members, -1))
    windows = each.unfold(3, kernel, 1).unfold(4, kernel, 1)
    high, wide = windows.shape[3:5]
    rows = windows.permute(1, 0, 3, 4, 2, 5, 6).reshape(members, batch * high * wide, -1)
    filters = weight.reshape(members, -1, rows.shape[2])
    shifts = bias.view(members, 1, -1)
    y = torch.baddbmm(shifts, rows, filters.transpose(1, 2))
    return y.view(members, batch, high, wide, -1).permute(1, 0, 4, 2, 3).flatten(1, 2)
