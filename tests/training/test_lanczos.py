"""The largest eigenvalues by products, against those of matrices that are known whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lrlab.training.lanczos import LEAST, MOST, Top, largest

NUMBERS = 200


def matrices(spectra: list[Tensor], seed: int = 0) -> Tensor:
    """Return symmetric matrices with these eigenvalues, in random directions."""
    torch.manual_seed(seed)
    made = []
    for spectrum in spectra:
        turned, _ = torch.linalg.qr(torch.randn(len(spectrum), len(spectrum)))
        made.append(turned * spectrum @ turned.T)
    return torch.stack(made)


def found(
    product: Callable[[Tensor], Tensor], start: Tensor, tolerance: float = 1e-2
) -> tuple[Top, int]:
    """Return what was found, and after how many pauses."""
    search, pauses = largest(product, start, tolerance), 0
    while True:
        try:
            next(search)
            pauses += 1
        except StopIteration as end:
            return end.value, pauses


def by(matrix: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda rows: torch.einsum("mab,mb->ma", matrix, rows)


def spectrum(bulk: float, *outliers: float, numbers: int = NUMBERS) -> Tensor:
    within = torch.linspace(-bulk, bulk, numbers - len(outliers))
    return torch.cat([within, torch.tensor(outliers)])


SPECTRA = {
    "outliers as a loss has them": spectrum(0.1, 1.0, 2.0, 5.0),
    "a negative one that dominates": spectrum(0.1, 1.0, -20.0),
    "two that are close": spectrum(0.1, 4.99, 5.0),
    "one that is double": spectrum(0.1, 5.0, 5.0),
    "none above 0": -spectrum(0.0, 0.5, 1.0, 10.0) - 0.1,
    "a bulk alone": spectrum(1.0),
}


@pytest.mark.parametrize("name", SPECTRA)
def test_it_is_the_largest_whatever_the_others_are(name):
    matrix = matrices([SPECTRA[name]])
    top, _ = found(by(matrix), torch.randn(1, NUMBERS))
    value, vector = top.value[0], top.vector[0]
    assert value.item() == pytest.approx(SPECTRA[name].max().item(), rel=5e-3)
    assert vector.norm().item() == pytest.approx(1, abs=1e-5)
    off = (matrix[0] @ vector - value * vector).norm()
    assert off <= 0.011 * abs(value)
    assert top.residual[0].item() == pytest.approx(off.item(), abs=1e-4)


def test_each_member_has_its_own():
    matrix = matrices([SPECTRA[name] for name in SPECTRA])
    top, _ = found(by(matrix), torch.randn(len(SPECTRA), NUMBERS))
    exact = torch.linalg.eigvalsh(matrix.double())[:, -1]
    torch.testing.assert_close(top.value.double(), exact, rtol=5e-3, atol=0)


def test_a_smaller_tolerance_takes_more_products_and_is_nearer():
    matrix = matrices([SPECTRA["a bulk alone"]])
    torch.manual_seed(3)
    start = torch.randn(1, NUMBERS)
    loose, _ = found(by(matrix), start, tolerance=0.1)
    tight, _ = found(by(matrix), start, tolerance=0.003)
    assert loose.products < tight.products <= MOST
    assert abs(tight.value - 1) < abs(loose.value - 1)


def test_it_pauses_between_two_products_and_gives_up_after_the_most():
    top, pauses = found(by(matrices([SPECTRA["a bulk alone"]])), torch.randn(1, NUMBERS), 1e-9)
    assert top.products == MOST
    assert pauses == MOST - 1


def test_a_good_start_is_enough_after_the_least_products():
    matrix = matrices([SPECTRA["a bulk alone"]])
    _, vectors = torch.linalg.eigh(matrix)
    start = vectors[:, :, -1] + 1e-3 * torch.randn(1, NUMBERS)
    top, _ = found(by(matrix), start)
    assert top.products == LEAST
    assert found(by(matrix), torch.randn(1, NUMBERS))[0].products > LEAST


def test_fewer_numbers_than_products_are_searched_whole():
    matrix = matrices([torch.tensor([-9.0, 1.0, 2.0]), torch.tensor([3.0, 0.0, -1.0])])
    top, _ = found(by(matrix), torch.randn(2, 3), tolerance=0.0)
    torch.testing.assert_close(top.value, torch.tensor([2.0, 3.0]), rtol=1e-5, atol=0)
    assert top.products == 3


def test_a_matrix_of_zeros_has_none_but_zero():
    top, _ = found(torch.zeros_like, torch.randn(1, NUMBERS))
    assert top.value.item() == 0
    assert top.vector.isfinite().all()


@pytest.mark.parametrize("fault", [torch.nan, torch.inf])
def test_a_product_that_is_no_number_spoils_its_own_member_alone(fault):
    whole = matrices([SPECTRA["outliers as a loss has them"]] * 2)
    whole[1, 3, 3] = fault
    top, _ = found(by(whole), torch.randn(2, NUMBERS))
    assert top.value[0].item() == pytest.approx(5.0, rel=5e-3)
    assert top.value[1].isnan()
    assert top.products < MOST
