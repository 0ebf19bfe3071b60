import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong
from ._shared import digits_of

WORD = 5
N_RARE = 14
LEAST_F1 = 0.8


def _truth():
    return digits_of("test") == WORD


def _no_decisions(answer):
    said = np.asarray(answer)
    if said.shape != (220,):
        return f"220 decisions are asked, one for each test word; this has the shape {said.shape}."
    if not np.isin(said, (0, 1)).all():
        return "Decisions are asked: True, or 1, where the word is a five, and False, or 0, elsewhere. Compare with a threshold."
    return None


def _never(answer):
    if not np.asarray(answer).any():
        return (
            "It never says yes. That is right in 90.0 % of the test words, without listening, and finds no five: such a "
            "baseline is what accuracy must be compared with."
        )
    return None


def _counts(answer):
    said = np.asarray(answer).astype(bool)
    return int((said & _truth()).sum()), int(said.sum()), int(_truth().sum())


def _f1(answer):
    hits, n_said, n_true = _counts(answer)
    return 2 * hits / (n_said + n_true)


def _loses(answer):
    right = float((np.asarray(answer).astype(bool) == _truth()).mean())
    hits, n_said, n_true = _counts(answer)
    if right <= 0.9:
        advice = "Has the rare class too much weight, or is the threshold too low?"
        if n_said - hits <= n_true - hits:
            advice = "Are the decisions in the order of `test`, and was the network trained long enough?"
        return (
            f"It is right in {right:.1%} of the words, and whoever always says no in 90.0 %: {n_said - hits} false alarms for "
            f"{hits} of {n_true} fives. {advice}"
        )
    return None


def _misses(answer):
    hits, n_said, n_true = _counts(answer)
    if _f1(answer) < LEAST_F1 and n_true - hits >= n_said - hits:
        return (
            f"{hits} of {n_true} fives are found, with {n_said - hits} false alarms: F1 is {_f1(answer):.2f}, and {LEAST_F1} "
            "are asked. The training set has 148 other words for each five: let it count for more."
        )
    return None


def _alarms(answer):
    hits, n_said, n_true = _counts(answer)
    if _f1(answer) < LEAST_F1:
        return (
            f"{n_said - hits} of {n_said} alarms are false, and {n_true - hits} fives are missed: F1 is {_f1(answer):.2f}, "
            f"and {LEAST_F1} are asked. A higher threshold, or less weight, may cost few of the fives."
        )
    return None


def is_five():
    import torch

    from course_utils.models import recipes

    features, target = rare_words()
    torch.manual_seed(0)
    layers = torch.nn.Linear(1920, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1), torch.nn.Flatten(0)
    network = torch.nn.Sequential(torch.nn.Flatten(), *layers)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-4)
    loss_of = torch.nn.BCEWithLogitsLoss(pos_weight=(target == 0).sum() / target.sum())
    for _ in range(10):
        for batch in torch.randperm(len(target)).split(64):
            optimizer.zero_grad()
            loss_of(network(features[batch]), target[batch]).backward()
            optimizer.step()
    with torch.no_grad():
        return network(recipes.digit_features("test")[0]) > 0


def rare_words():
    """Training words of which one in 149 is a five: features (words, 40, 48), and 1 for a five, else 0."""
    import torch

    from course_utils.models import recipes

    features, digits = recipes.digit_features("train")
    fives = torch.nonzero(digits == WORD)[:, 0][:: 230 // N_RARE][:N_RARE]
    chosen = torch.cat([torch.nonzero(digits != WORD)[:, 0], fives])
    return features[chosen], (digits[chosen] == WORD).float()


def _by_more_copies():
    """Every five sixty times, the threshold at one half."""
    import torch

    from course_utils.models import recipes

    features, target = rare_words()
    is_rare = target == 1
    inputs = torch.cat([features, *[features[is_rare]] * 60]).flatten(1)
    target = torch.cat([target, *[target[is_rare]] * 60])
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Linear(1920, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    for _ in range(10):
        for batch in torch.randperm(len(target)).split(64):
            optimizer.zero_grad()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(network(inputs[batch])[:, 0], target[batch])
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        return (network(recipes.digit_features("test")[0].flatten(1))[:, 0].sigmoid() > 0.5).tolist()


def _said(n_hits: int, n_alarms: int):
    def answer():
        said = np.zeros(220, bool)
        said[np.flatnonzero(_truth())[:n_hits]] = True
        said[np.flatnonzero(~_truth())[:n_alarms]] = True
        return said

    return answer


EXERCISE = Exercise(
    title="hear the rare word",
    stars=2,
    kind="train",
    task=f"""
An alarm is to listen for the word *five*. In the training set it is rare: 14 words of 2,084. In the test set one word in ten is a five, so whoever always says no is right in 90 % of the cases and hears nothing.

**Train a network** on `features` and `target`, and hand in `is_five`, an array (220,) of True and False, one for each word of `test`, in its order. Its F1 must be at least **{LEAST_F1}**, where F1 is twice the fives that are found, divided by the sum of all alarms and all fives. The network is yours, as are loss, weights, threshold and number of epochs. A try takes seconds.
""",
    given="""import course_utils as cu
from course_utils.exercises.classification import rare_words

features, target = rare_words()  # (words, 40, 48); 1 for a five, else 0
test, _ = cu.models.recipes.digit_features("test")
print(f"{len(target):,} words to learn from, {int(target.sum())} of them fives")""",
    form="array (220,) of True and False",
    answer="is_five",
    spec=Design(
        properties=(
            Property("no decisions", _no_decisions),
            Property("always no", _never),
            Property("loses to the baseline", _loses),
            Property("misses", _misses),
            Property("false alarms", _alarms),
        ),
        score=_f1,
        unit="of F1",
        best=0.91,
        smaller_is_better=False,
    ),
    reference=is_five,
    hints=(
        "Train as you always do, and count how many fives of the test it says yes to. The loss hardly notices 14 words.",
        "`BCEWithLogitsLoss` has an argument that multiplies the loss of the rare class.",
        "With `pos_weight` at the ratio of the two classes, some 150, both have an equal say. Or show each five many times.",
    ),
    wrongs=(
        Wrong("no decisions", "", (lambda: np.linspace(0, 1, 220), lambda: np.zeros(12, bool))),
        Wrong("always no", "", lambda: np.zeros(220, bool)),
        Wrong("loses to the baseline", "", (_said(22, 198), _said(20, 30))),
        Wrong("misses", "", (_said(13, 0), _said(14, 4))),
        Wrong("false alarms", "", (_said(21, 12),)),
    ),
    after="Alarms, keywords and rare birds are all so: report F1, or hits and false alarms, beside what a baseline gets.",
    also_right=(_by_more_copies,),
)
