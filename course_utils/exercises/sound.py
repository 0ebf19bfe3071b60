"""Levels, strings and colours of noise

A microphone's file, a sound level meter, a string and a loudspeaker: each of them is judged by one or two numbers, and
each of these numbers has a way of going wrong. Headphones help once; nothing needs a network.
"""

import numpy as np

from .. import sound as package
from ..practice.exercise import Case, Design, Exercise, Function, Property, Question, Value, Wrong, case, right, wrong

# ------------------------------------------------------------------------------ reading a comb of lines

LINES_DB = {465: -12, 775: 0, 1085: -6, 1240: -4}  # frequency in Hz, level in dB re the strongest


def unknown_tone():
    """A steady tone of four harmonics, a tenth of a second, and its sampling rate."""
    sample_rate = 11_025
    t = np.arange(sample_rate // 10) / sample_rate
    lines = [10 ** (level_db / 20) * np.sin(2 * np.pi * f_hz * t + f_hz) for f_hz, level_db in LINES_DB.items()]
    return sum(lines), sample_rate


def _repetition_truth():
    """From the waveform: the shortest delay after which the tone is itself again."""
    tone, sample_rate = unknown_tone()
    delays = np.arange(sample_rate // 2000, sample_rate // 50)
    n = len(tone) - delays[-1]
    likeness = np.array([np.corrcoef(tone[:n], tone[d : d + n])[0, 1] for d in delays])
    return sample_rate / delays[np.flatnonzero(likeness > 0.98)[0]]


def repetition_hz():
    # The distances 310, 310 and 155 Hz suggest 155 Hz, and the lines are indeed 3, 5, 7 and 8 times that.
    guesses_hz = 465 / 3 + 775 / 5 + 1085 / 7 + 1240 / 8
    return guesses_hz / 4


READ = Exercise(
    name="sound/read_pitch",
    title="four lines, one pitch",
    stars=1,
    kind="read",
    task="""
A machine gives off a steady tone, and its spectrum has four lines. **How often a second does the waveform repeat?** That is the pitch which listeners are likely to report. (In Hz, within 2 %.)

Neither the lowest line nor the highest peak has to be the answer, and the lines need not be neighbours in the series of harmonics.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.sound import unknown_tone

tone, sample_rate = unknown_tone()
magnitude = np.abs(np.fft.rfft(tone * cu.dft.window("hann", len(tone)), 8 * len(tone)))
frequency_hz = np.fft.rfftfreq(8 * len(tone), 1 / sample_rate)
level_db = cu.sound.amplitude_to_db(magnitude, ref=np.max)
picture = cu.plotting.Picture(height_in=3)
picture.axes[0].plot(frequency_hz, level_db)
picture.axes[0].set(xlim=(300, 1400), ylim=(-60, 3), xticks=range(300, 1401, 100))
picture.axes[0].set_xticks(range(300, 1401, 20), minor=True)
picture.axes[0].set(xlabel="frequency in Hz, one small mark every 20 Hz", ylabel="dB re the highest peak")
picture.show("Four peaks, at about 465, 775, 1085 and 1240 Hz; the highest is the one at 775 Hz.")""",
    start="""### BEGIN SOLUTION
repetition_hz = ...
### END SOLUTION""",
    answer="repetition_hz",
    spec=Value(truth=_repetition_truth, unit="Hz", tolerance=0.02),
    reference=repetition_hz,
    hints=(
        "Read the four frequencies as exactly as you can, and write down their distances.",
        "All four are whole multiples of the frequency that you look for. Is each of them a multiple of 310 Hz?",
        "Try 155 Hz: which multiples of it are 465, 775, 1,085 and 1,240?",
    ),
    wrongs=(
        Wrong(
            "the lowest line",
            "That is the lowest line. 775 is no multiple of 465, so after 1/465 s the other lines are elsewhere in "
            "their periods: the fundamental may be missing.",
            lambda: 465,
        ),
        Wrong(
            "the strongest line",
            "That is the highest peak. Which harmonic is strongest says something about timbre, not about the period.",
            lambda: 775,
        ),
        Wrong(
            "the commonest distance",
            "Two of the three distances are 310 Hz. But 465 is one and a half times 310: harmonics may be missing "
            "between those that are there.",
            lambda: 310,
        ),
        Wrong(
            "the mean distance",
            "That is the mean of the three distances. Harmonics that are missing widen them; a mean of unequal steps "
            "is the distance of nothing.",
            lambda: (1240 - 465) / 3,
        ),
        Wrong(
            "an octave too low",
            "All four lines are multiples of this, and they repeat after its period, but sooner too: "
            "a common divisor is asked, and the largest.",
            lambda: 77.5,
        ),
    ),
    also_right=(lambda: np.gcd.reduce([465, 775, 1085, 1240]), lambda: 156.5),
)

# ------------------------------------------------------------------------------------- crest factor


def _crest_by_definition(signal):
    if np.ndim(signal) > 1:
        return np.array([_crest_by_definition(one) for one in signal])
    highest = max(abs(float(x)) for x in signal)
    power = sum(float(x) ** 2 for x in signal) / len(signal)
    return 10 * np.log10(highest**2 / power)


def _signals() -> list[Case]:
    rng = np.random.default_rng(1)
    click = np.zeros(100)
    click[40] = -0.5
    return [
        case(np.array([1.0, -1, -1, 1]), says="a square wave", gives=0),
        case(click, says="a negative click in 99 zeros", gives=20),
        case(0.3 * np.sin(2 * np.pi * np.arange(48) / 16), says="a sine", gives=10 * np.log10(2)),
        case(0.4 + 0.1 * rng.standard_normal(51), says="a signal with an offset"),
        case(np.array([-0.25]), says="a single sample", gives=0),
        case(rng.standard_normal((2, 3, 40)), says="a batch of two by three signals"),
        case(rng.integers(-20_000, 20_001, 60).astype(np.int16), says="16-bit samples of a file"),
    ]


def crest_factor_db(signal):
    signal = np.asarray(signal, float)
    highest = np.abs(signal).max(axis=-1)
    mean_square = np.mean(signal**2, axis=-1)
    return 20 * np.log10(highest / np.sqrt(mean_square))


def _crest_of(peak_of, rms_of):
    """A crest factor from another peak or another RMS than the right one."""

    def crest(signal):
        signal = np.asarray(signal, float)
        with np.errstate(all="ignore"):
            return 20 * np.log10(peak_of(signal) / rms_of(signal))

    return crest


def _rms(signal):
    return np.sqrt(np.mean(signal**2, axis=-1))


def _peak(signal):
    return np.abs(signal).max(axis=-1)


def _crest_in_16_bits(signal):
    with np.errstate(all="ignore"):
        return 20 * np.log10(_peak(signal) / _rms(signal))


CREST = Exercise(
    name="sound/crest_factor_db",
    title="crest factor",
    stars=1,
    kind="implement",
    task=r"""
How far does the peak of a signal stand above its RMS? Write the crest factor in dB,

$$C = 20 \log_{10} \frac{\max_n |x[n]|}{\sqrt{\frac1N \sum_n x[n]^2}}$$

for arrays `(…, time)`: one number for each signal, the leading axes stay. The samples are floating-point numbers, or the 16-bit integers (`np.int16`) that many readers of WAV files give. No signal is silent.
""",
    start='''def crest_factor_db(signal):
    """Signals (…, time) in, one crest factor in dB for each of them out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="crest_factor_db",
    spec=Function(cases=_signals, expected=_crest_by_definition),
    reference=crest_factor_db,
    hints=(
        "Two numbers for each signal: the largest magnitude, and the root of the mean square. Both along the last axis.",
        "It is a ratio of amplitudes. Is it 10 or 20 times the logarithm?",
        "What is 300² in 16 bits? Turn the samples into floats before squaring them.",
    ),
    wrongs=(
        Wrong(
            "10 log",
            "Every value is half of what it should be: peak and RMS are amplitudes, so the level of their ratio is "
            "20 times the logarithm. 10 is for powers.",
            lambda signal: crest_factor_db(signal) / 2,
        ),
        Wrong(
            "largest value",
            "The largest value is not the peak: a converter clips at the bottom too. Take the magnitude first.",
            _crest_of(lambda signal: signal.max(axis=-1), _rms),
        ),
        Wrong(
            "half of peak to peak",
            "Half the distance from the lowest to the highest value is the peak only where the two are equally far "
            "from 0. A single click has no lower half.",
            _crest_of(lambda signal: np.ptp(signal, axis=-1) / 2, _rms),
        ),
        Wrong(
            "standard deviation",
            "With an offset it is too large: the standard deviation takes the mean away first, the RMS does not.",
            _crest_of(_peak, lambda signal: signal.std(axis=-1)),
        ),
        Wrong(
            "mean magnitude",
            "The denominator is the mean of the magnitudes. Square, then mean, then root: "
            "for a sine the two differ by a factor of 1.11.",
            _crest_of(_peak, lambda signal: np.abs(signal).mean(axis=-1)),
        ),
        Wrong(
            "one number for a batch",
            "A batch gives one number in all: without an axis, max and mean run over every signal at once.",
            _crest_of(lambda signal: np.abs(signal).max(), lambda signal: np.sqrt(np.mean(signal**2))),
        ),
        Wrong(
            "squares in 16 bits",
            "It is right for floats only. The square of a 16-bit integer is again one of 16 bits, and above 181² "
            "it wraps: convert before squaring.",
            _crest_in_16_bits,
        ),
    ),
    also_right=(
        _crest_by_definition,
        lambda signal: (
            20
            * np.log10(
                np.linalg.norm(signal, np.inf, axis=-1) / np.linalg.norm(signal, axis=-1) * signal.shape[-1] ** 0.5
            )
        ),
        lambda signal: np.log10(_peak(signal.astype(np.float32)) / _rms(signal.astype(np.float32))) * 20,
    ),
)

# ------------------------------------------------------------------------------- a machine in a room


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


MACHINE = Exercise(
    name="sound/machine_level",
    title="the machine behind the noise",
    stars=1,
    kind="predict",
    task="""
A workshop is never quiet: with the machine switched off the meter shows 60 dB SPL. With the machine on, it shows 62 dB SPL. **Which level would the machine have by itself**, at the same place, in a silent room? The two noises are independent. (In dB SPL, within 0.2 dB.)

Write down a guess before you calculate: is the machine louder or softer than the workshop?
""",
    start="""### BEGIN SOLUTION
machine_db = ...
### END SOLUTION""",
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
    ),
    also_right=(lambda: 57.7, lambda: 60 + 10 * np.log10(10**0.2 - 1)),
)

# ------------------------------------------------------------------------------------------ listening

ORDER = ("brown", "white", "pink")


def three_noises():
    """Three noises of 1.25 s with one A-weighted level, and their sampling rate."""
    sample_rate, n = 44_100, 55_125
    weights = 10 ** (package.a_weighting_db(np.fft.rfftfreq(n, 1 / sample_rate)) / 10)
    fade = np.minimum(1, np.minimum(np.arange(n), np.arange(n)[::-1]) / 2000)
    noises = []
    for colour, rng in zip(ORDER, np.random.default_rng(11).spawn(3), strict=True):
        noise = package.noise(colour, duration_s=1.25, sample_rate=sample_rate, rng=rng, rms=1)
        power = np.abs(np.fft.rfft(noise)) ** 2
        noises.append(noise * fade * 10 ** (-30 / 20) * np.sqrt(power.sum() / np.sum(weights * power)))
    return noises, sample_rate


def _noises_truth():
    """By the slope between two octaves five octaves apart."""
    noises, sample_rate = three_noises()
    found = []
    for noise in noises:
        power = np.abs(np.fft.rfft(noise[4000:36_000])) ** 2
        f = np.arange(len(power)) * sample_rate / 32_000
        low, high = (power[(f > edge_hz) & (f < 2 * edge_hz)].mean() for edge_hz in (200, 6400))
        found.append(("white", "pink", "brown")[round(2 * np.log10(low / high) / 3)])  # 10 log over 5 octaves of 3 dB
    return found


def colours():
    a, b, c = "brown", "white", "pink"
    return [a, b, c]


def _colours_as(*words):
    return lambda: list(words)


LISTEN = Exercise(
    name="sound/three_noises",
    title="three noises, one level",
    stars=1,
    kind="listen",
    task="""
Three noises, A, B and C, all with the same level in dB(A), so that the level does not give them away. One is **white**: every hertz has the same power. One is **pink**: every octave has the same power. One is **brown**: each octave has half the power of the one below. Listen, then give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.sound import three_noises

noises, sample_rate = three_noises()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(noise, gap) for noise in noises])
words = "A, B and C, half a second apart. Which is the darkest, which the brightest?"
cu.audio.play(one_after_the_other, sample_rate, caption=words)""",
    start="""### BEGIN SOLUTION
colours = ...  # three of "white", "pink", "brown"
### END SOLUTION""",
    answer="colours",
    spec=Value(truth=_noises_truth, options=("white", "pink", "brown")),
    reference=colours,
    hints=(
        "Sort the three by brightness: which hisses most, which rumbles?",
        "Which colour has the largest share of its power in the highest octave? Which the smallest?",
        "Above 10 kHz white noise has more than half of its power, brown noise next to nothing: "
        "the one without any hiss is brown.",
    ),
    wrongs=(
        Wrong(
            "brightest taken for brown",
            "The order of brightness is turned round: white noise has half of its power in the highest octave, "
            "brown noise nearly all of it in the lowest ones.",
            _colours_as("white", "brown", "pink"),
        ),
        Wrong(
            "white and pink exchanged",
            "A is right. Of B and C the brighter one is white: equal power in every hertz gives the highest octave "
            "as much as all the others together.",
            _colours_as("brown", "pink", "white"),
        ),
        Wrong(
            "brown and pink exchanged",
            "B is right. Of A and C one has lost its hiss altogether: brown falls by 6 dB per octave, twice as fast as pink.",
            _colours_as("pink", "white", "brown"),
        ),
        Wrong(
            "moved on by one",
            "None of them is in its place: begin with the one that hisses most. It stands in the middle.",
            _colours_as("pink", "brown", "white"),
        ),
        Wrong(
            "moved back by one",
            "None of them is in its place: begin with the one that hisses least. It comes first.",
            _colours_as("white", "pink", "brown"),
        ),
    ),
    also_right=(lambda: ("Brown", "White", "Pink"), lambda: np.array(["brown", "white", "pink"])),
)

# ------------------------------------------------------------------------------------------- envelope


def _gains_by_definition(*, attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate):
    """One sample after the other, straight from the four formulas."""
    gains = []
    for n in range(round(duration_s * sample_rate)):
        t_s = n / sample_rate
        if t_s < attack_s:
            gains.append(t_s / attack_s)
        elif t_s < attack_s + decay_s:
            gains.append(1 + (sustain_level - 1) * (t_s - attack_s) / decay_s)
        elif t_s <= duration_s - release_s:
            gains.append(sustain_level)
        else:
            gains.append(sustain_level * (duration_s - t_s) / release_s)
    return np.array(gains)


def _envelopes() -> list[Case]:
    def envelope(attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate, says, gives=None):
        options = {"attack_s": attack_s, "decay_s": decay_s, "sustain_level": sustain_level, "release_s": release_s}
        return case(duration_s=duration_s, sample_rate=sample_rate, says=says, gives=gives, **options)

    by_hand = [0, 0.5, 1, 0.75, 0.5, 0.5, 0.5, 0.25]
    return [
        envelope(0.5, 0.5, 0.5, 0.5, 2, 4, "eight samples at 4 Hz", gives=by_hand),
        envelope(0.0132, 0.0311, 0.3, 0.0274, 0.1, 1000, "corners between the samples"),
        envelope(0, 0.25, 0.25, 0.5, 1, 16, "no attack"),
        envelope(0.25, 0, 0.6, 0.25, 1, 8, "no decay"),
        envelope(0.125, 0.5, 0, 0, 1, 16, "a struck string: neither sustain nor release"),
        envelope(0.25, 0.25, 0.8, 0.5, 1, 12, "nothing held"),
        envelope(0, 0, 0.7, 0, 0.125, 8, "a single sample", gives=[0.7]),
    ]


def _parts(attack_s, decay_s, release_s, duration_s, sample_rate):
    """Whole samples of the attack, the decay, what is held, and the release."""
    counts = [round(part_s * sample_rate) for part_s in (attack_s, decay_s, release_s)]
    return counts[0], counts[1], round(duration_s * sample_rate) - sum(counts), counts[2]


def _adsr_of_pieces(endpoint, held_apart=False):
    """Four pieces by linspace, glued together."""

    def adsr(*, attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate):
        up, down, held, out = _parts(attack_s, decay_s, release_s, duration_s, sample_rate)
        held = round(duration_s * sample_rate) if held_apart else held
        pieces = [np.linspace(0, 1, up, endpoint=endpoint), np.linspace(1, sustain_level, down, endpoint=endpoint)]
        pieces += [np.full(held, float(sustain_level)), np.linspace(sustain_level, 0, out, endpoint=endpoint)]
        return np.concatenate(pieces)

    return adsr


def _adsr_to_the_end(*, attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate):
    t_s = np.linspace(0, duration_s, round(duration_s * sample_rate))
    corners_s = [0, attack_s, attack_s + decay_s, duration_s - release_s, duration_s]
    return np.interp(t_s, corners_s, [0, 1, sustain_level, sustain_level, 0])


def _adsr_with(line):
    """The definition, but for the samples where ``line(t_s, …)`` gives another gain than None."""

    def adsr(**settings):
        gains = _gains_by_definition(**settings)
        other = [line(n / settings["sample_rate"], **settings) for n in range(len(gains))]
        return np.array([gain if new is None else new for gain, new in zip(gains, other, strict=True)])

    return adsr


def _decay_by_sustain(t_s, *, attack_s, decay_s, sustain_level, **_):
    return 1 - sustain_level * (t_s - attack_s) / decay_s if attack_s <= t_s < attack_s + decay_s else None


def _release_from_one(t_s, *, release_s, duration_s, **_):
    return (duration_s - t_s) / release_s if t_s > duration_s - release_s else None


def _release_at_once(t_s, *, attack_s, decay_s, sustain_level, release_s, **_):
    since_s = t_s - attack_s - decay_s
    return None if since_s < 0 else sustain_level * (1 - since_s / release_s if since_s < release_s else 0)


def _adsr_selected(*, attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate):
    t_s = np.arange(round(duration_s * sample_rate)) / sample_rate
    with np.errstate(all="ignore"):
        rise, fall = t_s / attack_s, 1 - (1 - sustain_level) * (t_s - attack_s) / decay_s
        end = sustain_level * (duration_s - t_s) / release_s
    parts = [t_s < attack_s, t_s < attack_s + decay_s, t_s <= duration_s - release_s]
    return np.select(parts, [rise, fall, np.full_like(t_s, sustain_level)], end)


ADSR = Exercise(
    name="sound/adsr",
    title="an envelope of straight lines",
    stars=2,
    kind="implement",
    task=r"""
With $t = n/f_s$, attack $a$, decay $d$, sustain level $s$, release $r$ and the whole duration $T$ (all times in seconds) write the gain

$$g(t) = \begin{cases} t/a & t < a \\ 1 - (1-s)\,(t-a)/d & a \le t < a + d \\ s & a + d \le t \le T - r \\ s\,(T-t)/r & T - r < t < T \end{cases}$$

for the $f_s T$ samples $n = 0, 1, \ldots$ ($f_s T$ is a whole number in every case). The corners need **not** fall on samples. A part may last 0 s: then it has no samples, and the next one begins in its place. Attack, decay and release always fit into $T$.
""",
    start='''def adsr(*, attack_s, decay_s, sustain_level, release_s, duration_s, sample_rate):
    """The gain at each of duration_s * sample_rate samples, from 0 to 1."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="adsr",
    spec=Function(cases=_envelopes, expected=_gains_by_definition),
    reference=package.adsr,
    hints=(
        "Make the times of the samples first, t = n / f_s. Every sample then asks the formula, not its neighbour.",
        "Five corners: where are they, and which gain has each? The last lies after the last sample.",
        "`np.interp(t, corner_times, corner_gains)` draws straight lines between the corners. "
        "Where two corners coincide it takes the later one.",
    ),
    wrongs=(
        Wrong(
            "linspace with both ends",
            "Each part reaches its end one sample early, and the next part repeats that value: linspace includes both "
            "ends unless it is told endpoint=False.",
            _adsr_of_pieces(endpoint=True),
        ),
        Wrong(
            "corners on samples",
            "It is right where the corners fall on samples and wrong where they do not: the parts were rounded to "
            "whole samples, which changes their slopes.",
            _adsr_of_pieces(endpoint=False),
        ),
        Wrong(
            "too long",
            "It is longer than the duration that is asked: attack, decay and release are parts of it, "
            "and what they leave is held.",
            _adsr_of_pieces(endpoint=False, held_apart=True),
        ),
        Wrong(
            "last sample at T",
            "The times are stretched: the last sample stands at T, where it is one step earlier. Samples are 1/f_s apart, "
            "and linspace from 0 to T puts them a little further.",
            _adsr_to_the_end,
        ),
        Wrong(
            "decay by the sustain level",
            "The decay falls **by** the sustain level and then jumps; it should fall from 1 **to** it.",
            _adsr_with(_decay_by_sustain),
        ),
        Wrong(
            "release from 1",
            "The release starts at 1, and the gain jumps up there: it goes on from the level that was held.",
            _adsr_with(_release_from_one),
        ),
        Wrong(
            "release at once",
            "The release follows the decay at once, and silence fills the rest. It is the last part: it ends at T.",
            _adsr_with(_release_at_once),
        ),
    ),
    also_right=(_gains_by_definition, _adsr_selected, lambda **s: _gains_by_definition(**s).astype(np.float32)),
)

# ------------------------------------------------------------------------------------------- a string


def _string_by_equations(burst, n_samples, *, decay):
    """All samples at once: each is tied to two earlier ones by a linear equation, and the burst is what drives them."""
    n_made = max(n_samples, len(burst))
    ties, driving = np.eye(n_made), np.zeros(n_made)
    driving[: len(burst)] = burst
    for n in range(len(burst), n_made):
        ties[n, n - len(burst)] -= decay / 2
        if n > len(burst):
            ties[n, n - len(burst) - 1] -= decay / 2
    return np.linalg.solve(ties, driving)[:n_samples]


def _string_by_filter(burst, n_samples, *, decay):
    from scipy.signal import lfilter

    fed = np.concatenate([burst, np.zeros(max(n_samples - len(burst), 0))])[:n_samples]
    return lfilter([1.0], [1, *np.zeros(len(burst) - 1), -decay / 2, -decay / 2], fed)


def _bursts() -> list[Case]:
    rng = np.random.default_rng(4)
    return [
        case(np.array([1.0, 0]), 6, decay=1.0, says="two samples, no loss", gives=[1, 0, 0.5, 0.5, 0.25, 0.5]),
        case(np.array([8.0, 0, 4]), 7, decay=0.5, says="three samples, half lost", gives=[8, 0, 4, 2, 2, 1, 1.5]),
        case(rng.uniform(-1, 1, 7), 45, decay=0.9, says="seven random samples, six turns"),
        case(rng.uniform(-1, 1, 20), 20, decay=0.99, says="one turn and no more"),
        case(rng.uniform(-1, 1, 9), 4, decay=0.99, says="less than one turn"),
    ]


def plucked(burst, n_samples, *, decay):
    period = len(burst)
    string = [0, *burst]  # the zero stands before the first sample
    for _ in range(period, n_samples):
        string.append(decay * (string[-period] + string[-period - 1]) / 2)
    return np.array(string[1 : n_samples + 1])


def _published_string(burst, n_samples, *, decay):
    string, previous = [], 0.0
    for n in range(n_samples):
        place = n % len(burst)
        burst[place] = decay * (burst[place] + previous) / 2
        previous = burst[place]
        string.append(previous)
    return np.array(string)


def _string(mean, first_turn=True):
    """A loop whose next sample is ``decay * mean(samples so far, period)``."""

    def string(burst, n_samples, *, decay):
        made = list(burst)
        while len(made) < n_samples + len(burst):
            made.append(decay * mean(made, len(burst)))
        return np.array(made if first_turn else made[len(burst) :])[:n_samples]

    return string


def _back(made, delay):
    return made[-delay] if delay <= len(made) else 0.0


def _rolled_string(burst, n_samples, *, decay):
    turns = [np.array(burst)]
    while sum(map(len, turns)) < n_samples:
        turns.append(decay * (turns[-1] + np.roll(turns[-1], 1)) / 2)
    return np.concatenate(turns)[:n_samples]


def _string_of_turns(burst, n_samples, *, decay):
    turns, before = [np.array(burst, float)], 0.0
    while len(turns) * len(burst) < n_samples:
        neighbours = np.concatenate([[before], turns[-1][:-1]])
        before = turns[-1][-1]
        turns.append(decay * (turns[-1] + neighbours) / 2)
    return np.concatenate(turns)[:n_samples]


STRING = Exercise(
    name="sound/plucked",
    title="the string that dies too soon",
    stars=2,
    kind="repair",
    task=r"""
A plucked string after Karplus and Strong, as it has been copied from notebook to notebook. It sounds like a string, but a dull one: in dB, the mean damps the lowest harmonics eight times as much as it should. And a second note from the same burst is another note.

**Mend it.** The burst of $P \ge 2$ samples comes first and unchanged, $x[0], \ldots, x[P-1]$; from there on

$$x[n] = d \cdot \tfrac12 \left(x[n-P] + x[n-P-1]\right), \qquad x[-1] = 0$$

`n_samples` samples come out, also where that is less than $P$.
""",
    given='''import numpy as np

import course_utils as cu


def published_plucked(burst, n_samples, *, decay):
    """As published: go round the table, and replace each value by a mean."""
    string, previous = [], 0.0
    for n in range(n_samples):
        place = n % len(burst)
        burst[place] = previous = decay * (burst[place] + previous) / 2
        string.append(previous)
    return np.array(string)


lecture = cu.sound.pluck(220, duration_s=1, sample_rate=22_050, rng=np.random.default_rng(3))
burst = lecture[:100].copy()
both = 0.5 * np.concatenate([lecture, published_plucked(burst, 22_050, decay=0.996)])
print(f"largest change of the burst: {np.abs(burst - lecture[:100]).max():.2f}")
cu.audio.play(both, 22_050, caption="The lecture's string, then the published one. Which is duller?")''',
    start='''def plucked(burst, n_samples, *, decay):
    """A burst (period,) in, n_samples of a string out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="plucked",
    spec=Function(cases=_bursts, expected=_string_by_equations),
    reference=plucked,
    hints=(
        "Which sample is the neighbour in the mean: one that went in a period ago, or one that has just come out?",
        "`previous` holds what was written a moment ago. The formula asks for the value that stood there before.",
        "Keep every sample in one list, and look back in it by P and by P + 1. Then nothing needs to be overwritten.",
    ),
    wrongs=(
        Wrong(
            "as published",
            "It still does both: the mean is taken with the sample that has just come out, and the caller's burst "
            "is overwritten.",
            _published_string,
        ),
        Wrong(
            "new neighbour, on a copy",
            "The caller's burst is safe now, but the mean is still taken with the sample that has just come out. "
            "That is a recursive filter inside the loop, and it damps the low harmonics about eight times as much.",
            lambda burst, n_samples, *, decay: _published_string(np.array(burst, float), n_samples, decay=decay),
        ),
        Wrong(
            "new neighbour after the first turn",
            "The first turn is right. After it the second term of the mean is x[n − 1], the sample that has just come "
            "out, where x[n − P − 1] is asked.",
            _string(lambda made, period: (made[-period] + made[-1]) / 2),
        ),
        Wrong(
            "burst left out",
            "The string is right and starts one turn late: the burst itself is the first turn.",
            _string(lambda made, period: (made[-period] + _back(made, period + 1)) / 2, first_turn=False),
        ),
        Wrong(
            "neighbour ahead",
            "The neighbour is x[n − P + 1], on the other side: the loop then delays by P − ½ samples, "
            "and the pitch is too high.",
            _string(lambda made, period: (made[-period] + made[-period + 1]) / 2),
        ),
        Wrong(
            "neighbour wraps",
            "The first sample of each turn is averaged with the last one of the same table. "
            "The neighbour of x[n − P] is one sample older than it; np.roll gives the first one a younger one.",
            _rolled_string,
        ),
        Wrong(
            "index −1 is the last",
            "Only the first sample after the burst takes a wrong neighbour, and hands it on: x[−1] is 0 in the formula, "
            "while index −1 of a list is its last entry.",
            _string(lambda made, period: (made[-period] + made[len(made) - period - 1]) / 2),
        ),
        Wrong(
            "sum for mean",
            "The two samples are added and not halved: the lowest harmonics nearly double in every turn.",
            _string(lambda made, period: made[-period] + _back(made, period + 1)),
        ),
        Wrong(
            "loss left out",
            "The loss d is missing: the mean is taken and not multiplied by it.",
            lambda burst, n_samples, *, decay: _string_by_equations(burst, n_samples, decay=1.0),
        ),
    ),
    also_right=(
        _string_by_filter,
        _string_of_turns,
        lambda burst, n_samples, *, decay: list(plucked(np.float32(burst), n_samples, decay=decay)),
    ),
)

# ---------------------------------------------------------------------------------- colours of noise


def _colour_by_definition(white, *, beta, sample_rate):
    """Every frequency, positive and negative, by its own correlation."""
    white = np.asarray(white, float)
    if white.ndim > 1:
        return np.array([_colour_by_definition(one, beta=beta, sample_rate=sample_rate) for one in white])
    n = np.arange(len(white))
    shaped = np.zeros(len(white), complex)
    for k in range(len(white)):
        phasor = np.exp(2j * np.pi * k * n / len(white))
        f_hz = min(k, len(white) - k) * sample_rate / len(white)
        shaped += np.sqrt(max(f_hz, 20) ** -beta) * np.sum(white * phasor.conj()) * phasor
    power = np.sum(np.abs(shaped) ** 2) / len(white)
    return 0.1 * shaped.real / np.sqrt(power)


def _whites() -> list[Case]:
    rng = np.random.default_rng(5)
    n = np.arange(80)
    low, high = np.cos(2 * np.pi * 5 * n / 80), np.sin(2 * np.pi * 20 * n / 80)
    # 100 and 400 Hz at 1,600 Hz: amplitudes 1 and 1 become 2 and 1, whose RMS is √2.5.
    pink = 0.1 / np.sqrt(2.5) * (2 * low + high)
    return [
        case(
            np.array([1.0, -1, 1, -1]), beta=0, sample_rate=8000, says="white stays white", gives=[0.1, -0.1, 0.1, -0.1]
        ),
        case(low + high, beta=1, sample_rate=1600, says="100 and 400 Hz made pink", gives=pink),
        case(rng.standard_normal(64), beta=2, sample_rate=1000, says="64 random samples made brown"),
        case(0.5 + rng.standard_normal(75), beta=1, sample_rate=1000, says="an odd number of samples, with an offset"),
        case(rng.standard_normal(50), beta=-1, sample_rate=4000, says="blue noise, β = −1"),
        case(rng.standard_normal((2, 40)) * [[1], [5]], beta=1, sample_rate=2000, says="a loud and a soft signal"),
        case(rng.standard_normal((2, 3, 31)), beta=2, sample_rate=900, says="a batch of two by three signals"),
    ]


def coloured(white, *, beta, sample_rate):
    n_samples = np.shape(white)[-1]
    frequency_hz = np.maximum(np.fft.rfftfreq(n_samples, 1 / sample_rate), 20)
    shaped = np.fft.irfft(np.fft.rfft(white) * frequency_hz ** (-beta / 2), n_samples)
    return 0.1 * shaped / np.sqrt(np.mean(shaped**2, axis=-1, keepdims=True))


def _shaped(white, gain_of, scale_of=None):
    """Noise shaped by ``gain_of(f)``, and scaled by another measure than the RMS of each signal."""
    white = np.asarray(white, float)
    f = np.fft.rfftfreq(white.shape[-1], 1)
    shaped = np.fft.irfft(np.fft.rfft(white) * gain_of(f), white.shape[-1])
    scale = np.sqrt(np.mean(shaped**2, axis=-1, keepdims=True)) if scale_of is None else scale_of(shaped)
    return 0.1 * shaped / scale


def _coloured_with(gain_of, scale_of=None):
    """Noise with another gain, ``gain_of(f in Hz, beta)``, or another scale."""
    return lambda white, *, beta, sample_rate: _shaped(white, lambda f: gain_of(f * sample_rate, beta), scale_of)


def _asked_gain(f, beta):
    return np.maximum(f, 20) ** (-beta / 2)


def _even_length(white, *, beta, sample_rate):
    shaped = np.fft.irfft(np.fft.rfft(white) * _asked_gain(np.fft.rfftfreq(np.shape(white)[-1], 1 / sample_rate), beta))
    return 0.1 * shaped / np.sqrt(np.mean(shaped**2, axis=-1, keepdims=True))


def _without_constant(f, beta):
    return np.where(f > 0, np.where(f > 0, f, 1.0) ** (-beta / 2), 0)


def _coloured_full(white, *, beta, sample_rate):
    white = np.asarray(white, np.float32)
    f = np.abs(np.fft.fftfreq(white.shape[-1], 1 / sample_rate))
    shaped = np.fft.ifft(np.fft.fft(white) / np.sqrt(np.clip(f, 20, None) ** beta)).real
    return (shaped / np.linalg.norm(shaped, axis=-1, keepdims=True) * np.sqrt(white.shape[-1]) / 10).tolist()


COLOURED = Exercise(
    name="sound/coloured",
    title="colours of noise",
    stars=2,
    kind="implement",
    task=r"""
White noise comes in, and noise whose **power** falls as $1/f^\beta$ goes out: $\beta = 1$ is pink, 2 is brown, 0 changes nothing, and −1 (blue) rises. Do it to the spectrum, and mind what that asks of the **amplitude** of each frequency.

- Below 20 Hz, 0 Hz included, the gain is that of 20 Hz: otherwise the result drifts, and 0 Hz would be divided by 0.
- In the end each signal is scaled to an **RMS of 0.1**.
- Signals are `(…, time)`, of even or odd length; as many samples come out. None is silent.
""",
    start='''def coloured(white, *, beta, sample_rate):
    """Signals (…, time) in, as many of power 1 / f ** beta and RMS 0.1 out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="coloured",
    spec=Function(cases=_whites, expected=_colour_by_definition),
    reference=coloured,
    hints=(
        "If the power of a frequency is to fall to a quarter, what must happen to its amplitude?",
        "`np.fft.rfft` works along the last axis; the frequency of its bins in Hz needs the sampling rate. "
        "On the way back, tell `irfft` how many samples there were.",
        "The gain is f^(−β/2), with f the larger of the bin's frequency and 20 Hz. The RMS wants axis=-1 and "
        "keepdims=True.",
    ),
    wrongs=(
        Wrong(
            "β on the amplitude",
            "It falls twice as steeply as asked: the amplitudes were divided by f^β, and the power, their square, "
            "falls as f^(2β). Pink comes out brown.",
            _coloured_with(lambda f, beta: np.maximum(f, 20) ** (-1.0 * beta)),
        ),
        Wrong(
            "rising",
            "It rises where it should fall: the spectrum is multiplied by f^(β/2), where it has to be divided by it.",
            _coloured_with(lambda f, beta: _asked_gain(f, -beta)),
        ),
        Wrong(
            "constant removed",
            "The constant is gone, and the gain goes on growing below 20 Hz: there, 0 Hz included, "
            "the gain of 20 Hz is asked.",
            _coloured_with(_without_constant),
        ),
        Wrong(
            "frequencies in cycles per sample",
            "The colour does not change at all: without the sampling rate the frequencies lie between 0 and ½, "
            "all of them below 20.",
            lambda white, *, beta, sample_rate: _shaped(white, lambda f: _asked_gain(f, beta)),
        ),
        Wrong(
            "one sample short",
            "An odd length loses its last sample, and with it the right spectrum: irfft takes the length for even "
            "unless it is told.",
            _even_length,
        ),
        Wrong(
            "peak of 0.1",
            "The colour is right, the level is not: the peak is scaled to 0.1 and not the RMS.",
            _coloured_with(_asked_gain, lambda shaped: np.abs(shaped).max(axis=-1, keepdims=True)),
        ),
        Wrong(
            "not scaled",
            "The colour is right, the level is not: the last step is missing, which scales each signal to an RMS of 0.1.",
            _coloured_with(_asked_gain, lambda shaped: 0.1),
        ),
        Wrong(
            "standard deviation",
            "The level is right only where the mean is 0: the standard deviation leaves the constant out, the RMS counts it.",
            _coloured_with(_asked_gain, lambda shaped: shaped.std(axis=-1, keepdims=True)),
        ),
        Wrong(
            "one RMS for the batch",
            "A batch is scaled by one RMS for all, so a soft signal stays soft: each signal has its own, along axis=-1.",
            _coloured_with(_asked_gain, lambda shaped: np.sqrt(np.mean(shaped**2))),
        ),
    ),
    also_right=(_colour_by_definition, _coloured_full),
)

# --------------------------------------------------------------------------------------------- design

N_HARMONICS, N_PERIOD = 12, 480  # 100 Hz at 48 kHz


def _harmonics(tone):
    """Amplitude of each of the frequencies 0, 1, … of a period."""
    amplitude = np.abs(np.fft.rfft(np.asarray(tone, float))) * 2 / N_PERIOD
    amplitude[0] /= 2
    return amplitude


def _not_a_period(tone):
    tone = np.asarray(tone)
    if tone.shape != (N_PERIOD,) or tone.dtype.kind not in "iuf":
        return f"One period is asked, {N_PERIOD} real samples; got shape {tone.shape} and dtype {tone.dtype}."
    return None if np.isfinite(tone).all() else "Some of the samples are NaN or infinite."


def _wrong_peak(tone):
    highest = np.abs(np.asarray(tone, float)).max()
    if highest > 1 + 1e-6:
        return f"Its peak is {highest:.3f}, and a converter clips at 1: scale it down as a whole."
    if highest < 0.99:
        return f"Its peak is {highest:.3f}, and 1 is asked, within 1 %: louder would fit."
    return None


def _unequal(tone):
    wanted = _harmonics(tone)[1 : N_HARMONICS + 1]
    if wanted.min() <= 1e-5 * wanted.max():
        return f"Harmonic {wanted.argmin() + 1} is missing."
    spread_db = 20 * np.log10(wanted.max() / wanted.min())
    if spread_db > 0.1:
        return (
            f"The twelve harmonics are not equally strong: number {wanted.argmax() + 1} stands {spread_db:.1f} dB above "
            f"number {wanted.argmin() + 1}, and 0.1 dB is allowed. (Clipping a tone changes its harmonics.)"
        )
    return None


def _other_frequencies(tone):
    amplitude = _harmonics(tone)
    others = np.delete(amplitude, np.arange(1, N_HARMONICS + 1))
    above_db = 20 * np.log10(max(others.max(), 1e-12) / amplitude[1])
    if above_db > -60:
        return (
            f"Something besides the harmonics 1 to 12 is in it, at {above_db:.0f} dB re one of them; −60 dB is asked."
        )
    return None


def _crest_db(tone):
    return 10 * np.log10(np.max(np.square(tone, dtype=float)) / np.mean(np.square(tone, dtype=float)))


def _peaky(tone):
    crest_db = _crest_db(tone)
    if crest_db > 5.5:
        return f"Its peak stands {crest_db:.1f} dB above its RMS; at most 5.5 dB are asked. Which phases let the harmonics take turns?"
    return None


def _of_phases(phases_rad, n_harmonics=N_HARMONICS):
    """One period of harmonics of equal amplitude, with a peak of 1."""
    k = np.arange(1, n_harmonics + 1)[:, np.newaxis]
    tone = np.cos(2 * np.pi * k * np.arange(N_PERIOD) / N_PERIOD + np.reshape(phases_rad, (-1, 1))).sum(axis=0)
    return tone / np.abs(tone).max()


def flat_tone():
    """Begin with Schroeder's phases (1970); then clip the tone a little, keep only the phases of the result, repeat."""
    k = np.arange(1, 13)
    spectrum = np.zeros(241, complex)  # 480 samples a period
    spectrum[k] = np.exp(-1j * np.pi * k * (k - 1) / 12)
    for share in np.linspace(0.75, 1, 300):
        tone = np.fft.irfft(spectrum)
        limit = share * np.abs(tone).max()
        clipped = np.fft.rfft(np.clip(tone, -limit, limit))
        spectrum[k] = clipped[k] / np.abs(clipped[k])
    tone = np.fft.irfft(spectrum)
    return tone / np.abs(tone).max()


def _schroeder():
    k = np.arange(1, N_HARMONICS + 1)
    return _of_phases(-np.pi * k * (k - 1) / N_HARMONICS)


# The lowest crest factor known to us. From some 4,500 starts at random the p-norm of the tone was made small for growing
# p, then the peak of the best by linear programming in small steps. At least 19 starts ended at 2.8130 dB, none below.
BEST_PHASES_RAD = (5.6936, 3.2636, 0.2509, 3.5112, 0.8561, 0.5142, 4.8677, 5.74, 2.5584, 3.1045, 4.3983, 4.1978)


DESIGN = Exercise(
    name="sound/flat_tone",
    title="twelve harmonics, as loud as they fit",
    stars=3,
    kind="design",
    task="""
A loudspeaker is to be measured with twelve harmonics of 100 Hz, all **equally strong**, played as loudly as the converter allows. The peak is what clips and the power is what is heard above the noise: the lower the **crest factor**, the better. You are free to choose the phases.

Hand in the samples of **one period**: 480 of them at 48 kHz, with

- a peak of 1 (0.99 is enough, more than 1 clips),
- harmonics 1 to 12 equal within 0.1 dB, and everything else (0 Hz, harmonic 13 and up) at least 60 dB below one of them,
- a crest factor of at most **5.5 dB**, measured on the 480 samples; the lower the better.

A single sine has 3 dB. Can a sum of twelve come near it?
""",
    given="""import numpy as np

import course_utils as cu


def crest_db(tone):
    return cu.sound.amplitude_to_db(cu.sound.peak(tone) / cu.sound.rms(tone))


rng = np.random.default_rng(0)
sounds = []
for name, phases_rad in (("all zero", np.zeros(12)), ("at random", rng.uniform(0, 2 * np.pi, 12))):
    tone = cu.sound.harmonic_tone(
        100, amplitudes=np.ones(12), duration_s=1, sample_rate=48_000, phases_rad=phases_rad
    )
    print(f"phases {name}: crest factor {crest_db(tone[:480]):.1f} dB")
    sounds.append(0.5 * tone / cu.sound.peak(tone))
cu.audio.play(np.concatenate(sounds), 48_000, caption="Equal peaks, phases zero, then at random. Which is louder?")""",
    start="""### BEGIN SOLUTION
flat_tone = ...  # 480 samples
### END SOLUTION""",
    answer="flat_tone",
    spec=Design(
        properties=(
            Property("one period", _not_a_period),
            Property("peak not 1", _wrong_peak),
            Property("unequal harmonics", _unequal),
            Property("other frequencies", _other_frequencies),
            Property("crest factor too high", _peaky),
        ),
        score=_crest_db,
        unit="dB",
        best=_crest_db(_of_phases(BEST_PHASES_RAD)),
    ),
    reference=flat_tone,
    hints=(
        "With all phases zero the twelve crests meet once a period. A glide has its harmonics one after the other: "
        "which phases make the tone glide?",
        "Schroeder (1970) gives harmonic k of K equal ones the phase −π k (k − 1) / K. That is a glide through all twelve "
        "within one period, and it meets the specification.",
        "From there on, repeat: clip the highest peaks of the tone a little, take the phases of what comes out, "
        "and give the twelve harmonics their equal amplitudes back.",
    ),
    wrongs=(
        Wrong("one period", "", lambda: np.tile(_schroeder(), 2)),
        Wrong("peak not 1", "", lambda: 1.5 * _schroeder()),
        Wrong("unequal harmonics", "", lambda: np.clip(_schroeder() / 0.7, -1, 1)),
        Wrong("other frequencies", "", lambda: _of_phases(-np.pi * np.arange(13) * np.arange(1, 14) / 13, 13)),
        Wrong("crest factor too high", "", lambda: _of_phases(np.zeros(12))),
    ),
    also_right=(_schroeder, lambda: _of_phases(BEST_PHASES_RAD), lambda: (0.995 * _schroeder()).tolist()),
)

EXERCISES = (READ, CREST, MACHINE, LISTEN, ADSR, STRING, COLOURED, DESIGN)

# ------------------------------------------------------------------------------------------ questions


def _level_db(x):
    return 20 * np.log10(np.sqrt(np.mean(np.square(x, dtype=float))))


def _clip(name):
    from .. import audio

    return audio.load(name, dtype=np.float64)[0]


def _proof_media():
    air, *others = (
        np.sqrt(stiffness / density)
        for stiffness, density in ((1.4 * 101_325, 1.204), (5 / 3 * 101_325, 0.1664), (2.19e9, 998.2), (2e11, 7850))
    )
    assert all(speed > air for speed in others) and 2.9 < others[0] / air < 3
    assert 2e11 / (1.4 * 101_325) > 1e6


def _proof_two_loudspeakers():
    late_s = 0.1715 / 343
    assert np.allclose(abs(1 + np.exp(-2j * np.pi * np.array([1000, 2000]) * late_s)), [0, 2])


def _proof_beats():
    t = np.arange(8000) / 8000
    strength = np.abs(2 * np.cos(2 * np.pi * 2 * t))
    assert np.allclose(np.abs(np.exp(880j * np.pi * t) + np.exp(888j * np.pi * t)), strength)
    assert np.count_nonzero((strength[1:-1] < strength[:-2]) & (strength[1:-1] < strength[2:])) == 4


def _proof_six_instruments():
    strongest, second_db = {}, {}
    for name in ("piano", "guitar", "violin", "flute", "clarinet", "trumpet"):
        spectrum = np.abs(np.fft.rfft(_clip(f"music/{name}_a4")[13_230:57_330] * np.hanning(44_100)))
        lines = [spectrum[440 * k - 20 : 440 * k + 45].max() for k in range(1, 11)]
        strongest[name] = 1 + int(np.argmax(lines))
        second_db[name] = 20 * np.log10(lines[1] / max(lines))
    assert [name for name, k in strongest.items() if k != 1] == ["trumpet"] and strongest["trumpet"] == 2
    assert [name for name, level in second_db.items() if level < -35] == ["clarinet"]
    assert -10 < second_db["flute"] < -4


def _proof_phases():
    t = np.arange(4410) / 44_100
    phases_rad = np.random.default_rng(8).uniform(0, 2 * np.pi, 12)
    waves = [
        sum(np.sin(2 * np.pi * 440 * k * t + phase) / k for k, phase in zip(range(1, 13), phases, strict=True))
        for phases in (np.zeros(12), phases_rad)
    ]
    assert np.allclose(*(np.abs(np.fft.rfft(wave)) for wave in waves), atol=1e-6)
    assert abs(np.corrcoef(*waves)[0, 1]) < 0.5


def _proof_shifted_stack():
    t = np.arange(44_100) / 44_100
    moved = sum(np.sin(2 * np.pi * f_hz * t) for f_hz in (1040, 1240, 1440))
    delays = np.arange(44_100 // 300, 44_100 // 150)
    best = delays[np.argmax([np.dot(moved[:40_000], moved[d : d + 40_000]) for d in delays])]
    assert 205 < 44_100 / best < 208 and round(1240 / 6) == 207


def _proof_backward():
    note = _clip("music/piano_a4")
    assert np.allclose(np.abs(np.fft.rfft(note)), np.abs(np.fft.rfft(note[::-1])))


def _proof_two_strings():
    falls_db = []
    for frequency_hz in (110, 880):
        period = round(44_100 / frequency_hz - 0.5)
        burst = np.random.default_rng(3).uniform(-1, 1, period)
        string = plucked(burst, 48_510, decay=0.996)
        falls_db.append(_level_db(string[:4410]) - _level_db(string[44_100:]))
    assert falls_db[1] > falls_db[0] + 20
    turns = (110, 880)
    assert [round(-20 * n * np.log10(0.996)) for n in turns] == [4, 31]  # what the loss alone takes in a second


def _proof_second_machine():
    assert round(60 + 10 * np.log10(2), 1) == 63.0 and round(60 + 20 * np.log10(2), 1) == 66.0
    assert 20 * np.log10(1e3) == 60 and 60 + 10 * np.log10(1e6) == 120


def _proof_rain_and_clock():
    rain, clock = _clip("environment/rain"), _clip("environment/clock")
    assert round(20 * np.log10(np.abs(rain).max() / np.abs(clock).max())) == 3
    assert round(_level_db(rain) - _level_db(clock)) == 11


def _proof_white_share():
    assert 0.045 < 1000 / 22_050 < 0.046


def _proof_hum_and_kettle():
    f = np.array([100.0, 1000])
    response = 12194.217**2 * f**4 / (f**2 + 20.598997**2) / (f**2 + 12194.217**2)
    response /= np.sqrt((f**2 + 107.65265**2) * (f**2 + 737.86223**2))
    assert round(50 + 20 * np.log10(response[0] / response[1])) == 31


def _proof_half_a_wave():
    assert 1.95 < 343 / 170 < 2.05 and round(1000 / 343) == 3


def _proof_residue():
    t = np.arange(441 * 4) / 44_100
    tone = sum(np.sin(2 * np.pi * f_hz * t) for f_hz in (600, 800, 1000))
    likeness = [np.dot(tone[:882], tone[d : d + 882]) for d in range(20, 330)]
    assert 20 + np.argmax(likeness) in (220, 221)  # 5 ms are 220.5 samples


def _proof_violins():
    assert 10 * np.log10(10) == 10 and 20 * np.log10(10) == 20


def _proof_equal_peaks():
    crests_db = [
        20 * np.log10(np.abs(sound).max()) - _level_db(sound)
        for sound in (_clip("environment/clock"), _clip("music/trumpet_a4"))
    ]
    assert 31 < crests_db[0] < 31.5 and 18 < crests_db[0] - crests_db[1] < 20


def _proof_mean_level():
    levels_db = np.array([-20] + [-80] * 9)
    assert levels_db.mean() == -74
    assert round(10 * np.log10(np.mean(10 ** (levels_db / 10)))) == -30
    assert round(20 * np.log10(np.mean(10 ** (levels_db / 20)))) == -40


def _proof_loop():
    assert round(44_100 / 100.5) == 439 and round(44_100 / 99.5) == 443
    assert round(1200 * np.log2(441 / (44_100 / 100.5))) == 9


QUESTIONS = (
    Question(
        name="slower_medium",
        kind="predict",
        text="In which of the three is sound slower than in air?",
        options=(
            wrong("in helium", "It is lighter than air and about as stiff: sound is nearly three times as fast."),
            wrong("in steel", "It is 6,500 times as dense, and more than a million times as stiff."),
            wrong("in water and steel", "Density slows a wave down, but stiffness speeds it up, and wins in both."),
            right("in none of them", "Speed is the root of stiffness over density. Dense matter can be stiffer still."),
        ),
        proof=_proof_media,
    ),
    Question(
        name="two_loudspeakers",
        kind="predict",
        text="Two loudspeakers against one: what happens to 1,000 Hz and to 2,000 Hz?",
        options=(
            wrong(
                "both get louder by as much",
                "That needs crests to meet crests at both. The detour is the same, the wavelength is not.",
            ),
            right(
                "1,000 Hz vanishes, 2,000 Hz doubles its amplitude",
                "The detour is half a wavelength at 1,000 Hz and a whole one at 2,000 Hz.",
            ),
            wrong(
                "1,000 Hz doubles, 2,000 Hz vanishes",
                "It is the other way round: 17.15 cm are half of 34.3 cm, the wavelength at 1,000 Hz.",
            ),
            wrong(
                "nothing that could be heard",
                "Half a millisecond is half a period of 1,000 Hz: every crest meets a valley.",
            ),
        ),
        proof=_proof_two_loudspeakers,
    ),
    Question(
        name="fades",
        kind="predict",
        text="How often a second does the sum of 440 and 444 Hz fade?",
        options=(
            wrong("twice", "The cosine has 2 Hz, but it passes through zero twice in each period."),
            right(
                "four times", "As often as the difference of the two frequencies: the sign of the cosine is not heard."
            ),
            wrong("442 times", "That is the frequency of the tone that fades, the mean of the two."),
        ),
        proof=_proof_beats,
    ),
    Question(
        name="six_instruments",
        kind="predict",
        text="In which is 440 Hz not the strongest harmonic, and which has almost no 880 Hz?",
        options=(
            wrong(
                "not the strongest in the flute; no 880 Hz in the piano",
                "A flute is near a sine, and its 440 Hz are the strongest. The piano's 880 Hz stand 30 dB below its strongest line, which is not nothing.",
            ),
            wrong(
                "not the strongest in the clarinet; no 880 Hz in the flute",
                "The clarinet's 440 Hz are its strongest; the flute's 880 Hz are only some 7 dB lower.",
            ),
            right(
                "not the strongest in the trumpet; no 880 Hz in the clarinet",
                "A tube closed at one end supports odd harmonics. The trumpet's 440 Hz are heard as its pitch although 880 Hz are stronger.",
            ),
        ),
        proof=_proof_six_instruments,
    ),
    Question(
        name="twelve_phases",
        kind="predict",
        text="Twelve new phases: what changes?",
        options=(
            wrong(
                "the waveform and the sound, both very much",
                "The waveform does, but timbre follows the amplitudes, and those were kept.",
            ),
            right(
                "the waveform very much, the sound hardly",
                "The amplitudes are the same, and phases have a small effect on timbre (Plomp & Steeneken 1969).",
            ),
            wrong("neither", "Where crests meet is decided by the phases: the two waveforms have little in common."),
        ),
        proof=_proof_phases,
    ),
    Question(
        name="helium_voice",
        kind="predict",
        text="The throat resonates 2.9 times as high. Does the pitch rise by that factor?",
        options=(
            wrong("yes, by 2.9", "Resonances only weight the harmonics; where these stand, the vocal folds decide."),
            wrong(
                "yes, but by less", "The vocal folds are flesh that swings, and their rate changes little with the gas."
            ),
            right(
                "no, it stays at 110 Hz",
                "Harmonics stay where they are, and others of them are favoured: timbre moves.",
            ),
        ),
    ),
    Question(
        name="shifted_stack",
        kind="predict",
        text="1,040, 1,240 and 1,440 Hz: which low pitch do listeners mostly report?",
        options=(
            wrong(
                "the same, 200 Hz", "That would be the difference of neighbours. They no longer are multiples of it."
            ),
            right(
                "a little higher, near 207 Hz",
                "The pattern agrees best with itself after six periods of 1,240 Hz: 1,240 / 6 = 206.7 Hz.",
            ),
            wrong(
                "40 Hz higher, 240 Hz",
                "Every component moved by 40 Hz, but 1,040 and 1,440 Hz do not fit 240 Hz at all.",
            ),
        ),
        proof=_proof_shifted_stack,
    ),
    Question(
        name="backward_piano",
        kind="predict",
        text="The same magnitude spectrum, played backward. Does it stay a piano?",
        options=(
            wrong(
                "yes, timbre is the spectrum",
                "The spectrum of a whole note does not say when its energy comes, and the ear cares.",
            ),
            wrong("yes, but fainter", "Power and peak are the same; the order is not."),
            right(
                "no, it sounds like another instrument",
                "A struck string starts at its loudest. Turned round it swells and stops.",
            ),
        ),
        proof=_proof_backward,
    ),
    Question(
        name="two_pairs",
        kind="predict",
        text="By what can the four tones be sorted into two pairs, by ear?",
        options=(
            wrong(
                "by their harmonics only", "Two of them are struck and two are blown, and that can be heard as well."
            ),
            wrong(
                "by their envelopes only",
                "Two have the harmonics of a flute, two those of a guitar, whatever their envelope.",
            ),
            right("by either", "Timbre has at least two dimensions: which harmonics, and when."),
        ),
    ),
    Question(
        name="which_string",
        kind="predict",
        text="Same loss d for each: which string falls by more in the first second?",
        options=(
            wrong("the low one", "Its loop is longer, so the loss is paid less often in a second."),
            right("the high one", "The loss is paid once a turn, and its loop turns more often."),
            wrong("both alike", "The loss is the same for each turn, not for each second."),
        ),
        proof=_proof_two_strings,
    ),
    Question(
        name="second_machine",
        kind="predict",
        text="60 dB SPL and a second machine of 60 dB SPL: what does the meter show?",
        options=(
            wrong("120 dB, in step or not", "Levels do not add: 120 dB would be a million such machines."),
            wrong("66 dB, in step or not", "That is twice the pressure, and holds for two copies in step only."),
            right("63 dB; in step up to 66", "Independent sounds add their powers, copies in step their pressures."),
            wrong(
                "60 dB, in step or not",
                "Twice the power must show: the meter moves by 3 dB, which is a small step to the ear.",
            ),
        ),
        proof=_proof_second_machine,
    ),
    Question(
        name="rain_and_clock",
        kind="predict",
        text="The peaks are 3 dB apart. How far is the RMS of the rain above that of the clock?",
        options=(
            wrong("also 3 dB", "Only if both had the same crest factor; a clock is short ticks in silence."),
            wrong(
                "less than 3 dB",
                "The ticks are short: the clock's RMS lies further below its peak than the rain's, so the gap widens.",
            ),
            right(
                "more than 3 dB",
                "Rain never stops. The silence between the ticks lowers the clock's RMS and not its peak.",
            ),
        ),
        proof=_proof_rain_and_clock,
    ),
    Question(
        name="white_share",
        kind="predict",
        text="Which share of white noise up to 22,050 Hz lies below 1,000 Hz?",
        options=(
            wrong("a half", "It looks like that on a logarithmic axis; white noise has equal power in each hertz."),
            wrong("a tenth", "1,000 of 22,050 Hz are less than that."),
            right("a twentieth", "1,000 / 22,050 is 4.5 %: half of the power lies in the highest octave."),
        ),
        proof=_proof_white_share,
    ),
    Question(
        name="hum_and_kettle",
        kind="predict",
        text="What does the meter show in dB(A) for the hum and for the kettle?",
        options=(
            wrong("50 and 50", "The weighting depends on frequency: it is 0 dB at 1,000 Hz only."),
            right(
                "31 and 50",
                "The A-curve takes 19 dB from 100 Hz and nothing from 1,000 Hz. By the same curve brown noise falls far below white.",
            ),
            wrong("50 and 31", "It is the low tone that loses: the ear hears 100 Hz less well than 1,000 Hz."),
            wrong(
                "47 and 50",
                "3 dB is what brown noise loses per octave against pink. From 1,000 to 100 Hz the A-curve falls by 19 dB.",
            ),
        ),
        proof=_proof_hum_and_kettle,
    ),
    Question(
        name="one_metre",
        text="Two loudspeakers play the same 170 Hz tone in phase. One is 1 m further away. Neglecting the loss with "
        "distance, what do you hear?",
        options=(
            wrong("twice the amplitude", "That needs a detour of a whole wavelength, about 2 m at 170 Hz."),
            right("almost nothing", "343 / 170 is about 2 m, so 1 m is half a wavelength and crests meet valleys."),
            wrong(
                "the tone with an echo",
                "The detour takes 3 ms, and two steady tones of one frequency add up to one steady tone.",
            ),
        ),
        proof=_proof_half_a_wave,
    ),
    Question(
        name="two_strings",
        text="Two strings sound together, one at 220.0 Hz, the other at 221.5 Hz. How many beats a second?",
        options=(
            wrong("0.75", "The slow cosine in the formula has 0.75 Hz, but it fades twice in each period."),
            wrong("220.75", "That is the frequency of the tone that beats."),
            right("1.5", "Beats come at the difference of the frequencies."),
        ),
    ),
    Question(
        name="residue",
        text="A sound consists of 600, 800 and 1,000 Hz. Which pitch do listeners report?",
        options=(
            wrong("600 Hz, the lowest", "The lowest component need not be the fundamental."),
            wrong(
                "200 Hz, because neighbours differ by 200",
                "The number is right, the reason is not. Moved up by 40 Hz they still differ by 200, and the pitch moves.",
            ),
            right(
                "200 Hz, because they are harmonics 3, 4 and 5 of it",
                "Together they repeat every 5 ms, though nothing in the sound has 200 Hz.",
            ),
        ),
        proof=_proof_residue,
    ),
    Question(
        name="loop_of_100",
        text="A Karplus–Strong loop of P = 100 samples at 44.1 kHz. Which pitch has the string?",
        options=(
            wrong("441 Hz", "44,100 / 100 forgets the mean, which delays by another half sample: 9 cents too high."),
            right("439 Hz", "The loop delays by P + ½ samples: 44,100 / 100.5."),
            wrong("443 Hz", "The half sample is added to the loop, not taken from it."),
        ),
        proof=_proof_loop,
    ),
    Question(
        name="ten_violins",
        text="Ten violins play instead of one, each as strong as the first and independent of the others. By how much "
        "does the level rise?",
        options=(
            right("10 dB", "Independent sounds add their powers, and ten times the power is 10 dB."),
            wrong("3 dB", "3 dB is a doubling of power, and ten is more than two."),
            wrong("20 dB", "That would be ten times the amplitude, for ten copies exactly in step."),
        ),
        proof=_proof_violins,
    ),
    Question(
        name="mean_level",
        text="A recording has one second at −20 dBFS RMS and nine at −80 dBFS. Which RMS level have the ten seconds?",
        options=(
            wrong(
                "−74 dBFS", "That is the mean of the decibels: the logarithm of a geometric mean, ruled by the silence."
            ),
            wrong("−40 dBFS", "That is the mean of the amplitudes. What is averaged in an RMS is their square."),
            right(
                "−30 dBFS",
                "A tenth of the time, so a tenth of the power, and the rest adds next to nothing: −20 − 10 dB.",
            ),
        ),
        proof=_proof_mean_level,
    ),
    Question(
        name="equal_peaks",
        text="All clips of a data set are scaled to the same peak. What about their loudness?",
        options=(
            wrong("it is equal", "Crest factors from 3 to 31 dB occurred in this lecture alone."),
            right(
                "it differs, mostly against sounds with short peaks",
                "A clock and a trumpet with equal peaks differ by nearly 20 dB in RMS.",
            ),
            wrong("it is equal if all have the same sampling rate", "The rate has nothing to do with it."),
        ),
        proof=_proof_equal_peaks,
    ),
    Question(
        name="equal_a_levels",
        text="A 100 Hz tone and a 1 kHz tone have the same dB(A). Which has the larger sound pressure?",
        options=(
            right(
                "the 100 Hz tone", "The A-curve takes 19 dB from it, so it needs 19 dB more pressure to show the same."
            ),
            wrong("the 1 kHz tone", "At 1 kHz the weighting is 0 dB by definition, at 100 Hz it is −19 dB."),
            wrong(
                "neither: equal dB(A) means equal pressure",
                "The weighting comes before the level, and it depends on frequency.",
            ),
        ),
        proof=_proof_hum_and_kettle,
    ),
)
