"""Files that are missing or damaged are refused with one sentence, and never executed."""

from __future__ import annotations

import ast
import hashlib
import pickle
import re
import subprocess
from pathlib import Path

import pytest
from torchvision.datasets import MNIST

from lrlab.errors import InvalidInput
from lrlab.training import data
from tests.training.written import cifar_archive, cifar_files, idx_files, pack, put


def refusal(dataset: str) -> str:
    """Return the sentence that refuses a data set."""
    with pytest.raises(InvalidInput) as caught:
        data.load(dataset)
    assert caught.value.field == "dataset"
    return str(caught.value)


def test_missing_files_are_named_with_their_folder_and_a_command(root):
    sentence = refusal("kmnist")
    folder = root / "KMNIST" / "raw"
    assert sentence.startswith(f"dataset is 'kmnist', but {folder}/train-images-idx3-ubyte is miss")
    assert f"t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz into {folder}" in sentence
    assert f"""KMNIST("{root}", download=True)' does.""" in sentence.replace("`", "")
    assert "remove" not in sentence
    assert "\n" not in sentence


def test_the_command_of_a_refusal_is_one_that_a_shell_and_python_can_read(tmp_path, monkeypatch):
    monkeypatch.setenv("LRLAB_HOME", str(tmp_path / 'it\'s "ours"'))
    command = re.search(r"`(.*)`", refusal("mnist"))
    assert command
    spoken = command[1].replace("python -c", "printf %s")
    code = subprocess.run(spoken, shell=True, capture_output=True, text=True, check=True).stdout
    call = ast.parse(code).body[-1].value
    assert call.func.id == "MNIST"
    assert call.args[0].value == str(tmp_path / 'it\'s "ours"' / "data")


def test_missing_cifar_files_are_named_with_the_archive_and_its_address(root):
    sentence = refusal("cifar-10")
    assert f"{root}/cifar-10-batches-bin/data_batch_1.bin is missing; put cifar-10-bin" in sentence
    assert f"-o {root}/cifar-10-binary.tar.gz https://www.cs.toronto.edu/" in sentence


def test_the_pickles_of_cifar_are_not_touched(small, root, tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "executed",)

    names = ["batches.meta", "test_batch", *(f"data_batch_{n}" for n in range(1, 6))]
    put(root / "cifar-10-batches-py", dict.fromkeys(names, pickle.dumps(Trap())))
    assert "data_batch_1.bin is missing" in refusal("cifar-10")
    assert not (tmp_path / "executed").exists()


DAMAGE = {
    "cut off": (lambda raw: raw[:-1], "has 17 bytes, allowed are 18"),
    "too long": (lambda raw: raw + b"\0", "has 19 bytes, allowed are 18"),
    "empty": (lambda raw: b"", "has 0 bytes, allowed are 18"),
    "wrong magic": (lambda raw: b"\0\0\x09" + raw[3:], "begins with 000009010000000a, allowed"),
    "wrong count": (
        lambda raw: raw[:7] + b"\x0b" + raw[8:],
        "begins with 000008010000000b, allowed",
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_raw_file_is_named_with_its_fault(kind, small, root):
    damage, said = DAMAGE[kind]
    folder = put(root / "MNIST" / "raw", idx_files("mnist"))
    broken = folder / "t10k-labels-idx1-ubyte"
    broken.write_bytes(damage(broken.read_bytes()))
    sentence = refusal("mnist")
    assert f"but {broken} is damaged: it {said}" in sentence
    assert "; remove it and put train-images-idx3-ubyte.gz," in sentence


def test_a_packed_file_of_another_data_set_is_refused_by_its_hash(small, root, monkeypatch):
    content = pack("kmnist", root / "MNIST" / "raw", monkeypatch)["train-images-idx3-ubyte.gz"]
    sentence = refusal("mnist")
    found = hashlib.md5(content).hexdigest()
    allowed = dict(MNIST.resources)["train-images-idx3-ubyte.gz"]
    assert f"images-idx3-ubyte.gz is damaged: its MD5 is {found}, allowed is {allowed}" in sentence
    assert not (root / "MNIST" / "raw" / "train-images-idx3-ubyte").exists()


def test_one_missing_packed_file_of_four_is_named(small, root, monkeypatch):
    folder = root / "MNIST" / "raw"
    pack("mnist", folder, monkeypatch)
    (folder / "t10k-images-idx3-ubyte.gz").unlink()
    assert f"but {folder}/t10k-images-idx3-ubyte is missing; put" in refusal("mnist")


def test_a_packed_file_that_cannot_be_read_is_named(small, root):
    unreadable = root / "MNIST" / "raw" / "train-images-idx3-ubyte.gz"
    unreadable.mkdir(parents=True)
    assert f"{unreadable} cannot be read (Is a directory); remove it" in refusal("mnist")


def test_a_damaged_cifar_archive_is_refused_by_its_hash(small, root, monkeypatch):
    archive = cifar_archive(root, monkeypatch, cifar_files())
    archive.write_bytes(archive.read_bytes()[:-100])
    assert f"but {archive} is damaged: its MD5 is" in refusal("cifar-10")
    assert not (root / "cifar-10-batches-bin").exists()


def test_a_cut_cifar_batch_is_named(small, root):
    folder = put(root / "cifar-10-batches-bin", cifar_files())
    batch = folder / "data_batch_4.bin"
    batch.write_bytes(batch.read_bytes()[:-3073])
    said = f"{batch} is damaged: it has {11 * 3073} bytes, allowed are {12 * 3073}; remove it"
    assert said in refusal("cifar-10")


@pytest.mark.parametrize("dataset", ["mnist", "cifar-10"])
def test_a_label_that_no_class_has_is_refused(dataset, small, root):
    name, written, folder = {
        "mnist": ("train-labels-idx1-ubyte", idx_files, root / "MNIST" / "raw"),
        "cifar-10": ("test_batch.bin", lambda _: cifar_files(), root / "cifar-10-batches-bin"),
    }[dataset]
    content = bytearray(put(folder, written(dataset)).joinpath(name).read_bytes())
    content[0 if dataset == "cifar-10" else -1] = 10
    (folder / name).write_bytes(content)
    assert f"{folder} has a label 10, allowed are 0 to 9; remove it" in refusal(dataset)


def test_files_that_were_refused_may_be_put_right_in_the_same_process(small, root):
    refusal("mnist")
    put(root / "MNIST" / "raw", idx_files("mnist"))
    assert len(data.load("mnist").test.labels) == 10
