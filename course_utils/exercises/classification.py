"""What a classifier's number says, and when not to believe it

A model is trained by others; the loss, the split and the score are where yours goes wrong. Here you find test clips that the network has met before, repair a loss that turns into NaN, count weights, read an error rate off a curve, listen into a scene, and turn frame probabilities into events.
"""

import functools
import itertools
import math

import numpy as np
import scipy.special

from .. import metrics as package
from ..practice.exercise import Case, Design, Exercise, Function, Property, Question, Value, Wrong, case, right, wrong

# --------------------------------------------------------------------------------------- macro F1


def _macro_f1_by_counting(confusion):
    n = len(confusion)
    scores = []
    for k in range(n):
        hits = int(confusion[k][k])
        misses = sum(int(confusion[k][j]) for j in range(n)) - hits
        alarms = sum(int(confusion[i][k]) for i in range(n)) - hits
        scores.append(2 * hits / (2 * hits + misses + alarms) if hits + misses + alarms else 0.0)
    return sum(scores) / n


def _tables() -> list[Case]:
    rng = np.random.default_rng(11)
    return [
        case(np.array([[95, 0], [5, 0]]), says="a parrot: 95 of 100 right by always saying 0", gives=0.5 * 190 / 195),
        case(np.array([[2, 1, 0], [0, 1, 1], [0, 0, 1]]), says="six items of three classes", gives=59 / 90),
        case(np.array([[3, 0, 0], [0, 0, 0], [0, 0, 3]]), says="a class that does not occur", gives=2 / 3),
        case(np.array([[0, 4], [4, 0]]), says="all wrong", gives=0.0),
        case(np.array([[7]]), says="a single class", gives=1.0),
        case(rng.integers(0, 30, (5, 5)), says="five classes, chance"),
        case(rng.integers(0, 5, (8, 8)) + np.diag(rng.integers(5, 90, 8)), says="eight classes of unequal size"),
    ]


def macro_f1(confusion):
    hits = np.diagonal(confusion)
    twice = confusion.sum(axis=0) + confusion.sum(axis=1)
    return np.mean(2 * hits / np.where(twice > 0, twice, 1))


def _shares(confusion):
    hits, n_true, n_called = np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    return hits / np.where(n_called > 0, n_called, 1), hits / np.where(n_true > 0, n_true, 1), n_true


def _f1_of_means(confusion):
    precision, recall, _ = _shares(confusion)
    p, r = precision.mean(), recall.mean()
    return 2 * p * r / (p + r) if p + r else 0.0


def _f1_weighted(confusion):
    precision, recall, n_true = _shares(confusion)
    total = precision + recall
    return np.sum(n_true * 2 * precision * recall / np.where(total > 0, total, 1)) / n_true.sum()


def _f1_with_nan(confusion):
    with np.errstate(all="ignore"):
        return np.mean(2 * np.diagonal(confusion) / (confusion.sum(axis=0) + confusion.sum(axis=1)))


def _f1_of_those_there(confusion):
    twice = confusion.sum(axis=0) + confusion.sum(axis=1)
    return np.mean(2 * np.diagonal(confusion)[twice > 0] / twice[twice > 0])


def _f1_harmonic(confusion):
    scores = []
    for k in range(len(confusion)):
        called, true, hits = confusion[:, k].sum(), confusion[k].sum(), confusion[k, k]
        scores.append(0.0 if hits == 0 else 2 / (called / hits + true / hits))
    return np.array(scores).mean()


