import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong
from ._shared import no_decisions

WORDS = 2, 6
N_PAIRS = 100
LEAST = 170  # of 200


def _truth():
    first = np.random.default_rng(12).integers(0, 2, N_PAIRS)
    return np.concatenate([first, 1 - first])


def _pairs(answer):
    """How many pairs get the same answer in both orders, and in how many both answers are wrong."""
    said = np.asarray(answer).astype(int)
    is_right = said == _truth()
    n_same = int((said[:N_PAIRS] == said[N_PAIRS:]).sum())
    return n_same, int((~is_right[:N_PAIRS] & ~is_right[N_PAIRS:]).sum())


def _n_right(answer):
    return int((np.asarray(answer).astype(int) == _truth()).sum())


def _blind(answer):
    n_same, _ = _pairs(answer)
    if n_same >= 90:
        return (
            f"In {n_same} of 100 pairs both orders get the same answer, so {_n_right(answer)} of 200 are right. Dropout "
            "or more steps will not mend that: most likely nothing in the network knows which token came first, and all "
            "that it could learn were the training clips themselves."
        )
    return None


def _swapped(answer):
    if _n_right(answer) <= 80:
        return (
            f"{_n_right(answer)} of 200 are right, far fewer than by chance: the order is heard, and the classes are "
            "exchanged. 1 stands for *two six*, 0 for *six two*."
        )
    return None


def _chance(answer):
    if _n_right(answer) < 120:
        return (
            f"{_n_right(answer)} of 200 are right, about as many as a coin would get, although the two orders get different "
            f"answers in {100 - _pairs(answer)[0]} of 100 pairs. Has the network learned yet, does each clip meet its own "
            "class in training, and are the decisions in the order of `test`?"
        )
    return None


def _half_heard(answer):
    (n_same, n_both), n_right = _pairs(answer), _n_right(answer)
    if n_right >= LEAST:
        return None
    if n_same >= 2 * n_both:
        return (
            f"{n_right} of 200 are right, and {LEAST} are asked. In {n_same} of 100 pairs both orders get the same answer: "
            "the order is heard in some clips only. Does all of the network know what comes where, over both words, and has "
            "it had enough steps?"
        )
    return (
        f"{n_right} of 200 are right, and {LEAST} are asked. In {n_both} of 100 pairs both orders are wrong: the order is "
        "heard, but two is taken for six and six for two. Train longer, or with another learning rate."
    )


def opens():
    import torch

    from course_utils.models import layers

    class Lock(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = torch.nn.Conv1d(40, 64, kernel_size=6, stride=6)
            options = {"dropout": 0.0, "batch_first": True, "norm_first": True}
            self.encoder = torch.nn.TransformerEncoderLayer(64, 4, 64, **options)
            self.scores = torch.nn.Linear(64, 2)

        def forward(self, clips):
            tokens = self.tokens(clips).transpose(1, 2)
            tokens = tokens + layers.sinusoidal_positions(tokens.shape[1], 64)
            return self.scores(self.encoder(tokens).mean(dim=1))

    clips, target = lock_clips("train")
    torch.manual_seed(0)
    network = Lock()
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    for _ in range(22):
        for batch in torch.randperm(len(target)).split(32):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(clips[batch]), target[batch]).backward()
            optimizer.step()
    with torch.no_grad():
        return network(lock_clips("test")[0]).argmax(dim=1)


def lock_clips(split: str):
    """Clips of two words, and 1 where they are *two six*, 0 where they are *six two*.

    In "train" each word is used once; in "test" the second hundred has the pairs of the first in the other order.
    """
    import torch

    from course_utils.models import recipes

    features, digits = recipes.digit_features(split)
    rng, words = np.random.default_rng(6), []
    for word in WORDS:
        mine = features[digits == word]
        n = len(mine)
        words.append(mine[rng.permutation(n) if split == "train" else rng.integers(0, n, N_PAIRS)])
    there, back = torch.cat(words, dim=2), torch.cat(words[::-1], dim=2)
    if split == "train":
        target = torch.from_numpy(rng.integers(0, 2, len(there)))
        return torch.where(target[:, None, None] == 1, there, back), target
    target = torch.from_numpy(_truth())
    return torch.where(target[:, None, None] == 1, there.repeat(2, 1, 1), back.repeat(2, 1, 1)), target


