"""What a lab keeps and lets go: never anything that somebody starred or a run still needs."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from lrlab.errors import InvalidInput
from lrlab.records import Head, Point
from lrlab.runs import State, Store, StoreError, clearing, needs
from lrlab.runs.checking import check
from lrlab.runs.clearing import Housekeeper, gc, sweep
from lrlab.runs.keeping import Plan, look
from lrlab.runs.lease import Lease
from lrlab.runs.needs import YOUNG_SECONDS
from lrlab.runs.tables import checkpoint
from lrlab.runs.tables import run as run_table
from lrlab.runs.vacuum import vacuum
from lrlab.runs.writing import Kept, Progress
from lrlab.training.checkpoint import pack as packed
from tests.runs.conftest import Workers, curve, experiment, until
from tests.runs.processes import wait_for
from tests.submitted import submit

pytestmark = pytest.mark.databases("sqlite", "postgresql")

SIZE = 600_000  # bytes of a checkpoint


def say(home: Path, text: str) -> None:
    (home / "lab.toml").write_text(text)


def file(home: Path, name: str, *, age: float = 2 * YOUNG_SECONDS, size: int = SIZE) -> Path:
    """Write a file of that age below the home."""
    path = home / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    return path


class Lab:
    """Runs with checkpoints, as a worker leaves them."""

    def __init__(self, home: Path, store: Store) -> None:
        self.home, self.store = home, store

    def begin(self, owner: str = "", *, epochs: int = 1, **wishes: Any) -> tuple[int, Lease]:
        """Submit a run and train it for so many epochs, each with a checkpoint."""
        number = submit(self.store, experiment(), owner, **wishes)
        lease = self.store.claim("test")
        assert lease is not None
        assert [each.run for each in lease.claimed.claims] == [number]
        for epoch in range(1, epochs + 1):
            at = epoch * 100
            file(self.home, f"checkpoints/{number}-1-{at}.safetensors")
            kept = file(self.home, f"kept/{number}-1-{at}.safetensors")
            self.commit(lease, at, Kept(at, epoch, f"kept/{kept.name}", SIZE))
        return number, lease

    def commit(self, lease: Lease, at: int, kept: Kept) -> None:
        head = Head(at, at / 100, 0.1, 1.0, 0.5)
        columns = {"checkpoint_path": kept.path.replace("kept", "checkpoints")}
        points = [Point(at, at / 100, 0.1, 1.0, 0.5)]
        for member in lease.held:
            lease.commit({member: Progress(head, points, columns, kept=kept)})

    def ended(self, owner: str = "", *, days: float = 0, **how: Any) -> int:
        """Return a run that finished so many days ago."""
        number, lease = self.begin(owner, **how)
        lease.end(0, State.FINISHED, Progress())
        self.age(number, days)
        return number

    def age(self, number: int, days: float) -> None:
        ago = run_table.c.finished - days * 86_400
        with self.store.database.write() as connection:
            connection.execute(
                update(run_table).where(run_table.c.id == number).values(finished=ago)
            )

    def runs(self) -> list[int]:
        return [each.id for each in self.store.list()]

    def kept(self) -> dict[int, list[int]]:
        """Return the updates of each run's checkpoints."""
        with self.store.database.read() as connection:
            rows = connection.execute(select(checkpoint.c.run, checkpoint.c.update))
            found: dict[int, list[int]] = {}
            for row in sorted(map(tuple, rows)):
                found.setdefault(row[0], []).append(row[1])
        return found

    def files(self) -> set[str]:
        return {str(p.relative_to(self.home)) for p in self.home.glob("[ck]*/*-*")}


@pytest.fixture
def lab(home: Path, store: Store) -> Lab:
    return Lab(home, store)


def test_a_lab_that_says_nothing_keeps_its_runs(lab: Lab) -> None:
    number = lab.ended(days=5000)
    done = gc(lab.store.database)
    assert (done.runs, done.checkpoints) == ((), ())
    assert [each.path for each in done.files] == [f"checkpoints/{number}-1-100.safetensors"]
    assert lab.runs() == [number]
    assert lab.kept() == {number: [100]}


def test_old_runs_go_with_their_files_and_starred_ones_stay(lab: Lab) -> None:
    old, starred, young = lab.ended(days=31), lab.ended(days=31), lab.ended(days=29)
    lab.store.label(starred, starred=True)
    waiting = submit(lab.store, experiment())
    say(lab.home, "[retention]\ndays = 30")
    assert gc(lab.store.database).runs == (old,)
    assert lab.runs() == [waiting, young, starred]
    assert lab.files() == {f"kept/{each}-1-100.safetensors" for each in (starred, young)}
    assert lab.store.points(old) == []


