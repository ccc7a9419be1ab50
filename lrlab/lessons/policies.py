"""The lesson's first half: the problem and the chapter's schedules, one by one.

No measured figure stands in a text: what is measured comes from the runs. What a text does say
in figures is what the chapter prints, and what its code does.
"""

from __future__ import annotations

from lrlab.lessons import answers
from lrlab.lessons.lesson import Plan, Question, Shown, Step
from lrlab.lessons.programme import PRINTED
from lrlab.lessons.schedulers import FACTOR
from lrlab.lessons.words import _

VERDICTS = (_("Yes"), _("No"), _("It cannot be told from the seeds"))
LOW_TO_HIGH = ("0.01", "0.1", "0.3", "1")

WHY = Step(
    "why",
    _("Why change the rate"),
    [
        _("The rate decides how far each update moves the weights. Too high, and the loss "
          "jumps about or breaks down; too low, and training takes for ever. A schedule "
          "lets it be high first and low later."),
        _("Four things can be chosen: how large the rate is, how it falls, how training begins, "
          "and whether the rate comes back in cycles. This lesson tries each."),
    ],
    Question(
        _("LeNet learns Fashion-MNIST for 30 epochs at a fixed rate, from five seeds. At which "
          "of these rates does none of them learn?"),
        LOW_TO_HIGH,
        answers.none_learns("fixed rates", LOW_TO_HIGH),
        _("A run that ends at one in ten has broken down: it gives all images the same answer, "
          "and does not recover. The lowest rate learns steadily, but has not arrived."),
    ),
    shows=[Shown("fixed rates", LOW_TO_HIGH)],
)  # fmt: skip

PROBLEM = Step(
    "problem",
    _("The problem"),
    [
        _("The chapter tries schedules on one small problem: LeNet learns Fashion-MNIST "
          "by plain SGD, in batches of 256, for 30 epochs. First at a constant rate of "
          "0.3. Where it says 30 iterations, it means epochs."),
    ],
    Question(
        _("The same training from five seeds: how far apart do the last test accuracies "
          "lie?"),
        [_("Less than 0.002"), _("0.002 to 0.01"), _("More than 0.01")],
        answers.spread((0.002, 0.01)),
        _("So one run against one run says little. From here on every line is a mean over "
          "seeds, with a band from the lowest to the highest. The gap between the solid line "
          "(train) and the dashed one (test) is overfitting."),
    ),
    plans=[Plan(_("constant"), PRINTED["constant"])],
    shows=[Shown("{tab} as run", ["constant"])],
)  # fmt: skip

BY_HAND = Step(
    "by-hand",
    _("Set by hand"),
    [
        _("The simplest schedule is a hand on the rate: the chapter sets it to 0.1 on the fly, in "
          "response to how training goes."),
        _("Do that here: train at the constant rate, press Steer while it runs, and lower the "
          "rate when you think that it no longer gets better. A mark on the curves shows where."),
    ],
    trains=[(_("constant"), {"schedule": PRINTED["constant"]})],
    plans=[Plan(_("constant"), PRINTED["constant"])],
    view="rates",
)  # fmt: skip

SQUARE_ROOT = Step(
    "square-root",
    _("Square root"),
    [
        _("A scheduler is a function from the number of updates, or epochs, to a rate. The "
          "chapter's first one is 0.1·(t + 1)^(−1/2), and it finds that it works better "
          "than the constant rate, with less overfitting. It starts from 0.1, not 0.3, so "
          "two things are changed at once."),
        _("In theory SGD settles at the minimum of a convex problem when the sum of its rates is "
          "infinite, so that it can get anywhere, and the sum of their squares is finite, so that "
          "the noise dies out (Robbins and Monro, 1951). For t^(−1/2) the first holds, the second "
          "does not."),
    ],
    Question(
        _("Does it reach a higher test accuracy than the constant rate in this tab?"),
        VERDICTS,
        answers.claim("root"),
        _("Compare the gaps between train and test, too: is there less overfitting? The step on "
          "the claims measures it."),
    ),
    plans=[
        Plan(_("constant"), PRINTED["constant"]),
        Plan(_("square root"), PRINTED["square root"]),
    ],
    shows=[Shown("{tab} as run", ["constant", "square root"])],
    asks="square-root",
)  # fmt: skip

