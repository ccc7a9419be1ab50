"""What the fork server loads once, so that a run's process starts in moments.

Never import this from elsewhere: it loads torch.
"""

from __future__ import annotations

import atexit
import logging
import os

import lrlab.runs.worker
import lrlab.training  # noqa: F401 - and torch
from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.runs.database import load_driver
from lrlab.schedules.presets import PRESETS
from lrlab.training.data import load
from lrlab.training.device import prepare_threads


def preload() -> None:
    """Compile the usual schedules' formulas, read the data set, and load the database's driver."""
    atexit.register(os._exit, 0)  # torch takes its time to unload, and nobody waits for that
    prepare_threads(1)  # threads do not survive a fork, so none may be started here
    for preset in PRESETS:
        Experiment.parse(preset["experiment"])
    try:
        load_driver()
        load(device="cpu")
    except InvalidInput as error:  # a run will meet it again and tell its owner
        logging.getLogger(__name__).warning("%s", error)


preload()
