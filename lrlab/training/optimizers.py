"""The optimizers: each a rule on a pack's parameters [members, numbers], a rate per member.

Rates, momenta and decays come as [members, 1]. Gradients are read, never changed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from lrlab.experiment import Experiment
from lrlab.training.random import normal

State = dict[str, Tensor]


class Optimizer(ABC):
    """What all have: the parameters that they move and the state that a checkpoint keeps."""

    def __init__(self, experiments: Sequence[Experiment], parameters: Tensor) -> None:
        self._parameters = parameters
        self._first = experiments[0]
        self._decay = _column(experiments, "weight_decay", parameters)
        self._decays = bool(self._decay.any())
        self.state: State = {}

    @property
    def evaluated(self) -> Tensor:
        """The parameters that stand for the result; those that are moved, unless said otherwise."""
        return self._parameters

    @abstractmethod
    def step(self, gradients: Tensor, rate: Tensor, update: Tensor) -> None:
        """Move the parameters; `update` (int64 []) counts the updates done before."""

    @staticmethod
    def carried(state: State, parent: Experiment, child: Experiment, update: int) -> State:
        """Return what of a member's state fits its settings in a branch after `update` updates.

        state: the parent's, by name, rows [1, …]; what is left out begins as in a new training.
        """
        return state

    def _keep(self, name: str) -> Tensor:
        """Return a new tensor of zeros that belongs to the state."""
        self.state[name] = torch.zeros_like(self._parameters)
        return self.state[name]

    def _decayed(self, gradients: Tensor) -> Tensor:
        """Return the gradients of the loss with the penalty of L2, λ‖w‖²/2."""
        if not self._decays:
            return gradients
        return torch.addcmul(gradients, self._parameters, self._decay)


class SGD(Optimizer):
    """w ← w − η g; with momentum μ: v ← μ v + g, w ← w − η v; Nesterov: w ← w − η (g + μ v).

    As torch.optim.SGD without dampening, after Sutskever et al. (2013).
    """

    def __init__(self, experiments: Sequence[Experiment], parameters: Tensor) -> None:
        super().__init__(experiments, parameters)
        self._momentum = _column(experiments, "momentum", parameters)
        self._velocity = self._keep("velocity") if bool(self._momentum.any()) else None

    @staticmethod
    def carried(state: State, parent: Experiment, child: Experiment, update: int) -> State:
        """Leave out the velocity of a parent without momentum: beside others it is a gradient."""
        return {} if child.momentum and not parent.momentum else state

    def step(self, gradients: Tensor, rate: Tensor, update: Tensor) -> None:
        """Move the parameters against the gradients, or along the velocity."""
        direction = self._decayed(gradients)
        if self._velocity is not None:
            self._velocity.mul_(self._momentum).add_(direction)
            direction = (
                torch.addcmul(direction, self._velocity, self._momentum)
                if self._first.nesterov
                else self._velocity
            )
        self._parameters.addcmul_(direction, rate, value=-1)


class Adam(Optimizer):
    """m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ← w − η m̂ / (√v̂ + ε), both without bias.

    Kingma and Ba (2015); weight decay is L2's, a part of the gradient.
    """

    def __init__(self, experiments: Sequence[Experiment], parameters: Tensor) -> None:
        super().__init__(experiments, parameters)
        self._mean, self._square = self._keep("mean"), self._keep("square")

    @staticmethod
    def carried(state: State, parent: Experiment, child: Experiment, update: int) -> State:
        """Scale the means where their decays change, so that without bias they stay the same."""
        decays = {"mean": (parent.beta1, child.beta1), "square": (parent.beta2, child.beta2)}
        return {name: each * _rescale(*decays[name], update) for name, each in state.items()}

    def step(self, gradients: Tensor, rate: Tensor, update: Tensor) -> None:
        """Move the parameters by the means of gradients and of their squares."""
        beta1, beta2 = self._first.beta1, self._first.beta2
        direction = self._pulled(gradients, rate)
        self._mean.lerp_(direction, 1 - beta1)
        self._square.mul_(beta2).addcmul_(direction, direction, value=1 - beta2)
        done = (update + 1).double()
        first = (1 - beta1**done).float()
        second = (1 - beta2**done).sqrt().float()
        spread = (self._square.sqrt() / second).add_(self._first.epsilon)
        self._parameters.addcmul_(self._mean / spread, rate / first, value=-1)

    def _pulled(self, gradients: Tensor, rate: Tensor) -> Tensor:
        return self._decayed(gradients)


class AdamW(Adam):
    """Adam whose weight decay is apart from the gradient: w ← (1 − ηλ) w (Loshchilov, 2019)."""

    def _pulled(self, gradients: Tensor, rate: Tensor) -> Tensor:
        if self._decays:
            self._parameters.mul_(1 - rate * self._decay)
        return gradients


class ScheduleFreeSGD(Optimizer):
    """z ← z − η g(y); x ← (1−c) x + c z; y = (1−β) z + β x; c = η²ₘₐₓ / its sum so far.

    Defazio et al. (2024), "The road less scheduled". Gradients are taken at y, x is the
    result; a schedule's highest rate so far weighs each iterate, as in its authors' code.
    """

    def __init__(self, experiments: Sequence[Experiment], parameters: Tensor) -> None:
        super().__init__(experiments, parameters)
        for name in ("z", "x"):
            self._keep(name).copy_(parameters)
        for name in ("highest", "weights"):
            self.state[name] = parameters.new_zeros(len(parameters), 1)

    @property
    def evaluated(self) -> Tensor:
        """x, the average."""
        return self.state["x"]

    def step(self, gradients: Tensor, rate: Tensor, update: Tensor) -> None:
        """Move z, let x follow, and put the parameters between the two."""
        z, x, highest, weights = (self.state[name] for name in ("z", "x", "highest", "weights"))
        z.addcmul_(self._decayed(gradients), rate, value=-1)
        torch.maximum(highest, rate, out=highest)
        weights.add_(highest**2)
        share = torch.where(weights > 0, highest**2 / weights, 0)
        x.lerp_(z, share.expand_as(z))
        torch.lerp(z, x, self._first.beta1, out=self._parameters)


class SGLD(Optimizer):
    """w ← w − η g + √(2η/N) ξ, ξ standard normal, N training examples.

    Stochastic gradient Langevin dynamics (Welling and Teh, 2011): with the mean loss L as
    −(1/N) log p, their step ε on log p is ε = 2η/N, and their noise of variance ε is this one.
    Weight decay λ is a Gaussian prior of precision λN.
    """

    def __init__(self, experiments: Sequence[Experiment], parameters: Tensor) -> None:
        super().__init__(experiments, parameters)
        seeds = [experiment.seed for experiment in experiments]
        self._seeds = torch.tensor(seeds, dtype=torch.int64, device=parameters.device)

    def step(self, gradients: Tensor, rate: Tensor, update: Tensor) -> None:
        """Move the parameters against the gradients and shake them."""
        noise = normal(self._seeds, update, self._parameters.shape[1])
        strength = (2 * rate / self._first.train_examples).sqrt()
        self._parameters.addcmul_(self._decayed(gradients), rate, value=-1)
        self._parameters.addcmul_(noise, strength)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "adam": Adam,
    "adamw": AdamW,
    "schedule-free-sgd": ScheduleFreeSGD,
    "sgld": SGLD,
}


def _rescale(before: float, after: float, update: int) -> float:
    """Return the factor between exponential means of `update` values, by their decays."""
    return (1 - after**update) / (1 - before**update) if update and before != after else 1.0


def _column(experiments: Sequence[Experiment], name: str, like: Tensor) -> Tensor:
    """Return a field of the members as [members, 1]."""
    values = [[getattr(experiment, name)] for experiment in experiments]
    return torch.tensor(values, dtype=like.dtype, device=like.device)