MACRO = Exercise(
    name="classification/macro_f1",
    title="a number that a parrot does not win",
    stars=1,
    kind="implement",
    task=r"""
A detector of gunshots hears 95 clips without and 5 with a shot. It always says *no shot*, and its accuracy is 95 %. Write the number that gives it away, from a confusion matrix `C[i, j]` = how many items of class $i$ were called $j$:

$$F_k = \frac{2\,\mathrm{TP}_k}{2\,\mathrm{TP}_k + \mathrm{FN}_k + \mathrm{FP}_k}, \qquad \text{macro } F_1 = \frac1K \sum_k F_k$$

$\mathrm{FN}_k$ are the items of class $k$ that were called something else, $\mathrm{FP}_k$ those called $k$ that are something else. A class that neither occurs nor is called counts as 0. `confusion` is `(K, K)` whole numbers; the result is one number.
""",
    start='''def macro_f1(confusion):
    """A confusion matrix (K, K) in, rows the truth; one number out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="macro_f1",
    spec=Function(cases=_tables, expected=_macro_f1_by_counting),
    reference=macro_f1,
    hints=(
        "What is on the diagonal, and what is the sum of a row, of a column?",
        "A row adds up to TP + FN, a column to TP + FP. So the denominator of the formula is a row and a column together.",
        "`2 * np.diagonal(C) / (C.sum(axis=0) + C.sum(axis=1))` per class; then see to 0/0, then the mean.",
    ),
    wrongs=(
        Wrong(
            "accuracy",
            "That is the share of right items, which the parrot wins: each class must have its own score before they are averaged.",
            lambda confusion: np.trace(confusion) / confusion.sum(),
        ),
        Wrong(
            "weighted by size",
            "The classes are weighted by how many items they have; macro means that a rare class counts as much as a frequent one.",
            _f1_weighted,
        ),
        Wrong(
            "F1 of the means",
            "Precision and recall were averaged first and combined then. The mean of F1 is another number: combine within each class.",
            _f1_of_means,
        ),
        Wrong(
            "mean recall",
            "That is the mean recall, also called balanced accuracy: false alarms are not counted.",
            lambda confusion: _shares(confusion)[1].mean(),
        ),
        Wrong(
            "mean precision",
            "That is the mean precision: items that were missed are not counted.",
            lambda confusion: _shares(confusion)[0].mean(),
        ),
        Wrong("0/0", "A class that neither occurs nor is called gives 0/0, and NaN spoils the mean.", _f1_with_nan),
        Wrong(
            "absent class left out",
            "A class that neither occurs nor is called was left out of the mean; the task counts it as 0.",
            _f1_of_those_there,
        ),
    ),
    also_right=(_macro_f1_by_counting, _f1_harmonic, package.macro_f1),
)

# --------------------------------------------------------------------------------------- find the leak


def _clean_by_looking(train, test):
    kept = []
    for position, (_, speaker, recording) in enumerate(test):
        known = False
        for _, other_speaker, other_recording in train:
            same_voice = speaker.strip().lower() == other_speaker.strip().lower()
            if same_voice or recording == other_recording:
                known = True
        if speaker.strip() and not known:
            kept.append(position)
    return kept


def _manifests() -> list[Case]:
    train = [
        ("three_01.wav", "anna", "r01"),
        ("three_02.wav", "Bert", "r02"),
        ("seven_03.wav", "anna", "r01"),
        ("seven_09.wav", "", "r09"),
        ("one_05.wav", "dora ", "r05"),
    ]
    test = [
        ("three_11.wav", "Carl", "r11"),
        ("three_12.wav", "ANNA", "r12"),
        ("seven_13.wav", "Emil", "r02"),
        ("seven_14.wav", "", "r14"),
        ("one_15.wav", " bert", "r15"),
        ("one_16.wav", "Carl", "r11"),
        ("three_01.wav", "Fred", "r16"),
        ("one_17.wav", "Dora", "r17"),
        ("one_18.wav", "Annabel", "r18"),
    ]
    people = [f"s{n:02d}" for n in range(12)]
    rng = np.random.default_rng(3)
    rows = [(f"{n:03d}.wav", str(rng.choice(people)), f"r{rng.integers(70):02d}") for n in range(60)]
    return [
        case(train, test, says="nine test clips", gives=[0, 5, 6, 8]),
        case(train[:1], [("x.wav", "anna", "r77"), ("y.wav", "Gina", "r78")], says="a single training clip", gives=[1]),
        case(train, [("three_01.wav", "anna", "r01")], says="a test clip that is in training", gives=[]),
        case(rows[:12], rows[12:], says="a random split of 60 clips"),
        case([], test[:4], says="no training clips", gives=[0, 1, 2]),
    ]


def clean_test(train, test):
    def voice(row):
        return row[1].strip().lower()

    voices = {voice(row) for row in train}
    recordings = {row[2] for row in train}
    return [n for n, row in enumerate(test) if voice(row) and voice(row) not in voices and row[2] not in recordings]


def _clean_with(is_leak, needs_name=True):
    """Keep what has a name and is no leak, ``is_leak(row, training rows)``."""

    def clean(train, test):
        return [n for n, row in enumerate(test) if (row[1].strip() or not needs_name) and not is_leak(row, train)]

    return clean


def _same_voice(row, train):
    return any(row[1].strip().lower() == other[1].strip().lower() for other in train)


def _same_recording(row, train):
    return any(row[2] == other[2] for other in train)


def _clean_inverted(train, test):
    kept = clean_test(train, test)
    return [n for n in range(len(test)) if n not in kept]


def _clean_one_each(train, test):
    kept, seen = [], list(train)
    for n, row in enumerate(test):
        if row[1].strip() and not _same_voice(row, seen) and not _same_recording(row, seen):
            kept.append(n)
            seen.append(row)
    return kept


def _clean_by_table(train, test):
    """Arrays of words, and membership by numpy."""
    if not train:
        return np.flatnonzero([row[1].strip() != "" for row in test])
    ours, theirs = np.char.lower(np.char.strip(np.array(train))), np.char.lower(np.char.strip(np.array(test)))
    leaks = np.isin(theirs[:, 1], ours[:, 1]) | np.isin(theirs[:, 2], ours[:, 2])
    return np.flatnonzero(~leaks & (theirs[:, 1] != ""))


LEAK = Exercise(
    name="classification/find_the_leak",
    title="find the leak",
    stars=2,
    kind="repair",
    task="""
A student reports 99 % on spoken digits. The manifest has one row for each clip: file, speaker, and the recording that the clip was cut from. Before testing, a script takes out of the test set every *file* that is also in training, and finds none.

**Mend it.** A test clip leaks if its **speaker** is heard in training, or if its **recording** is: a recording may hold two speakers. Speakers were typed by hand, so that `"Bert"`, `" bert"` and `"BERT "` are one person; recordings were numbered by the machine. A test clip whose speaker is not known (nothing but blanks) must go, too: nobody can say whether it leaks. What stays is compared with training only, not with other test clips. Return the positions in `test` of the clips that stay, in order.
""",
    given='''train = [
    ("three_01.wav", "anna", "r01"),
    ("three_02.wav", "Bert", "r02"),
    ("seven_03.wav", "anna", "r01"),
]
test = [
    ("three_11.wav", "Carl", "r11"),
    ("three_12.wav", "ANNA", "r12"),
    ("seven_13.wav", "Emil", "r02"),
    ("seven_14.wav", "", "r14"),
]


def published_clean_test(train, test):
    """As published: no file of the test set is in training."""
    files = [row[0] for row in train]
    return [position for position, row in enumerate(test) if row[0] not in files]


print("published: keeps", published_clean_test(train, test))''',
    start='''def clean_test(train, test):
    """Lists of rows (file, speaker, recording) in; the positions of the test rows that stay out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="clean_test",
    spec=Function(cases=_manifests, expected=_clean_by_looking),
    reference=clean_test,
    hints=(
        "Write down for each of the four test rows of the example whether the network has met the voice, or the room.",
        "Two sets are enough: the voices heard in training, each in one spelling, and the recordings.",
        "`name.strip().lower()` is one spelling of a name; what is left of blanks is the empty string, which is false.",
    ),
    wrongs=(
        Wrong(
            "files compared",
            "Only file names are compared: the same voice says the same word in another file, and the network knows the voice.",
            _clean_with(lambda row, train: row[0] in [other[0] for other in train], needs_name=False),
        ),
        Wrong(
            "names as they were typed",
            "Names are compared letter by letter, so that somebody typed in capitals, or with a blank, counts as a new person.",
            _clean_with(lambda row, train: row[1] in [o[1] for o in train] or _same_recording(row, train)),
        ),
        Wrong(
            "capitals, but not blanks",
            "Capitals are seen to, blanks before or after a name are not.",
            _clean_with(
                lambda row, train: row[1].lower() in [o[1].lower() for o in train] or _same_recording(row, train)
            ),
        ),
        Wrong(
            "recordings forgotten",
            "Speakers are compared, recordings are not: a clip cut from a training recording brings its room, microphone and noise along.",
            _clean_with(_same_voice),
        ),
        Wrong(
            "voices forgotten",
            "Recordings are compared, speakers are not: the same person on another day is still the same throat.",
            _clean_with(_same_recording),
        ),
        Wrong(
            "both needed",
            "A clip is taken out only if its voice and its recording are both known; either of them is a leak.",
            _clean_with(lambda row, train: _same_voice(row, train) and _same_recording(row, train)),
        ),
        Wrong(
            "unknown speakers kept",
            "Clips without a speaker stay: nobody can say that they do not leak.",
            _clean_with(lambda row, train: _same_voice(row, train) or _same_recording(row, train), needs_name=False),
        ),
        Wrong("what leaks", "These are the clips that leak; those that stay are asked.", _clean_inverted),
        Wrong(
            "one clip of each voice",
            "Test clips are compared with other test clips, too: two clips of one new speaker are both fair.",
            _clean_one_each,
        ),
    ),
    also_right=(_clean_by_looking, _clean_by_table),
)

# --------------------------------------------------------------------------------- why is the loss NaN?


def _cross_entropy_by_scipy(logits, target):
    rows = [scipy.special.log_softmax(np.asarray(row, np.float64)) for row in logits]
    return -sum(float(row[k]) for row, k in zip(rows, target, strict=True)) / len(rows)


def _logits() -> list[Case]:
    rng = np.random.default_rng(8)
    targets = rng.integers(0, 10, 20)
    return [
        case(np.zeros((2, 4)), np.array([0, 3]), says="logits of zero: four classes alike", gives=math.log(4)),
        case(np.log([[3.0, 1.0]]), np.array([0]), says="three to one", gives=math.log(4 / 3)),
        case(np.array([[1000.0, 0.0]]), np.array([0]), says="a logit of 1,000, and right", gives=0.0),
        case(np.array([[1000.0, 0.0], [0, 0]]), np.array([1, 1]), says="a logit of 1,000, and wrong"),
        case(np.array([[-1000.0, -1001.0], [3, 3]]), np.array([0, 1]), says="logits near −1,000"),
        case(np.array([[800.0, -800, 0], [-800, 0, 0]]), np.array([1, 1]), says="rows of very different height"),
        case(3 * rng.standard_normal((20, 10)), targets, says="a batch of twenty"),
        case(200 * rng.standard_normal((20, 10)), targets, says="a batch after a step that was too large"),
    ]


def cross_entropy(logits, target):
    highest = logits.max(axis=1, keepdims=True)
    log_sum = highest[:, 0] + np.log(np.exp(logits - highest).sum(axis=1))
    return np.mean(log_sum - logits[np.arange(len(target)), target])


def _softmax(logits, highest=0.0):
    powers = np.exp(logits - highest)
    return powers / powers.sum(axis=1, keepdims=True)


def _loss_with(log_probability, reduce=np.mean):
    """Cross-entropy from ``log_probability(logits)``, a table (batch, classes)."""

    def loss(logits, target):
        with np.errstate(all="ignore"):
            return -reduce(log_probability(logits)[np.arange(len(target)), target])

    return loss


def _stable(logits):
    highest = logits.max(axis=1, keepdims=True)
    return logits - highest - np.log(np.exp(logits - highest).sum(axis=1, keepdims=True))


def _shifted_by_the_largest_of_all(logits):
    shifted = logits - logits.max()
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _cross_entropy_by_addition(logits, target):
    """``ln(e^a + e^b)`` one after the other, which numpy has as logaddexp."""
    return np.mean([np.logaddexp.reduce(row) - row[k] for row, k in zip(logits, target, strict=True)])


NAN_LOSS = Exercise(
    name="classification/why_is_the_loss_nan",
    title="why is the loss NaN?",
    stars=2,
    kind="repair",
    task=r"""
A network learns for 40 batches; then the loss is NaN, and from there all weights are. The inputs are finite and the logits are finite, if large: a step was too long. The loss was written as the textbook has it,

$$L = -\frac1B \sum_b \ln \frac{e^{z_{b, y_b}}}{\sum_k e^{z_{b, k}}}$$

and $e^{1000}$ is more than a float can hold, while $e^{-1000}$ is 0 and has no logarithm.

**Mend it**, so that it gives the value of the formula for any finite logits: not roughly, and without clipping anything. `logits` is `(batch, classes)`, `target` holds the right class of each row; the result is the mean in nats. (Where the right class has all the probability the loss is 0; where it has $e^{-1000}$ of it, the loss is 1,000.)
""",
    given='''import numpy as np


def published_cross_entropy(logits, target):
    """As the formula stands."""
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.mean(np.log(probability[np.arange(len(target)), target]))


with np.errstate(all="ignore"):
    for largest in (10.0, 700.0, 1000.0):
        print(f"logits {largest:6.0f} and 0: loss", published_cross_entropy(np.array([[largest, 0.0]]), np.array([1])))''',
    start='''def cross_entropy(logits, target):
    """Logits (batch, classes) and right classes (batch,) in, the mean loss in nats out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="cross_entropy",
    spec=Function(cases=_logits, expected=_cross_entropy_by_scipy),
    reference=cross_entropy,
    hints=(
        "Take the logarithm of the fraction on paper before anything is computed. Which exponential disappears?",
        "Add the same number to all logits of a row: the fraction does not change. Which number keeps every exponential at 1 or below?",
        "`ln Σ exp(z) = m + ln Σ exp(z − m)` with m the largest logit of the row; the loss is that less the logit of the right class.",
    ),
    wrongs=(
        Wrong(
            "the formula as it stands",
            "The exponential of a large logit overflows: infinity over infinity is NaN.",
            _loss_with(lambda z: np.log(_softmax(z))),
        ),
        Wrong(
            "softmax first",
            "The largest logit is subtracted, and then the softmax is computed and its logarithm taken: a probability of e^−1000 is 0 by then, and the loss infinite. Stay in logarithms.",
            _loss_with(lambda z: np.log(_softmax(z, z.max(axis=1, keepdims=True)))),
        ),
        Wrong(
            "a small number added",
            "A small number inside the logarithm hides the infinity and caps the loss at some 20 to 30 nats, with no gradient beyond: the worst mistakes teach nothing.",
            _loss_with(lambda z: np.log(_softmax(z, z.max(axis=1, keepdims=True)) + 1e-12)),
        ),
        Wrong(
            "clipped probability",
            "A clipped probability caps the loss: the worst mistakes all count alike, and have no gradient.",
            _loss_with(lambda z: np.log(np.clip(_softmax(z, z.max(axis=1, keepdims=True)), 1e-7, 1))),
        ),
        Wrong(
            "clipped logits",
            "The logits are clipped before the exponential, so that a larger one makes no difference any more.",
            _loss_with(lambda z: np.log(_softmax(np.clip(z, -50, 50)))),
        ),
        Wrong(
            "largest of the batch",
            "The same number is subtracted from all rows: in a row far below it every exponential is 0, and the logarithm of the sum is −∞.",
            _loss_with(_shifted_by_the_largest_of_all),
        ),
        Wrong(
            "NaN replaced",
            "NaN and infinity are replaced by 0, which says that all is well where the step was too long.",
            lambda logits, target: np.nan_to_num(_loss_with(lambda z: np.log(_softmax(z)))(logits, target), posinf=0),
        ),
        Wrong("sum", "That is the sum over the batch; the mean is asked.", _loss_with(_stable, np.sum)),
        Wrong("bits", "These are bits: the logarithm is to the base 2.", _loss_with(lambda z: _stable(z) / np.log(2))),
        Wrong(
            "logits for probabilities",
            "The logit of the right class is taken as if it were the logarithm of its probability: what is subtracted "
            "for the other classes is missing.",
            _loss_with(lambda z: z),
        ),
    ),
    also_right=(_cross_entropy_by_addition, _loss_with(_stable), _cross_entropy_by_scipy),
)

