import numpy as np

from ...practice.model import Exercise, Value, Wrong


def _machine_truth():
    """By trial: a second noise beside one of 60 dB is turned up until both together have 62 dB."""
    rng = np.random.default_rng(2)
    room, machine = rng.standard_normal((2, 2000))
    machine -= room * (machine @ room) / (room @ room)  # over a long time two noises have nothing in common
    room, machine = (noise / np.sqrt(np.mean(noise**2)) for noise in (room, machine))
    levels_db = np.arange(40, 70, 0.05)
    total_db = [
        20 * np.log10(np.sqrt(np.mean((1e3 * room + 10 ** (level_db / 20) * machine) ** 2))) for level_db in levels_db
    ]
    return levels_db[np.abs(np.array(total_db) - 62).argmin()]


def machine_db():
    both, room = 10 ** (62 / 10), 10 ** (60 / 10)  # as powers re (20 µPa)²
    return 10 * np.log10(both - room)


EXERCISE = Exercise(
    title="the machine behind the noise",
    stars=1,
    kind="predict",
    task="""
A workshop is never quiet: with the machine switched off the meter shows 60 dB SPL. With the machine on, it shows 62 dB SPL. **What would the machine's level be by itself**, at the same place, in a silent room? The two noises are independent. (In dB SPL, within 0.2 dB.)

Write down a guess before you calculate: is the machine louder or softer than the workshop?
""",
    answer="machine_db",
    spec=Value(truth=_machine_truth, unit="dB SPL", absolute=0.2),
    reference=machine_db,
    hints=(
        "What adds when two independent sounds meet: levels, pressures or powers?",
        "Turn both readings into powers. The machine has what is left when the room is taken away.",
        "10^6.2 is 1.585 million, 10^6 is one million. Of the difference, 10 times the logarithm.",
    ),
    wrongs=(
        Wrong(
            "difference of decibels",
            "2 dB SPL is nearly the threshold of hearing, and would not move a meter that shows 60. A difference of "
            "levels is the level of a ratio; what is asked is the level of a difference.",
            lambda: 2,
        ),
        Wrong(
            "amplitudes",
            "That subtracts pressures, as if machine and room swung in step. Independent sounds add their powers.",
            lambda: 20 * np.log10(10 ** (62 / 20) - 10 ** (60 / 20)),
        ),
        Wrong(
            "added",
            "That adds the powers of both readings. But the 62 dB contain the room already: take it away.",
            lambda: 10 * np.log10(10**6.2 + 10**6),
        ),
        Wrong(
            "the reading",
            "62 dB is machine and room together. A room of 60 dB is too near to be left out.",
            lambda: 62,
        ),
        Wrong(
            "two above the room",
            "With two equal sounds the meter would rise by 3 dB. It rose by 2, so the machine is softer than the room.",
            lambda: 60,
        ),
        Wrong(
            "half way",
            "61 dB lies between the two readings. Levels are not averaged; take the room's power from that of both.",
            lambda: 61,
        ),
        Wrong(
            "one below the room",
            "With 59 dB the meter would show 62.5 dB: a little too much. Calculate with powers.",
            lambda: 59,
        ),
        Wrong(
            "doubled",
            "Twice the power is 3 dB more. What adds to the room is not the reading again, it is what the reading has more than the room.",
            lambda: 65,
        ),
        Wrong(
            "re the room",
            "That is how far the machine lies from one of the readings; its own level is asked, in dB SPL.",
            (lambda: -2.33, lambda: 2.33, lambda: -4.33, lambda: 4.33),
        ),
    ),
    after="The nearer the two readings, the less the result is worth: half a decibel of error in the 62 moves this result by 1.2 to 1.5 dB.",
    also_right=(lambda: 57.7, lambda: 60 + 10 * np.log10(10**0.2 - 1)),
)
