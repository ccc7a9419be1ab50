"""PyTorch's schedulers of schedulers: SequentialLR and ChainedScheduler."""

from __future__ import annotations

from lrlab.schedules.importing.checks import Counts, Ignored, Several, Start
from lrlab.schedules.importing.shapes import check_boundaries, joined
from lrlab.schedules.importing.table import Found, Given, Spec, reads
from lrlab.schedules.importing.values import refuse
from lrlab.sentence import Sentence

torch = reads("PyTorch")
# These compute the rate anew from their own base and forget what others multiplied.
ABSOLUTE = ("LambdaLR", "CosineAnnealingWarmRestarts", "CyclicLR", "OneCycleLR")
NO_PARTS = ("ReduceLROnPlateau",)


@torch
def SequentialLR(
    given: Given, optimizer: Ignored, schedulers: Several, milestones: Counts,
    last_epoch: Start = -1, verbose: Ignored = False,
) -> Spec:  # fmt: skip
    _check_parts("SequentialLR", schedulers)
    check_boundaries("SequentialLR", "milestones", milestones, len(schedulers))
    return joined([_part(each, schedulers, given) for each in schedulers], milestones)


def _part(each: Found, schedulers: list[Found], given: Given) -> Spec:
    """Return a part's spec; before a OneCycleLR torch uses that one's first rate for all others."""
    cycles = [other for other in schedulers if other.call.name == "OneCycleLR"]
    if not cycles or each.call.name == "OneCycleLR" or each.call.name in ABSOLUTE:
        return each.spec
    first = cycles[-1].spec["max_lr"] / cycles[-1].spec["div_factor"]
    given.note(
        Sentence(
            "OneCycleLR rewrites the optimizer's initial rate, so that in torch's "
            "SequentialLR the other parts start from {first:g}; the same is done here.",
            first=first,
        )
    )
    return each.at_base(first, given)


@torch
def ChainedScheduler(given: Given, schedulers: Several, optimizer: Ignored = None) -> Spec:
    _check_parts("ChainedScheduler", schedulers)
    for each in schedulers[1:]:
        if each.call.name in ABSOLUTE:
            raise refuse(
                f"has ChainedScheduler with {each.call.name} after another, whose work it undoes; "
                f"allowed is {each.call.name} in the first place."
            )
    if any(_has_floor(each) for each in schedulers):
        given.note(
            "In a chain, torch's CosineAnnealingLR with an eta_min above 0 rescales what the "
            "others left; here its curve is multiplied with theirs."
        )
    factors = [each.at_base(1.0, given) for each in schedulers[1:]]
    if not factors:
        return schedulers[0].spec
    return {"kind": "product", "factors": [schedulers[0].spec, *factors]}


def _has_floor(each: Found) -> bool:
    return each.call.name == "CosineAnnealingLR" and each.spec["final_lr"] > 0


def _check_parts(call: str, schedulers: list[Found]) -> None:
    for each in schedulers:
        if each.call.name in NO_PARTS:
            raise refuse(
                f"has {call} with {each.call.name}, which torch refuses there; "
                "allowed are schedulers that only look at the clock."
            )