def test_only_the_newest_so_many_runs_stay(lab: Lab) -> None:
    numbers = [lab.ended(days=days) for days in (1, 9, 3, 2)]
    say(lab.home, "[retention]\nruns = 2")
    gc(lab.store.database)
    assert lab.runs() == [numbers[3], numbers[0]]


def test_a_trunk_stays_as_long_as_one_of_its_branches(lab: Lab) -> None:
    trunk = lab.ended(days=50)
    branch = lab.ended(days=50, parent=(trunk, 100))
    twig = lab.ended(days=5, parent=(branch, 100))
    other = lab.ended(days=50, parent=(trunk, 100))
    say(lab.home, "[retention]\ndays = 30")
    assert gc(lab.store.database).runs == (other,)
    lab.age(twig, 50)
    assert gc(lab.store.database).runs == (twig, branch, trunk)


def test_a_run_that_left_a_pack_stays_while_the_pack_trains(lab: Lab) -> None:
    first, second = (submit(lab.store, experiment(seed=seed)) for seed in (1, 2))
    lease = lab.store.claim("test", most=2)
    assert lease is not None
    lease.end(0, State.FINISHED, Progress())
    lab.age(first, 50)
    say(lab.home, "[retention]\ndays = 30")
    assert look(lab.store.database) == Plan()
    assert sweep(lab.store.database, Plan(runs=(first,))).runs == ()
    lab.store.reclaim("test")
    again = lab.store.claim("test", most=2)
    assert again is not None
    assert len(again.claimed.experiments) == 2
    again.end(1, State.FINISHED, Progress())
    assert gc(lab.store.database).runs == (first,)
    assert lab.runs() == [second]


def test_an_owner_past_her_bytes_loses_her_oldest_checkpoints(lab: Lab) -> None:
    old, starred = lab.ended("ada", epochs=2), lab.ended("ada")
    new, other = lab.ended("ada", epochs=2), lab.ended("bob", epochs=2)
    lab.store.label(starred, starred=True)
    say(lab.home, "[limits]\nmegabytes = 2\n[owners.bob]\nmegabytes = 1")
    gc(lab.store.database)
    # 1.8 MB of ada's are left, of which no more can go than had to, and 0.6 MB of bob's.
    assert lab.kept() == {starred: [100], new: [100, 200], other: [200]}
    assert lab.runs() == [other, new, starred, old]


def test_a_lab_past_its_bytes_loses_the_oldest_checkpoints_of_all(lab: Lab) -> None:
    lab.ended("ada", epochs=2)
    second, third = lab.ended("bob", epochs=1), lab.ended("ada")
    say(lab.home, "[retention]\nmegabytes = 1")
    gc(lab.store.database)
    assert lab.kept() == {third: [100]}
    assert lab.files() == {f"kept/{third}-1-100.safetensors"}
    assert lab.store.checkpoints(second) == []


def test_what_runs_that_have_not_ended_need_is_not_dropped(lab: Lab) -> None:
    trunk = lab.ended(epochs=2)
    submit(lab.store, experiment(), parent=(trunk, 100), name="waits")
    branch = lab.store.claim("test")
    assert branch is not None
    paused, lease = lab.begin()
    path = f"kept/{paused}-1-100.safetensors"
    lab.store.pause(paused)
    assert lease.pause(0, Progress(columns={"checkpoint_path": path}))
    training, _ = lab.begin(epochs=2)
    say(lab.home, "[limits]\nmegabytes = 1\n[retention]\nmegabytes = 1")
    gc(lab.store.database)
    assert lab.kept() == {trunk: [100], paused: [100]}
    # Beside the last file of a run in training stays the one before, should it be torn.
    beside = {f"checkpoints/{training}-1-{at}.safetensors" for at in (100, 200)}
    assert beside | {path, f"kept/{trunk}-1-100.safetensors"} <= lab.files()


def test_files_that_belong_to_nobody_go_once_they_are_old(lab: Lab) -> None:
    number, _ = lab.begin()
    names = ["kept/99-1-5.safetensors", "checkpoints/9.1-1-5.safetensors",
             f"checkpoints/{number}-2-7.unfinished", "kept/odd-name.safetensors"]  # fmt: skip
    for name in names:
        file(lab.home, name, size=10)
        file(lab.home, name.replace("-", "-young-", 1), age=YOUNG_SECONDS - 60)
    file(lab.home, "kept/of-somebody-else.txt")
    before = lab.files()
    done = gc(lab.store.database)
    assert {each.path for each in done.files} == {*names}
    assert done.as_json()["bytes"] == 40
    assert lab.files() == before - {*names}