# ----------------------------------------------------------------------------- padding and normalisation


def _standardised_by_definition(features, n_valid):
    n_clips, n_bands, n_frames = features.shape
    result = np.zeros((n_clips, n_bands, n_frames))
    for k in range(n_bands):
        values = [float(features[b, k, t]) for b in range(n_clips) for t in range(n_valid[b])]
        mean = math.fsum(values) / len(values)
        deviation = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))
        for b in range(n_clips):
            for t in range(n_valid[b]):
                result[b, k, t] = (features[b, k, t] - mean) / deviation if deviation > 1e-9 else 0.0
    return result


def _padded_batches() -> list[Case]:
    rng = np.random.default_rng(14)

    def batch(n_valid, n_bands, n_frames, filling=0.0):
        features = 3 * rng.standard_normal((len(n_valid), n_bands, n_frames)) - np.arange(n_bands)[:, np.newaxis]
        for clip, n in zip(features, n_valid, strict=True):
            clip[:, n:] = filling
        return features, np.array(n_valid)

    one_band = np.array([[[1.0, 3, 0, 0]], [[5, 7, 0, 0]]])
    hand = np.array([[[-3.0, -1, 0, 0]], [[1, 3, 0, 0]]]) / np.sqrt(5)
    constant, lengths = batch([4, 6], 3, 6)
    constant[:, 1] = np.where(np.arange(6) < lengths[:, np.newaxis], -11.5, 0)
    return [
        case(one_band, np.array([2, 2]), says="two clips of one band, half of it padding", gives=hand),
        case(*batch([9, 4, 7], 5, 9), says="three clips of 9, 4 and 7 frames, padded with zeros"),
        case(*batch([3, 8], 4, 8, filling=-100.0), says="padding of −100 dB"),
        case(*batch([6, 6], 2, 6), says="no padding at all"),
        case(constant, lengths, says="a band that never changes"),
        case(*batch([1, 1, 1], 3, 4), says="clips of a single frame"),
    ]


