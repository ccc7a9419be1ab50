"""One cycle: where it ends, and at which rate."""

from __future__ import annotations

from collections.abc import Iterator

from lrlab.schedules.base import Schedule
from lrlab.schedules.conventions.writing import NONE, Variant, call, variant, whole
from lrlab.schedules.families import OneCycle


def one_cycle(one: OneCycle, T: float) -> Iterator[Variant]:
    length, top = whole(one.length or T), one.max_lr
    more = {"div_factor": one.div_factor, "final_div_factor": one.final_div_factor}
    shape = {"anneal_strategy": "linear"} if one.shape == "linear" else {}
    phases = {"three_phase": True} if one.three_phase else {}
    yield variant(
        "PyTorch",
        "Its last rate comes at its last step, one tick before the end, and the top "
        "up to one tick earlier; a step past the end raises an error.",
        lambda: call(
            "OneCycleLR",
            top,
            "opt",
            max_lr=top,
            total_steps=length,
            pct_start=one.pct_start,
            **shape,
            **more,
            **phases,
        ),
        ends=length,
    )
    if not one.three_phase:
        yield from _other_cycles(one, length, more)
    for library in ("Transformers", "Keras", "timm", "MXNet"):
        yield Variant(library, NONE)


def _other_cycles(one: OneCycle, length: float, more: dict[str, float]) -> Iterator[Variant]:
    name, words = "cosine_onecycle_schedule", "same"
    if int(one.pct_start * length) != one.pct_start * length:
        words = "The top is moved to the whole step before."
    if one.shape == "linear":
        name = "linear_onecycle_schedule"
        words = "The line comes back to the first rate at 85 % and only then goes to the last."
    yield variant(
        "optax",
        words,
        lambda: call(name, one.max_lr, length, one.max_lr, pct_start=one.pct_start, **more),
    )
    ended = one.spec() | {
        "length": length,
        "final_div_factor": one.final_div_factor / one.div_factor,
    }
    yield Variant("fastai", "It ends at max_lr / final_div, not divided by div_factor as well.",
                  f"fit_one_cycle(…, lr_max={one.max_lr:g}, div={one.div_factor:g}, "
                  f"div_final={one.final_div_factor:g}, pct_start={one.pct_start:g})",
                  Schedule.parse(ended))  # fmt: skip
