"""Many experiments as packs: which of them fit together, and into the memory there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lrlab.errors import OutOfMemory
from lrlab.experiment import Experiment
from lrlab.records import Record
from lrlab.training import device as devices
from lrlab.training.engine import Training
from lrlab.training.memory import most_members
from lrlab.training.pack import order_seed

MOST = {"cpu": 16, "cuda": 512}  # on a CPU more gain nothing, and would be slow to be steered


def train(experiments: Experiment | Sequence[Experiment], device: str = "auto") -> Iterator[Record]:
    """Yield the records of the experiments' training; those of one shape train as one program.

    A record's `member` is its experiment's place in the list. Raises InvalidInput for a
    device that is not there, for damaged data, and for a run that the memory cannot hold;
    where a pack turns out to be too large for it, its halves train one after the other.
    """
    members = [experiments] if isinstance(experiments, Experiment) else list(experiments)
    waiting = packs(members, device)
    while waiting:
        numbers = waiting.pop(0)
        told = False
        try:
            for record in _records([members[number] for number in numbers], device):
                yield replace(record, member=numbers[record.member])
                told = True
        except OutOfMemory:
            if told or len(numbers) == 1:
                raise
            half = len(numbers) // 2
            waiting[:0] = numbers[:half], numbers[half:]


def _records(experiments: Sequence[Experiment], device: str) -> Iterator[Record]:
    training = Training(experiments, device)
    while not training.done:
        yield from training.advance()


def packs(experiments: Sequence[Experiment], device: str = "auto") -> list[list[int]]:
    """Return the packs that these experiments train in, as their places in the list.

    Experiments of one shape share packs, those with one order of the data side by side; a
    pack is as large as the free memory allows. Raises InvalidInput where not even one fits.
    """
    kind = devices.choose(device)
    shapes: dict[str, list[int]] = {}
    for number, experiment in enumerate(experiments):
        shapes.setdefault(experiment.shape, []).append(number)
    found: list[list[int]] = []
    for numbers in shapes.values():
        numbers.sort(key=lambda number: order_seed(experiments[number]))
        most = min(MOST[kind], most_members(experiments[numbers[0]], kind))
        found += [numbers[begin : begin + most] for begin in range(0, len(numbers), most)]
    return found
