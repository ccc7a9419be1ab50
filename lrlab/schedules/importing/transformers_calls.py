"""The schedules of Hugging Face Transformers, `transformers.optimization` (read in 5.24)."""

from __future__ import annotations

from lrlab.schedules.importing.checks import (
    Count,
    Ignored,
    Length,
    Number,
    Rate,
    Start,
    Text,
)
from lrlab.schedules.importing.shapes import (
    after_warmup,
    constant,
    cosine,
    joined,
    line,
    one_of,
    points,
    warm,
    within,
)
from lrlab.schedules.importing.table import Given, Spec, reads
from lrlab.schedules.importing.values import refuse

transformers = reads("Transformers", clock="step")
NAMES = ("num_training_steps", "num_warmup_steps")


@transformers
def get_constant_schedule(given: Given, optimizer: Ignored, last_epoch: Start = -1) -> Spec:
    return constant(given.base_lr)


@transformers
def get_constant_schedule_with_warmup(
    given: Given, optimizer: Ignored, num_warmup_steps: Count, last_epoch: Start = -1
) -> Spec:
    return warm(constant(given.base_lr), num_warmup_steps)


@transformers
def get_linear_schedule_with_warmup(
    given: Given, optimizer: Ignored, num_warmup_steps: Count, num_training_steps: Count,
    last_epoch: Start = -1,
) -> Spec:  # fmt: skip
    name = "get_linear_schedule_with_warmup"
    left = after_warmup(name, num_training_steps, num_warmup_steps, NAMES)
    return warm(line(given.base_lr, 0.0, left), num_warmup_steps)


@transformers
def get_cosine_schedule_with_warmup(
    given: Given, optimizer: Ignored, num_warmup_steps: Count, num_training_steps: Count,
    num_cycles: Length = 0.5, last_epoch: Start = -1,
) -> Spec:  # fmt: skip
    name = "get_cosine_schedule_with_warmup"
    left = after_warmup(name, num_training_steps, num_warmup_steps, NAMES)
    return warm(_waves(given, left, num_cycles, 0.0), num_warmup_steps)


def _waves(given: Given, length: float, cycles: float, final_lr: float) -> Spec:
    given.note(
        "Transformers' cosine goes on along its wave after num_training_steps; here the rate stays."
    )
    if cycles == 0.5:
        return cosine(given.base_lr, final_lr, length)
    rates = {"base_lr": given.base_lr, "final_lr": final_lr}
    return {"kind": "cosine_waves", **rates, "length": length, "cycles": cycles, "hard": False}


@transformers
def get_cosine_with_hard_restarts_schedule_with_warmup(
    given: Given, optimizer: Ignored, num_warmup_steps: Count, num_training_steps: Count,
    num_cycles: Length = 1, last_epoch: Start = -1,
) -> Spec:  # fmt: skip
    name = "get_cosine_with_hard_restarts_schedule_with_warmup"
    left = after_warmup(name, num_training_steps, num_warmup_steps, NAMES)
    waves = {
        "kind": "cosine_waves", "base_lr": given.base_lr, "final_lr": 0.0, "length": left,
        "cycles": num_cycles, "hard": True,
    }  # fmt: skip
    return warm(waves, num_warmup_steps)


@transformers
def get_polynomial_decay_schedule_with_warmup(
    given: Given, optimizer: Ignored, num_warmup_steps: Count, num_training_steps: Count,
    lr_end: Rate = 1e-7, power: Number = 1.0, last_epoch: Start = -1,
) -> Spec:  # fmt: skip
    name = "get_polynomial_decay_schedule_with_warmup"
    left = after_warmup(name, num_training_steps, num_warmup_steps, NAMES)
    if lr_end >= given.base_lr:
        raise refuse(
            f"has {name} with lr_end {lr_end:g}; allowed is below the optimizer's rate, "
            f"{given.base_lr:g}."
        )
    return warm(line(given.base_lr, lr_end, left, power), num_warmup_steps)


@transformers
def get_inverse_sqrt_schedule(
    given: Given, optimizer: Ignored, num_warmup_steps: Count, timescale: Length | None = None,
    last_epoch: Start = -1,
) -> Spec:  # fmt: skip
    scale = num_warmup_steps or 10_000 if timescale is None else timescale
    fall = {"kind": "inverse_power", "base_lr": given.base_lr, "power": 0.5, "timescale": scale}
    return warm(fall, num_warmup_steps)


@transformers
def get_cosine_with_min_lr_schedule_with_warmup(
    given: Given, optimizer: Ignored, num_warmup_steps: Count, num_training_steps: Count,
    num_cycles: Length = 0.5, last_epoch: Start = -1, min_lr: Rate | None = None,
    min_lr_rate: Rate | None = None,
) -> Spec:  # fmt: skip
    name = "get_cosine_with_min_lr_schedule_with_warmup"
    left = after_warmup(name, num_training_steps, num_warmup_steps, NAMES)
    if (min_lr is None) == (min_lr_rate is None):
        raise refuse(f"has {name} with both or none of min_lr and min_lr_rate; allowed is one.")
    last = given.base_lr * (min_lr_rate or 0.0) if min_lr is None else min_lr
    return warm(_waves(given, left, num_cycles, last), num_warmup_steps)


SHAPES = {"linear": "linear", "cosine": "cosine", "1-sqrt": "sqrt"}


@transformers
def get_wsd_schedule(
    given: Given, optimizer: Ignored, num_warmup_steps: Count, num_decay_steps: Count,
    num_training_steps: Count | None = None, num_stable_steps: Count | None = None,
    warmup_type: Text = "linear", decay_type: Text = "cosine", min_lr_ratio: Rate = 0.0,
    num_cycles: Length = 0.5, last_epoch: Start = -1,
) -> Spec:  # fmt: skip
    name = "get_wsd_schedule"
    mode = one_of(name, "warmup_type", warmup_type, ("linear", "cosine"))
    shape = SHAPES[one_of(name, "decay_type", decay_type, tuple(SHAPES))]
    if num_cycles != 0.5 and shape == "cosine":
        raise refuse(f"has {name} with num_cycles {num_cycles:g}; allowed is 0.5.")
    stable = _stable(name, num_warmup_steps, num_decay_steps, num_training_steps, num_stable_steps)
    last = given.base_lr * within(name, "min_lr_ratio", min_lr_ratio, 0, 1)
    held = _held(given.base_lr, last, stable, num_decay_steps, shape)
    if stable or num_decay_steps:
        return warm(held, num_warmup_steps, last, mode=mode)
    rise = points([0, num_warmup_steps], [last, given.base_lr], mode)
    return joined([rise, held], [num_warmup_steps]) if num_warmup_steps else held


def _held(base_lr: float, last: float, stable: int, decay: int, shape: str) -> Spec:
    if decay == 0:
        return points([0, stable], [base_lr, last], "constant")
    return {
        "kind": "wsd", "base_lr": base_lr, "final_lr": last, "length": stable + decay,
        "decay": decay, "decay_shape": shape,
    }  # fmt: skip


def _stable(name: str, warmup: int, decay: int, total: int | None, stable: int | None) -> int:
    if stable is not None:
        return stable
    if total is None or total < warmup + decay:
        raise refuse(
            f"has {name} without steps to hold; allowed are num_stable_steps, or a "
            f"num_training_steps from {warmup + decay}."
        )
    return total - warmup - decay
