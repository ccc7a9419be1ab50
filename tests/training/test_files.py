"""Files that people bring are read as their formats say, packed or unpacked."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR10

from lrlab.training import data, files
from tests.training.written import (
    IDX,
    cifar_archive,
    cifar_files,
    idx_files,
    pack,
    put,
    write_pickled,
)


@pytest.mark.parametrize("dataset", IDX)
def test_whole_sized_gzipped_files_are_what_torchvision_makes_of_them(dataset, root, monkeypatch):
    pack(dataset, root / IDX[dataset].__name__ / "raw", monkeypatch)
    loaded = data.load(dataset)
    for split, train in ((loaded.train, True), (loaded.test, False)):
        oracle = IDX[dataset](str(root), train=train)
        assert torch.equal(split.images, oracle.data.unsqueeze(1))
        assert torch.equal(split.labels, oracle.targets)
    assert loaded.train.images.shape == (60_000, 1, 28, 28)


def test_whole_sized_cifar_is_what_torchvision_makes_of_the_pickled_version(root, monkeypatch):
    batches = cifar_files()
    put(root / "cifar-10-batches-bin", batches)
    write_pickled(root, monkeypatch, batches)
    loaded = data.load("cifar-10")
    for split, train in ((loaded.train, True), (loaded.test, False)):
        oracle = CIFAR10(str(root), train=train)
        assert np.array_equal(split.images.permute(0, 2, 3, 1).numpy(), oracle.data)
        assert split.labels.tolist() == oracle.targets
    assert loaded.train.images.shape == (50_000, 3, 32, 32)
    assert loaded.train.images.is_contiguous()


def test_unpacked_files_are_left_alone_and_need_no_packed_ones(small, root, monkeypatch):
    folder = root / "MNIST" / "raw"
    packed = pack("mnist", folder, monkeypatch)
    files.prepare("mnist")
    before = {path: path.stat().st_ino for path in folder.glob("*-ubyte")}
    files.prepare("mnist")
    assert {path: path.stat().st_ino for path in folder.glob("*-ubyte")} == before
    for name in packed:
        (folder / name).unlink()
    assert data.load("mnist").train.images.shape == (60, 1, 28, 28)


def test_a_data_set_is_read_once_however_it_is_asked_for(small, root):
    put(root / "MNIST" / "raw", idx_files("mnist"))
    assert data.load("mnist") is data.load(dataset="mnist", device="cpu")
    assert data.load() is data.load(device="cpu") is data.load("fashion-mnist", "cpu")


def test_the_cifar_archive_is_unpacked_and_nothing_else_of_it(small, root, monkeypatch):
    batches = {f"cifar-10-batches-bin/{name}": raw for name, raw in cifar_files().items()}
    cifar_archive(root, monkeypatch, batches | {"../outside.bin": b"", "readme.html": b""})
    assert data.load("cifar-10").test.images.shape == (10, 3, 32, 32)
    left = {path.relative_to(root.parent).as_posix() for path in root.parent.rglob("*.*")}
    assert left == {f"data/{name}" for name in [*batches, files.CIFAR]}


def test_a_damaged_raw_file_is_unpacked_again_from_the_packed_one(small, root, monkeypatch):
    folder = root / "MNIST" / "raw"
    pack("mnist", folder, monkeypatch)
    files.prepare("mnist")
    broken = folder / "train-images-idx3-ubyte"
    whole = broken.read_bytes()
    broken.write_bytes(b"\xff" * len(whole))
    files.prepare("mnist")
    assert broken.read_bytes() == whole


FORKED_READING = """
import os
from lrlab.training.data import load
from lrlab.training.device import prepare_threads
prepare_threads()
load()
child = os.fork()
if child == 0:
    images = load("kmnist").train.images
    os._exit(0 if int(images.float().sum() > 0) else 1)
print(os.waitpid(child, 0)[1])
"""


def test_a_process_forked_after_one_data_set_was_read_can_read_another(root):
    put(root / "KMNIST" / "raw", idx_files("kmnist"))
    command = [sys.executable, "-c", FORKED_READING]
    forked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert forked.stdout.strip() == "0"
