"""What a person reads for each parameter and word of the catalogue, and for the run's settings."""

from __future__ import annotations

from lrlab.schedules import catalogue
from lrlab.ui.text import _, spoken


@spoken
def labels() -> dict[str, str]:
    """Return name → label for parameters, settings and the words that a choice offers.

    A word of the catalogue that has no label of its own gets itself, written out.
    """
    found = {word: spelled(word) for word in words()}
    return found | _parameters() | _settings() | _words_of_settings() | _choices_of_words()


@spoken
def metrics() -> dict[str, str]:
    """Return name → label for what is measured of every run, the most asked for first."""
    return {
        "test_acc": _("Test accuracy"),
        "test_loss": _("Test loss"),
        "train_loss": _("Train loss"),
        "train_acc": _("Train accuracy"),
    }


def words() -> set[str]:
    """Return every name of a parameter and every word of a choice in the catalogue."""
    parameters = [parameter for entry in catalogue() for parameter in entry["parameters"]]
    chosen = {word for p in parameters if p["type"] == "choice" for word in p["choices"]}
    return chosen | {parameter["name"] for parameter in parameters}


def spelled(word: str) -> str:
    """Return a name as people write it: `half_life` is "Half life"."""
    return word.replace("_", " ").removesuffix(" lr").capitalize() + " rate" * word.endswith("_lr")


def _parameters() -> dict[str, str]:
    return {
        "base_lr": _("Base rate"),
        "final_lr": _("Final rate"),
        "min_lr": _("Lowest rate"),
        "max_lr": _("Highest rate"),
        "begin_lr": _("First rate"),
        "start_lr": _("First rate"),
        "end_lr": _("Last rate"),
        "length": _("Length"),
        "power": _("Power"),
        "timescale": _("Timescale"),
        "factor": _("Factor"),
        "every": _("Every"),
        "staircase": _("In steps"),
        "milestones": _("Milestones"),
        "times": _("Times"),
        "rates": _("Rates"),
        "interpolation": _("Between points"),
        "exponent": _("Exponent"),
        "expression": _("Formula"),
        "constants": _("Constants"),
        "mode": _("Shape"),
        "shape": _("Shape"),
        "shift": _("Clock starts at the join"),
        "period": _("Cycle length"),
        "period_factor": _("Each cycle longer by"),
        "peak_factor": _("Each peak times"),
        "limit": _("Cycles at most"),
        "cycles": _("Waves"),
        "hard": _("Jump back up"),
        "up": _("Way up"),
        "down": _("Way down"),
        "gamma": _("Shrinks by"),
        "pct_start": _("Part that rises"),
        "div_factor": _("Starts lower by"),
        "final_div_factor": _("Ends lower still by"),
        "three_phase": _("Three phases"),
        "warmup": _("Warmup"),
        "decay": _("Decay"),
        "decay_shape": _("Shape of the decay"),
        "lower": _("Tangent from"),
        "upper": _("Tangent to"),
        "scale": _("Scale"),
        "model_size": _("Model width"),
        "start": _("Begins at"),
        "factors": _("Factors"),
        "std": _("Strength"),
        "from": _("From"),
        "to": _("To"),
        "patience": _("Patience"),
        "threshold": _("Threshold"),
        "threshold_mode": _("Threshold is"),
        "cooldown": _("Cooldown"),
        "metric": _("Looks at"),
        "smooth": _("Smooth the metric"),
        "window": _("Mean over"),
        "reset": _("Begins anew after"),
    }


def _settings() -> dict[str, str]:
    return {
        "epochs": _("Epochs"),
        "clock": _("Clock"),
        "lag": _("One tick late"),
        "initial_lr": _("Rate of the first tick"),
        "batch_size": _("Batch size"),
        "model": _("Network"),
        "init": _("Initial weights"),
        "dataset": _("Data set"),
        "seed": _("Seed"),
        "order_seed": _("Seed of the order"),
        "train_examples": _("Training examples"),
        "optimizer": _("Optimizer"),
        "momentum": _("Momentum"),
        "nesterov": _("Nesterov's momentum"),
        "beta1": _("Beta 1"),
        "beta2": _("Beta 2"),
        "epsilon": _("Epsilon"),
        "weight_decay": _("Weight decay"),
        "precision": _("Precision"),
        "averages": _("Averages"),
        "average_from": _("Part of the run before averages"),
        "ema_decay": _("Memory of the moving mean"),
        "instruments": _("Instruments"),
        "range_test": _("Range test"),
        "epoch": _("Epochs: constant through an epoch"),
        "step": _("Updates"),
        "progress": _("Epochs, moving with every update"),
        "default": _("PyTorch's own"),
        "xavier": _("Xavier (Glorot)"),
    }


def _words_of_settings() -> dict[str, str]:
    return {
        "lenet": _("LeNet, as in the chapter"),
        "lenet-tensorflow": _("LeNet of the TensorFlow tab"),
        "lenet-1998": _("LeNet-5 of 1998"),
        "lenet-batchnorm": _("LeNet with batch norm"),
        "mlp": _("Multilayer perceptron"),
        "fashion-mnist": "Fashion-MNIST",
        "mnist": "MNIST",
        "kmnist": "Kuzushiji-MNIST",
        "cifar-10": "CIFAR-10",
        "sgd": "SGD",
        "adam": "Adam",
        "adamw": "AdamW",
        "schedule-free-sgd": _("Schedule-free SGD"),
        "sgld": _("SGLD, with noise"),
        "float32": "Float32",
        "tf32": "TF32",
        "bfloat16": "Bfloat16",
        "swa": _("Weights' mean (SWA)"),
        "ema": _("Moving mean (EMA)"),
        "posterior": _("Posterior mean"),
        "gradient-norm": _("Gradient norm"),
        "distance": _("Distance from the start"),
        "sharpness": _("Sharpness"),
        "noise-scale": _("Gradient noise scale"),
    }


def _choices_of_words() -> dict[str, str]:
    return {
        "linear": _("Linear"),
        "constant": _("Constant"),
        "cosine": _("Cosine"),
        "exponential": _("Exponential"),
        "log": _("Logarithmic"),
        "sqrt": _("Square root"),
        "triangular": _("Triangles"),
        "triangular2": _("Triangles, half as high each time"),
        "exp_range": _("Triangles that shrink all the time"),
        "rel": _("Part of the best value"),
        "abs": _("Difference from the best value"),
        "test_loss": _("Test loss"),
        "train_loss": _("Train loss"),
        "test_acc": _("Test accuracy"),
    }
