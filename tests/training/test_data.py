from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

from lrlab.errors import InvalidInput
from lrlab.training import data, files


@pytest.fixture
def empty_home(tmp_path, monkeypatch):
    monkeypatch.setenv("LRLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def packed(tmp_path, monkeypatch):
    """A copy of the packed files that a test may damage."""
    folder = tmp_path / "packed"
    shutil.copytree(files.PACKED, folder)
    monkeypatch.setattr(files, "PACKED", folder)
    return folder


def test_images_and_labels_are_what_torchvision_gives_a_reader_of_to_tensor():
    split = data.load().train
    dataset = FashionMNIST(str(files.prepare()), train=True, transform=ToTensor())
    images, labels = zip(*(dataset[i] for i in range(100)), strict=True)
    assert torch.equal(data.scaled(split.images[:100]), torch.stack(images))
    assert split.labels[:100].tolist() == list(labels)


def test_the_whole_data_set_is_there():
    loaded = data.load()
    assert loaded.train.images.shape == (60_000, 1, 28, 28)
    assert loaded.test.images.shape == (10_000, 1, 28, 28)
    assert loaded.train.labels.bincount().tolist() == [6_000] * 10
    assert loaded.test.labels.bincount().tolist() == [1_000] * 10


def test_the_first_examples_share_the_memory_of_all():
    split = data.load().train
    assert split.first(100).images.data_ptr() == split.images.data_ptr()
    assert len(split.first(100).labels) == 100


def test_a_file_that_was_unpacked_in_part_is_unpacked_again(empty_home):
    raw = files.prepare() / "FashionMNIST" / "raw"
    broken = raw / "t10k-labels-idx1-ubyte"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:5_000])
    files.prepare()
    assert broken.read_bytes() == whole


def test_a_damaged_packed_file_is_named_with_its_hash(empty_home, packed):
    file = packed / "t10k-labels-idx1-ubyte.gz"
    content = bytearray(file.read_bytes())
    content[1_000] ^= 1
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"t10k-labels-idx1-ubyte\.gz is damaged: its MD5 is"):
        files.prepare()


def test_a_missing_packed_file_is_named(empty_home, packed):
    (packed / "train-images-idx3-ubyte.gz").unlink()
    with pytest.raises(InvalidInput, match=r"train-images-idx3-ubyte\.gz cannot be read"):
        files.prepare()


def test_packed_files_are_not_needed_once_unpacked(empty_home, packed):
    files.prepare()
    shutil.rmtree(packed)
    files.prepare()


def test_a_folder_that_cannot_be_made_is_named(empty_home):
    empty_home.mkdir()
    (empty_home / "data").write_text("a file where the folder should be")
    with pytest.raises(InvalidInput, match="cannot be written"):
        files.prepare()


def test_several_may_unpack_at_the_same_time(empty_home):
    with ThreadPoolExecutor(4) as pool:
        roots = list(pool.map(lambda _: files.prepare(), range(4)))
    raw = roots[0] / "FashionMNIST" / "raw"
    parts = [part for train in (True, False) for part in files.parts("fashion-mnist", train=train)]
    assert {part.path for part in parts} == set(raw.iterdir())  # nothing is left behind
    assert [part.fault() for part in parts] == [None] * 4  # nothing is half written


FORKED_TRAINING = """
import os
from lrlab.experiment import Experiment
from lrlab.training import Training
from lrlab.training.data import load
from lrlab.training.device import prepare_threads
prepare_threads()
load()
child = os.fork()
if child == 0:
    Training([Experiment.parse('{"kind": "constant"}')], "cpu").advance()
    os._exit(0)
print(os.waitpid(child, 0)[1])
"""


def test_a_process_forked_after_the_data_were_loaded_can_train():
    command = [sys.executable, "-c", FORKED_TRAINING]
    forked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert forked.stdout.strip() == "0"
