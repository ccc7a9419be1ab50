"""What an update asks of the host: nothing, or it could not be captured as a CUDA graph."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from lrlab.training.device import casts, kernels
from lrlab.training.pack import Pack
from lrlab.training.update import Update
from tests.training.plain import experiment

SMALL = {"train_examples": 64, "batch_size": 32}

# A value that the host reads, or a shape that depends on values: both wait for the device.
WAITS = {"aten._local_scalar_dense.default", "aten.nonzero.default", "aten._unique2.default"}


class Watch(TorchDispatchMode):
    """Notes every operation by name."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen.add(str(func))
        return func(*args, **(kwargs or {}))


CASES: list[dict[str, Any]] = [
    {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "averages": ["ema", "swa"]},
    {"optimizer": "adam"},
    {"optimizer": "adamw", "weight_decay": 0.1, "precision": "bfloat16"},
    {"optimizer": "schedule-free-sgd", "model": "lenet-batchnorm"},
    {"optimizer": "sgld", "model": "mlp"},
]


@pytest.mark.parametrize("fields", CASES, ids=str)
@pytest.mark.parametrize("order_seed", [None, 1], ids=["own orders", "one order"])
def test_an_update_never_waits_for_the_device(fields, order_seed):
    members = [experiment(seed=s, order_seed=order_seed, **SMALL, **fields) for s in (0, 1)]
    pack = Pack(members, "cpu")
    pack.begin(0)
    update = Update(pack, 32)
    with Watch() as watch:
        update()
    assert "aten.convolution.default" in watch.seen or fields.get("model") == "mlp"
    assert watch.seen & WAITS == set()


def test_the_watch_sees_the_host_read_a_value():
    with Watch() as watch:
        torch.ones(1).item()
    assert watch.seen & WAITS


def test_an_update_reads_its_place_from_the_device():
    """The same call, at another count, is another batch: nothing of it lies in the program."""
    pack = Pack([experiment(**SMALL)], "cpu")
    pack.begin(0)
    update = Update(pack, 32)
    losses = []
    for place in (0, 1, 0):
        pack.update.fill_(place)
        pack.sums.zero_()
        update()  # at rate 0: nothing is learned
        losses.append(pack.sums[0, 0].item())
    assert losses[0] == losses[2] != losses[1]


def test_bfloat16_rounds_the_forward_pass_and_keeps_the_weights_in_float32():
    exact, rounded = (
        Pack([experiment(**SMALL, precision=precision)], "cpu")
        for precision in ("float32", "bfloat16")
    )
    for pack in (exact, rounded):
        pack.begin(0)
        Update(pack, 32)()
    assert rounded.weights.parameters.dtype == torch.float32
    difference = (exact.gradients - rounded.gradients).norm() / exact.gradients.norm()
    assert 1e-4 < difference < 0.1


@pytest.mark.parametrize(("precision", "loose"), [("float32", False), ("tf32", True)])
def test_a_gpus_kernels_are_exact_unless_tf32_is_asked_for(precision, loose):
    with kernels(precision, "cuda"):
        assert torch.backends.cudnn.enabled
        assert torch.backends.cudnn.deterministic
        assert torch.backends.cudnn.allow_tf32 is loose
        assert torch.backends.cuda.matmul.allow_tf32 is loose
    with kernels("float32", "cuda"):  # and back again
        assert torch.backends.cuda.matmul.allow_tf32 is False


def test_only_bfloat16_casts():
    product = torch.ones(2, 2)
    for precision, kind in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        with casts(precision, "cpu"):
            assert (product @ product).dtype == kind
