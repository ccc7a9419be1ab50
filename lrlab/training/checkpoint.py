"""A training's state as bytes: safetensors, with the plain figures as JSON in its header."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from lrlab.errors import InvalidInput, shown
from lrlab.experiment import ENGINE

FORMAT = f"lrlab checkpoint {ENGINE}"
OLDER = ("lrlab checkpoint 1",)  # whose digest was made in another way
DAMAGED = "is damaged and cannot be resumed; start the run again."


def pack(tensors: dict[str, Tensor], figures: dict[str, Any]) -> bytes:
    """Return `tensors` and `figures` (JSON-ready) as bytes that `unpack` reads."""
    held = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    header = {"format": FORMAT, "figures": json.dumps(figures)}
    header["sha256"] = _digest(held, header)
    return safetensors.torch.save(held, header)


def unpack(content: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors and figures in `content`.

    Raises InvalidInput if a bit of it changed, or if another version wrote it.
    """
    try:
        tensors = safetensors.torch.load(content)
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])["__metadata__"]
        written = header["format"]
        whole = header["sha256"] == _digest(tensors, header)
        figures = json.loads(header["figures"])
    except (SafetensorError, ValueError, KeyError):
        raise InvalidInput("checkpoint", DAMAGED) from None
    if written != FORMAT and (whole or written in OLDER):
        raise InvalidInput("checkpoint", f"is {shown(written)}; allowed is {shown(FORMAT)}.")
    if not whole:
        raise InvalidInput("checkpoint", DAMAGED)
    return tensors, figures


def row(tensors: Mapping[str, Tensor], member: int) -> dict[str, Tensor]:
    """Return one member's part of a pack's tensors, rows [1, …]; counts [] are all members'."""
    part = slice(member, member + 1)
    return {name: each[part] if each.dim() else each for name, each in tensors.items()}


def _digest(tensors: dict[str, Tensor], header: dict[str, str]) -> str:
    digest = hashlib.sha256((header["format"] + header["figures"]).encode())
    for name in sorted(tensors):
        digest.update(name.encode() + tensors[name].numpy().tobytes())
    return digest.hexdigest()
