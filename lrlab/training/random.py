"""Random numbers that are a function of where they stand: seed, purpose, counter, place.

Nothing is drawn in turn, so nothing has to be kept to go on from a checkpoint, members of a
pack cannot disturb each other, and whole-number arithmetic gives every device the same bits.
The mixing is that of SplitMix64 (Steele, Lea and Flood, 2014).
"""

from __future__ import annotations

import torch
from torch import Tensor

GOLDEN = 0x9E3779B97F4A7C15 - 2**64
MIX = ((30, 0xBF58476D1CE4E5B9 - 2**64), (27, 0x94D049BB133111EB - 2**64))
ORDER, NOISE = 1, 2  # purposes


def bits(seeds: Tensor, purpose: int, counter: Tensor | int, count: int) -> Tensor:
    """Return 64 random bits (int64 [len(seeds), count]) for each seed (int64 [seeds])."""
    places = torch.arange(1, count + 1, device=seeds.device)
    keys = _mixed(_mixed(seeds * GOLDEN + purpose) + counter)
    return _mixed(keys.unsqueeze(1) + places * GOLDEN)


def order(seeds: Tensor, epoch: int, examples: int) -> Tensor:
    """Return for each seed the order (int64 [seeds, examples]) in which `epoch` visits them."""
    return bits(seeds, ORDER, epoch, examples).argsort(dim=1, stable=True)


def normal(seeds: Tensor, counter: Tensor, count: int) -> Tensor:
    """Return standard normal numbers (float32 [seeds, count]), by Box and Muller (1958)."""
    half = (count + 1) // 2
    drawn = bits(seeds, NOISE, counter, half)
    radius = torch.sqrt(-2 * torch.log((_high(drawn, 31) + 1) / 2**31))
    angle = (drawn & 0x7FFFFFFF) * (2 * torch.pi / 2**31)
    pairs = torch.cat([radius * angle.cos(), radius * angle.sin()], dim=1)
    return pairs[:, :count].float()


def _mixed(state: Tensor) -> Tensor:
    for shift, factor in MIX:
        state = (state ^ _high(state, 64 - shift)) * factor
    return state ^ _high(state, 64 - 31)


def _high(state: Tensor, count: int) -> Tensor:
    """Return the highest `count` bits; a plain shift would drag the sign along."""
    return (state >> (64 - count)) & ((1 << count) - 1)
