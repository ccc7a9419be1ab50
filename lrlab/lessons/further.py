"""The lesson's second half: what the code really does, the claims, the exercises, and beyond."""

from __future__ import annotations

from typing import Any

from lrlab.lessons import answers
from lrlab.lessons.lesson import Plan, Question, Shown, Step
from lrlab.lessons.policies import POLICIES, VERDICTS
from lrlab.lessons.programme import PEAKS, POWERS, PRINTED, RATES, WARMUPS
from lrlab.lessons.words import _

CIFAR: dict[str, Any] = {
    "schedule": {"kind": "cosine", "base_lr": 0.1, "final_lr": 0.001, "length": 30},
    "dataset": "cifar-10", "model": "lenet-batchnorm",
}  # fmt: skip
SGLD: dict[str, Any] = {
    "schedule": {"kind": "inverse_power", "base_lr": 0.1, "power": 0.55, "timescale": 1},
    "optimizer": "sgld", "averages": ["posterior"], "epochs": 10,
}  # fmt: skip

TABS = Step(
    "tabs",
    _("What the code really does"),
    [
        _("Three tabs, one chapter, and three different trainings: PyTorch's own initial "
          "weights or Xavier's, maximum or average pooling, a sigmoid before the output "
          "in TensorFlow, epochs or minibatches as the clock, rates that come an epoch "
          "late, schedulers used up by their own plot."),
        _("Choose a tab and an experiment. Drawn is what is printed: which rates did its code "
          "really train with?"),
    ],
    Question(
        _("Compared with what is printed, this tab's code ran it …"),
        [
            _("one epoch late"),
            _("counted in minibatches"),
            _("at other rates, as its scheduler was used up by its plot"),
            _("as printed"),
        ],
        answers.really,
        _("The curves look plausible all the same. Draw the rate that was applied, not the one "
          "that was meant."),
    ),
    shows=[Shown("{tab} as printed", ["{case}"]), Shown("{tab} as run", ["{case}"])],
    view="tabs",
    cases=(*[name for name in PRINTED if name != "constant"], "constant"),
)  # fmt: skip

CLAIMS = Step(
    "claims",
    _("Do the claims hold?"),
    [
        _("Each claim of the chapter, in each tab, by two sets of runs: fifty published ones, and "
          "those recorded here, paired by seed. By the recorded runs a claim holds where the 95 % "
          "interval of the difference lies above 0, and is within the noise where it contains 0; "
          "by the published ones its sign counts."),
    ],
    view="claims",
)  # fmt: skip

EXERCISE_1 = Step(
    "exercise-1",
    _("Exercise 1: the best fixed rate"),
    [_("How does training go for other fixed rates? Where is the best, and what comes "
       "after it?")],
    Question(
        _("Which of these fixed rates has the highest test accuracy after 30 epochs?"),
        [f"{rate:g}" for rate in RATES],
        answers.best("fixed rates"),
        _("There is a cliff: beyond a certain rate seeds break down, first some and then all."),
    ),
    shows=[Shown("fixed rates")],
    view="sweep",
)  # fmt: skip

EXERCISE_2 = Step(
    "exercise-2",
    _("Exercise 2: the exponent of the decay"),
    [_("A polynomial decay from 0.3 to 0.01 in 30 epochs: how much does its exponent "
       "matter?")],
    Question(
        _("Is the best exponent better than a straight line (exponent 1), beyond the noise?"),
        [_("Yes"), _("No")],
        answers.matters("polynomial powers", "1"),
        _("A small exponent keeps the rate high for long and lets it fall late, a large one lets "
          "it fall at once; all end at the same rate."),
    ),
    plans=[
        Plan(f"{power:g}", {"kind": "polynomial", "base_lr": 0.3, "final_lr": 0.01,
                            "power": power}) for power in POWERS
    ],
    shows=[Shown("polynomial powers")],
    view="sweep",
)  # fmt: skip

EXERCISE_3 = Step(
    "exercise-3",
    _("Exercise 3: large vision problems"),
    [
        _("Cosine schedules became known on large images, with days of training. This lab "
          "does not have that, and shows no curve of it."),
        _("What can be tried here: CIFAR-10, "
          "once its files are in the lab's folder, with LeNet and batch normalisation. It is small "
          "too; what it says of ImageNet is a guess."),
    ],
    plans=[Plan(_("cosine"), CIFAR["schedule"])],
    trains=[(_("cosine on CIFAR-10"), CIFAR)],
    view="rates",
)  # fmt: skip

