import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong
from ._shared import certain, cross_entropy, digits_of, no_chances

EVERY = 72  # of the 2,300 words of the training split: 32 words
TWICE = np.log(np.e + 9) - 1  # nats: softmax of 1 and nine zeros


def _digits():
    return digits_of("train")[::EVERY]


def _missed(chances):
    called, digits = np.asarray(chances).argmax(axis=1), _digits()
    n_missed = int((called != digits).sum())
    if n_missed > 16:
        return (
            f"{n_missed} of 32 words, more than half, are called something else. The words are shuffled in each "
            "step: does each still meet its own digit? And does each step use the gradient of its own batch only?"
        )
    if n_missed:
        first = int(np.flatnonzero(called != digits)[0])
        return (
            f"{n_missed} of 32 words are missed, first word {first}, a {digits[first]} that is called {called[first]}. What "
            "was learned by heart is known: is the network asked in evaluation mode, and were there enough steps?"
        )
    return None


def _twice(chances):
    found = cross_entropy(chances, _digits())
    if abs(found - TWICE) < 0.03:
        return (
            f"All 32 are right, and the mean cross-entropy is {found:.2f} nats: that of ln(e + 9) − 1, the least that is left "
            "if softmax is taken twice. Cross-entropy takes logits, and probabilities need one softmax."
        )
    return None


def _unsure(chances):
    found = cross_entropy(chances, _digits())
    if found > 0.05:
        return (
            f"All 32 are right, but the mean cross-entropy is {found:.2f} nats; at most 0.05 are asked. Something still holds "
            "the network back: too few steps, smoothed labels, or softmax before the loss."
        )
    return None


def chances():
    import torch

    from course_utils.models import recipes

    features, digits = recipes.digit_features("train")
    features, digits = features[::72], digits[::72]
    torch.manual_seed(0)
    layers = torch.nn.Linear(1920, 64), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(64, 10)
    network = torch.nn.Sequential(torch.nn.Flatten(), *layers)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(100):
        order = torch.randperm(len(digits))
        loss = torch.nn.functional.cross_entropy(network(features[order]), digits[order])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        return network.eval()(features).softmax(dim=1)


def _by_line():
    """No hidden layer at all: 32 points in 1,920 dimensions can always be told apart."""
    import torch

    from course_utils.models import recipes

    features, digits = recipes.digit_features("train")
    inputs, digits = features[::EVERY].flatten(1), digits[::EVERY]
    weights = torch.zeros(1920, 10)
    for _ in range(60):
        weights -= 0.05 * inputs.T @ ((inputs @ weights).softmax(dim=1) - torch.eye(10)[digits]) / len(digits)
    return (inputs @ weights).softmax(dim=1).tolist()


def _softened(value: float):
    return lambda: certain(_digits(), chance=value)


EXERCISE = Exercise(
    title="learn thirty words by heart",
    stars=2,
    kind="train",
    task="""
Before a network is trained for hours, it is asked to learn a handful of examples by heart. One that cannot has a bug, not a lack of data. The training loop below runs without an error and gets most of its words wrong. It has **four bugs**.

**Find them and train** until the network knows its 32 words. Hand in `chances`, an array (32, 10): the probability of each digit for each word, in the order of `features`, as the trained network gives them when it is used. All 32 must be right, and the mean cross-entropy, −ln of the probability of the right digit, at most 0.05 nats. A try takes a few seconds.
""",
    given="""import torch

import course_utils as cu

features, digits = (part[::72] for part in cu.models.recipes.digit_features("train"))  # 32 words


def published(n_steps=100):
    layers = torch.nn.Linear(1920, 64), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(64, 10)
    network = torch.nn.Sequential(torch.nn.Flatten(), *layers, torch.nn.Softmax(dim=1))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(n_steps):
        shuffled = features[torch.randperm(len(features))]
        loss = torch.nn.functional.cross_entropy(network(shuffled), digits)
        loss.backward()
        optimizer.step()
    return network(features).detach()


torch.manual_seed(0)
called = published().argmax(dim=1)
print(f"published: {int((called == digits).sum())} of {len(digits)} words are right")""",
    form="array (32, 10) of probabilities",
    answer="chances",
    spec=Design(
        properties=(
            Property("no probabilities", no_chances(32)),
            Property("words missed", _missed),
            Property("softmax twice", _twice),
            Property("unsure", _unsure),
        ),
        score=lambda answer: cross_entropy(answer, _digits()),
        unit="nats",
        best=0.0014,
    ),
    reference=chances,
    hints=(
        "One line of the loop deals with the words and not with their digits.",
        "Print the loss: it should fall to 0. What does PyTorch do with the gradients of the step before?",
        "`torch.nn.functional.cross_entropy` takes a softmax of its own, and dropout, which zeroes half of the values "
        "in training, must know when that is over: `network.eval()`.",
    ),
    wrongs=(
        Wrong("no probabilities", "", lambda: np.log(certain(_digits()))),
        Wrong(
            "words missed",
            "",
            (lambda: certain(np.roll(_digits(), 5)), lambda: certain(np.where(np.arange(32) == 4, 9, _digits()))),
        ),
        Wrong("softmax twice", "", _softened(np.e / (np.e + 9))),
        Wrong("unsure", "", (_softened(0.9), _softened(0.6))),
    ),
    after="Make it the first test of every training loop: it costs seconds.",
    also_right=(_by_line,),
)
