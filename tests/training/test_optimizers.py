"""The optimizers against PyTorch's own and, for schedule-free SGD, its authors' code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from schedulefree import SGDScheduleFree
from torch import Tensor, nn

from lrlab.training import Training
from lrlab.training.optimizers import OPTIMIZERS, Optimizer
from tests.training.plain import experiment, plain_run

UPDATES, NUMBERS = 100, 40
Make = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]
# What an optimizer of ours is told, its members' own fields, and the same for the oracle's.
TWINS: dict[str, tuple[dict[str, Any], Callable[..., torch.optim.Optimizer]]] = {
    "sgd": ({}, torch.optim.SGD),
    "momentum": ({"momentum": 0.9}, torch.optim.SGD),
    "nesterov": ({"momentum": 0.9, "nesterov": True}, torch.optim.SGD),
    "adam": ({"optimizer": "adam", "beta1": 0.8, "beta2": 0.95}, torch.optim.Adam),
    "adamw": ({"optimizer": "adamw", "beta2": 0.99, "epsilon": 1e-3}, torch.optim.AdamW),
    "schedule-free": ({"optimizer": "schedule-free-sgd", "beta1": 0.8}, SGDScheduleFree),
}
DECAYS = [0.0, 0.01, 0.5]  # a member each


def oracle(name: str, fields: dict[str, Any], decay: float) -> Make:
    """Return the maker of the oracle that has the same settings under its own names."""
    made: dict[str, Any] = {"lr": 1.0, "weight_decay": decay}
    if name == "schedule-free":
        made["momentum"] = fields["beta1"]
    elif name.startswith("adam"):
        made["betas"] = fields.get("beta1", 0.9), fields.get("beta2", 0.999)
        made["eps"] = fields.get("epsilon", 1e-8)
    else:
        made |= {key: fields[key] for key in ("momentum", "nesterov") if key in fields}
    return lambda parameters: TWINS[name][1](parameters, **made)


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def moved(
    fields: list[dict[str, Any]], start: Tensor, gradients: Tensor, rates: Tensor
) -> Optimizer:
    """Return our optimizer after updates with gradients [updates, members, numbers]."""
    members = [experiment(**each) for each in fields]
    optimizer = OPTIMIZERS[members[0].optimizer](members, start)
    for update in range(len(gradients)):
        optimizer.step(gradients[update], rates[update], torch.tensor(update))
    return optimizer


def trained(make: Make, start: Tensor, gradients: Tensor, rates: Tensor) -> tuple[Tensor, Tensor]:
    """Return where the oracle takes a row to, and what it would be evaluated by."""
    row = nn.Parameter(start.clone())
    trainer = make([row])
    if isinstance(trainer, SGDScheduleFree):
        trainer.train()
    for gradient, rate in zip(gradients, rates, strict=True):
        trainer.param_groups[0]["lr"] = rate.item()
        row.grad = gradient.clone()  # the oracle may add to it
        trainer.step()
    at = row.detach().clone()
    if isinstance(trainer, SGDScheduleFree):
        trainer.eval()
    return at, row.detach()


@pytest.mark.parametrize("name", TWINS)
def test_members_move_as_the_oracle_with_their_own_rates_and_decays(name):
    torch.manual_seed(0)
    fields = [TWINS[name][0] | {"weight_decay": decay} for decay in DECAYS]
    start, gradients = draw(len(fields), NUMBERS), draw(UPDATES, len(fields), NUMBERS)
    rates = torch.rand(UPDATES, len(fields), 1, dtype=torch.float64) * 0.1
    rates[:2] = rates[50:55] = 0.0  # a schedule may begin, and pass, there
    parameters = start.clone()
    given = gradients.clone()
    optimizer = moved(fields, parameters, gradients, rates)
    assert torch.equal(gradients, given), "gradients are read, never changed"
    for member, decay in enumerate(DECAYS):
        make = oracle(name, fields[member], decay)
        at, evaluated = trained(make, start[member], gradients[:, member], rates[:, member])
        torch.testing.assert_close(parameters[member], at, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(optimizer.evaluated[member], evaluated, rtol=1e-6, atol=1e-6)


def test_members_move_with_their_own_momenta():
    torch.manual_seed(1)
    momenta = [0.0, 0.5, 0.95]
    fields = [{"momentum": momentum} for momentum in momenta]
    start, gradients = draw(3, NUMBERS), draw(UPDATES, 3, NUMBERS)
    rates = torch.rand(UPDATES, 3, 1, dtype=torch.float64) * 0.1
    parameters = start.clone()
    moved(fields, parameters, gradients, rates)
    for member, momentum in enumerate(momenta):
        make = oracle("sgd", {"momentum": momentum}, decay=0.0)
        at, _ = trained(make, start[member], gradients[:, member], rates[:, member])
        torch.testing.assert_close(parameters[member], at, rtol=1e-9, atol=1e-9)


# The rates are small, so that what rounding changes does not grow on the way.
@pytest.mark.parametrize("name", [name for name in TWINS if name != "schedule-free"])
def test_a_training_is_the_plain_loop_with_the_oracle(name):
    fields = {"epsilon": 1e-4} if name == "adam" else {}
    fields |= TWINS[name][0] | {"weight_decay": 0.01}
    lr = {"sgd": 0.02, "momentum": 2e-3, "nesterov": 2e-3}.get(name, 3e-4)
    settings = experiment(lr, train_examples=3_200, batch_size=32, **fields)
    plain = plain_run(settings, UPDATES, optimizer=oracle(name, fields, decay=0.01))
    training = Training([settings], "cpu")
    while training.update < UPDATES:
        training.advance()
    for found, expected in zip(training.weights().values(), plain.net.parameters(), strict=True):
        torch.testing.assert_close(torch.from_numpy(found), expected.detach(), rtol=0, atol=5e-5)
    assert training.head().train_loss == pytest.approx(sum(plain.losses) / UPDATES, abs=1e-5)
