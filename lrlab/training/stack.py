"""K networks of one architecture as one function: a pack's forward pass.

Images lie as [batch, members * channels, side, side], the members' channels side by side, so
that a convolution of all members is one grouped convolution; where members see the same images
the first one has no groups. Behind the flattening everything is [members, batch, features], and
a linear layer of all members is one batched matrix product. All numbers of a member are one row
of one matrix, so an optimizer, an average or a norm is a line each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lrlab.training.convolution import convolution

Leaves = dict[str, Tensor]
Norm = nn.BatchNorm1d | nn.BatchNorm2d


@dataclass(frozen=True, slots=True)
class Weights:
    """Parameters [members, numbers] and buffers, each [members, channels] (batch means, say)."""

    parameters: Tensor
    buffers: Mapping[str, Tensor]

    def of(self, members: slice) -> Weights:
        """Return those of some members, without a copy."""
        buffers = {name: buffer[members] for name, buffer in self.buffers.items()}
        return Weights(self.parameters[members], buffers)

    def clone(self) -> Weights:
        """Return a copy in memory of its own."""
        copied = {name: buffer.clone() for name, buffer in self.buffers.items()}
        return Weights(self.parameters.clone(), copied)

    def tensors(self) -> Leaves:
        """Return every tensor by name."""
        return {"parameters": self.parameters, **self.buffers}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tensor of a network lies in its member's row."""

    columns: slice
    shape: tuple[int, ...]
    convolution: bool


class Stack:
    """What the networks of a pack share: their layers and where each weight lies."""

    def __init__(self, network: nn.Sequential, channels: int) -> None:
        self._layers = dict(network.named_children())
        self._channels = channels  # of an image
        self.places: dict[str, Place] = {}
        begin = 0
        for name, parameter in network.named_parameters():
            end = begin + parameter.numel()
            layer = self._layers[name.partition(".")[0]]
            place = Place(slice(begin, end), parameter.shape, isinstance(layer, nn.Conv2d))
            self.places[name] = place
            begin = end
        self.numbers = begin

    def weights(self, networks: Sequence[nn.Sequential], device: str) -> Weights:
        """Return the networks' parameters and buffers as one pack's, on `device`."""
        rows = [torch.cat([p.detach().flatten() for p in n.parameters()]) for n in networks]
        buffers = {
            name: torch.stack([dict(n.named_buffers())[name] for n in networks]).to(device)
            for name, buffer in networks[0].named_buffers()
            if buffer.is_floating_point()  # what counts batches is not used
        }
        return Weights(torch.stack(rows).to(device), buffers)

    def leaves(self, parameters: Tensor) -> Leaves:
        """Return the rows [members, numbers] as tensors of the kernels' shapes, to derive by."""
        return {name: self._leaf(parameters, place) for name, place in self.places.items()}

    def row(self, gradients: Sequence[Tensor], members: int, out: Tensor) -> None:
        """Write the leaves' gradients into rows `out` [members, numbers]."""
        torch.cat([gradient.reshape(members, -1) for gradient in gradients], dim=1, out=out)

    def layers(self) -> dict[str, slice]:
        """Return each layer's columns in a row, its weights and biases together."""
        found: dict[str, slice] = {}
        for name, place in self.places.items():
            layer = name.partition(".")[0]
            begin = found[layer].start if layer in found else place.columns.start
            found[layer] = slice(begin, place.columns.stop)
        return found

    def logits(
        self, leaves: Leaves, images: Tensor, buffers: Mapping[str, Tensor] | None
    ) -> Tensor:
        """Return logits [members, batch, classes].

        images: [batch, channels, side, side], seen by all, or [batch, members * channels, …].
        buffers: the running ones to go by in an evaluation; None to go by the batch.
        """
        return self._forward(leaves, images, buffers, train=False)

    def learn(self, leaves: Leaves, images: Tensor, weights: Weights) -> Tensor:
        """Return logits as `logits` does, by the batch, and let the running buffers follow it."""
        return self._forward(leaves, images, weights.buffers, train=True)

    def _forward(
        self,
        leaves: Leaves,
        x: Tensor,
        buffers: Mapping[str, Tensor] | None,
        *,
        train: bool,
    ) -> Tensor:
        channels = self._channels  # of one member
        for name, layer in self._layers.items():
            if isinstance(layer, nn.Conv2d):
                channels = layer.out_channels
                weight, bias = leaves[f"{name}.weight"], leaves[f"{name}.bias"]
                x = convolution(x, weight, bias, int(layer.padding[0]), layer.in_channels)
            elif isinstance(layer, nn.Linear):
                x = _linear(x, leaves[f"{name}.weight"], leaves[f"{name}.bias"])
            elif isinstance(layer, nn.Flatten):
                x = _flatten(x, x.shape[1] // channels)
            elif isinstance(layer, Norm):
                x = _norm(name, layer, x, leaves, buffers, train=train)
            else:
                x = layer(x)
        return x

    def _leaf(self, parameters: Tensor, place: Place) -> Tensor:
        value = parameters[:, place.columns].unflatten(1, place.shape)
        if place.convolution:
            value = value.flatten(0, 1)
            if value.dim() == 4 and value.device.type == "cpu":
                value = value.to(memory_format=torch.channels_last)
        return value.detach().requires_grad_()


def losses_of(logits: Tensor, labels: Tensor) -> Tensor:
    """Return each member's mean cross entropy [members]; labels [batch] or [members, batch]."""
    return _entropies(logits, labels).mean(1)


def sums_of(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return each member's sum of cross entropies and its right answers, both [members]."""
    right = (logits.argmax(2) == labels).sum(1)
    return _entropies(logits, labels).sum(1, dtype=torch.float64), right


def _entropies(logits: Tensor, labels: Tensor) -> Tensor:
    members, batch, _ = logits.shape
    each = labels.expand(members, batch).reshape(-1)
    flat = F.cross_entropy(logits.float().flatten(0, 1), each, reduction="none")
    return flat.view(members, batch)


def _flatten(x: Tensor, members: int) -> Tensor:
    """Return [members, batch, features] of [batch, members * channels, side, side]."""
    return x.unflatten(1, (members, -1)).transpose(0, 1).flatten(2)


def _linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if len(x) > 1:
        return torch.baddbmm(bias.unsqueeze(1), x, weight.transpose(1, 2))
    # One input for all members, or one member: a single matrix product.
    flat = F.linear(x[0], weight.flatten(0, 1), bias.flatten())
    return flat.unflatten(1, bias.shape).transpose(0, 1)


def _norm(
    name: str,
    layer: Norm,
    x: Tensor,
    leaves: Leaves,
    buffers: Mapping[str, Tensor] | None,
    *,
    train: bool,
) -> Tensor:
    """Normalise channels [batch, members * channels, …], or features [members, batch, …]."""
    features = isinstance(layer, nn.BatchNorm1d)
    if features:
        members, batch, _ = x.shape
        x = x.transpose(0, 1).reshape(batch, -1)
    mean, variance = (
        buffers[f"{name}.running_{each}"].view(-1) if buffers is not None else None
        for each in ("mean", "var")
    )
    scale, shift = leaves[f"{name}.weight"].flatten(), leaves[f"{name}.bias"].flatten()
    by_batch = train or buffers is None
    momentum = layer.momentum or 0.0
    x = F.batch_norm(x, mean, variance, scale, shift, by_batch, momentum, layer.eps)
    return x.unflatten(1, (members, -1)).transpose(0, 1) if features else x
