import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong
from ._shared import no_decisions

LENGTHS = 1, 3, 9  # words
EACH = 60
LEAST = 45


def _truth(n_clips=EACH, seed=7):
    return np.random.default_rng(seed).permutation(np.arange(n_clips) % 2)


def _counts(answer):
    """Of 30 clips with a zero and 30 without, for each length: hits, and false alarms."""
    said = np.asarray(answer).astype(bool).reshape(len(LENGTHS), EACH)
    has = _truth() == 1
    return said[:, has].sum(axis=1), said[:, ~has].sum(axis=1)


def _n_right(answer):
    hits, alarms = _counts(answer)
    return hits + EACH // 2 - alarms


def _not_learned(answer):
    n_right, (hits, alarms) = int(_n_right(answer)[0]), _counts(answer)
    if n_right <= 15:
        return (
            f"Of the one-word clips {n_right} of 60 are right, far fewer than by chance: the classes are exchanged. 1 says that "
            "there is a zero."
        )
    if n_right < 42:
        return (
            f"Even of the one-word clips only {n_right} of 60 are right ({hits[0]} of 30 zeros found, {alarms[0]} false "
            "alarms), and chance is 30. Are the decisions in the order of `test`, and was the network trained long enough?"
        )
    return None


def _diluted(answer):
    hits, alarms = _counts(answer)
    if hits[2] <= 15 and hits[2] < hits[0] - 8 and alarms[2] <= 8:
        return (
            f"Of 30 zeros {hits[0]} are found in clips of one word, {hits[1]} in clips of three, {hits[2]} in clips of nine. If "
            "the network takes a mean, the other eight words outvote the zero; if not, it may never have heard so many words "
            "in one clip. How long are the clips that it learned on?"
        )
    return None


def _alarms(answer):
    hits, alarms = _counts(answer)
    if _n_right(answer).min() < LEAST and alarms[2] >= 8 and alarms[2] > 30 - hits[2]:
        return (
            f"Zeros are found in {hits[0]}, {hits[1]} and {hits[2]} of 30 clips of one, three and nine words, and there are "
            f"{alarms[0]}, {alarms[1]} and {alarms[2]} false alarms. Nine words are nine chances for one: let the "
            "network hear more words that are no zero, or raise the threshold (chosen on validation voices)."
        )
    return None


def _too_few(answer):
    n_right, (hits, alarms) = _n_right(answer), _counts(answer)
    if n_right.min() < LEAST:
        worst = int(n_right.argmin())
        return (
            f"Right are {n_right[0]}, {n_right[1]} and {n_right[2]} of 60 clips of one, three and nine words; {LEAST} are asked "
            f"of each. Where it is worst, {30 - hits[worst]} of 30 zeros are missed, with {alarms[worst]} false alarms. Train "
            "longer or on more of the words, or move the threshold (chosen on validation voices)."
        )
    return None


def has_zero():
    import torch

    from course_utils.models import recipes

    words, digits = recipes.digit_features("train")  # one zero in ten words
    target = (digits == 0).float()
    torch.manual_seed(0)
    first = torch.nn.Conv1d(40, 32, 5, padding=2), torch.nn.ReLU()
    second = torch.nn.Conv1d(32, 32, 5, padding=4, dilation=2), torch.nn.ReLU()
    third = torch.nn.Conv1d(32, 32, 5, padding=8, dilation=4), torch.nn.ReLU()
    pool = torch.nn.AdaptiveAvgPool1d(1), torch.nn.Flatten(0)
    network = torch.nn.Sequential(*first, *second, *third, torch.nn.Conv1d(32, 1, 1), *pool)
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    loss_of = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(2.0))
    for _ in range(5):
        for batch in torch.randperm(len(target)).split(32):
            optimizer.zero_grad()
            loss_of(network(words[batch]), target[batch]).backward()
            optimizer.step()
    with torch.no_grad():
        tests = [zero_clips(n_words, 60, seed=7, split="test")[0] for n_words in (1, 3, 9)]
        pieces = [torch.stack([network(piece) for piece in clips.split(48, dim=2)]) for clips in tests]
        return torch.cat([logits.amax(dim=0) > 0 for logits in pieces])  # a zero in any piece


def zero_clips(n_words: int, n_clips: int, seed: int, split: str = "train"):
    """Clips of some words, of 48 frames each, and 1 for the half of them in which one word is a zero, else 0.

    Shapes (n_clips, 40 bands, 48 · n_words) and (n_clips,).
    """
    import torch

    from course_utils.models import recipes

    features, digits = recipes.digit_features(split)
    zeros, others = np.flatnonzero(digits == 0), np.flatnonzero(digits != 0)
    has, rng = _truth(n_clips, seed), np.random.default_rng([seed, n_words])
    chosen = rng.choice(others, (n_clips, n_words))
    rows = np.flatnonzero(has)
    chosen[rows, rng.integers(0, n_words, len(rows))] = rng.choice(zeros, len(rows))
    return features[chosen].transpose(1, 2).flatten(2), torch.from_numpy(has).float()