def standardise(features, n_valid):
    is_sound = np.arange(features.shape[-1]) < n_valid[:, np.newaxis, np.newaxis]
    n = n_valid.sum()
    mean = (features * is_sound).sum(axis=(0, 2), keepdims=True) / n
    centred = (features - mean) * is_sound
    deviation = np.sqrt((centred**2).sum(axis=(0, 2), keepdims=True) / n)
    return centred / np.where(deviation > 1e-9, deviation, np.inf)


def _scaled(centred, deviation):
    return centred / np.where(deviation > 1e-9, deviation, np.inf)


def _is_sound(features, n_valid):
    return np.arange(features.shape[-1]) < n_valid[:, np.newaxis, np.newaxis]


def _statistics_with(values, clear=True, axis=(0, 2)):
    """Standardised with the mean and deviation of ``values(features, is_sound)``, NaN where one is left out."""

    def standardised(features, n_valid):
        is_sound = _is_sound(features, n_valid)
        chosen = values(features, is_sound)
        mean, deviation = (f(chosen, axis=axis, keepdims=True) for f in (np.nanmean, np.nanstd))
        result = _scaled(features - mean, deviation)
        return result * is_sound if clear else result

    return standardised


def _sound_only(features, is_sound):
    return np.where(is_sound, features, np.nan)


def _zero_over_zero(features, n_valid):
    is_sound = _is_sound(features, n_valid)
    chosen = _sound_only(features, is_sound)
    with np.errstate(all="ignore"):
        scaled = (features - np.nanmean(chosen, axis=(0, 2), keepdims=True)) / np.std(
            chosen, axis=(0, 2), keepdims=True, where=is_sound
        )
    return np.where(is_sound, scaled, 0)


def _only_centred(features, n_valid):
    is_sound = _is_sound(features, n_valid)
    return (features - np.nanmean(_sound_only(features, is_sound), axis=(0, 2), keepdims=True)) * is_sound


def _by_variance(features, n_valid):
    is_sound = _is_sound(features, n_valid)
    chosen = _sound_only(features, is_sound)
    return _scaled(_only_centred(features, n_valid), np.nanvar(chosen, axis=(0, 2), keepdims=True))


def _standardised_by_gathering(features, n_valid):
    """The frames that are sound, side by side; and back into their places."""
    result = np.zeros(features.shape)
    frames = np.concatenate([clip[:, :n] for clip, n in zip(features, n_valid, strict=True)], axis=1)
    mean, deviation = frames.mean(axis=1, keepdims=True), frames.std(axis=1, keepdims=True)
    for b, n in enumerate(n_valid):
        result[b, :, :n] = (features[b, :, :n] - mean) / np.where(deviation > 1e-9, deviation, np.inf)
    return result