EXERCISE_4 = Step(
    "exercise-4",
    _("Exercise 4: how long a warmup"),
    [_("Cosine over 30 epochs, of which the first few are warmup. How long should it "
       "last?")],
    Question(
        _("Which length, in epochs, has the highest test accuracy here?"),
        [f"{length:g}" for length in WARMUPS],
        answers.best("warmup lengths"),
        _("At this peak a few epochs more or less change little. The last step looks at higher "
          "peaks."),
    ),
    shows=[Shown("warmup lengths")],
    view="sweep",
)  # fmt: skip

EXERCISE_5 = Step(
    "exercise-5",
    _("Exercise 5: optimisation and sampling"),
    [_("Add noise of the right size to each step of SGD, and it no longer finds one "
       "minimum: it draws samples of the posterior (Welling and Teh, 2011). The step "
       "a·(b + t)^(−γ), γ above ½ and up to 1, is the family inverse_power; the optimizer "
       "is SGLD, and the posterior mean of its predictions an average of the run.")],
    plans=[Plan(_("SGLD, with the posterior mean"), SGLD["schedule"], SGLD["epochs"])],
    trains=[(_("SGLD, with the posterior mean"), SGLD)],
    view="rates",
)  # fmt: skip

AVERAGES = Step(
    "averages",
    _("Averages of the path"),
    [_("The mean of the weights over the second half of the run (SWA, Izmailov et al. "
       "2018), and a mean that forgets (EMA), beside the last weights: at a constant "
       "rate, and at a cyclic one.")],
    Question(
        _("At this schedule, does the mean of the weights (SWA) have a higher test accuracy than "
          "the last weights?"),
        VERDICTS,
        answers.averaged,
        _("At a rate that stays high the weights jump about a minimum, and their mean lies "
          "nearer to it. Where the rate is low at the end, the last weights are there already."),
    ),
    shows=[Shown("averages", ["{case}"])],
    view="averages",
    cases=("constant", "cyclic"),
)  # fmt: skip

PROGRESS = Step(
    "progress",
    _("Rates that look at progress"),
    [_("Halve the rate when the test loss has stopped falling: the drops come when the run needs "
       "them, at other epochs for each seed.")],
    Question(
        _("Starting from 0.3, does halving on a plateau beat the constant 0.3?"),
        VERDICTS,
        answers.plateau_beats_constant,
        _("The schedule looked at the test loss here, so its test accuracy is a little "
          "flattered: with data of your own, let it look at a third set."),
    ),
    shows=[Shown("progress"), Shown("fixed rates", ["0.3"])],
)  # fmt: skip

CYCLES = Step(
    "cycles",
    _("Cyclic rates"),
    [_("Let the rate rise and fall in triangles, or fall along a cosine and jump back to its "
       "start every 10 epochs.")],
    Question(
        _("How many of the five seeds still learn after the jumps of the restarts?"),
        [_("All"), _("Some"), _("None")],
        answers.how_many_learn("cycles", "cosine restarts"),
        _("A jump back to a rate near the cliff can break what was learnt; a triangle climbs "
          "back slowly."),
    ),
    shows=[Shown("cycles")],
)  # fmt: skip

DIVERGENCE = Step(
    "divergence",
    _("Warmup and divergence"),
    [
        _("Plain gradient descent is stable where the sharpness, the largest curvature of "
          "the loss, is below 2 divided by the rate. Warmup lets training find flatter "
          "regions before the rate is high (Gotmare et al. 2018)."),
        _("Choose a peak rate, and follow the sharpness beside 2 / η, and how far the weights "
          "move from where they began, with and without a warmup."),
    ],
    Question(
        _("At this peak, with a warmup of 5 epochs, how many of the five seeds learn, compared "
          "with none?"),
        [_("More"), _("As many"), _("Fewer")],
        answers.warmup_saves,
        _("Where the rate rises, the sharpness must follow it down to 2 / η: either the run finds "
          "flatter regions, or it breaks down. Five seeds are few: take single runs that fall as "
          "chance."),
    ),
    shows=[Shown("divergence", ["{case}", "{case}, warmed up"])],
    view="sharpness",
    cases=tuple(f"{peak:g}" for peak in PEAKS),
)  # fmt: skip

STEPS: tuple[Step, ...] = (
    *POLICIES, TABS, CLAIMS, EXERCISE_1, EXERCISE_2, EXERCISE_3, EXERCISE_4, EXERCISE_5,
    AVERAGES, PROGRESS, CYCLES, DIVERGENCE,
)  # fmt: skip
