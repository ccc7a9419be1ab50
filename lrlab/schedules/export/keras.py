"""Keras: a LearningRateSchedule, its own where that draws the curve, else one over `lr_at`.

An optimizer hands it the number of updates done before. Keras computes its own in floatx,
`lr_at` here in double precision.
"""

from __future__ import annotations

from lrlab.schedules.export.arrays import ArrayWriter
from lrlab.schedules.export.own import Own, Parameters, find, whole
from lrlab.schedules.export.run import Run
from lrlab.schedules.export.writer import program

GENERIC = '''@keras.saving.register_keras_serializable("lrlab")
class Rates(keras.optimizers.schedules.LearningRateSchedule):
    """The rate after `step` updates, of which an epoch has {steps}."""

    def __call__(self, step):
        step = ops.cast(step, "float64")
{comment}        return ops.cast({rate}, keras.config.floatx())

    def get_config(self):
        return {{}}
'''

MAKE = '''def make_schedule():
    """Return the rates for an optimizer: keras.optimizers.SGD(make_schedule())."""
    return {code}
'''


# In place of functions of keras.ops that leave double precision where they meet a plain number.
HELPERS = {
    "floor": "def floor(x):\n    return x - x % 1",
    "ceil": "def ceil(x):\n    return x + -x % 1",
    "minimum": "def minimum(a, b):\n    return ops.where(a < b, a, b)",
    "maximum": "def maximum(a, b):\n    return ops.where(a > b, a, b)",
}


class KerasWriter(ArrayWriter):
    """Writes over keras.ops, in double precision."""

    library = "ops"
    helpers = HELPERS

    def array(self, code: str) -> str:
        return f'ops.convert_to_tensor({code}, "float64")'

    def entry(self, entries: str, index: str) -> str:
        return f"ops.take({entries}, {index})"


def real(value: float) -> str:
    """Return a number as source with its point: Keras would compute in integers without."""
    return repr(float(value))


def _schedule(call: str) -> str:
    return f"keras.optimizers.schedules.{call}"


def _cosine(p: Parameters, begin: float | None = None, warmup: int = 0) -> str:
    alpha = f"alpha={real(p.final_lr / p.base_lr)}"
    if begin is None:
        return _schedule(f"CosineDecay({real(p.base_lr)}, {real(p.length)}, {alpha})")
    # Its decay_steps exclude the warmup.
    warm = f"warmup_target={real(p.base_lr)}, warmup_steps={warmup}"
    return _schedule(f"CosineDecay({real(begin)}, {real(p.length)}, {alpha}, {warm})")


def _warm_fits(p: Parameters) -> bool:
    straight = p.shift and p.mode == "linear" and whole(p.length)
    return straight and p.inner.kind == "cosine" and p.own(p.inner) is not None


def _steps(times: list[int], rates: list[float]) -> str:
    # A boundary still has the rate before it, so each is one update early.
    boundaries = [time - 1 for time in times]
    values = ", ".join(map(real, rates))
    return _schedule(f"PiecewiseConstantDecay({boundaries}, [{values}])")


def _drops(p: Parameters) -> str:
    times = sorted(set(p.milestones))
    passed = [sum(m <= time for m in p.milestones) for time in times]
    return _steps(times, [p.base_lr, *(p.base_lr * p.factor**n for n in passed)])


OWN = (
    Own("polynomial", lambda p: True,
        lambda p: _schedule(f"PolynomialDecay({real(p.base_lr)}, {real(p.length)}, "
                            f"{real(p.final_lr)}, power={real(p.power)})")),
    Own("exponential", lambda p: p.min_lr == 0 and p.staircase and whole(p.every),
        lambda p: _schedule(f"ExponentialDecay({real(p.base_lr)}, {p.every}, "
                            f"{real(p.factor)}, staircase=True)"), flat=True),
    Own("exponential", lambda p: p.min_lr == 0 and not p.staircase,
        lambda p: _schedule(f"ExponentialDecay({real(p.base_lr)}, {real(p.every)}, "
                            f"{real(p.factor)})")),
    Own("inverse_power", lambda p: p.power == 1,
        lambda p: _schedule(f"InverseTimeDecay({real(p.base_lr)}, {real(p.timescale)}, 1)")),
    Own("multistep", lambda p: whole(*p.milestones) and p.milestones, _drops, flat=True),
    Own("piecewise", lambda p: p.interpolation == "constant" and whole(*p.times[1:])
                               and len(p.times) > 1,
        lambda p: _steps(p.times[1:], p.rates), flat=True),
    Own("cosine", lambda p: p.exponent == 1 and p.base_lr > 0, _cosine),
    Own("warmup", _warm_fits,
        lambda p: _cosine(p.counted(p.inner), p.begin_lr, p.length)),
    # With t_mul it misses restarts by a rounding; m_mul would lower alpha's part not at all.
    Own("cosine_restarts",
        lambda p: whole(p.period) and p.period_factor == 1 and p.limit is None and p.base_lr > 0
                  and (p.peak_factor == 1 or p.final_lr == 0),
        lambda p: _schedule(f"CosineDecayRestarts({real(p.base_lr)}, {p.period}, t_mul=1.0, "
                            f"m_mul={real(p.peak_factor)}, "
                            f"alpha={real(p.final_lr / p.base_lr)})")),
)  # fmt: skip


def source(run: Run) -> str:
    """Return source for Keras: `lr_at(t)` and `make_schedule()`."""
    found = find(OWN, run, updates=True)
    rate = run.rate("step", updates=True, where="ops.where({0}, {1}, {2})")
    comment = f"    {run.comment()}" if run.lag else ""
    generic = GENERIC.format(steps=run.steps_per_epoch, comment=comment, rate=rate)
    return program(
        ["import keras", "from keras import ops"],
        KerasWriter(run.T, run.unit).source(run.schedule),
        *([] if found else [generic]),
        MAKE.format(code=found.code if found else "Rates()"),
    )