def _by_largest_frame():
    """The largest frame instead of the mean, learned on clips of four words."""
    import torch

    clips, target = zero_clips(4, 1600, seed=1)
    torch.manual_seed(1)
    first = torch.nn.Conv1d(40, 32, 5, padding=2), torch.nn.ReLU()
    second = torch.nn.Conv1d(32, 32, 5, padding=4, dilation=2), torch.nn.ReLU()
    third = torch.nn.Conv1d(32, 32, 5, padding=8, dilation=4), torch.nn.ReLU()
    network = torch.nn.Sequential(*first, *second, *third, torch.nn.Conv1d(32, 1, 1))
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3)
    for _ in range(3):
        for batch in torch.randperm(len(target)).split(16):
            optimizer.zero_grad()
            logits = network(clips[batch])[:, 0].amax(dim=1)
            torch.nn.functional.binary_cross_entropy_with_logits(logits, target[batch]).backward()
            optimizer.step()
    with torch.no_grad():
        tests = [zero_clips(n_words, EACH, seed=7, split="test")[0] for n_words in LENGTHS]
        return torch.cat([network(clips)[:, 0].amax(dim=1) > 0 for clips in tests]).numpy()


def _said(hits, alarms):
    """So many zeros found and so many false alarms, for each length."""

    def answer():
        said = np.zeros((len(LENGTHS), EACH), int)
        for row, n_hits, n_alarms in zip(said, hits, alarms, strict=True):
            row[np.flatnonzero(_truth() == 1)[:n_hits]] = 1
            row[np.flatnonzero(_truth() == 0)[:n_alarms]] = 1
        return said.ravel()

    return answer


EXERCISE = Exercise(
    title="learned on one word, asked about nine",
    stars=3,
    kind="train",
    task=f"""
Is there a *zero* in the clip? The network below learns it from clips of one word, and averages over their frames; on voices that it does not know it is right in some nine of ten. It also takes clips of three and of nine words, without an error. How many of their zeros does it find?

**Train and ask a network so that it finds the zero in clips of any length.** Hand in `has_zero`, an array (180,) of 1 where a clip has a zero and 0 elsewhere, for the clips of `test`, in its order: 60 of one word, 60 of three and 60 of nine, half of them with a zero. Of each length {LEAST} must be right. `zero_clips(n_words, n_clips, seed, split)` makes others, of "train" and of "valid"; `cu.models.recipes.digit_features("train")` has all 2,300 words with their digits. A word has 48 frames. A try takes a few seconds.
""",
    given="""import torch

import course_utils as cu
from course_utils.exercises.sequence_models import zero_clips

clips, target = zero_clips(1, 460, seed=0)  # (clips, 40 bands, 48 frames a word); 1 with a zero, else 0
test = [zero_clips(n_words, 60, seed=7, split="test")[0] for n_words in (1, 3, 9)]


def spotter():
    first = torch.nn.Conv1d(40, 32, 5, padding=2), torch.nn.ReLU()
    second = torch.nn.Conv1d(32, 32, 5, padding=4, dilation=2), torch.nn.ReLU()
    third = torch.nn.Conv1d(32, 32, 5, padding=8, dilation=4), torch.nn.ReLU()
    pool = torch.nn.AdaptiveAvgPool1d(1), torch.nn.Flatten(0)  # the mean over the frames
    return torch.nn.Sequential(*first, *second, *third, torch.nn.Conv1d(32, 1, 1), *pool)

# %%
cu.models.training.seed_everything(0)
network = spotter()
optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
for _ in range(10):
    for batch in torch.randperm(len(target)).split(32):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(clips[batch]), target[batch])
        loss.backward()
        optimizer.step()
with torch.no_grad():
    heard, there = zero_clips(1, 60, seed=1, split="valid")
    n_right = int(((network(heard) > 0) == there).sum())
print(f"validation voices, one word: {n_right} of 60 clips are right")""",
    form="array (180,) of 0 and 1",
    answer="has_zero",
    spec=Design(
        properties=(
            Property("no decisions", no_decisions(180)),
            Property("not learned", _not_learned),
            Property("diluted", _diluted),
            Property("false alarms", _alarms),
            Property("too few", _too_few),
        ),
        score=lambda answer: _n_right(answer).sum() / (len(LENGTHS) * EACH),
        unit="of the clips right",
        best=0.97,
        smaller_is_better=False,
    ),
    reference=has_zero,
    hints=(
        "How often does the network say yes to validation clips of one, of three and of nine words?",
        "Either ask about as many frames as the network has learned to average over, piece by piece, or let it learn another "
        "way than the mean to make one number of many frames.",
        "Cut the clip into pieces of 48 frames and take the largest logit. As nine pieces may give nine false alarms, train on "
        "all words, of which nine in ten are no zero; or take `AdaptiveMaxPool1d` and train on clips of four words.",
    ),
    wrongs=(
        Wrong("no decisions", "", (lambda: np.linspace(-9, 2, 180), lambda: np.zeros(180, bool), lambda: _truth())),
        Wrong("not learned", "", (_said((15, 14, 15), (14, 15, 15)), _said((2, 1, 0), (28, 29, 30)))),
        Wrong("diluted", "", (_said((27, 5, 0), (4, 0, 0)), _said((25, 12, 6), (3, 2, 3)))),
        Wrong("false alarms", "", (_said((28, 28, 29), (3, 9, 20)), _said((29, 27, 26), (2, 5, 14)))),
        Wrong("too few", "", (_said((22, 17, 16), (1, 3, 3)), _said((22, 21, 22), (3, 7, 8)))),
    ),
    after="Ask a model about clips as long as those it learned on, or train it on clips as long as those it will be asked "
    "about, and report its score for each length.",
    also_right=(_by_largest_frame,),
)
