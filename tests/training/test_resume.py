"""A training taken up again from its checkpoint, against one that never stopped."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import InvalidInput
from lrlab.records import Diverged, Finished, Record
from lrlab.training import Training
from lrlab.training.checkpoint import pack, unpack
from tests.training.plain import experiment, finish

# Two epochs of 60 updates with a point and an evaluation of 5 slices each, then the end.
SETTINGS = experiment(0.1, epochs=2, train_examples=475, batch_size=8)
SLICES = 2 * (60 + 5) + 1


def untimed(record: Record) -> dict[str, object]:
    clocks = ("seconds", "examples_per_second")
    return {name: value for name, value in asdict(record).items() if name not in clocks}


@cache
def undisturbed() -> tuple[list[dict[str, object]], dict[str, torch.Tensor]]:
    training = Training([SETTINGS], "cpu")
    records = [untimed(record) for record in finish(training)]
    return records, unpack(training.checkpoint())[0]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, SLICES - 1), min_size=1, max_size=3))
def test_a_resumed_training_gives_the_bits_of_one_never_stopped(stops):
    training, records, done = Training([SETTINGS], "cpu"), [], 0
    for stop in sorted(stops):
        while done < stop:
            records += training.advance()
            done += 1
        training = Training([SETTINGS], "cpu", training.checkpoint())
        # an evaluation that was cut short starts again
        done -= max(0, done % 65 - 60)
    records += finish(training)
    expected_records, expected_tensors = undisturbed()
    assert [untimed(record) for record in records] == expected_records
    tensors = unpack(training.checkpoint())[0]
    assert all(torch.equal(tensors[name], expected_tensors[name]) for name in expected_tensors)


def test_a_training_knows_where_it_stands_right_after_its_resumption():
    training = Training([SETTINGS], "cpu")
    for _ in range(10):
        training.advance()
    resumed = Training([SETTINGS], "cpu", training.checkpoint())
    assert resumed.head() == training.head()
    assert resumed.seconds == training.seconds > 0


def test_seconds_go_on_where_they_were():
    training = Training([SETTINGS], "cpu")
    training.advance()
    training.seconds = 1_000.0
    finished = finish(Training([SETTINGS], "cpu", training.checkpoint()))[-1]
    assert isinstance(finished, Finished)
    assert 1_000 < finished.seconds < 1_100


def test_a_finished_training_says_so_again_when_resumed():
    training = Training([SETTINGS], "cpu")
    finished = finish(training)[-1]
    again = finish(Training([SETTINGS], "cpu", training.checkpoint()))
    assert [untimed(record) for record in again] == [untimed(finished)]


def test_a_diverged_training_says_so_again_when_resumed():
    settings = experiment(1_000, train_examples=500, batch_size=10)
    training = Training([settings], "cpu")
    first = finish(training)[-1]
    (again,) = finish(Training([settings], "cpu", training.checkpoint()))
    assert isinstance(first, Diverged)
    assert isinstance(again, Diverged)
    assert again.update == first.update


@cache
def sound() -> bytes:
    return pack({"weight": torch.arange(40.0)}, {"update": 7, "seconds": 0.1})


def test_what_was_packed_is_unpacked():
    tensors, figures = unpack(sound())
    assert torch.equal(tensors["weight"], torch.arange(40.0))
    assert figures == {"update": 7, "seconds": 0.1}


@settings(deadline=None)
@given(st.integers(0, len(sound()) - 1), st.integers(1, 255))
def test_a_changed_byte_is_found(place, change):
    content = bytearray(sound())
    content[place] ^= change
    with pytest.raises(InvalidInput, match="checkpoint is damaged"):
        unpack(bytes(content))


@pytest.mark.parametrize("length", [0, 7, 8, 100, -1])
def test_a_checkpoint_cut_short_is_refused(length):
    with pytest.raises(InvalidInput, match="checkpoint is damaged"):
        Training([SETTINGS], "cpu", sound()[:length])


def test_another_experiments_checkpoint_is_refused():
    content = Training([experiment(0.2)], "cpu").checkpoint()
    with pytest.raises(InvalidInput, match="checkpoint belongs to another experiment"):
        Training([SETTINGS], "cpu", content)