def test_a_plan_that_has_grown_old_takes_nothing_that_is_wanted_since(lab: Lab) -> None:
    starred, trunk, third = (lab.ended(days=50, epochs=2) for _ in range(3))
    say(lab.home, "[retention]\ndays = 30")
    runs = look(lab.store.database)
    say(lab.home, "[retention]\nmegabytes = 1")
    checkpoints = look(lab.store.database)
    assert set(runs.runs) == {starred, trunk, third}
    assert len(checkpoints.checkpoints) == 5
    lab.store.label(starred, starred=True)
    submit(lab.store, experiment(), parent=(trunk, 200))
    assert {each.run for each in sweep(lab.store.database, checkpoints).checkpoints} == {
        trunk, third,
    }  # fmt: skip
    assert sweep(lab.store.database, runs).runs == (third,)
    assert lab.kept() == {starred: [100, 200], trunk: [200]}
    there = {name for name in lab.files() if name.startswith("kept")}
    assert there == {f"kept/{starred}-1-{at}.safetensors" for at in (100, 200)} | {
        f"kept/{trunk}-1-200.safetensors"
    }


@pytest.mark.parametrize("seed", range(4))
def test_of_any_lab_gc_removes_what_a_dry_run_says_and_keeps_what_is_needed(
    lab: Lab, seed: int
) -> None:
    chance = random.Random(seed)
    parents: dict[int, int | None] = {}
    for _ in range(12):
        parent = chance.choice([None, *parents])
        lab_owner, epochs = chance.choice(["ada", "bob"]), chance.randint(1, 2)
        wishes = {"parent": (parent, 100)} if parent else {}
        number, lease = lab.begin(lab_owner, epochs=epochs, **wishes)
        parents[number] = parent
        kind = chance.random()
        if kind < 0.8:
            lease.end(0, chance.choice([State.FINISHED, State.DIVERGED]), Progress())
            lab.age(number, chance.uniform(0, 60))
        if kind > 0.6:
            lab.store.label(number, starred=chance.random() < 0.5)
    say(lab.home, f"[retention]\ndays = 30\nruns = {chance.randint(2, 8)}\n"
                  "megabytes = 5\n[owners.ada]\nmegabytes = 2")  # fmt: skip
    before, files = lab.store.list(), lab.files()
    planned = look(lab.store.database)
    assert planned == look(lab.store.database)
    assert lab.files() == files
    assert gc(lab.store.database) == planned
    left = {each.id for each in lab.store.list()}
    assert left == {each.id for each in before} - {*planned.runs}
    assert lab.files() == files - {each.path for each in planned.files}
    assert left >= {each.id for each in before if each.starred or not each.state.final}
    assert left >= {parents[number] for number in left} - {None}
    kept = {f"kept/{run}-1-{at}.safetensors" for run, ats in lab.kept().items() for at in ats}
    assert {name for name in lab.files() if name.startswith("kept")} == kept
    for each in before:
        if not each.state.final and each.parent:
            assert 100 in lab.kept()[each.parent]
    assert gc(lab.store.database) == Plan()


@pytest.mark.databases("sqlite")
def test_gc_beside_a_worker_costs_it_nothing_that_it_needs(
    home: Path, store: Store, start: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs, "YOUNG_SECONDS", 3.0)
    monkeypatch.setattr(clearing, "PAUSE_SECONDS", 0.0)
    say(home, "[limits]\nmegabytes = 1\n[retention]\nruns = 1\nmegabytes = 1")
    lost = file(home, "kept/99-1-5.safetensors")
    short = experiment(train_examples=1600, epochs=2)
    undisturbed = submit(store, short)
    worker = start(home, "--device", "cpu")
    until(store, undisturbed, State.FINISHED)
    wait_for(lambda: not lost.exists(), "the worker's own round")
    wait_for(lambda: "housekeeping: 0 runs, " in worker.said(), "a word of it")
    store.label(undisturbed, starred=True)
    disturbed = submit(store, short)

    def checkpoints() -> list[Any]:
        gc(store.database)
        return store.checkpoints(disturbed)

    def ended(number: int) -> bool:
        gc(store.database)
        found = store.run(number)
        return found is not None and found.state.final

    at = wait_for(checkpoints, "a checkpoint")[0].update
    branch = submit(store, short, parent=(disturbed, at))
    worker.kill_training()
    wait_for(lambda: ended(disturbed) and ended(branch), "both runs to end", 60)
    finished = [store.run(each) for each in (disturbed, branch)]
    assert [each and (each.state, each.error) for each in finished] == [(State.FINISHED, None)] * 2
    assert curve(store, disturbed) == curve(store, undisturbed)
    assert store.points(branch)[-1] == store.points(undisturbed)[-1]
    assert [each for each in check(store.database) if each.run] == []
    assert "Traceback" not in worker.said()


