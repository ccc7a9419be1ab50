"""optax's schedules, read from their calls, against the library's own in double precision."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.schedules.importing.oracles import (
    EXAMPLES,
    FEW,
    agree,
    factors,
    lengths,
    rates,
    read,
    run_function,
    warmups,
)

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
NAMES = vars(optax)


@pytest.fixture(autouse=True, scope="module")
def _doubles() -> Iterator[None]:
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)


def check(text: str) -> None:
    imported = read(text)
    agree(imported, run_function(text, NAMES))
    assert imported.clock == "step"


begins = st.integers(0, 8)
scales = st.dictionaries(st.integers(0, 35), st.floats(0, 1.5), max_size=4)


@EXAMPLES
@given(rates, rates, st.floats(0.3, 3), st.integers(0, 30), begins)
def test_polynomials(lr: float, end: float, power: float, steps: int, begin: int) -> None:
    check(f"polynomial_schedule({lr}, {end}, {power}, {steps}, {begin})")
    check(f"linear_schedule({lr}, {end}, {steps}, {begin})")
    check(f"constant_schedule({lr})")


@EXAMPLES
@given(rates, st.integers(0, 30), st.floats(0, 1.3), begins, st.booleans(), st.none() | rates)
def test_exponential_decay(
    lr: float, steps: int, rate: float, begin: int, stairs: bool, end: float | None
) -> None:
    check(f"exponential_decay({lr}, {steps}, {rate}, {begin}, {stairs}, end_value={end})")


@EXAMPLES
@given(rates, lengths, st.floats(0, 1), st.floats(0.3, 3))
def test_cosine_decay(lr: float, steps: int, alpha: float, exponent: float) -> None:
    check(f"cosine_decay_schedule({lr}, {steps}, alpha={alpha}, exponent={exponent})")


@EXAMPLES
@given(st.floats(0, 0.1), rates, warmups, lengths, st.floats(0, 0.1), st.floats(0.3, 3))
def test_warmup_cosine_decay(
    first: float, top: float, warmup: int, left: int, end: float, exponent: float
) -> None:
    check(
        f"warmup_cosine_decay_schedule({first}, {top}, {warmup}, {warmup + left}, {end}, "
        f"exponent={exponent})"
    )


@EXAMPLES
@given(st.floats(0, 0.1), rates, warmups)
def test_warmup_constant(first: float, top: float, warmup: int) -> None:
    check(f"warmup_constant_schedule({first}, {top}, {warmup})")


@EXAMPLES
@given(st.floats(0, 0.1), rates, warmups, lengths, st.floats(0.1, 1.2), begins, st.booleans(),
       st.none() | rates)  # fmt: skip
def test_warmup_exponential_decay(
    first: float, top: float, warmup: int, steps: int, rate: float, begin: int, stairs: bool,
    end: float | None,
) -> None:  # fmt: skip
    check(
        f"warmup_exponential_decay_schedule({first}, {top}, {warmup}, {steps}, {rate}, {begin}, "
        f"{stairs}, {end})"
    )


@FEW
@given(rates, st.none() | scales, st.sampled_from(["linear", "cosine"]))
def test_piecewise(lr: float, at: dict[int, float] | None, shape: str) -> None:
    check(f"piecewise_constant_schedule({lr}, {at})")
    check(f"piecewise_interpolate_schedule({shape!r}, {lr}, {at or {5: 0.5}})")


@FEW
@given(lengths, rates, st.floats(0, 1), st.floats(1, 50), st.floats(1, 1e4))
def test_cosine_onecycle(steps: int, top: float, pct: float, div: float, final: float) -> None:
    check(f"cosine_onecycle_schedule({steps}, {top}, {pct}, {div}, {final})")


@FEW
@given(lengths, rates, st.floats(0, 1), st.floats(0, 1), st.floats(1, 50), st.floats(1, 1e4))
def test_linear_onecycle(
    steps: int, top: float, pct: float, back: float, div: float, final: float
) -> None:
    check(f"linear_onecycle_schedule({steps}, {top}, {pct}, {back}, {div}, {final})")


parts = st.one_of(
    rates.map(lambda a: f"constant_schedule({a})"),
    st.tuples(rates, rates, lengths).map(lambda a: f"linear_schedule({a[0]}, {a[1]}, {a[2]})"),
    st.tuples(rates, lengths).map(lambda a: f"cosine_decay_schedule({a[0]}, {a[1]})"),
    st.tuples(rates, lengths, factors).map(
        lambda a: f"exponential_decay({a[0]}, {a[1]}, {a[2]})"
    ),
)  # fmt: skip


@EXAMPLES
@given(st.lists(parts, min_size=1, max_size=3), st.integers(1, 9))
def test_join_schedules(schedules: list[str], each: int) -> None:
    at = [each * (place + 1) for place in range(len(schedules) - 1)]
    check(f"join_schedules([{', '.join(schedules)}], boundaries={at})")


@FEW
@given(st.lists(st.tuples(rates, rates, st.integers(0, 3), st.integers(4, 9)), min_size=1,
                max_size=3))  # fmt: skip
def test_sgdr(cycles: list[tuple[float, float, int, int]]) -> None:
    each = [
        f"dict(init_value={a}, peak_value={b}, warmup_steps={c}, decay_steps={d})"
        for a, b, c, d in cycles
    ]
    check(f"sgdr_schedule([{', '.join(each)}])")
