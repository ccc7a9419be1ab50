"""Keras' schedules, `keras.optimizers.schedules` (read in 3.15)."""

from __future__ import annotations

from lrlab.schedules.importing.checks import (
    Count,
    Ignored,
    Length,
    Number,
    Rate,
    Rates,
    Switch,
)
from lrlab.schedules.importing.shapes import constant, cosine, line, points, warm
from lrlab.schedules.importing.table import Given, Spec, reads
from lrlab.schedules.importing.values import refuse
from lrlab.sentence import Sentence

keras = reads("Keras", clock="step")


def _type(given: Given, initial_learning_rate: float) -> None:
    """Say what Keras does with a whole number: its type is that of the whole computation."""
    if isinstance(initial_learning_rate, int):
        given.note(
            Sentence(
                "Keras computes in whole numbers where initial_learning_rate is one, "
                "{initial_learning_rate}; here it is {initial_learning_rate}.0.",
                initial_learning_rate=initial_learning_rate,
            )
        )


@keras
def ExponentialDecay(
    given: Given, initial_learning_rate: Rate, decay_steps: Length, decay_rate: Number,
    staircase: Switch = False, name: Ignored = None,
) -> Spec:  # fmt: skip
    _type(given, initial_learning_rate)
    return {
        "kind": "exponential", "base_lr": initial_learning_rate, "factor": decay_rate,
        "every": decay_steps, "staircase": staircase,
    }  # fmt: skip


@keras
def PiecewiseConstantDecay(
    given: Given, boundaries: Rates, values: Rates, name: Ignored = None
) -> Spec:
    if len(values) != len(boundaries) + 1 or not boundaries:
        raise refuse(
            f"has PiecewiseConstantDecay with {len(boundaries)} boundaries and {len(values)} "
            "values; allowed is one more value than boundaries."
        )
    if list(boundaries) != sorted(set(boundaries)):
        raise refuse("has PiecewiseConstantDecay with boundaries that do not rise; "
                     "allowed are rising numbers.")  # fmt: skip
    given.note(
        "Keras' PiecewiseConstantDecay changes after a boundary, not at it: one step later "
        "than torch; so do the times here."
    )
    return points([0, *(int(each) + 1 for each in boundaries)], values, "constant")


@keras
def PolynomialDecay(
    given: Given, initial_learning_rate: Rate, decay_steps: Length,
    end_learning_rate: Rate = 1e-4, power: Number = 1.0, cycle: Switch = False,
    name: Ignored = None,
) -> Spec:  # fmt: skip
    _type(given, initial_learning_rate)
    if cycle:
        raise refuse("has PolynomialDecay with cycle True; allowed is False.")
    return line(initial_learning_rate, end_learning_rate, decay_steps, power)


@keras
def InverseTimeDecay(
    given: Given, initial_learning_rate: Rate, decay_steps: Length, decay_rate: Rate,
    staircase: Switch = False, name: Ignored = None,
) -> Spec:  # fmt: skip
    _type(given, initial_learning_rate)
    if staircase:
        raise refuse("has InverseTimeDecay with staircase True; allowed is False.")
    if decay_rate == 0:
        return constant(initial_learning_rate)
    timescale = decay_steps / decay_rate
    rates = {"base_lr": initial_learning_rate, "power": 1.0}
    return {"kind": "inverse_power", **rates, "timescale": timescale}


@keras
def CosineDecay(
    given: Given, initial_learning_rate: Rate, decay_steps: Length, alpha: Rate = 0.0,
    name: Ignored = None, warmup_target: Rate | None = None, warmup_steps: Count = 0,
) -> Spec:  # fmt: skip
    _type(given, initial_learning_rate)
    if warmup_target is None:
        return cosine(initial_learning_rate, alpha * initial_learning_rate, decay_steps)
    given.note(
        Sentence(
            "Keras counts decay_steps after the warmup: the whole takes {steps:g} steps.",
            steps=decay_steps + warmup_steps,
        )
    )
    fall = cosine(warmup_target, alpha * warmup_target, decay_steps)
    return warm(fall, warmup_steps, initial_learning_rate)


@keras
def CosineDecayRestarts(
    given: Given, initial_learning_rate: Rate, first_decay_steps: Length, t_mul: Length = 2.0,
    m_mul: Rate = 1.0, alpha: Rate = 0.0, name: Ignored = None,
) -> Spec:  # fmt: skip
    _type(given, initial_learning_rate)
    if m_mul != 1 and alpha != 0:
        raise refuse(
            f"has CosineDecayRestarts with m_mul {m_mul:g} and alpha {alpha:g}; "
            "allowed is m_mul 1 or alpha 0."
        )
    return {
        "kind": "cosine_restarts", "base_lr": initial_learning_rate,
        "final_lr": alpha * initial_learning_rate, "period": first_decay_steps,
        "period_factor": t_mul, "peak_factor": m_mul,
    }  # fmt: skip