def test_what_fails_in_housekeeping_is_logged_and_stops_nobody(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    say(lab.home, "[retention]\ndays = 'many'")
    keeper = Housekeeper(lab.store.database)
    keeper.turn()
    assert keeper._thread is not None
    keeper._thread.join()
    assert "housekeeping: InvalidInput: lab.toml.retention.days is 'many'" in caplog.text
    keeper.turn()  # not yet due again
    assert not keeper._thread.is_alive()


def test_a_sound_lab_has_no_findings(lab: Lab) -> None:
    submit(lab.store, experiment())
    assert list(check(lab.store.database)) == []


def test_files_that_are_missing_damaged_or_nobodys_are_found(lab: Lab) -> None:
    missing, damaged, sound = lab.ended(), lab.ended(), lab.ended()
    (lab.home / f"kept/{missing}-1-100.safetensors").unlink()
    (lab.home / f"kept/{sound}-1-100.safetensors").write_bytes(packed({}, {}))
    file(lab.home, "kept/99-1-5.safetensors", size=1)
    for path in (lab.home / "checkpoints").iterdir():
        path.unlink()
    assert [each.sentence for each in check(lab.store.database)] == [
        f"File kept/{missing}-1-100.safetensors of run {missing} cannot be read: "
        "No such file or directory.",
        f"File kept/{damaged}-1-100.safetensors of run {damaged} is damaged.",
        "File kept/99-1-5.safetensors belongs to no run; gc removes it.",
    ]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "asleep"}, "is in no known state"),
        ({"state": State.RUNNING}, "trains without a worker or a lease"),
        ({"worker": "w"}, "is held by a worker but does not train"),
        ({"wanted": State.PAUSED}, "is told to change its state but does not train"),
        ({"state": State.FINISHED}, "has ended at no time"),
        ({"finished": 1.0}, "has an end but has not ended"),
        ({"state": State.FAILED, "finished": 1.0}, "failed without a reason"),
        ({"last_update": 301}, "has done more updates than it has"),
        ({"pack": "1.1"}, "goes on in a pack that does not know it"),
    ],
)
def test_a_run_that_cannot_be_is_found(lab: Lab, values: dict[str, Any], words: str) -> None:
    submit(lab.store, experiment())
    number = submit(lab.store, experiment())
    with lab.store.database.write() as connection:
        change = update(run_table).where(run_table.c.id == number)
        connection.execute(change.values(**values))
    (found,) = check(lab.store.database)
    assert (found.sentence, found.run) == (f"Run {number} {words}.", number)


@pytest.mark.databases("sqlite")
def test_a_damaged_database_is_found(lab: Lab) -> None:
    for _ in range(30):
        submit(lab.store, experiment())
    lab.store.close()
    path = lab.home / "lrlab.db"
    content = bytearray(path.read_bytes())
    at = content.rindex(b'"schedule"')
    page = at - at % 4096
    content[page + 100 : page + 4000] = bytes(3900)
    path.write_bytes(content)
    try:
        found = [each.sentence for each in check(Store().database)]
    except StoreError as error:
        found = [str(error)]
    assert any("is damaged" in each for each in found)


def test_a_vacuum_makes_the_database_smaller_but_not_while_a_run_trains(
    lab: Lab,
) -> None:
    for _ in range(300):
        lab.store.cancel(submit(lab.store, experiment()))
    say(lab.home, "[retention]\nruns = 1")
    assert len(gc(lab.store.database).runs) == 299
    number, lease = lab.begin()
    with pytest.raises(InvalidInput, match=f"vacuum would hold up run {number}; allowed is it"):
        vacuum(lab.store.database)
    lease.end(0, State.FINISHED, Progress())
    done = vacuum(lab.store.database)
    assert done.after < done.before
    assert lab.runs()[0] == number
