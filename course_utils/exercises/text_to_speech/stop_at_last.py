import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _by_definition(frames, stop, reduction, threshold=0.5):
    """Step by step; the first step that says stop is kept, with all of its frames."""
    kept, finished = [], False
    for step, probability in enumerate(stop):
        kept.extend(frames[step * reduction : (step + 1) * reduction])
        if probability > threshold:
            finished = True
            break
    return np.array(kept).reshape(-1, np.shape(frames)[1]), np.array(finished)


def frames_said(frames, stop, reduction, threshold=0.5):
    frames, says_stop = np.asarray(frames), np.asarray(stop) > threshold
    finished = bool(says_stop.any())
    n_steps = int(says_stop.argmax()) + 1 if finished else len(stop)
    return frames[: n_steps * reduction], finished


def _by_search(frames, stop, reduction, threshold=0.5):
    places = [step for step, probability in enumerate(stop) if probability > threshold]
    last = places[0] if places else len(stop) - 1
    return [list(row) for row in np.asarray(frames)[: (last + 1) * reduction]], len(places) > 0


def _cases() -> list[Case]:
    rng = np.random.default_rng(15)

    def made(stop, reduction, says, n_mels=3, **options):
        return case(
            rng.standard_normal((len(stop) * reduction, n_mels)), np.array(stop), reduction, says=says, **options
        )

    rows = np.arange(8.0).reshape(8, 1)
    gone_back = [0.01, 0.2, 0.6, 0.1, 0.9, 0.99]
    return [
        case(
            rows,
            np.array([0.1, 0.2, 0.9, 0.95]),
            2,
            says="a stop in the third of four steps",
            gives=(rows[:6], np.array(True)),
        ),
        case(rows, np.array([0.1, 0.2, 0.3, 0.4]), 2, says="no stop at all", gives=(rows, np.array(False))),
        case(rows, np.array([0.1, 0.2, 0.3, 0.9]), 2, says="a stop in the last step", gives=(rows, np.array(True))),
        case(
            rows, np.array([0.8, 0.2, 0.3, 0.1]), 2, says="a stop in the first step", gives=(rows[:2], np.array(True))
        ),
        made(gone_back, 2, "a probability that falls again"),
        made([0.1, 0.6, 0.99, 0.7, 0.2], 2, "a probability that still rises"),
        made(gone_back, 3, "three frames a step"),
        made(gone_back, 1, "one frame a step"),
        made([0.0, 0.5, 0.51], 2, "a probability at the threshold"),
        made(gone_back, 2, "threshold 0.3", threshold=0.3),
        made(gone_back, 2, "threshold 0.95", threshold=0.95),
        made([0.1] * 12, 4, "twelve steps without a stop"),
        made([0.7], 2, "one step"),
        made([0.1, 0.3, 0.2, 0.49, 0.6, 0.1, 0.1], 5, "64 bands", n_mels=64),
    ]


def _with(
    says=lambda p, threshold: p > threshold,
    choose=lambda places: places[0],
    n_frames=lambda step, reduction: (step + 1) * reduction,
    otherwise=lambda n, reduction: n * reduction,
    finished=lambda places: len(places) > 0,
):
    def answer(frames, stop, reduction, threshold=0.5):
        frames = np.asarray(frames)
        places = np.flatnonzero(says(np.asarray(stop), threshold))
        n = n_frames(choose(places), reduction) if len(places) else otherwise(len(stop), reduction)
        return frames[: max(n, 0)], np.array(finished(places))

    return answer


