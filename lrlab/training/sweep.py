"""The learning-rate range test: a short training whose rate rises until the loss does."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.records import Finished, Record
from lrlab.sweeping import RangeTest, curve, swept
from lrlab.training.checkpoint import row, unpack
from lrlab.training.engine import Training


def range_test(
    experiment: Experiment,
    *,
    start_lr: float = 1e-5,
    end_lr: float = 10.0,
    updates: int = 200,
    device: str = "auto",
    checkpoint: bytes | None = None,
) -> RangeTest:
    """Run the range test of an experiment: its training, while the rate rises at each update.

    The rate goes from `start_lr` to `end_lr` by the same factor an update; the experiment's
    own schedule does not matter. checkpoint: bytes of a training with this experiment in it,
    to begin from its weights, its optimizer's state and the data that would come next; that
    training goes on as if nothing had been. Raises InvalidInput for rates that do not rise,
    for updates that no training holds, and as `Training` does.
    """
    tensors, after = ({}, 0) if checkpoint is None else _state(checkpoint, experiment)
    test = swept(experiment, start_lr=start_lr, end_lr=end_lr, updates=updates, after=after)
    training = Training([test], device)
    if checkpoint is not None:
        training.take_up([tensors], after, after // test.steps_per_epoch)
    records: list[Record] = []
    while not training.done and training.update < after + updates:
        records += training.advance()
    ended = any(isinstance(record, Finished) for record in records)
    stopped_at = training.update - after if ended else None
    return RangeTest(curve(records), stopped_at, training.seconds, training.device)


def _state(checkpoint: bytes, experiment: Experiment) -> tuple[Mapping[str, Tensor], int]:
    """Return the tensors of the checkpoint's member that trains `experiment`, and its update."""
    tensors, figures = unpack(checkpoint)
    if experiment.canonical() not in figures["experiments"]:
        raise InvalidInput("checkpoint", "belongs to another experiment.")
    member = figures["experiments"].index(experiment.canonical())
    return row(tensors, member), figures["update"]
