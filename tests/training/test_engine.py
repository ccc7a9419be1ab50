from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.records import Diverged, Evaluation, Finished, Head, Point
from lrlab.training import Training, train
from lrlab.training.checkpoint import unpack
from lrlab.training.device import threads
from tests.training.plain import chapter_net, epoch_order, experiment, finish, pictures, plain_run

CONSTANT = {"kind": "constant", "base_lr": 0.1}
COSINE = {"kind": "cosine", "base_lr": 0.3, "final_lr": 0.01, "length": 50}


def heads(settings: Experiment, updates: int) -> list[Head]:
    training = Training([settings], "cpu")
    result = []
    for _ in range(updates):
        training.advance()
        result.append(training.head())
    return result


# At the chapter's 0.3 rounding grows by thousands within these updates, at these rates it does not.
@pytest.mark.parametrize(
    "schedule", [CONSTANT, {**COSINE, "base_lr": 0.1}], ids=["constant", "cosine"]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_losses_equal_a_plain_loops_over_the_first_50_updates(schedule, seed):
    settings = Experiment.parse({"schedule": schedule, "clock": "step", "epochs": 1, "seed": seed})
    sums = [head.update * head.train_loss for head in heads(settings, 50)]
    losses = np.diff(sums, prepend=0)
    np.testing.assert_allclose(losses, plain_run(settings, 50).losses, rtol=0, atol=1e-4)


def test_figures_are_the_chapters_running_means_and_its_last_batch_is_smaller():
    settings = experiment(0.1, train_examples=1_000, batch_size=300)
    plain = plain_run(settings, 4)
    examples = np.cumsum(plain.sizes)
    assert plain.sizes[-1] == 100
    losses = np.cumsum(np.multiply(plain.losses, plain.sizes)) / examples
    accuracies = np.cumsum(plain.correct) / examples
    found = heads(settings, 4)
    np.testing.assert_allclose([head.train_loss for head in found], losses, rtol=0, atol=1e-6)
    assert [head.train_acc for head in found] == accuracies.tolist()


def test_an_evaluation_is_that_of_the_trained_network_on_all_test_images():
    settings = experiment(0.1, train_examples=5_000, batch_size=50)
    training = Training([settings], "cpu")
    records = finish(training)
    evaluation = next(record for record in records if isinstance(record, Evaluation))
    net, (images, labels) = chapter_net(), pictures(train=False)
    weights = map(torch.from_numpy, training.weights().values())
    net.load_state_dict(dict(zip(net.state_dict(), weights, strict=True)))
    with torch.no_grad():
        outputs = net(images)
    assert evaluation.test_acc == (outputs.argmax(1) == labels).double().mean().item()
    expected = F.cross_entropy(outputs.double(), labels).item()
    assert evaluation.test_loss == pytest.approx(expected, abs=1e-6)


def test_a_point_follows_each_50th_update_of_an_epoch_and_an_evaluation_each_epoch():
    settings = experiment(0.1, epochs=2, train_examples=1_200, batch_size=10)  # 120 updates
    records = list(train(settings, "cpu"))
    kinds = [type(record) for record in records]
    assert kinds == [Point, Point, Evaluation, Point, Point, Evaluation, Finished]
    points = [record for record in records if isinstance(record, Point)]
    assert [point.update for point in points] == [50, 100, 170, 220]
    assert [point.epoch for point in points] == [50 / 120, 100 / 120, 170 / 120, 220 / 120]
    evaluations = [record for record in records if isinstance(record, Evaluation)]
    assert [(e.epoch, e.update) for e in evaluations] == [(1, 120), (2, 240)]


def test_each_epochs_means_start_anew():
    still = {"kind": "piecewise", "times": [0, 1], "rates": [0, 0], "interpolation": "constant"}
    settings = Experiment.parse({"schedule": still, "epochs": 2, "train_examples": 500})
    first, second, _ = train(settings, "cpu")  # nothing is learned, so both see the same
    assert second.train_loss == pytest.approx(first.train_loss, rel=1e-6)
    assert second.train_acc == first.train_acc
    assert second.test_loss == first.test_loss


def test_the_last_record_repeats_the_last_epochs_figures():
    *_, evaluation, finished = train(experiment(train_examples=600, batch_size=60), "cpu")
    assert isinstance(finished, Finished)
    assert finished.train_loss == evaluation.train_loss
    assert finished.train_acc == evaluation.train_acc
    assert finished.test_acc == evaluation.test_acc
    assert finished.examples_per_second == pytest.approx(600 / finished.seconds)
    assert finished.device == "cpu"


@pytest.mark.parametrize("clock", ["epoch", "step", "progress"])
def test_the_logged_rate_is_the_experiments_at_every_update(clock):
    settings = Experiment.parse(
        {"schedule": {**COSINE, "length": 3}, "clock": clock, "epochs": 3}
        | {"train_examples": 600, "batch_size": 100}
    )
    training = Training([settings], "cpu")
    logged = {}
    while not training.done:
        training.advance()
        logged[training.update] = training.head().lr
    assert [logged[update] for update in range(1, 19)] == settings.rates().tolist()


def test_a_rate_of_zero_leaves_the_weights_as_they_were_at_its_updates_alone():
    schedule = {"kind": "piecewise", "times": [0, 2, 3], "rates": [0.1, 0, 0.1]}
    settings = Experiment.parse(
        {"schedule": {**schedule, "interpolation": "constant"}, "clock": "step", "epochs": 1}
        | {"train_examples": 400, "batch_size": 100}
    )
    training = Training([settings], "cpu")
    changed = []
    for _ in range(4):
        before = unpack(training.checkpoint())[0]["weights.parameters"]
        training.advance()
        changed.append(
            not torch.equal(before, unpack(training.checkpoint())[0]["weights.parameters"])
        )
    assert changed == [True, True, False, True]


def test_the_same_experiment_gives_the_same_bits():
    settings = experiment(train_examples=2_560, batch_size=256, init="xavier", seed=9)
    one, other = Training([settings], "cpu"), Training([settings], "cpu")
    finish(one)
    torch.rand(10)  # nothing outside the experiment counts
    finish(other)
    left, right = (unpack(training.checkpoint())[0] for training in (one, other))
    assert all(torch.equal(left[name], right[name]) for name in left)


def test_another_seed_gives_another_order_in_every_epoch():
    orders = {tuple(epoch_order(seed, epoch, 50).tolist()) for seed in (0, 1) for epoch in (0, 1)}
    assert len(orders) == 4
    assert all(sorted(order) == list(range(50)) for order in orders)


def test_a_huge_rate_ends_as_diverged_at_the_update_where_the_plain_loop_breaks():
    settings = experiment(1_000, train_examples=5_000, batch_size=100)
    plain = plain_run(settings, 50)
    broken = next(i for i, loss in enumerate(plain.losses, 1) if not math.isfinite(loss))
    training = Training([settings], "cpu")
    last = finish(training)[-1]
    assert isinstance(last, Diverged)
    assert last.update == training.update == broken
    assert not math.isfinite(last.train_loss)
    assert f"update {broken}" in last.reason
    assert training.advance() == []


def test_figures_are_unknown_before_the_first_update():
    head = Training([experiment()], "cpu").head()
    assert (head.update, head.epoch, head.lr) == (0, 0, 0.3)
    assert math.isnan(head.train_loss)
    assert math.isnan(head.train_acc)


def test_an_unknown_device_is_refused():
    with pytest.raises(InvalidInput, match="device is 'tpu'; allowed are auto, cpu and cuda"):
        Training([experiment()], "tpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_cuda_is_refused_where_there_is_no_gpu_and_auto_takes_the_cpu():
    with pytest.raises(InvalidInput, match="device is 'cuda', but no GPU"):
        Training([experiment()], "cuda")
    assert Training([experiment()], "auto").device == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_the_cpus_curve_and_the_same_bits_twice():
    settings = experiment(0.1, train_examples=5_100, batch_size=50)
    curves = [
        [r.train_loss for r in train(settings, device) if isinstance(r, Point)]
        for device in ("cpu", "cuda", "cuda")
    ]
    np.testing.assert_allclose(curves[1], curves[0], rtol=0.02)
    assert curves[1] == curves[2]


@pytest.mark.parametrize(("said", "found"), [(None, 2), ("", 2), ("3", 3)])
def test_threads_are_those_of_the_environment_else_two(monkeypatch, said, found):
    monkeypatch.delenv("LRLAB_THREADS", raising=False)
    if said is not None:
        monkeypatch.setenv("LRLAB_THREADS", said)
    assert threads() == found


@pytest.mark.parametrize("said", ["0", "-1", "many", "1e2", "٣", "10000"])
def test_threads_that_cannot_be_are_refused_in_a_sentence(monkeypatch, said):
    monkeypatch.setenv("LRLAB_THREADS", said)
    with pytest.raises(InvalidInput, match=r"^LRLAB_THREADS is .*; allowed is a whole number from"):
        threads()
