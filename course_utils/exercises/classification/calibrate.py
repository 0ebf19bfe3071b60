import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong
from ._shared import certain, cross_entropy, digits_of, no_chances

MOST_NATS = 0.25


def _digits():
    return digits_of("test")


def _decides_worse(chances):
    share = float((np.asarray(chances).argmax(axis=1) == _digits()).mean())
    if share < 0.9:
        return (
            f"The largest probability is right in {share:.0%} of the words, and the network in more than 90 %: to calibrate is to "
            "change how sure it is, not what it decides, nor the order of the words."
        )
    return None


def _sure(chances):
    """Mean of the largest probability, less the share of right answers."""
    chances = np.asarray(chances, dtype=float)
    return float(chances.max(axis=1).mean() - (chances.argmax(axis=1) == _digits()).mean())


def _too_modest(chances):
    gap, found = _sure(chances), cross_entropy(chances, _digits())
    if found > MOST_NATS and gap < -0.05:
        return (
            f"It is now less sure than it is right, by {-100 * gap:.0f} points on average, and its cross-entropy is "
            f"{found:.3f} nats ({MOST_NATS} are asked). A temperature chosen on all validation words does that: which of "
            "their voices are like those of the test?"
        )
    return None


def _too_sure(chances):
    found = cross_entropy(chances, _digits())
    if found > MOST_NATS:
        return (
            f"The cross-entropy is {found:.3f} nats, and at most {MOST_NATS} are asked: where it is wrong it is still too "
            "sure. One temperature above 1 for all words takes sureness away and leaves every decision as it is."
        )
    return None


def chances():
    import torch

    from course_utils.models import datasets, recipes

    network = sure_network()
    valid, digits = recipes.digit_features("valid")
    test, _ = recipes.digit_features("test")
    rows = datasets.SpokenDigits("valid").rows
    is_like_test = torch.tensor([row["synthesiser"] == "espeak-ng" for row in rows])
    with torch.no_grad():
        logits, digits = network(valid)[is_like_test], digits[is_like_test]
        nats = {t / 20: torch.nn.functional.cross_entropy(logits / (t / 20), digits) for t in range(10, 100)}
        return (network(test) / min(nats, key=nats.get)).softmax(dim=1)


def sure_network():
    """A small network that has gone over the training words thirty times, with nothing to hold it back."""
    import torch

    from course_utils.models import recipes

    features, digits = recipes.digit_features("train")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = torch.nn.Linear(1920, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)
        network = torch.nn.Sequential(torch.nn.Flatten(), *layers)
        optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
        for _ in range(30):
            for batch in torch.randperm(len(digits)).split(64):
                loss = torch.nn.functional.cross_entropy(network(features[batch]), digits[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    return network.eval()


def _by_gradient():
    """The temperature learned by gradient descent, as in the paper."""
    import torch

    from course_utils.models import datasets, recipes

    network, (valid, digits), (test, _) = sure_network(), *map(recipes.digit_features, ("valid", "test"))
    keep = torch.tensor([row["synthesiser"] == "espeak-ng" for row in datasets.SpokenDigits("valid").rows])
    logits, log_t = network(valid)[keep].detach(), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_t])

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(logits / log_t.exp(), digits[keep])
        loss.backward()
        return loss

    for _ in range(5):
        optimizer.step(closure)
    return (network(test) / log_t.exp()).softmax(dim=1).detach().numpy()


def _with(n_wrong: int, chance: float):
    """So sure in each word, and wrong in the first few."""

    def answer():
        called = _digits().copy()
        called[:n_wrong] = (called[:n_wrong] + 1) % 10
        return certain(called, chance=chance)

    return answer


EXERCISE = Exercise(
    title="say how sure you are",
    stars=3,
    kind="train",
    task=f"""
`sure_network()` trains a small network on the words of the training voices, with nothing to hold it back, in two seconds. It is often right and too sure of itself. One number mends that: its logits are divided by a **temperature** T before the softmax (Guo et al. 2017). T is chosen where the cross-entropy is least on *validation* words, whose digits you have.

Hand in `chances`, an array (220, 10): for each test word, in its order, the probabilities of the ten digits. Their mean cross-entropy must be at most **{MOST_NATS} nats**; the network alone has more. All test voices are made by *espeak-ng*. The validation voices are not all: look at `cu.models.datasets.SpokenDigits("valid").rows`.
""",
    given="""import torch

import course_utils as cu
from course_utils.exercises.classification import sure_network

network = sure_network()
valid, valid_digits = cu.models.recipes.digit_features("valid")
test, test_digits = cu.models.recipes.digit_features("test")  # its digits only for this line
with torch.no_grad():
    nats = torch.nn.functional.cross_entropy(network(test), test_digits)
print(f"as it is: {nats:.3f} nats on the test words")""",
    form="array (220, 10) of probabilities",
    answer="chances",
    spec=Design(
        properties=(
            Property("no probabilities", no_chances(220)),
            Property("decides otherwise", _decides_worse),
            Property("too modest", _too_modest),
            Property("too sure", _too_sure),
        ),
        score=lambda answer: cross_entropy(answer, _digits()),
        unit="nats",
        best=0.235,
    ),
    reference=chances,
    hints=(
        "Try T = 1, 1.5, 2, 3 on the validation words, and print the cross-entropy of the logits divided by each.",
        "Do that for the voices of each synthesiser by itself. Do they ask for the same T?",
        "Keep the validation words whose row says `espeak-ng`, take the T that is best there, and divide the logits of the "
        "test words by it.",
    ),
    wrongs=(
        Wrong("no probabilities", "", lambda: certain(_digits()) * 2),
        Wrong("decides otherwise", "", lambda: certain(_digits()[::-1], chance=0.5)),
        Wrong("too modest", "", (_with(15, 0.55), _with(0, 0.7))),
        Wrong("too sure", "", (_with(15, 0.9999), _with(18, 0.97))),
    ),
    after="A probability that holds is what a threshold, a fusion of models, or a doctor can work with.",
    also_right=(_by_gradient,),
)
