"""Which checkpoints of a run stay for branches, and for how long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lrlab.records import Head
from lrlab.runs import State, Store
from lrlab.runs.checkpoints import ALL_EPOCHS, MOST_KEPT, sparse
from lrlab.runs.lease import Lease
from lrlab.runs.writing import Kept, Progress
from tests.runs.conftest import experiment
from tests.submitted import submit

SENT = experiment(epochs=60)


def reach(lease: Lease, epochs: range) -> None:
    """Train on to the end of each of these epochs, with a checkpoint that is kept."""
    for epoch in epochs:
        update = 100 * epoch
        head = Head(update, float(epoch), 0.1, 1.0, 0.5)
        kept = Kept(update, float(epoch), f"kept/1-1-{update}.safetensors", 1000)
        lease.commit({0: Progress(head, kept=kept)})


def test_a_branch_that_has_not_ended_keeps_the_checkpoint_that_it_starts_from(
    store: Store,
) -> None:
    parent = submit(store, SENT)
    lease = store.claim("worker")
    assert lease is not None
    reach(lease, range(1, 12))
    branch = submit(store, SENT, parent=(parent, 300))
    reach(lease, range(12, 61))
    assert 300 in [each.update for each in store.checkpoints(parent)]
    store.cancel(branch)
    reach(lease, range(60, 61))
    left = [each.update for each in store.checkpoints(parent)]
    assert 300 not in left
    assert len(left) <= MOST_KEPT
    assert store.run(branch).state is State.CANCELLED


@given(st.integers(1, 1000))
def test_a_run_that_grows_has_its_last_epochs_and_misses_none_that_it_would_keep(
    length: int,
) -> None:
    kept: set[int] = set()
    for epoch in range(1, length + 1):
        kept = sparse([*kept, epoch])
    assert len(kept) <= MOST_KEPT
    assert {*range(max(1, length - ALL_EPOCHS + 1), length + 1)} <= kept
    assert kept == sparse([*range(1, length + 1)])
