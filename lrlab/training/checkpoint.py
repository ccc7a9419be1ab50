"""A training's state as bytes: safetensors, with the plain figures as JSON in its header."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from lrlab.errors import InvalidInput

FORMAT = "lrlab checkpoint 1"
DAMAGED = "is damaged and cannot be resumed; start the run again."


def pack(tensors: dict[str, Tensor], figures: dict[str, Any]) -> bytes:
    """Return `tensors` and `figures` (JSON-ready) as bytes that `unpack` reads."""
    held = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    header = {"format": FORMAT, "figures": json.dumps(figures)}
    header["sha256"] = _digest(held, header["figures"])
    return safetensors.torch.save(held, header)


def unpack(content: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors and figures in `content`; raise InvalidInput if a bit of it changed."""
    try:
        tensors = safetensors.torch.load(content)
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])["__metadata__"]
        whole = header["sha256"] == _digest(tensors, header["figures"])
        known, figures = header["format"] == FORMAT, json.loads(header["figures"])
    except (SafetensorError, ValueError, KeyError):
        raise InvalidInput("checkpoint", DAMAGED) from None
    if not (whole and known):
        raise InvalidInput("checkpoint", DAMAGED)
    return tensors, figures


def _digest(tensors: dict[str, Tensor], figures: str) -> str:
    digest = hashlib.sha256(figures.encode())
    for name in sorted(tensors):
        digest.update(name.encode() + tensors[name].numpy().tobytes())
    return digest.hexdigest()
