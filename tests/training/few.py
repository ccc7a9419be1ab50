"""A test set of 500 of the real images, where a test is not about how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lrlab.training import data


@pytest.fixture(scope="module", autouse=True)
def few_test_images() -> Iterator[None]:
    """Evaluate on 500 images in the module that imports this."""
    whole = data.load

    def load(*arguments: str) -> data.Data:
        loaded = whole(*arguments)
        return replace(loaded, test=loaded.test.first(500))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lrlab.training.pack.load", load)
        yield