def _by_flat_network():
    """No attention at all: a hidden layer that has a weight for every frame."""
    import torch

    clips, target = lock_clips("train")
    torch.manual_seed(1)
    layers = torch.nn.Linear(3840, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2)
    network = torch.nn.Sequential(torch.nn.Flatten(), *layers)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(20):
        for batch in torch.randperm(len(target)).split(32):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(clips[batch]), target[batch]).backward()
            optimizer.step()
    with torch.no_grad():
        return network(lock_clips("test")[0]).argmax(dim=1).tolist()


def _with(n_same: int, n_both: int = 0):
    """Right but for so many pairs with one answer for both orders, and so many with both orders wrong."""

    def answer():
        said = _truth().copy()
        said[N_PAIRS : N_PAIRS + n_same] = said[:n_same]
        for half in (slice(n_same, n_same + n_both), slice(N_PAIRS + n_same, N_PAIRS + n_same + n_both)):
            said[half] = 1 - said[half]
        return said

    return answer


EXERCISE = Exercise(
    title="a lock that opens to two six",
    stars=2,
    kind="train",
    task=f"""
A lock is to open when it hears *two six*, and to stay shut when it hears *six two*. The network below takes six frames at a time as one token, lets each token attend to all others, averages, and decides. After a second of training it knows more than nine in ten of its 230 clips. On the test voices it does no better than a coin.

**Train a network that opens to the right order**, this one changed or another. Hand in `opens`, an array (200,) of 1 (*two six*) and 0 (*six two*), one for each clip of `test`, in its order; {LEAST} must be right. The second hundred test clips are the pairs of words of the first, in the other order. A try takes a second or two.
""",
    given="""import torch

import course_utils as cu
from course_utils.exercises.sequence_models import lock_clips

clips, target = lock_clips("train")  # (230, 40 bands, 96 frames); 1 for two six, 0 for six two
test, _ = lock_clips("test")  # (200, 40, 96)


class Lock(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = torch.nn.Conv1d(40, 64, kernel_size=6, stride=6)
        options = {"dropout": 0.0, "batch_first": True, "norm_first": True}
        self.encoder = torch.nn.TransformerEncoderLayer(64, 4, 64, **options)
        self.scores = torch.nn.Linear(64, 2)

    def forward(self, clips):
        tokens = self.tokens(clips).transpose(1, 2)
        return self.scores(self.encoder(tokens).mean(dim=1))

# %%
cu.models.training.seed_everything(0)
network = Lock()
optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
for _ in range(22):
    for batch in torch.randperm(len(target)).split(32):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(clips[batch]), target[batch]).backward()
        optimizer.step()
with torch.no_grad():
    n_right = int((network(clips).argmax(dim=1) == target).sum())
print(f"{n_right} of {len(target)} training clips are right")""",
    form="array (200,) of 0 and 1",
    answer="opens",
    spec=Design(
        properties=(
            Property("no decisions", no_decisions(200)),
            Property("blind to order", _blind),
            Property("classes exchanged", _swapped),
            Property("chance", _chance),
            Property("half heard", _half_heard),
        ),
        score=lambda answer: _n_right(answer) / 200,
        unit="of the clips right",
        best=0.95,
        smaller_is_better=False,
    ),
    reference=opens,
    hints=(
        "Compare the answers for the first hundred test clips with those for the second. In how many pairs do they differ?",
        "Exchange the first 48 frames of a clip with the last 48. Do the scores change? What does that say of the mean, "
        "and of attention?",
        "Add a pattern to the tokens that belongs to their places, before the encoder: "
        "`cu.models.layers.sinusoidal_positions(16, 64)`. An LSTM, or dilated kernels, hear the order, too.",
    ),
    wrongs=(
        Wrong("no decisions", "", (lambda: np.linspace(-3, 3, 200), lambda: np.ones(200), lambda: _truth()[:100])),
        Wrong("blind to order", "", (_with(100), _with(93))),
        Wrong("classes exchanged", "", lambda: 1 - _truth()),
        Wrong("chance", "", (_with(46, 27), _with(20, 35))),
        Wrong("half heard", "", (_with(40, 2), _with(8, 14))),
    ),
    after="The loss of the network that is blind to order fell all the same, so test any model for it: exchange two parts of "
    "its input, and see whether its answer changes.",
    also_right=(_by_flat_network,),
)
