"""A library's own scheduler is used where it draws the curve, and draws it exactly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrlab import Schedule
from lrlab.schedules.export import export
from tests.schedules.export.drivers import double, drive, expected
from tests.schedules.export.test_every_kind import agree

RUN = {"epochs": 8, "steps_per_epoch": 3}  # 24 updates
EXAMPLES = {"torch": 100, "timm": 100, "transformers": 100, "mxnet": 100, "keras": 30, "optax": 20}
CLOCKS = ("step", "progress")

lr, low, counts, factor = (
    st.floats(0.1, 2),
    st.floats(0, 0.1),
    st.integers(1, 30),
    st.floats(0.1, 1),
)


def spec(kind: str, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    given_ = {n: v if isinstance(v, st.SearchStrategy) else st.just(v) for n, v in fields.items()}
    return st.fixed_dictionaries({"kind": st.just(kind), **given_})


def warmup(inner: st.SearchStrategy, begin: Any = low, **others: Any) -> st.SearchStrategy:
    return spec("warmup", inner=inner, length=st.integers(1, 9), begin_lr=begin, **others)


milestones = st.lists(counts, min_size=1, max_size=4).map(sorted)
rising = st.sets(counts, min_size=1, max_size=4).map(sorted)
long = st.none() | st.integers(24, 50)
power = st.floats(0.2, 4)
constant = spec("constant", base_lr=lr)
stairs = spec("exponential", base_lr=lr, factor=factor, every=counts, staircase=True)
smooth = spec("exponential", base_lr=lr, factor=factor, every=st.floats(0.5, 9))
drops = spec("multistep", base_lr=lr, factor=factor, milestones=milestones)
few_drops = spec("multistep", base_lr=lr, factor=factor, milestones=rising)
cosine = spec("cosine", base_lr=lr, final_lr=low, length=counts)
long_cosine = spec("cosine", base_lr=lr, final_lr=low, length=long)
zero_cosine = spec("cosine", base_lr=lr, final_lr=0, length=long)
bent_cosine = spec("cosine", base_lr=lr, final_lr=low, length=counts, exponent=power)
line = spec("polynomial", base_lr=lr, final_lr=st.floats(0.01, 0.09), length=counts)
zero_line = spec("polynomial", base_lr=lr, length=counts)
curve = spec("polynomial", base_lr=lr, length=counts, power=power)
any_curve = spec("polynomial", base_lr=lr, final_lr=low, length=counts, power=power)
restarts = spec("cosine_restarts", base_lr=lr, final_lr=low, period=counts)
grown = spec("cosine_restarts", base_lr=lr, final_lr=low, period=counts,
             period_factor=st.integers(1, 3))  # fmt: skip
shrunk = spec("cosine_restarts", base_lr=lr, final_lr=low, period=counts, peak_factor=factor,
              limit=st.none() | st.integers(1, 4))  # fmt: skip
zero_shrunk = spec("cosine_restarts", base_lr=lr, period=counts, peak_factor=factor)
cyclic = spec("cyclic", min_lr=low, max_lr=lr, up=counts, down=counts, gamma=factor,
              mode=st.sampled_from(["triangular", "triangular2", "exp_range"]))  # fmt: skip
shape = st.sampled_from(["cosine", "linear"])
one_cycle = spec("one_cycle", max_lr=lr, length=long, pct_start=st.floats(0.01, 0.49),
                 shape=shape, three_phase=st.booleans())  # fmt: skip
cosine_cycle = spec("one_cycle", max_lr=lr, length=st.integers(1, 9).map(lambda n: 4 * n),
                    pct_start=0.25)  # fmt: skip
linear_cycle = spec("one_cycle", max_lr=lr, length=st.integers(1, 9).map(lambda n: 4 * n),
                    pct_start=0.25, shape="linear", three_phase=True)  # fmt: skip
tanh = spec("tanh", base_lr=lr, final_lr=low, length=long, lower=st.floats(-9, 0), upper=power)
inverse = spec("inverse_power", base_lr=lr, power=0.5, timescale=st.floats(0.5, 50))
inverse_time = spec("inverse_power", base_lr=lr, power=1, timescale=st.floats(0.5, 50))
wsd = spec("wsd", base_lr=lr, length=st.integers(20, 30), warmup=st.integers(0, 9),
           decay=st.integers(1, 10),
           decay_shape=st.sampled_from(["linear", "cosine", "sqrt"]))  # fmt: skip
waves = spec("cosine_waves", base_lr=lr, length=long, cycles=st.sampled_from([1, 2, 4]),
             hard=st.booleans())  # fmt: skip
points = rising.flatmap(
    lambda times: spec(
        "piecewise", times=[0, *times], interpolation="linear",
        rates=st.lists(lr, min_size=len(times) + 1, max_size=len(times) + 1),
    )
)  # fmt: skip
steps = points.map(lambda spec: spec | {"interpolation": "constant"})
halves = points.map(lambda spec: spec | {"interpolation": "cosine"})
parts = st.lists(st.tuples(stairs | any_curve | constant, counts), min_size=1, max_size=3)
sequence = parts.map(lambda pairs: {"kind": "sequence", "parts": [
    {"schedule": inner, "length": length} for inner, length in pairs]})  # fmt: skip

CASES = [
    ("torch", "ConstantLR", constant),
    ("torch", "StepLR", stairs),
    ("torch", "ExponentialLR", smooth),
    ("torch", "MultiStepLR", drops),
    ("torch", "PolynomialLR", curve),
    ("torch", "LinearLR", line),
    ("torch", "CosineAnnealingLR", long_cosine),
    ("torch", "CosineAnnealingWarmRestarts", grown),
    ("torch", "CyclicLR", cyclic),
    ("torch", "OneCycleLR", one_cycle),
    ("torch", "SequentialLR", warmup(smooth | curve | long_cosine, st.floats(0.01, 0.1))),
    ("timm", "StepLRScheduler", stairs),
    ("timm", "MultiStepLRScheduler", drops),
    ("timm", "CosineLRScheduler", cosine),
    ("timm", "CosineLRScheduler", shrunk),
    ("timm", "PolyLRScheduler", any_curve),
    ("timm", "TanhLRScheduler", tanh),
    ("timm", "warmup_prefix=True", warmup(stairs | cosine | any_curve)),
    ("transformers", "get_constant_schedule(", constant),
    ("transformers", "get_constant_schedule_with_warmup", warmup(constant, 0)),
    ("transformers", "get_cosine_schedule_with_warmup", zero_cosine),
    ("transformers", "get_cosine_schedule_with_warmup", warmup(zero_cosine, 0)),
    ("transformers", "get_cosine_with_min_lr", spec("cosine", base_lr=lr, length=long)),
    ("transformers", "get_linear_schedule_with_warmup", zero_line),
    ("transformers", "get_linear_schedule_with_warmup", warmup(zero_line, 0)),
    ("transformers", "get_polynomial_decay_schedule", line),
    ("transformers", "get_polynomial_decay_schedule", warmup(line, 0)),
    ("transformers", "get_inverse_sqrt_schedule", inverse),
    ("transformers", "get_inverse_sqrt_schedule", warmup(inverse, 0)),
    ("transformers", "get_wsd_schedule", wsd),
    ("transformers", "get_cosine", waves),
    ("keras", "PolynomialDecay", any_curve),
    ("keras", "ExponentialDecay", stairs | smooth),
    ("keras", "InverseTimeDecay", inverse_time),
    ("keras", "PiecewiseConstantDecay", drops),
    ("keras", "PiecewiseConstantDecay", steps),
    ("keras", "CosineDecay(", cosine),
    ("keras", "CosineDecay(", warmup(cosine)),
    ("keras", "CosineDecayRestarts", restarts | zero_shrunk),
    ("optax", "constant_schedule", constant),
    ("optax", "polynomial_schedule", any_curve),
    ("optax", "exponential_decay", spec("exponential", base_lr=lr, every=counts, min_lr=low)),
    ("optax", "exponential_decay", stairs.filter(lambda spec: spec["factor"] < 1)),
    ("optax", "piecewise_constant_schedule", drops | steps),
    ("optax", "piecewise_interpolate_schedule", points | halves),
    ("optax", "cosine_decay_schedule", bent_cosine),
    ("optax", "cosine_onecycle_schedule", cosine_cycle),
    ("optax", "linear_onecycle_schedule", linear_cycle),
    ("optax", "warmup_cosine_decay_schedule", warmup(bent_cosine)),
    ("optax", "join_schedules", warmup(any_curve | drops)),
    ("optax", "join_schedules", sequence),
    ("mxnet", "FactorScheduler", stairs),
    ("mxnet", "MultiFactorScheduler", few_drops),
    ("mxnet", "CosineScheduler", cosine),
    ("mxnet", "PolyScheduler", any_curve),
]  # fmt: skip


@pytest.mark.parametrize(("library", "name", "specs"), CASES)
def test_its_rates_are_the_previewed_ones(
    library: str, name: str, specs: st.SearchStrategy
) -> None:
    @settings(
        max_examples=EXAMPLES[library], deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(specs, st.sampled_from(CLOCKS))
    def check(spec: dict[str, Any], clock: str) -> None:
        rates_of(library, name, spec, RUN | {"clock": clock})

    check()


def rates_of(library: str, name: str, spec: dict[str, Any], run: dict[str, Any]) -> None:
    schedule = Schedule.parse(spec)
    code = export(schedule, library, **run)
    assert name in code
    with double():
        agree(drive(library, code, run), expected(library, schedule.rates(**run), run))


@pytest.mark.parametrize("library", ["keras", "mxnet", "optax"])
@pytest.mark.parametrize("specs", [stairs.filter(lambda s: s["factor"] < 1), few_drops])
def test_a_drop_between_epochs_is_the_librarys_own_in_updates(
    library: str, specs: st.SearchStrategy
) -> None:
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(specs)
    def check(spec: dict[str, Any]) -> None:
        rates_of(library, "(", spec, RUN | {"clock": "epoch"})
        code = export(Schedule.parse(spec), library, **RUN)
        assert "Rates" not in code
        assert "lambda count" not in code

    check()


def test_torchs_cosine_that_would_climb_again_is_not_used() -> None:
    short = Schedule.parse({"kind": "cosine", "length": 20})
    assert "CosineAnnealingLR" in export(short, "torch", epochs=20)
    assert "CosineAnnealingLR" not in export(short, "torch", epochs=21)
