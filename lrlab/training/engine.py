"""Training as a generator of records: one or many experiments as one program.

It neither prints nor stores. A training advances in slices short enough that its caller can
act between two of them; it can be taken up again from any slice's checkpoint and gives the
same bits as one that never stopped. The order of the data is a function of (seed, epoch); the
rates follow from the schedule and from what was decided so far.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from lrlab import reasons
from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.records import Diverged, Finished, Head, Record
from lrlab.training import device as devices
from lrlab.training.checkpoint import pack, unpack
from lrlab.training.closing import Closing, Ending
from lrlab.training.instruments import Figures, Instruments
from lrlab.training.member import Member
from lrlab.training.pack import Pack
from lrlab.training.runner import Runner

LAST = {"Finished": Finished, "Diverged": Diverged}
POINT_EVERY = 50  # updates of an epoch, as the chapter's loop draws them


class Training:
    """One training of experiments of one shape, in slices.

    `update` of `updates` are done in `seconds` of work, those before a checkpoint included; a
    record's `member` is its experiment's place in the list. device: "auto", "cpu" or "cuda".
    checkpoint: bytes of an earlier training of the same experiments, to go on from there.
    Raises InvalidInput for experiments of different shapes, a device that is not there,
    damaged data, a damaged checkpoint or one of other experiments.
    """

    def __init__(
        self,
        experiments: Sequence[Experiment],
        device: str = "auto",
        checkpoint: bytes | None = None,
    ) -> None:
        kind = devices.choose(device)
        devices.keep_memory()
        self.device = devices.describe(kind)
        with devices.faults():
            self._pack = Pack(experiments, kind)
        self._first = self._pack.first
        self._steps, self.updates = self._first.steps_per_epoch, self._first.updates
        self._members = [Member(each, number) for number, each in enumerate(experiments)]
        self._instruments = Instruments(self._pack)
        self._closing = Closing(self._pack, self._instruments)
        self._ending: Iterator[Ending | None] | None = None
        self._long_slices = kind == "cuda"  # whose updates are launched, not waited for
        self._runner = Runner(self._pack, self._members)
        self._closed = 0  # epochs
        self._since = 0  # the updates done before `seconds` began
        self._last: list[Finished | Diverged] = []  # records of members that came to their end
        self._untold: list[Record] = []  # of these, what a checkpoint held
        self.seconds, self._slice_began = 0.0, time.perf_counter()
        if checkpoint is not None:
            self._restore(checkpoint)

    @property
    def update(self) -> int:
        """The updates done."""
        return self._runner.done

    @property
    def done(self) -> bool:
        """Whether every member has ended, and their last records have been returned."""
        return not any(self._pack.alive) and not self._untold

    def advance(self) -> list[Record]:
        """Do one slice of work and return the records it made; [] when done.

        A slice is one update on the CPU (on CUDA: up to the next point) or a part of an
        epoch's end; each member's last record is Finished or Diverged. Raises DeviceFault
        where the device cannot go on, OutOfMemory where a smaller pack may.
        """
        if self.done:
            return []
        self._slice_began = time.perf_counter()
        with devices.faults():
            records = self._slice()
        self.seconds = self._elapsed()
        return records

    def head(self, member: int = 0) -> Head:
        """Return where a member stands; losses are NaN before the first update."""
        return self._members[member].head(self.update)

    @property
    def steerable(self) -> bool:
        """Whether the next slice is an update, not an epoch's end or what is told after it.

        Whoever steers only then can repeat it: a training that goes on from a checkpoint
        written after `update` updates knows all that a hand did at fewer updates, and comes to
        the others when it is steerable at theirs. What was done there already does no harm.
        """
        return not (self.done or self._untold or self._at_epochs_end) and self.update < self.updates

    def steer(self, lr: float, member: int = 0) -> None:
        """Set a member's rate by hand, from the very next update on, until it is handed back.

        To be called when `steerable`. A `manual` part of the schedule is moved instead. Raises
        InvalidInput, and changes nothing, for a rate that cannot be used; see `Rates.steer`.
        """
        self._members[member].rates.steer(lr, self.update)
        self._runner.lay_rates()

    def hand_back(self, member: int = 0, *, scaled: bool = False) -> None:
        """Let a member's schedule apply again from the very next update on, scaled or as it is.

        To be called when `steerable`. Raises InvalidInput, and changes nothing, where no
        factor leads from the schedule's rate to the one that is held; see `Rates.hand_back`.
        """
        self._members[member].rates.hand_back(self.update, scaled=scaled)
        self._runner.lay_rates()

    def cancel(self, member: int) -> None:
        """End a member without a last record; the others train on as if nothing were."""
        self._pack.alive[member] = False

    def weights(self, member: int = 0) -> dict[str, np.ndarray]:
        """Return a copy of a member's weights by name, "conv1.weight" and so on, float32."""
        row = self._pack.result.parameters[member].cpu()
        places = self._pack.stack.places.items()
        return {name: row[at.columns].view(at.shape).numpy().copy() for name, at in places}

    def take_up(self, rows: Sequence[Mapping[str, torch.Tensor]], update: int, closed: int) -> None:
        """Go on from others' weights, optimizers and place in the data, not their rates.

        rows: for each member the tensors [1, …] of one of the same network, of a checkpoint
        written after `update` updates and `closed` epochs; what is not in it begins anew. The
        seconds do so too.
        """
        for name, tensor in self._state().items():
            for number, row in enumerate(rows):
                if name in row:
                    own = tensor[number : number + 1] if tensor.dim() else tensor
                    own.copy_(row[name])
        self._runner.done, self._closed, self._since = update, closed, update
        self._read()

    def follow(self, dumped: Sequence[Mapping[str, Any]], parents: Sequence[Experiment]) -> None:
        """Go on from what members of `parents` had decided and found, after `take_up`.

        dumped: the "members" of a checkpoint. See `Member.branch`.
        """
        for member, figures, parent in zip(self._members, dumped, parents, strict=True):
            member.branch(figures, parent, self.update)

    def checkpoint(self) -> bytes:
        """Return the whole state as bytes for `Training(..., checkpoint=...)`."""
        figures = {
            "experiments": [member.experiment.canonical() for member in self._members],
            "members": [member.dump(self.update) for member in self._members],
            "alive": self._pack.alive,
            "last": [{"event": type(each).__name__, **asdict(each)} for each in self._last],
            "update": self.update,
            "closed": self._closed,
            "since": self._since,
            "seconds": self.seconds,
        }
        return pack(self._state(), figures)

    def _state(self) -> dict[str, torch.Tensor]:
        return {**self._pack.changed(), **self._closing.state(), **self._instruments.state()}

    def _restore(self, content: bytes) -> None:
        tensors, figures = unpack(content)
        if figures["experiments"] != [each.experiment.canonical() for each in self._members]:
            raise InvalidInput("checkpoint", "belongs to another experiment.")
        for name, tensor in self._state().items():
            tensor.copy_(tensors[name])
        self._runner.done, self._closed = figures["update"], figures["closed"]
        self._since, self.seconds = figures["since"], figures["seconds"]
        self._pack.alive[:] = figures["alive"]
        # The caller may have been lost before it heard of them.
        self._last = [LAST[each.pop("event")](**each) for each in figures["last"]]
        self._untold = list(self._last)
        for member, dumped in zip(self._members, figures["members"], strict=True):
            member.restore(dumped, self.update)
        self._read()

    def _slice(self) -> list[Record]:
        if self._untold:
            told, self._untold = self._untold, []
            return told
        if self._at_epochs_end:
            return self._close()
        if self.update == self.updates:
            return [self._finish(member) for member in self._alive()]
        return self._train()

    def _train(self) -> list[Record]:
        """Do the updates of one slice; points, or members that end, may come of them."""
        before = [member.sums[0] for member in self._members]
        self._runner.update()
        while self._long_slices and not self._pausing():
            self._runner.update()
        self._read()
        if self._first.range_test:
            return self._range(before)
        records: list[Record] = [self._diverge(m) for m in self._alive() if not m.finite]
        if self._at_point():
            records += [member.point(self.update) for member in self._alive()]
            records += self._measures(self._instruments.at_point())
        return records

    def _pausing(self) -> bool:
        """Whether a slice of updates ends here."""
        return self._at_point() or self.update % self._steps == 0 or self._first.range_test

    @property
    def _at_epochs_end(self) -> bool:
        """Whether an epoch is over that still has to be looked at; a range test's are not."""
        return self._closed < self.update // self._steps and not self._first.range_test

    def _at_point(self) -> bool:
        return self._runner.step % POINT_EVERY == 0

    def _read(self) -> None:
        """Let the members know their sums; here the host waits for the device."""
        for member, sums in zip(self._members, self._pack.sums.tolist(), strict=True):
            member.sums = sums

    def _close(self) -> list[Record]:
        """Do a piece of the work at an epoch's end; its records come with the last piece."""
        if self._ending is None:
            self._ending = self._closing.work(self.update // self._steps)
        ending = next(self._ending)
        if ending is None:
            return []
        self._ending = None
        self._closed += 1
        scores = zip(ending.scores.loss, ending.scores.accuracy, strict=True)
        records: list[Record] = [
            member.evaluation(self.update, loss, accuracy)
            for member, (loss, accuracy) in zip(self._members, scores, strict=True)
            if self._pack.alive[member.number]
        ]
        return records + self._measures(ending.figures)

    def _range(self, before: list[float]) -> list[Record]:
        """Record a range test's losses; it ends where they have left their best far behind."""
        records: list[Record] = []
        for member in self._alive():
            loss = member.batch_loss(before[member.number], self.update)
            member.smoothed.take(loss)
            named = {"batch_loss": loss, "smoothed_loss": member.smoothed.mean}
            records.append(member.point(self.update))
            records += [member.measure(self.update, *each) for each in named.items()]
            if member.smoothed.enough:
                records.append(self._finish(member))
        return records

    def _measures(self, figures: Figures) -> list[Record]:
        return [
            member.measure(self.update, name, values[member.number])
            for member in self._alive()
            for name, values in figures.items()
        ]

    def _alive(self) -> list[Member]:
        return [member for member in self._members if self._pack.alive[member.number]]

    def _finish(self, member: Member) -> Record:
        since, seconds, device = self._since, self._elapsed(), self.device
        last = member.finished(self.update, since=since, seconds=seconds, device=device)
        return self._end(last)

    def _diverge(self, member: Member) -> Record:
        broke, loss = member.broke_at(self.update), member.means(self.update)[0]
        reason = reasons.DIVERGED.format(loss=loss, update=broke)
        figures = broke, loss, reason, self._elapsed(), self.device
        return self._end(Diverged(*figures, member=member.number))

    def _end(self, record: Finished | Diverged) -> Record:
        self._pack.alive[record.member] = False
        self._last.append(record)
        return record

    def _elapsed(self) -> float:
        """Return the seconds of work so far, those before a checkpoint included."""
        return self.seconds + time.perf_counter() - self._slice_began
