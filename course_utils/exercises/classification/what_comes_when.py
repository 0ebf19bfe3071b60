import functools

import numpy as np

from ...practice.model import Exercise, Value, Wrong

SCENE = (("engine", 0.3, 0.5), ("dog", 1.1, 0.6), ("alarm", 2.6, 0.5), ("glass", 3.3, 0.4), ("footsteps", 4.4, 0.5))


@functools.cache
def a_scene():
    """Seven seconds at 16 kHz with five events, 10 dB above the noise, and when each begins and ends."""
    from ...models import events

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


EXERCISE = Exercise(
    title="annotate a scene",
    stars=2,
    kind="listen",
    task="""
Somebody must write down what a detector should find. Seven seconds hold **five events**, some of them at the same time. Give a list of five words in the order in which the events **begin**. They are of these kinds, each at most once: `alarm`, `bell`, `birds`, `clock`, `dog`, `engine`, `footsteps`, `glass`, `rain`, `siren`.
""",
    given="""import course_utils as cu
from course_utils.exercises.classification import a_scene

scene, _ = a_scene()
cu.audio.play(scene, 16_000, caption="Seven seconds, five events. In which order do they begin?")""",
    form="five words, in the order of the onsets",
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
            "The dog is louder, but something was running before it barked: a low drone that sets in almost a second earlier.",
            _order_of("dog", "engine", "alarm", "glass", "footsteps"),
        ),
        Wrong(
            "glass before alarm",
            "The beeps had begun when something broke.",
            _order_of("engine", "dog", "glass", "alarm", "footsteps"),
        ),
        Wrong(
            "alarm before dog",
            "The bark comes early, while the first sound is still running; the beeps begin after both.",
            _order_of("engine", "alarm", "dog", "glass", "footsteps"),
        ),
        Wrong(
            "footsteps before glass",
            "Something breaks before anybody walks.",
            _order_of("engine", "dog", "alarm", "footsteps", "glass"),
        ),
        Wrong(
            "clock for footsteps",
            "The last blows are too low for a clock: wood that booms.",
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
    after="A detector needs more than the order: from 1.1 to 1.4 s engine and dog sound together, so that its labels are a yes "
    "or no for each kind in each frame.",
    also_right=(lambda: tuple(order()), lambda: np.array(order())),
)
