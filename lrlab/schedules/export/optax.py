"""optax: a function from the count of updates to the rate, usable under `jax.jit`.

optax hands a schedule the number of updates that came before, so count 0 is the first.
"""

from __future__ import annotations

from itertools import pairwise

from lrlab.schedules.base import Schedule
from lrlab.schedules.export.arrays import ArrayWriter
from lrlab.schedules.export.own import Own, Parameters, find, whole
from lrlab.schedules.export.run import Run, number
from lrlab.schedules.export.writer import program

PRECISE = """    if not jax.config.jax_enable_x64:
        raise RuntimeError("Noise counts beyond float32; JAX needs its jax_enable_x64.")"""


class JaxWriter(ArrayWriter):
    """Writes over jax.numpy."""

    library = "jnp"

    def __init__(self, run: Run) -> None:
        super().__init__(run.T, run.unit)
        self.precise = _noisy(run.schedule)

    def array(self, code: str) -> str:
        return f"jnp.asarray({code}, float)"

    def function(self, name: str, summary: str, lines: list[str], result: str) -> str:
        first = [PRECISE] if name == "lr_at" and self.precise else []
        return super().function(name, summary, [*first, *lines], result)


def _exponential(p: Parameters) -> str:
    stairs = ", staircase=True" if p.staircase else ""
    floor = f", end_value={number(p.min_lr)}" if p.min_lr else ""
    return (
        f"optax.exponential_decay({number(p.base_lr)}, {number(p.every)}, "
        f"{number(p.factor)}{stairs}{floor})"
    )


def _drops(p: Parameters) -> str:
    scales = {m: p.factor ** p.milestones.count(m) for m in p.milestones}
    return f"optax.piecewise_constant_schedule({number(p.base_lr)}, {_table(scales)})"


def _table(scales: dict[float, float]) -> str:
    entries = ", ".join(f"{count}: {number(scale)}" for count, scale in scales.items())
    return f"{{{entries}}}"


def _points(p: Parameters) -> str:
    # Each boundary scales the value before it; the first holds the rate until its time.
    scales = {time: after / before for time, (before, after) in
              zip(p.times[1:], pairwise(p.rates), strict=True)}  # fmt: skip
    name = "constant" if p.interpolation == "constant" else "interpolate"
    if p.times[0] and name == "interpolate":
        scales = {p.times[0]: 1.0} | scales
    how = "" if name == "constant" else f'"{p.interpolation}", '
    return f"optax.piecewise_{name}_schedule({how}{number(p.rates[0])}, {_table(scales)})"


def _points_fit(p: Parameters) -> bool:
    return whole(*p.times[1:]) and isinstance(p.times[0], int) and min(p.rates) > 0


def _top(p: Parameters) -> bool:
    """Return whether the top of a cycle is at a whole count: optax would round it."""
    return whole(p.length) and float(p.pct_start * p.length).is_integer() and 0 < p.pct_start < 1


def _cycle(p: Parameters, name: str, final: str = "") -> str:
    return (
        f"optax.{name}_onecycle_schedule({p.length}, {number(p.max_lr)}, "
        f"pct_start={number(p.pct_start)}{final}, div_factor={number(p.div_factor)}, "
        f"final_div_factor={number(p.final_div_factor)})"
    )


def _cosine(p: Parameters) -> str:
    bent = f", exponent={number(p.exponent)}" if p.exponent != 1 else ""
    alpha = f", alpha={number(p.final_lr / p.base_lr)}" if p.final_lr else ""
    return f"optax.cosine_decay_schedule({number(p.base_lr)}, {number(p.length)}{alpha}{bent})"


def _polynomial(p: Parameters) -> str:
    return (
        f"optax.polynomial_schedule({number(p.base_lr)}, {number(p.final_lr)}, "
        f"{number(p.power)}, {number(p.length)})"
    )


def _joined(p: Parameters) -> str:
    starts, total = [], 0
    for length in p.lengths[:-1]:
        total += length
        starts.append(total)
    parts = ", ".join(p.own(part.schedule).code for part in p.parts)
    return f"optax.join_schedules([{parts}], {starts})"


def _warmup(p: Parameters) -> str:
    inner = p.own(p.inner)
    rise = f"optax.linear_schedule({number(p.begin_lr)}, {number(inner.base)}, {p.length})"
    return f"optax.join_schedules([{rise}, {inner.code}], [{p.length}])"


def _warm_cosine(p: Parameters) -> str:
    inner = p.counted(p.inner)
    bent = f", exponent={number(inner.exponent)}" if inner.exponent != 1 else ""
    # Its total includes the warmup.
    return (
        f"optax.warmup_cosine_decay_schedule({number(p.begin_lr)}, {number(inner.base_lr)}, "
        f"{p.length}, {number(p.length + inner.length)}, end_value={number(inner.final_lr)}{bent})"
    )


def _rises(p: Parameters) -> bool:
    straight = p.shift and p.mode == "linear" and whole(p.length)
    return straight and p.inner.kind != "warmup" and p.own(p.inner) is not None


OWN = (
    Own("constant", lambda p: True, lambda p: f"optax.constant_schedule({number(p.base_lr)})",
        flat=True),
    Own("polynomial", lambda p: True, _polynomial),
    # optax takes a factor of 0 for no decay, and a floor for a ceiling from factor 1 on.
    Own("exponential", lambda p: 0 < p.factor < 1 and p.staircase and whole(p.every),
        _exponential, flat=True),
    Own("exponential", lambda p: 0 < p.factor < 1 and not p.staircase, _exponential),
    Own("multistep", lambda p: whole(*p.milestones), _drops, flat=True),
    Own("piecewise", lambda p: p.interpolation == "constant" and _points_fit(p), _points,
        flat=True),
    Own("piecewise", lambda p: p.interpolation in ("linear", "cosine") and _points_fit(p),
        _points),
    Own("cosine", lambda p: p.base_lr > 0, _cosine),
    Own("one_cycle", lambda p: p.shape == "cosine" and not p.three_phase and _top(p),
        lambda p: _cycle(p, "cosine")),
    Own("one_cycle", lambda p: p.shape == "linear" and p.three_phase and _top(p)
                               and p.pct_start < 0.5,
        lambda p: _cycle(p, "linear", f", pct_final={number(2 * p.pct_start)}")),
    Own("warmup", lambda p: _rises(p) and p.inner.kind == "cosine", _warm_cosine),
    Own("warmup", _rises, _warmup),
    Own("sequence", lambda p: whole(*p.lengths[:-1]) and all(p.own(q.schedule) for q in p.parts),
        _joined, flat=True),
)  # fmt: skip


def source(run: Run) -> str:
    """Return source for optax: `lr_at(t)` and `make_schedule()`."""
    imports = ["import jax", "import jax.numpy as jnp", "import optax"]
    writer = JaxWriter(run)
    found = find(OWN, run, updates=True)
    rate = run.rate("count", updates=True, where="jnp.where({0}, {1}, {2})")
    made = (
        "def make_schedule():\n"
        '    """Return the rate as a function of the updates done: optax.sgd(make_schedule())."""\n'
        f"{run.comment()}    return {found.code if found else f'lambda count: {rate}'}\n"
    )
    written = writer.source(run.schedule)
    return program(imports if writer.precise else imports[1:], written, made)


def _noisy(schedule: Schedule) -> bool:
    return schedule.kind == "noise" or any(map(_noisy, schedule.children()))