FIRST = (2.0, 1.8, 0.01)

FACTOR_STEP = Step(
    "factor",
    _("A factor each time"),
    [
        _("The next one multiplies the rate by 0.9 each time it is asked, from 2.0 down to "
          "a floor of 0.01, and draws it over 50 ticks. The chapter never trains with it."),
    ],
    Question(
        _("Which rate does its code give at the very first tick?"),
        [f"{each:g}" for each in FIRST],
        answers.first_of_factor(FIRST),
        _("It multiplies before it returns, and ignores the number it is given: asked "
          "twice, it has moved on twice. After 50 calls it is at 0.0103, so the floor "
          "never shows."),
    ),
    plans=[
        Plan(_("the formula"), FACTOR, 50),
        Plan(_("what the code gives"), FACTOR | {"base_lr": 1.8}, 50),
    ],
    view="rates",
    asks="factor",
)  # fmt: skip

STARTS = (0.5, 0.25, 0.125)

MULTI_FACTOR = Step(
    "multi-factor",
    _("Drops at milestones"),
    [
        _("A common schedule holds the rate and halves it at given epochs. The code says "
          "0.5, halved at 15 and at 30; the prose has other milestones. In a run of the "
          "epochs 0 to 29 the second drop never comes."),
        _("Each tab draws its scheduler before it trains with it, and the scheduler "
          "remembers."),
    ],
    Question(
        _("With which rate does the PyTorch tab really begin to train?"),
        [f"{each:g}" for each in STARTS],
        answers.after_its_plot(STARTS),
        _("Drawing the plot used up both drops, so it trains at a constant 0.125. The MXNet tab "
          "runs at 0.25 and falls to 0.125 after 30 minibatches; the TensorFlow tab runs at 0.25, "
          "then at 0.125 from epoch 15."),
        by_tab=False,
    ),
    plans=[Plan(_("multi-factor"), PRINTED["multi-factor"])],
    shows=[Shown("{tab} as run", ["multi-factor"]), Shown("{tab} as printed", ["multi-factor"])],
    asks="multi-factor",
)  # fmt: skip

COSINE_STEP = Step(
    "cosine",
    _("Cosine"),
    [
        _("Half a cosine falls slowly at first, fast in the middle and slowly at the end: "
          "from 0.3 to 0.01 in 20 epochs, flat after that. The chapter says that it can help, "
          "and that this is not certain."),
        _("Its scheduler keeps the last rate that it gave: past its end it gives that again, old "
          "as it may be, and fails where there is none yet."),
    ],
    Question(
        _("Does cosine reach a higher test accuracy than the constant rate in this tab?"),
        VERDICTS,
        answers.claim("cosine"),
        _("Look at the other tabs too. The MXNet tab counts minibatches, so its rate is "
          "at 0.01 after the first 20 of them."),
    ),
    plans=[Plan(_("constant"), PRINTED["constant"]), Plan(_("cosine"), PRINTED["cosine"])],
    shows=[Shown("{tab} as run", ["constant", "cosine"])],
    asks="cosine",
)  # fmt: skip

WARMUP_STEP = Step(
    "warmup",
    _("Warmup"),
    [
        _("At random weights a high rate may lead astray, so the rate first rises from 0 "
          "in 5 epochs, within the same 20. The chapter finds that training converges "
          "better at first."),
        _("By the plot the whole first epoch runs at a rate of 0: nothing is learnt in it."),
    ],
    Question(
        _("After 5 epochs, is warmup ahead of plain cosine in this tab?"),
        VERDICTS,
        answers.claim("warmup"),
        _("The PyTorch tab applies its rates one epoch late: 0.3 for an epoch, then a "
          "whole epoch at 0. TensorFlow's first epoch runs at 0, and the MXNet tab's "
          "warmup lasts 5 minibatches."),
    ),
    plans=[
        Plan(_("cosine"), PRINTED["cosine"]),
        Plan(_("cosine + warmup"), PRINTED["cosine + warmup"]),
    ],
    shows=[Shown("{tab} as run", ["cosine", "cosine + warmup"])],
    asks="warmup",
)  # fmt: skip

POLICIES = (
    WHY, PROBLEM, BY_HAND, SQUARE_ROOT, FACTOR_STEP, MULTI_FACTOR, COSINE_STEP, WARMUP_STEP,
)  # fmt: skip
