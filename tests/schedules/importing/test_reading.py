"""How pasted code is read: the lines around the call, and hostile texts, refused in a sentence."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lrlab.errors import InvalidInput
from lrlab.schedules.importing import Imported, read_code
from lrlab.schedules.importing.table import ENTRIES

STEP = {"kind": "exponential", "base_lr": 0.3, "factor": 0.5, "every": 10, "staircase": True}


@pytest.mark.parametrize(
    "text",
    [
        "opt = SGD(model.parameters(), lr=0.3)\nStepLR(opt, 10, 0.5)",
        "opt = SGD(model.parameters(), 0.3)\nsched = StepLR(opt, step_size=10, gamma=1/2)",
        "import torch\nfrom torch.optim.lr_scheduler import StepLR as Steps\n"
        "model = Net()\nopt = torch.optim.AdamW(model.parameters(), lr=3e-1)\n"
        "sched: object = Steps(opt, 2 * 5, gamma=0.5)",
        "lr = 0.3\nevery = int(100 / 10)\nself.opt = Adam(net.parameters(), lr=lr)\n"
        "self.sched = optim.lr_scheduler.StepLR(self.opt, every, gamma=0.5)",
        "    opt = SGD(w, lr=0.3)\n    StepLR(\n        opt,\n        step_size=10,  # epochs\n"
        "        gamma=0.5,\n    )",
        "opt = SGD(w, lr=0.3); a = LinearLR(opt); StepLR(opt, 10, .5, last_epoch=-1)",
    ],
)
def test_the_lines_around_a_call_are_understood(text: str) -> None:
    found = read_code(text)
    assert {**found.schedule.spec(), **STEP} == found.schedule.spec()
    assert found.notes == ()


def test_a_schedule_inside_an_optimizer_is_found() -> None:
    text = "opt = optax.adam(learning_rate=optax.cosine_decay_schedule(0.1, 1000))"
    assert read_code(text).schedule.spec()["length"] == 1000
    text = "rate = keras.optimizers.schedules.CosineDecay(0.1, 10)\nkeras.optimizers.SGD(rate)"
    assert read_code(text).clock == "step"


def test_a_name_stands_for_the_schedule_given_to_it() -> None:
    text = "a = LinearLR(opt, 0.1)\nb = ExponentialLR(opt, 0.9)\nSequentialLR(opt, [a, b], [5])"
    assert read_code(text, base_lr=1).schedule.spec()["kind"] == "warmup"


def test_without_an_optimizer_a_note_names_the_rate_that_is_taken() -> None:
    found = read_code("ExponentialLR(opt, 0.9)")
    assert found.schedule.at([0], 1)[0] == 0.1
    assert found.notes == ("The code names no rate; 0.1 is taken for the optimizer's.",)


def test_a_given_rate_counts_more_than_the_code_and_nothing_for_absolute_rates() -> None:
    assert read_code("opt = SGD(w, lr=1)\nStepLR(opt, 5)", base_lr=0.2).schedule.at([0], 1) == 0.2
    found = read_code("optax.constant_schedule(0.7)", base_lr=0.2)
    assert found.schedule.at([0], 1) == 0.7
    assert "not used" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "names", "allows"),
    [
        ("__import__('os').system('touch /tmp/lrlab-was-here')", "__import__", "a scheduler of"),
        ("StepLR(opt, __import__('os').getpid())", "getpid()", "a whole number"),
        ("exec('1')", "exec", "a scheduler of"),
        ("StepLR(opt, (lambda: 5)())", "step_size", "a whole number"),
        ("LambdaLR(opt, lambda e: e.__class__)", "e.__class__", "sqrt"),
        ("LambdaLR(opt, lambda e: (lambda: 1)())", "lambda", "sqrt"),
        ("LambdaLR(opt, lambda e: [1 for _ in e])", "'_', which is not known", "numbers"),
        ("LambdaLR(opt, lambda e: 1 if e.x else 2)", "e.x", "sqrt"),
        ("LambdaLR(opt, lambda a, b: 1)", "2 arguments", "one"),
        ("LambdaLR(opt, warm)", "lr_lambda 'warm'", "a lambda"),
        ("LambdaLR(opt, [lambda e: 1])", "lr_lambda", "a lambda"),
        ("[StepLR(opt, i) for i in range(3)]", "for i in range", "a scheduler of"),
        ("f'{StepLR(opt, 3)}'", "StepLR", "a scheduler of"),
        ("StepLR(opt, f'{3}')", "step_size", "a whole number"),
        ("while True: pass", "while True", "imports, assignments"),
        ("def f(): pass", "def f()", "imports, assignments"),
        ("StepLR(opt, 3)\nopt.step()", "opt.step()", "a scheduler of"),
        ("StepLR(*everything)", "StepLR(*everything)", "without stars"),
        ("StepLR(**everything)", "StepLR(**everything)", "without stars"),
        ("StepLR(opt, \x00)", "no Python", "one scheduler's call"),
        ("StepLR(opt", "no Python in line 1", "one scheduler's call"),
        ("CosineAnealingLR(opt, 3)", "CosineAnealingLR", "perhaps CosineAnnealingLR"),
        ("StepLR(opt)", "without step_size", "a whole number above 0"),
        ("StepLR(opt, 3, gama=0.1)", "an argument gama", "step_size, gamma"),
        ("StepLR(opt, 3, step_size=4)", "step_size twice", "step_size, gamma"),
        ("StepLR(1, 2, 3, -1, 5, 6)", "6 arguments", "step_size, gamma"),
        ("StepLR(opt, 'three')", "step_size 'three'", "a whole number above 0"),
        ("StepLR(opt, 2.5)", "step_size 2.5", "a whole number above 0"),
        ("StepLR(opt, None)", "step_size None", "a whole number above 0"),
        ("StepLR(opt, 3, last_epoch=5)", "last_epoch 5", "-1"),
        ("StepLR(opt, len(loader))", "'len(loader)', whose value is not in the code", "whole"),
        ("StepLR(opt, 1e999)", "no finite number", "finite"),
        ("StepLR(opt, float('nan'))", "step_size", "whole"),
        ("StepLR(opt, 9**9**9)", "9 ** 9", "finite"),
        ("StepLR(opt, (-8)**0.5)", "(-8) ** 0.5", "finite"),
        ("StepLR(opt, 1/0)", "1 / 0", "finite"),
        ("StepLR(opt, 1e308 * 10)", "1e+308 * 10", "finite"),
        ("StepLR(opt, 'a' * 9)", "step_size", "whole"),
        ("StepLR(opt, 3, -0.5)", "factor is -0.5", "from 0"),
        ("opt = SGD(w, lr=-1)\nStepLR(opt, 3)", "base_lr is -1", "from 0"),
        ("SequentialLR(opt, [StepLR(opt, 3), warm], [5])", "schedulers", "a list of schedulers"),
        ("SequentialLR(opt, [StepLR(opt, 3)] * 2, [5])", "schedulers", "a list of schedulers"),
        ("SequentialLR(opt, [LinearLR(opt), StepLR(opt, 3)], [])", "0 milestones", "one fewer"),
        ("SequentialLR(opt, [LinearLR(opt), ReduceLROnPlateau(opt)], [3])", "refuses", "clock"),
        ("ChainedScheduler([LinearLR(opt), CyclicLR(opt, 0, 1)])", "CyclicLR after", "first"),
        ("OneCycleLR(opt, 0.1)", "without total_steps", "epochs"),
        ("get_linear_schedule_with_warmup(opt, 10, 10)", "num_training_steps 10", "above"),
        ("CyclicLR(opt, 0.1, 1, scale_fn=lambda x: 1)", "scale_fn", "None"),
        ("CyclicLR(opt, 0.1, 1, mode='square')", "mode 'square'", "triangular2"),
        ("PolynomialDecay(0.1, 10, cycle=True)", "cycle True", "False"),
        ("'StepLR'", "no scheduler's call", "a scheduler of"),
        ("", "no scheduler's call", "a scheduler of"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_in_one_sentence(text: str, names: str, allows: str) -> None:
    began = time.perf_counter()
    with pytest.raises(InvalidInput) as refused:
        read_code(text)
    seconds = time.perf_counter() - began
    sentence = str(refused.value)
    assert refused.value.field == "code"
    assert names in sentence
    assert allows in sentence
    assert "\n" not in sentence
    assert seconds < 0.05


@pytest.mark.parametrize(
    "text",
    ["x" * 10_000_000, "(" * 1900, "[" * 1900 + "]" * 1900, "-" * 1999 + "1", "f(" * 300,
     "1+" * 990 + "1", "StepLR(opt, 3);" * 130, "a=1;" * 480, "a.b" * 600, "\ud800", "\x00" * 99,
     "a=StepLR(opt,1)\n" + "a=SequentialLR(opt,[a,a],[1])\n" * 60,
     "a=ExponentialLR(opt,1)\n" + "a=ChainedScheduler([a,a])\n" * 60,
     "a=[1]\n" + "a=[a,a]\n" * 200 + "StepLR(opt,a)", "lambda: " * 250 + "1",
     "LambdaLR(opt, lambda e: " + "-" * 1900 + "e)", "a=1\n" + "a=a*9.\n" * 280],
    ids=range(17),
)  # fmt: skip
def test_hostile_sizes_are_answered_at_once(text: str) -> None:
    began = time.perf_counter()
    try:
        read_code(text)
    except InvalidInput as error:
        assert len(str(error)) < 1000  # noqa: PT017
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_base_rate_out_of_range_is_refused(rate: float) -> None:
    with pytest.raises(InvalidInput, match=r"base_lr is .*; allowed is a number above 0"):
        read_code("StepLR(opt, 3)", base_lr=rate)


words = st.sampled_from(
    [*ENTRIES, "opt", "(", ")", ",", "[", "]", "=", "lr", "1", "0.5", "-", "**", "None", "True",
     "'x'", "lambda e:", "e", "for", "{", "}", ":", "\n", ";", ".", "*", "SGD", "1e400"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(words, max_size=40).map(" ".join) | st.text(max_size=300))
@example("StepLR(opt, 3" + ")" * 3)
def test_any_text_is_read_or_refused_never_a_crash(text: str) -> None:
    try:
        found = read_code(text)
    except InvalidInput as error:
        assert error.field == "code"  # noqa: PT017
        return
    assert isinstance(found, Imported)


values = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)
values = values | st.lists(values, max_size=3) | st.dictionaries(st.integers(0, 9), values)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(sorted(ENTRIES)), st.data())
def test_any_arguments_are_read_or_refused_never_a_crash(name: str, data: st.DataObject) -> None:
    names = list(ENTRIES[name].arguments())
    count = data.draw(st.integers(0, len(names)))
    given = {each: data.draw(values) for each in names[:count]}
    text = f"{name}({', '.join(f'{k}={v!r}' for k, v in given.items())})"
    try:
        read_code(text.replace("nan", "1e999"))
    except InvalidInput as error:
        assert error.field == "code"  # noqa: PT017
