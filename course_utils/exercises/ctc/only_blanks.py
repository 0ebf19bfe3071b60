import numpy as np

from ...practice.model import Exercise, Value, Wrong

CAUSES = ("wait", "rate", "prior", "lengths")
N_FRAMES, N_CLASSES = 40, 6


def _softmax(scores):
    powers = np.exp(scores - scores.max(axis=0))
    return powers / powers.sum(axis=0)


def _heard(rng, *, most: float):
    """Scores of a recogniser that has found four letters, which reach this score; the blank has 5."""
    scores = 0.3 * rng.standard_normal((N_CLASSES, N_FRAMES))
    scores[0] += 5
    for letter, start in zip(rng.permutation(np.arange(1, N_CLASSES))[:4], (13, 20, 27, 34), strict=True):
        scores[letter, start : start + 2] = most + 0.1 * rng.standard_normal(2)
    return scores


def silent_recognisers():
    """Four made recognisers that spell nothing: of each the probabilities (6, 40), blank first, and how many frames count.

    Each has been given one clip of four letters.
    """
    rng = np.random.default_rng(21)
    flat = _softmax(np.array([[2.2], [0.1], [0.0], [0.2], [-0.1], [0.0]]) + 0.02 * rng.standard_normal((6, N_FRAMES)))
    return {
        "A": (_softmax(_heard(rng, most=4.45)), N_FRAMES),
        "B": (_softmax(_heard(rng, most=8.0)), N_FRAMES // 4),
        "C": (flat, N_FRAMES),
        "D": (np.full((N_CLASSES, N_FRAMES), np.nan), N_FRAMES),
    }


def _cause(probability, n_frames):
    """From the numbers: are they any, do letters rise anywhere, do they lead there?"""
    if not np.isfinite(probability).all():
        return "rate"
    letters = probability[1:].max(axis=0)
    if letters.max() < 3 * np.median(letters):
        return "wait"
    return "lengths" if (letters > probability[0])[n_frames:].any() else "prior"


def _causes_truth():
    return [_cause(*recogniser) for recogniser in silent_recognisers().values()]


def causes():
    a, b, c, d = "prior", "lengths", "wait", "rate"
    return [a, b, c, d]


def _causes_as(*words):
    return lambda: list(words)


EXERCISE = Exercise(
    title="four recognisers that say nothing",
    stars=2,
    kind="read",
    task="""
Four recognisers answer every clip with an empty text. The picture shows what each says of one clip of four letters: for each of 40 frames the probability of the blank, and that of the most probable letter. A dashed line marks how many frames count, by the lengths that the network hands on. (The numbers are made; all four cases are met at work.)

Find the cause of each, and give a list of four words, for A, B, C and D:

- `wait`: it is on the plateau where most CTC trainings begin. The blank is learned first, and no letter yet.
- `rate`: a step was too long, and the weights have run away.
- `prior`: the letters are heard; the blank, which is in most frames of the training, outvotes them by a little.
- `lengths`: the letters are heard, and the lengths, divided by the stride once too often, end before they come.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.ctc import silent_recognisers

picture = cu.plotting.Picture(4, height_in=1.4, sharex=True)
words = []
for number, (name, (probability, n_frames)) in enumerate(silent_recognisers().items()):
    ax, best = picture.axes[number], probability[1:].max(axis=0)
    ax.plot(probability[0], label="blank", linestyle=":")
    ax.plot(best, label="best letter")
    ax.axvline(n_frames - 0.5, color="black", linestyle="--", linewidth=1)
    ax.set(ylabel=name, ylim=(-0.05, 1.05), xlabel="frame" if number == 3 else None)
    words.append(f"{name}: blank up to {probability[0].max():.2f}, letters up to {best.max():.2f}")
    words[-1] += f", above 0.3 in frames {np.flatnonzero(best > 0.3).tolist()}, {n_frames} count"
picture.axes[0].legend(loc="center left")
picture.show("Probability of the blank and of the best letter over 40 frames. " + "; ".join(words) + ".")""",
    form='four of "wait", "rate", "prior", "lengths"',
    answer="causes",
    spec=Value(truth=_causes_truth, options=CAUSES),
    reference=causes,
    hints=(
        "In which of the four does the letters' curve rise at all? Those have been trained.",
        "Where it rises: is it above the blank's curve, and does it lie before the dashed line?",
        "A panel without curves has no numbers: the largest of nothing but NaN is, for argmax, class 0. And where both curves are "
        "flat, the recogniser says the same whatever it hears.",
    ),
    wrongs=(
        Wrong(
            "A and B exchanged",
            "A and B are exchanged: in one of them the letters lead, but behind the dashed line; in the other they come close and lose.",
            _causes_as("lengths", "prior", "wait", "rate"),
        ),
        Wrong(
            "C and D exchanged",
            "C and D are exchanged: one has flat curves, and the other none, since its numbers are NaN.",
            _causes_as("prior", "lengths", "rate", "wait"),
        ),
        Wrong(
            "A and C exchanged",
            "A and C are exchanged: in one of them the letters rise at four places, so it has learned to hear them.",
            _causes_as("wait", "lengths", "prior", "rate"),
        ),
        Wrong(
            "B and C exchanged",
            "B and C are exchanged: where the curves are flat in all of the 40 frames, no length would help.",
            _causes_as("prior", "wait", "lengths", "rate"),
        ),
        Wrong(
            "A and D exchanged",
            "A and D are exchanged: weights that ran away leave no probabilities at all.",
            _causes_as("rate", "lengths", "wait", "prior"),
        ),
        Wrong(
            "B and D exchanged",
            "B and D are exchanged: in one of them there are letters behind the dashed line, in the other there is no number.",
            _causes_as("prior", "rate", "wait", "lengths"),
        ),
        Wrong(
            "training for all",
            "More training would mend one of them. Two of them hear the letters already, and one has no number left to be trained.",
            _causes_as(*4 * ["wait"]),
        ),
        Wrong(
            "the blank outvotes all",
            "The blank leads wherever frames are counted, in all that have numbers; in only one of them is that the cause. Look at "
            "where the letters are.",
            _causes_as(*4 * ["prior"]),
        ),
    ),
    after="Time gets a training off the plateau, less weight of the blank mends a close vote, and for the other two the mistake is in "
    "the code around the network.",
    also_right=(
        lambda: ("prior", "lengths", "wait", "rate"),
        lambda: np.array(["prior", "lengths", "wait", "rate"]),
    ),
)