EXERCISE = Exercise(
    title="stop when it is over",
    stars=2,
    kind="repair",
    task="""
A decoder writes `reduction` frames a step, and beside them one number: the probability that **this step is the last**. The published loop looks at the stop token of the wrong moment, cuts as many frames as there were steps, and cannot tell an end from a limit.

**Mend it.** `frames` has the shape (steps · reduction, bands), `stop` holds the probability of each step. Speech ends with the **first** step whose probability is above `threshold`; all frames of that step belong to it, and nothing after it does, even if the probability falls again. If no step says stop, all frames are kept. The result is a tuple: the frames that are kept, and True or False, whether it stopped by itself.
""",
    given='''import numpy as np


def published_loop(frames, stop, reduction, threshold=0.5):
    """As published."""
    for step in range(1, len(stop)):
        if stop[step - 1] < threshold and stop[step] > threshold:
            return frames[:step], True
    return frames, True


frames = np.repeat(np.arange(5), 2)[:, None]  # the number of the step, two frames each
kept, finished = published_loop(frames, np.array([0.1, 0.2, 0.3, 0.8, 0.9]), 2)
print("asked: the frames of steps 0 to 3. Published:", *kept[:, 0])''',
    form="Frames (steps · reduction, bands), probabilities; what is kept, and if it stopped.",
    answer="frames_said",
    spec=Function(cases=_cases, expected=_by_definition),
    reference=frames_said,
    hints=(
        "Which step is the first above the threshold, and how many frames have been written when that step is done?",
        "After step number k, counted from 0, there are (k + 1) · reduction frames.",
        "`np.flatnonzero(stop > threshold)` gives all steps that say stop. If it is empty, keep everything and return False.",
    ),
    wrongs=(
        Wrong(
            "steps for frames",
            "It keeps as many frames as there were steps: each step writes `reduction` of them.",
            (
                _with(n_frames=lambda step, reduction: step + 1, otherwise=lambda n, reduction: n * reduction),
                _with(n_frames=lambda step, reduction: step),
            ),
        ),
        Wrong(
            "last step left out",
            "The step that says stop is the last one of the speech: its frames belong to it.",
            _with(n_frames=lambda step, reduction: step * reduction),
        ),
        Wrong(
            "one frame of the last step",
            "Of the step that says stop all frames belong to the speech, and not only the first.",
            _with(n_frames=lambda step, reduction: step * reduction + 1),
        ),
        Wrong(
            "one step late",
            "It ends a step late: the probability belongs to the step beside it, and not to the one before.",
            _with(n_frames=lambda step, reduction: (step + 2) * reduction),
        ),
        Wrong(
            "last stop",
            "It takes the last step that says stop: the first one ends the speech.",
            _with(choose=lambda places: places[-1]),
        ),
        Wrong(
            "most probable stop",
            "It ends at the most probable step. While a decoder writes, the steps to come are not known: the first one counts.",
            lambda frames, stop, reduction, threshold=0.5: _with(
                choose=lambda places: int(np.argmax(stop)),
            )(frames, stop, reduction, threshold),
        ),
        Wrong(
            "at the threshold",
            "A probability *at* the threshold is not above it.",
            _with(says=lambda p, threshold: p >= threshold),
        ),
        Wrong(
            "threshold ignored",
            "It is right for the threshold 0.5 and takes it for every other one, too.",
            _with(says=lambda p, threshold: p > 0.5),
        ),
        Wrong(
            "first step may not stop",
            "A stop in the first step is overlooked.",
            _with(says=lambda p, threshold: (p > threshold) & (np.arange(len(p)) > 0)),
        ),
        Wrong(
            "always finished",
            "Whether it stopped by itself is always the same: where no step says stop, it is False.",
            (_with(finished=lambda places: True), _with(finished=lambda places: False)),
        ),
        Wrong(
            "exchanged meaning",
            "True is to mean that it stopped by itself, and False that it ran to its limit: yours is the other way round.",
            _with(finished=lambda places: len(places) == 0),
        ),
        Wrong(
            "nothing without a stop",
            "Where no step says stop, all frames are kept.",
            _with(otherwise=lambda n, reduction: 0),
        ),
    ),
    after="Count what ran to its limit: it is the first figure that tells you that a voice was trained on trailing silence.",
    also_right=(_by_definition, _by_search),
)
