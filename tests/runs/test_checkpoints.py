"""Which checkpoint a run goes on from, and what becomes of one that cannot be read."""

from __future__ import annotations

import logging
import signal
from pathlib import Path

import pytest
import torch

from lrlab.runs import State, Store
from lrlab.runs.checkpoints import Checkpoints, candidates
from lrlab.runs.claims import ATTEMPTS, Claim, Claimed, Place
from lrlab.runs.database import Database, database_url
from lrlab.runs.guard import Guard
from lrlab.runs.lease import Lease
from lrlab.runs.tables import run as run_table
from lrlab.runs.worker import training, work
from lrlab.training import Training, checkpoint
from lrlab.training.update import Update
from tests.runs.conftest import experiment
from tests.submitted import submit

SENT = experiment(epochs=1)


@pytest.fixture
def kept(home: Path) -> list[Path]:
    """The checkpoints of a run at updates 1, 2 and 3."""
    training, files = Training([SENT], "cpu"), Checkpoints("7", token=1)
    paths = []
    for update in (1, 2, 3):
        training.advance()
        paths.append(home / files.save(training.checkpoint(), update))
    return paths


def taken_up(path: Path) -> int:
    """Return the update at which a run of which this is the checkpoint goes on."""
    claim = Claim(7, 1, SENT.canonical(), 3, 0, 0, checkpoint=Place(str(path), 0))
    lease = Lease(Database(database_url()), Claimed((claim,), (SENT.canonical(),)))
    return training(lease, "cpu").update


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_older_checkpoints_of_the_run_follow_the_stored_one(kept: list[Path]) -> None:
    other = kept[0].with_name("77-1-1.safetensors")
    other.write_bytes(b"")
    assert list(candidates(str(kept[1]))) == [kept[1], kept[0]]  # what is newer is not stored


def test_the_stored_checkpoint_is_taken_up(kept: list[Path]) -> None:
    assert taken_up(kept[2]) == 3


def test_a_damaged_checkpoint_is_named_and_the_one_before_it_taken_up(
    kept: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    damage(kept[2])
    kept[1].unlink()
    with caplog.at_level(logging.WARNING):
        assert taken_up(kept[2]) == 1
    (line,) = caplog.messages
    assert line.startswith("7-1-3.safetensors: checkpoint is damaged")


def test_without_a_sound_checkpoint_the_run_starts_again(kept: list[Path]) -> None:
    for path in kept:
        damage(path)
    assert taken_up(kept[2]) == 0


def test_a_checkpoint_of_another_version_is_refused_by_name(
    kept: list[Path], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "FORMAT", "lrlab checkpoint 9")
    with caplog.at_level(logging.WARNING):
        assert taken_up(kept[0]) == 0
    assert caplog.messages == [
        "7-1-1.safetensors: checkpoint is 'lrlab checkpoint 3'; allowed is 'lrlab checkpoint 9'."
    ]


def full(self: Update) -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")


def test_a_run_that_the_device_cannot_hold_waits_again_and_at_last_fails_with_the_reason(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Update, "__call__", full)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the tests' own handlers stay
    monkeypatch.setattr(Guard, "run", lambda self: None)  # it watches over a process of its own
    number = submit(store, SENT)
    for attempt in range(ATTEMPTS):
        with store.database.write() as connection:
            connection.execute(run_table.update().values(not_before=0))
        lease = store.claim("tests")
        assert lease is not None
        work(lease.claimed, store.database.url, "cpu")
        run = store.run(number)
        assert run is not None
        assert run.state is (State.QUEUED if attempt < ATTEMPTS - 1 else State.FAILED)
    assert run.error is not None
    assert "because the memory of the device is used up (CUDA out of memory." in run.error
    assert "smaller batch_size" in run.error


def test_a_run_that_cannot_be_trained_does_not_end_those_beside_it_in_its_pack(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the tests' own handlers stay
    monkeypatch.setattr(Guard, "run", lambda self: None)  # it watches over a process of its own
    good, bad = submit(store, SENT, "ada"), submit(store, experiment(epochs=1, seed=1), "bob")
    with store.database.write() as connection:
        unknown = '{"schedule":{"kind":"unheard-of"}}'
        changed = run_table.update().where(run_table.c.id == bad)
        connection.execute(changed.values(experiment=unknown))
    while True:
        with store.database.write() as connection:
            connection.execute(run_table.update().values(not_before=0))
        lease = store.claim("tests", most=4)
        if lease is None:
            break
        work(lease.claimed, store.database.url, "cpu")
    with store.database.read() as connection:
        rows = connection.execute(run_table.select().order_by(run_table.c.id)).all()
    assert [row.state for row in rows] == [State.FINISHED, State.FAILED]
    assert "unheard-of" in rows[bad - good].error