PADDING = Exercise(
    name="classification/standardise",
    title="statistics without the padding",
    stars=2,
    kind="implement",
    task=r"""
Clips of different length stand in one table `features`, `(clips, bands, frames)`; `n_valid[b]` says how many frames of clip $b$ are sound, and the rest is padding. Standardise each band over **all clips together**:

$$\hat x_{b,k,t} = \frac{x_{b,k,t} - \mu_k}{\sigma_k}, \qquad \mu_k = \frac1N \sum_{b} \sum_{t < n_b} x_{b,k,t}, \qquad \sigma_k^2 = \frac1N \sum_{b} \sum_{t < n_b} (x_{b,k,t} - \mu_k)^2, \qquad N = \sum_b n_b$$

so that the padding has no say in $\mu$ and $\sigma$. In the result the padding is **0**, the mean, whatever stood there. A band that never changes ($\sigma_k < 10^{-9}$) becomes 0 throughout.
""",
    start='''def standardise(features, n_valid):
    """Features (clips, bands, frames) and how many frames are sound (clips,) in; same shape out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="standardise",
    spec=Function(cases=_padded_batches, expected=_standardised_by_definition),
    reference=standardise,
    hints=(
        "Draw one band of two clips as two rows, and strike out what is padding. How many values are left?",
        "A table of True and False, one row for each clip, says which frames are sound; multiply by it before you add.",
        "`np.arange(n_frames) < n_valid[:, None, None]` has the shape (clips, 1, frames). Apply it again after the mean is subtracted.",
    ),
    wrongs=(
        Wrong(
            "padding in the statistics",
            "The padding counts in mean and deviation: a short clip drags both towards whatever it is filled with.",
            _statistics_with(lambda features, is_sound: features),
        ),
        Wrong(
            "padding not cleared",
            "Mean and deviation are right, but the padding was standardised, too, and is no longer 0: the network sees a wall there.",
            _statistics_with(_sound_only, clear=False),
        ),
        Wrong(
            "each clip by itself",
            "Each clip has its own mean and deviation here; all clips together are asked, so that loud bands of one clip stay louder than another's.",
            _statistics_with(_sound_only, axis=2),
        ),
        Wrong(
            "all bands together",
            "One mean and one deviation for all bands: the slope of the spectrum stays in.",
            _statistics_with(_sound_only, axis=(0, 1, 2)),
        ),
        Wrong(
            "0/0",
            "A band that never changes has the deviation 0, and 0/0 is NaN, the first step to a loss of NaN.",
            _zero_over_zero,
        ),
        Wrong("not scaled", "The mean is gone, the deviation is not yet 1.", _only_centred),
        Wrong("variance", "Divided by the variance; its root, the standard deviation, is asked.", _by_variance),
    ),
    also_right=(_standardised_by_definition, _standardised_by_gathering, _statistics_with(_sound_only)),
)

# ------------------------------------------------------------------------------------- count the weights

CHANNELS, CLASSES = (1, 16, 32, 64), 10


def _weights_one_by_one():
    """Every tensor of the network, filled with ones and added up."""
    total = 0.0
    for n_in, n_out in itertools.pairwise(CHANNELS):
        total += np.ones((n_out, n_in, 3, 3)).sum()  # the kernels
        total += np.ones((2, n_out)).sum()  # scale and shift of the batch norm
    return total + np.ones((CLASSES, CHANNELS[-1])).sum() + np.ones(CLASSES).sum()


def n_weights():
    blocks = [(1, 16), (16, 32), (32, 64)]
    convolutions = sum(3 * 3 * n_in * n_out for n_in, n_out in blocks)
    batch_norms = sum(2 * n_out for _, n_out in blocks)
    return convolutions + batch_norms + 64 * 10 + 10


def _weights(kernel=9, bias=0, norm=2, linear=64 * 10 + 10):
    def count():
        blocks = list(itertools.pairwise(CHANNELS))
        return sum(kernel * n_in * n_out + (bias + norm) * n_out for n_in, n_out in blocks) + linear

    return count


PARAMETERS = Exercise(
    name="classification/count_the_weights",
    title="how many weights?",
    stars=1,
    kind="predict",
    task="""
A network for spoken digits. Its input is one log-mel spectrogram, **one** channel of 40 bands by 101 frames. Three blocks follow, each a convolution 3 × 3 **without bias**, a batch norm, ReLU and a maximum of 2 × 2; they have **16, 32 and 64** channels. Then the mean over all that is left of bands and frames, and one linear layer, with bias, to **10** classes.

How many numbers does the training learn? (The running mean and variance of a batch norm are measured, not learned.)
""",
    start="""### BEGIN SOLUTION
n_weights = ...  # a whole number
### END SOLUTION""",
    answer="n_weights",
    spec=Value(truth=_weights_one_by_one, unit="weights", tolerance=1e-6),
    reference=n_weights,
    hints=(
        "Which layers learn nothing at all? Strike out ReLU, the maxima and the mean.",
        "A kernel of the second block looks at all 16 channels that come in: how many numbers has one such kernel, and how many kernels are there?",
        "9 · in · out for each convolution, 2 · channels for each batch norm, 64 · 10 + 10 at the end.",
    ),
    wrongs=(
        Wrong("batch norm forgotten", "Each batch norm learns a scale and a shift for each channel.", _weights(norm=0)),
        Wrong(
            "running statistics counted",
            "Running mean and variance were counted: they are measured, not learned.",
            _weights(norm=4),
        ),
        Wrong(
            "biases counted",
            "These convolutions have no bias: the shift of the batch norm after them does its work.",
            _weights(bias=1),
        ),
        Wrong(
            "bias of the end forgotten",
            "The linear layer at the end has a bias for each class.",
            _weights(linear=64 * 10),
        ),
        Wrong(
            "3 for 3 × 3",
            "A kernel of 3 × 3 holds nine numbers for each channel that comes in.",
            _weights(kernel=3),
        ),
        Wrong(
            "flattened",
            "The linear layer here sees the 64 means, whatever the size of the picture. Flattened, 64 · 5 · 12 numbers would come in, and clips of another length would not fit.",
            _weights(linear=64 * 5 * 12 * 10 + 10),
        ),
    ),
    also_right=(_weights(), lambda: np.int64(_weights()())),
)

# ------------------------------------------------------------------------------------- read an error rate


@functools.cache
def two_voices():
    """Scores of a speaker verifier: True where it was the speaker, and the scores."""
    rng = np.random.default_rng(21)
    is_speaker = np.repeat([True, False], [400, 1600])
    return is_speaker, np.concatenate([rng.normal(1.9, 1.3, 400), rng.normal(0.0, 0.8, 1600)])


def _eer_by_counting():
    """The threshold, among all scores, where misses and false alarms are most nearly alike."""
    is_speaker, score = two_voices()
    best = min(
        (abs(np.mean(score[is_speaker] < t) - np.mean(score[~is_speaker] >= t)), t) for t in np.sort(score).tolist()
    )[1]
    return 100 * (np.mean(score[is_speaker] < best) + np.mean(score[~is_speaker] >= best)) / 2


def eer_percent():
    _, alarms, misses = package.det_curve(*two_voices())
    nearest = np.argmin(np.abs(alarms - misses))
    return 100 * (alarms[nearest] + misses[nearest]) / 2


def _eer_other(value):
    return lambda: float(value(*two_voices()))


READ = Exercise(
    name="classification/read_the_eer",
    title="read the error rate of a lock",
    stars=1,
    kind="read",
    task="""
A lock opens to one voice. Two thousand attempts, 400 of them by its owner, gave the curve below: for each threshold, how many of the others it lets in, and how many times it lets the owner in. **What is its equal error rate, in per cent**, where both kinds of error are equally frequent? Half a per cent either way is near enough.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.classification import two_voices

threshold, alarms, hits = cu.metrics.roc_curve(*two_voices())
picture = cu.plotting.Picture(width_in=5.5, height_in=4.6)
picture.axes[0].plot(100 * alarms, 100 * hits)
picture.axes[0].set(xlabel="others let in, in %", ylabel="owner let in, in %", xlim=(0, 50), ylim=(50, 100))
picture.axes[0].set_xticks(range(0, 51, 5))
picture.axes[0].set_yticks(range(50, 101, 5))
at = {percent: 100 * hits[np.searchsorted(alarms, percent / 100, side="right") - 1] for percent in range(4, 21, 2)}
picture.show("A curve from the lower left to the upper right. The owner is let in "
             + ", ".join(f"{y:.1f} % of the time where others are {x} %" for x, y in at.items()) + ".")""",
    start="""### BEGIN SOLUTION
eer_percent = ...  # in %
### END SOLUTION""",
    answer="eer_percent",
    spec=Value(truth=_eer_by_counting, unit="%", absolute=0.5),
    reference=eer_percent,
    hints=(
        "The curve shows the owner let in. The error is the owner kept out: which is 100 % less that.",
        "Which straight line holds the points where both errors are alike? It runs from the upper left corner downwards.",
        "On that line others let in and owner let in add up to 100 %: go along the curve until they do.",
    ),
    wrongs=(
        Wrong(
            "owner let in",
            "That is how often the owner is let in at that threshold; the error is what is missing to 100 %.",
            _eer_other(lambda truth, score: 100 - 100 * package.equal_error_rate(truth, score)),
        ),
        Wrong(
            "area",
            "That is the area under the curve, the chance that the owner scores above somebody else.",
            _eer_other(lambda truth, score: 100 * package.roc_auc(truth, score)),
        ),
        Wrong(
            "area above",
            "That is the area above the curve: a mean over all thresholds, not the error at one.",
            _eer_other(lambda truth, score: 100 - 100 * package.roc_auc(truth, score)),
        ),
        Wrong(
            "both errors added",
            "That is the sum of the two errors; each of them is half of it.",
            _eer_other(lambda truth, score: 200 * package.equal_error_rate(truth, score)),
        ),
        Wrong(
            "threshold of zero",
            "That is the share of others let in where the threshold is 0, the middle of their scores.",
            _eer_other(lambda truth, score: 100 * np.mean(score[~truth] >= 0)),
        ),
    ),
    also_right=(lambda: round(_eer_by_counting(), 1), lambda: np.float32(eer_percent())),
)

# ------------------------------------------------------------------------------------- listen into a scene

SCENE = (("engine", 0.3, 0.5), ("dog", 1.1, 0.6), ("alarm", 2.6, 0.5), ("glass", 3.3, 0.4), ("footsteps", 4.4, 0.5))


@functools.cache
def a_scene():
    """Seven seconds at 16 kHz with five events, 10 dB above the noise, and when each begins and ends."""
    from ..models import events

    rng = np.random.default_rng(12)
    scene, placed = 10 ** (-10 / 20) * events.background(7.0, rng), []
    for name, onset_s, position in SCENE:
        sound = events.render_event(events.Source(events.EVENTS.index(name), position, position), rng)
        start = round(onset_s * events.SAMPLE_RATE)
        scene[start : start + len(sound)] += sound
        placed.append((name, onset_s, onset_s + len(sound) / events.SAMPLE_RATE))
    return (0.5 * scene / np.abs(scene).max()).astype(np.float32), placed


def _order_of_onsets():
    return [name for name, onset_s, _ in sorted(a_scene()[1], key=lambda event: event[1])]


def order():
    return ["engine", "dog", "alarm", "glass", "footsteps"]


def _order_of(*names):
    return lambda: list(names)


LISTEN = Exercise(
    name="classification/what_comes_when",
    title="annotate a scene",
    stars=2,
    kind="listen",
    task="""
Somebody must write down what a detector shall find. Seven seconds hold **five events**, some of them at the same time. Give a list of five words in the order in which the events **begin**. They are of these kinds, each at most once: `alarm`, `bell`, `birds`, `clock`, `dog`, `engine`, `footsteps`, `glass`, `rain`, `siren`.
""",
    given="""import course_utils as cu
from course_utils.exercises.classification import a_scene

scene, _ = a_scene()
cu.audio.play(scene, 16_000, caption="Seven seconds, five events. In which order do they begin?")""",
    start="""### BEGIN SOLUTION
order = ...  # five words, in the order of the onsets
### END SOLUTION""",
    answer="order",
    spec=Value(
        truth=_order_of_onsets,
        options=("alarm", "bell", "birds", "clock", "dog", "engine", "footsteps", "glass", "rain", "siren"),
    ),
    reference=order,
    hints=(
        "Listen for one kind at a time. Which of the ten never come?",
        "Two events begin while another is still sounding: one in the first two seconds, one in the fourth.",
        "The first is an engine; the last walks away.",
    ),
    wrongs=(
        Wrong(
            "dog before engine",
            "The dog is louder, but something was running before it barked: a low drone from the very beginning.",
            _order_of("dog", "engine", "alarm", "glass", "footsteps"),
        ),
        Wrong(
            "glass before alarm",
            "The beeps had begun when something broke.",
            _order_of("engine", "dog", "glass", "alarm", "footsteps"),
        ),
        Wrong(
            "clock for footsteps",
            "The last blows are too low and too slow for a clock: wood that booms.",
            _order_of("engine", "dog", "alarm", "glass", "clock"),
        ),
        Wrong(
            "rain for engine",
            "The first sound has a rhythm of its own, some dozens of pulses a second: rain has none.",
            _order_of("rain", "dog", "alarm", "glass", "footsteps"),
        ),
        Wrong(
            "bell for glass",
            "What comes fourth begins with a crack and has no pitch: no bell.",
            _order_of("engine", "dog", "alarm", "bell", "footsteps"),
        ),
        Wrong(
            "siren for alarm",
            "The third sound stays on its pitch and is cut into pieces; a siren glides.",
            _order_of("engine", "dog", "siren", "glass", "footsteps"),
        ),
    ),
    also_right=(lambda: tuple(order()), lambda: np.array(order())),
)

# ------------------------------------------------------------------------------------- frames into events

HOP_S, N_FRAMES = 0.04, 300
LEAST = 0.8  # of precision and of recall


@functools.cache
def frame_probabilities():
    """Ten recordings of 12 s: probabilities (3 classes, 300 frames) of a made-up network, and the true events."""
    rng = np.random.default_rng(5)
    return [_one_recording(rng) for _ in range(10)]


def _one_recording(rng):
    probability, events = np.full((3, N_FRAMES), 0.08), []
    for label, (shortest, longest) in enumerate(((30, 60), (25, 80), (12, 40))):
        start = int(rng.integers(5, 40))
        while start < 240:
            n = np.arange(min(int(rng.integers(shortest, longest)), N_FRAMES - 1 - start))
            if label == 0:  # footsteps: sure at each blow, and little between
                n = n[: len(n) - (len(n) - 3) % 9]
                shape = np.where(n % 9 < 3, 1.0, 0.25)
            elif label == 1:  # rain: never quite sure
                shape = 0.62 + 0.2 * np.sin(n / 5 + rng.uniform(0, 6))
            else:  # a bell: sure at first, and less as it fades
                shape = np.linspace(1, 0.45, len(n))
            probability[label, start : start + len(n)] = 0.95 * shape
            events.append(package.Event(start * HOP_S, (start + len(n)) * HOP_S, label))
            start += len(n) + int(rng.integers(25, 70))
    for _ in range(6):  # a moment of error
        label, frame = int(rng.integers(3)), int(rng.integers(N_FRAMES - 3))
        probability[label, frame : frame + int(rng.integers(1, 4))] = rng.uniform(0.5, 0.9)
    return np.clip(probability + 0.07 * rng.standard_normal(probability.shape), 0, 1), sorted(events)


def _not_events(to_events):
    if not callable(to_events):
        return "A function is asked: pass `to_events` itself, without calling it."
    for probability, _ in frame_probabilities():
        found = to_events(probability.copy())
        if not isinstance(found, list | tuple) or any(np.shape(event) != (3,) for event in found):
            return "A list of (onset_s, offset_s, label) is asked, one entry for each event."
        for onset_s, offset_s, label in found:
            if not 0 <= onset_s < offset_s <= N_FRAMES * HOP_S + 1e-6 or label not in (0, 1, 2):
                return (
                    f"({onset_s:g}, {offset_s:g}, {label}) is no event: "
                    "the onset before the offset, both within 0 to 12 s, and the label 0, 1 or 2."
                )
    return None


def _moves_with_the_recording(to_events):
    for probability, _ in frame_probabilities()[:3]:
        late = np.hstack([np.full((3, 50), 0.02), probability[:, :250]])
        plain, later = (
            np.reshape(sorted(tuple(event) for event in to_events(table)), (-1, 3))
            for table in (probability[:, :250].copy(), late)
        )
        if len(plain) != len(later) or not np.allclose(later - plain, [50 * HOP_S, 50 * HOP_S, 0], atol=1e-6):
            return (
                "Two seconds of quiet before a recording must move its events by two seconds, and change nothing else."
            )
    return None


def _scores_of(to_events):
    found = [
        [package.Event(float(on_s), float(off_s), int(label)) for on_s, off_s, label in to_events(probability.copy())]
        for probability, _ in frame_probabilities()
    ]
    return package.event_f1([events for _, events in frame_probabilities()], found)


def _low_precision(to_events):
    precision = _scores_of(to_events).precision
    if precision < LEAST:
        return f"Of the events that it finds {precision:.0%} are right; at least 80 % are asked."
    return None


def _low_recall(to_events):
    recall = _scores_of(to_events).recall
    if recall < LEAST:
        return f"Of the true events it finds {recall:.0%}; at least 80 % are asked."
    return None


def events_of_frames():
    """One threshold, pauses closed, and runs that are too short dropped."""

    def to_events(probability):
        found = []
        for label, row in enumerate(probability):
            active = np.flatnonzero(row >= 0.4)
            for run in np.split(active, np.flatnonzero(np.diff(active) > 9) + 1):
                if run.size > 6:
                    found.append((0.04 * run[0], 0.04 * (run[-1] + 1), label))
        return found

    return to_events


def _family(threshold, pause, fewest):
    """``events_of_frames`` with its three settings free for each class."""

    def to_events(probability):
        found = []
        for label, row in enumerate(probability):
            active = np.flatnonzero(row >= threshold[label])
            for run in np.split(active, np.flatnonzero(np.diff(active) > pause[label]) + 1):
                if len(run) > fewest[label]:
                    found.append((run[0] * HOP_S, (run[-1] + 1) * HOP_S, label))
        return found

    return to_events


def _by_closing():
    """Pauses of footsteps closed by a maximum and a minimum over eleven frames, then a median filter."""

    def to_events(probability):
        windows = np.lib.stride_tricks.sliding_window_view
        highest = windows(np.pad(probability, ((0, 0), (10, 10))), 11, axis=1).max(axis=-1)
        closed = windows(highest, 11, axis=1).min(axis=-1)
        return package.frames_to_events(closed, hop_s=HOP_S, threshold=0.4, n_median=7, minimum_s=0.3)

    return to_events


DESIGN = Exercise(
    name="classification/frames_to_events",
    title="from frames to events",
    stars=3,
    kind="design",
    task=r"""
A network gives three probabilities every 40 ms: for footsteps (0), rain (1) and a bell (2). Whoever reads the report wants *events*. Write `to_events(probability)`: a table `(3, frames)` in, a list of `(onset_s, offset_s, label)` out; frame $m$ lasts from $0.04\,m$ to $0.04\,(m+1)$ seconds.

Each class errs in its own way: footsteps have pauses in which nothing sounds, the network is never quite sure of rain, and a bell fades. Now and then it is sure of something that is not there. Over ten recordings at least **80 %** of the true events must be found, and at least **80 %** of what is found must be right: onset within 200 ms, offset within 200 ms or a fifth of the length. Two seconds of quiet before a recording must move all its events by two seconds. Then the score is the event F1, the larger, the better.
""",
    given='''import course_utils as cu
from course_utils.exercises.classification import frame_probabilities

NAMES = ("footsteps", "rain", "bell")


def report(to_events):
    """Event F1 over the ten recordings."""
    truth = [events for _, events in frame_probabilities()]
    found = [[cu.metrics.Event(*event) for event in to_events(p)] for p, _ in frame_probabilities()]
    scores = cu.metrics.event_f1(truth, found)
    print(f"precision {scores.precision:.2f}, recall {scores.recall:.2f}, F1 {scores.f1:.3f}")


report(lambda probability: cu.metrics.frames_to_events(probability, hop_s=0.04, threshold=0.5))

picture = cu.plotting.Picture(3, height_in=1.5, sharex=True)
for ax, row, name in zip(picture.axes, frame_probabilities()[0][0], NAMES, strict=True):
    ax.plot([0.04 * m for m in range(300)], row)
    ax.set(ylabel=name, ylim=(0, 1))
picture.axes[2].set(xlabel="time in s")
picture.show("Three curves of probability against 12 s of time: those of footsteps fall into pieces.")''',
    start='''def to_events(probability):
    """Probabilities (3 classes, frames) in, a list of (onset_s, offset_s, label) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="to_events",
    spec=Design(
        properties=(
            Property("a list of events", _not_events),
            Property("moves with the recording", _moves_with_the_recording),
            Property("precision", _low_precision),
            Property("recall", _low_recall),
        ),
        score=lambda to_events: _scores_of(to_events).f1,
        unit="event F1",
        best=0.98936,  # of such settings, one set for each class, by six coordinate searches
        smaller_is_better=False,
    ),
    reference=events_of_frames,
    hints=(
        "Look at the three rows: which errors cut an event in two, and which make one that is not there?",
        "Footsteps need their pauses closed, rain a lower threshold than one half. What tells a moment of error from an event?",
        "For each class: frames above some 0.4, runs joined over pauses of up to some ten frames, and runs of less than some 0.3 s dropped.",
    ),
    wrongs=(
        Wrong("a list of events", "", lambda: lambda probability: probability > 0.5),
        Wrong(
            "moves with the recording",
            "",
            lambda: lambda probability: [e for e in events_of_frames()(probability) if not 3.0 < e[0] < 4.4],
        ),
        Wrong("precision", "", lambda: _family([0.5] * 3, [2] * 3, [0] * 3)),
        Wrong("recall", "", lambda: _family([0.4] * 3, [9] * 3, [36] * 3)),
    ),
    also_right=(_by_closing, lambda: _family([0.45, 0.35, 0.4], [9, 5, 5], [5, 5, 5])),
)

EXERCISES = (MACRO, PARAMETERS, READ, LEAK, NAN_LOSS, PADDING, LISTEN, DESIGN)

# ------------------------------------------------------------------------------------ questions


def _proof_floor():
    assert round(math.log(1e-6), 1) == -13.8


def _proof_first_loss():
    assert round(_cross_entropy_by_scipy(np.zeros((1, 10)), [0]), 2) == 2.30


def _proof_two_hundred():
    low, high = package.wilson_interval(194, 200)
    assert (round(100 * low), round(100 * high)) == (94, 99)
    low, high = package.wilson_interval(98, 100)
    assert low < 0.97 < high


def _proof_parrot():
    confusion = np.array([[950, 0], [50, 0]])
    assert round(package.macro_f1(confusion), 2) == 0.49
    assert np.trace(confusion) / confusion.sum() == 0.95


def _proof_late_event():
    truth, late = [package.Event(1.0, 2.0, 0)], [package.Event(1.3, 2.0, 0)]
    both = [package.Event(5.0, 6.0, 0)]
    scores = package.event_f1([truth + both], [late + both])
    assert scores.precision == scores.recall == scores.f1 == 0.5


def _proof_calibration():
    probabilities = np.tile([0.99, 0.01], (100, 1))
    truth = np.repeat([0, 1], [90, 10])
    assert round(package.expected_calibration_error(truth, probabilities), 2) == 0.09
    cooler = probabilities**0.478 / (probabilities**0.478).sum(axis=1, keepdims=True)
    assert round(cooler[0, 0], 2) == 0.90 and (cooler.argmax(axis=1) == probabilities.argmax(axis=1)).all()


def _proof_pools():
    sizes = [101 // 2**3, 151 // 2**3]
    assert sizes == [12, 18]


QUESTIONS = (
    Question(
        kind="predict",
        name="silence_is_no_zero",
        text="A clip is filled up with samples of 0, and its spectrogram is ln(max(power, 0.000001)). What stands in the padding?",
        options=(
            wrong("0", "The logarithm of a small number is not small: 0 would be a power of 1, which is loud."),
            right(
                "−13.8, the lowest value of all",
                "The logarithm of the floor. In a picture whose sound lies around −5 this is a wall.",
            ),
            wrong("the mean of the clip", "That would be harmless, and has to be arranged: nothing does it by itself."),
        ),
        proof=_proof_floor,
    ),
    Question(
        kind="predict",
        name="voices_known",
        text="The same network, twice: tested on other clips of its voices, or on voices that it never heard. How do the error rates compare?",
        options=(
            wrong(
                "about the same: no clip is in training and test",
                "The clips are new, and the voices are not: the network may know each voice's way of saying seven.",
            ),
            wrong("twice as many errors on new voices", "It is far more than that with so few voices."),
            right(
                "many times as many errors on new voices",
                "Clips of a known voice are near copies of training clips. The split that keeps voices apart says what a customer will see.",
            ),
        ),
    ),
    Question(
        kind="predict",
        name="first_loss",
        text="A network for ten digits has not learned anything yet. What is its cross-entropy, in nats?",
        options=(
            wrong("about 0.9, the share of wrong answers", "The loss counts logarithms of probabilities, not errors."),
            wrong(
                "about 10, one for each class",
                "Ten equal classes have probability 0.1 each, and the logarithm of that is not −10.",
            ),
            right(
                "about 2.3, the logarithm of 10",
                "Each digit gets a tenth. A first loss far from it says that logits or labels are not what you think.",
            ),
        ),
        proof=_proof_first_loss,
    ),
    Question(
        kind="predict",
        name="forgotten_eval",
        text="The trained network hears the test clips one at a time, and model.eval() was forgotten. What happens to its accuracy?",
        options=(
            wrong(
                "nothing: the weights are the same",
                "The weights are, the mean and variance in the batch norms are not: they are taken from the batch at hand.",
            ),
            right(
                "it falls", "Each clip is normalised by its own statistics, which the network never saw in training."
            ),
            wrong(
                "it rises: each clip is normalised for itself",
                "What a batch norm learned to expect is the statistics of many clips.",
            ),
        ),
    ),
    Question(
        kind="predict",
        name="frames_or_events",
        text="A detector is right in most frames: F1 over frames is above 0.9. Every run of active frames is called an event. Event F1 is then:",
        options=(
            wrong(
                "about the same", "One wrong frame in the middle of an event costs 1 frame of 40, and the whole event."
            ),
            right(
                "clearly lower",
                "A gap of one frame makes two wrong events of one right one, and a single false frame is an event, too.",
            ),
            wrong(
                "higher, since 200 ms are forgiven", "Onset and offset are forgiven 200 ms; a cut in the middle is not."
            ),
        ),
    ),
    Question(
        kind="predict",
        name="two_hundred_clips",
        text="194 of 200 test clips are right, 97 %. Where may the true accuracy lie, with 95 % confidence?",
        options=(
            wrong("between 96.5 and 97.5 %", "That would take some 4,500 independent clips."),
            wrong("exactly at 97 %", "Another 200 clips would give another number."),
            right(
                "between 94 and 99 %", "Wilson's interval. To tell 97 % from 98 %, a few hundred clips are not enough."
            ),
        ),
        proof=_proof_two_hundred,
    ),
    Question(
        name="five_machines",
        text="Five machines of one type were recorded for a week each; you train a detector of faults for the customers' machines. How do you split?",
        options=(
            wrong("at random, by second", "Neighbouring seconds are near copies: the test would ask what was told."),
            wrong("by day", "Other days, and the same five machines: their own resonances are known."),
            right(
                "by machine: train on four, test on the fifth, in turn",
                "It asks what the customer asks: a machine that was never heard.",
            ),
        ),
    ),
    Question(
        name="the_parrot",
        text="5 % of the clips hold a shot. A detector never finds one. Its accuracy and its macro F1 are:",
        options=(
            right(
                "0.95 and 0.49",
                "The class that it always names has F1 0.97, the other 0; the mean says what accuracy hides.",
            ),
            wrong(
                "0.95 and 0.95", "That would be F1 over all items together, which for one label each is the accuracy."
            ),
            wrong("0.05 and 0", "It is right in all clips without a shot."),
        ),
        proof=_proof_parrot,
    ),
    Question(
        name="adaptive_pool",
        text="Why does the network end with a mean over all bands and frames, and not with a flattened picture?",
        options=(
            wrong("the mean is more accurate", "Not by itself: it throws away where something happened."),
            right(
                "any length fits, and weights do not depend on time",
                "8 or 80 frames give the same number of means, and a digit may come early or late.",
            ),
            wrong("flattening is not differentiable", "It is: it only changes the shape."),
        ),
        proof=_proof_pools,
    ),
    Question(
        name="promise_of_99",
        text="A classifier says 99 % for every clip and is right for 90 % of them. What helps?",
        options=(
            wrong(
                "more training",
                "Training on makes it surer still, while the errors stay: the training loss rewards certainty.",
            ),
            wrong("another threshold", "A threshold changes decisions; the promise of 99 % stays broken."),
            right(
                "a temperature, fitted on validation data",
                "Dividing all logits by one number makes 90 % of 99 % and changes no decision.",
            ),
        ),
        proof=_proof_calibration,
    ),
    Question(
        name="late_by_300_ms",
        text="Two events are true. The detector finds both, one of them 300 ms late. With 200 ms tolerance its event F1 is:",
        options=(
            wrong("1: both were found", "One of them begins too late to count."),
            wrong("0.75: half a point for the late one", "There are no half points."),
            right(
                "0.5: the late one is a miss and a false alarm",
                "One pair; one true event without partner, one found event without partner.",
            ),
        ),
        proof=_proof_late_event,
    ),
    Question(
        name="first_nan",
        text="After 40 batches the loss is NaN. What do you look at first?",
        options=(
            wrong("the last layer: NaN comes from there", "It is seen there; every weight is NaN by then."),
            right(
                "the batch in which it first happened: its inputs, then its logits",
                "A clip of digital silence divided by its deviation of 0, or a step so long that an exponential overflowed.",
            ),
            wrong("the optimiser: replace it by another", "If an input is NaN, every optimiser ends there."),
        ),
    ),
    Question(
        name="whose_mean",
        text="Features are standardised with the mean and deviation of all clips, test clips included. Is that a leak?",
        options=(
            wrong(
                "no: labels are not used",
                "Leaks need no labels: the test set shall stand for data that you do not have yet.",
            ),
            right(
                "yes: small here, large where test clips differ",
                "Statistics belong to training. If the test room is louder, its mean would have told.",
            ),
            wrong(
                "no: a mean over many clips is a constant",
                "It is a constant that was fitted, among others, to the test clips.",
            ),
        ),
    ),
)
