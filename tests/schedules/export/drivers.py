"""Runs exported code in the real libraries, and steps their schedulers as users do."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import jax
import jax.numpy as jnp
import keras
import numpy as np
import torch

Code = dict[str, Any]
MOST_UPDATES = 24


def load(code: str) -> Code:
    """Run the source as its reader would, and return what it defines."""
    namespace: Code = {"__name__": "exported"}
    with mxnet():
        exec(compile(code, "exported.py", "exec"), namespace)  # noqa: S102 - the user's own act
    return namespace


@lru_cache(maxsize=1)
def mxnet_schedulers() -> types.ModuleType:
    """MXNet's schedulers: one file of pure Python in a wheel that no longer imports."""
    files = importlib.metadata.files("mxnet") or []
    (file,) = [file for file in files if str(file) == "mxnet/lr_scheduler.py"]
    spec = importlib.util.spec_from_file_location("mxnet.lr_scheduler", file.locate())
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def mxnet() -> Iterator[None]:
    """Let `from mxnet import lr_scheduler` find that file."""
    package = types.ModuleType("mxnet")
    package.lr_scheduler = mxnet_schedulers()  # type: ignore[attr-defined]
    before = sys.modules.get("mxnet")
    sys.modules["mxnet"] = package
    try:
        yield
    finally:
        del sys.modules["mxnet"]
        if before:
            sys.modules["mxnet"] = before


def optimizer() -> torch.optim.Optimizer:
    """A real optimizer with two groups, at a rate that no schedule should keep."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(2)]
    return torch.optim.SGD(groups, lr=0.7)


def torch_rates(code: Code, ticks: int) -> list[float]:
    """Step after each tick: an epoch with clock epoch, else an update."""
    sgd = optimizer()
    scheduler = code["make_scheduler"](sgd)
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(ticks):
            rates.append(sgd.param_groups[1]["lr"])
            sgd.step()
            scheduler.step()
    return rates


def timm_rates(code: Code, ticks: int, *, epochs: bool) -> list[float]:
    """Step as timm's train.py: step(epoch + 1) after an epoch, step_update after an update."""
    sgd = optimizer()
    scheduler = code["make_scheduler"](sgd)
    rates = []
    for tick in range(ticks):
        rates.append(sgd.param_groups[1]["lr"])
        if epochs:
            scheduler.step_update(num_updates=100 * (tick + 1))
            scheduler.step(tick + 1)
        else:
            scheduler.step_update(num_updates=tick + 1)
            scheduler.step(tick // 3 + 1)
    return rates


def keras_rates(code: Code, updates: int) -> list[float]:
    """Ask for the rate of every update, as an optimizer does."""
    schedule = code["make_schedule"]()
    return [float(schedule(torch.tensor(step))) for step in range(updates)]


def optax_rates(code: Code, updates: int) -> np.ndarray:
    """Ask for the rates of all updates at once, with traced counts."""
    schedule = code["make_schedule"]()
    counts = jnp.arange(MOST_UPDATES)  # always as many: each other shape is compiled anew
    return np.array(jax.vmap(lambda n: schedule(n) + 0.0 * n)(counts))[:updates]


def mxnet_rates(code: Code, updates: int) -> list[float]:
    """Ask for the rate of every update, counted before it is made."""
    scheduler = code["make_scheduler"]()
    return [scheduler(num_update) for num_update in range(1, updates + 1)]


@contextmanager
def double() -> Iterator[None]:
    """Let JAX and Keras compute in double precision."""
    floatx = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        with jax.enable_x64(True):
            yield
    finally:
        keras.config.set_floatx(floatx)


DRIVERS: dict[str, Callable[..., Any]] = {
    "torch": torch_rates,
    "transformers": torch_rates,
    "timm": timm_rates,
    "keras": keras_rates,
    "optax": optax_rates,
    "mxnet": mxnet_rates,
}
COUNT_UPDATES = ("transformers", "keras", "optax", "mxnet")


def drive(library: str, code: str, run: dict[str, Any]) -> np.ndarray:
    """Return the rate of every tick of the run (every update, if the library counts those)."""
    by_update = library in COUNT_UPDATES or run["clock"] != "epoch"
    count = run["epochs"] * (run["steps_per_epoch"] if by_update else 1)
    options = {"epochs": run["clock"] == "epoch"} if library == "timm" else {}
    return np.array(DRIVERS[library](load(code), count, **options), dtype=np.float64)


def expected(library: str, rates: np.ndarray, run: dict[str, Any]) -> np.ndarray:
    """Return the run's rates as often as the library asks for them."""
    held = library in COUNT_UPDATES and run["clock"] == "epoch"
    return np.repeat(rates, run["steps_per_epoch"]) if held else rates
