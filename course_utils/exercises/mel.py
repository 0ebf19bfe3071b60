"""From hertz to rows, and back.

A formula turned round, three banks to be told apart by eye and three sounds by ear, the filter bank itself, and at the
end a scale of your own. Nothing needs a network.
"""

import functools
import math

import numpy as np

from .. import mel as package
from ..practice.exercise import Case, Design, Exercise, Function, Property, Question, Value, Wrong, case, right, wrong

# ------------------------------------------------------------------------------- the formula inverted


def _mel_of(frequency_hz, scale):
    """The lecture's formulas, for one frequency."""
    if scale == "htk":
        return 2595 * math.log10(1 + frequency_hz / 700)
    if frequency_hz < 1000:
        return 3 * frequency_hz / 200
    return 15 + 27 * math.log(frequency_hz / 1000) / math.log(6.4)


def _hz_by_bisection(mel, *, scale):
    """The frequency whose mel it is, found by halving an interval, without any inverse formula."""
    found = []
    for pitch in np.ravel(mel):
        low, high = 0.0, 100_000.0
        for _ in range(70):
            middle = (low + high) / 2
            low, high = (middle, high) if _mel_of(middle, scale) < pitch else (low, middle)
        found.append(round(high, 9))
    return np.reshape(found, np.shape(mel))


def _pitches() -> list[Case]:
    rng = np.random.default_rng(6)
    return [
        case(2595, scale="htk", says="one number, 2,595 mel of HTK", gives=6300),
        case(np.array([0.0, 3, 15, 42]), scale="slaney", says="four pitches of Slaney", gives=[0, 200, 1000, 6400]),
        case(np.linspace(0, 3000, 13), scale="htk", says="thirteen equal steps up to 3,000 mel of HTK"),
        case(np.linspace(0, 46, 13), scale="slaney", says="thirteen equal steps up to 46 mel of Slaney"),
        case(rng.uniform(0, 50, (2, 4)), scale="slaney", says="two rows of four random pitches of Slaney"),
        case(rng.uniform(0, 3500, (2, 4)), scale="htk", says="two rows of four random pitches of HTK"),
        case(4.5, scale="slaney", says="one number, 4.5 mel of Slaney", gives=300),
    ]


def _hz_with(*, htk=None, slaney=None):
    """An answer whose HTK or Slaney branch is replaced."""

    def mel_to_hz(mel, *, scale):
        mel = np.asarray(mel, float)
        branch = htk if scale == "htk" else slaney
        return branch(mel) if branch else _hz_by_masks(mel, scale=scale)

    return mel_to_hz


def _hz_by_masks(mel, *, scale):
    mel = np.array(mel, dtype=float)
    if scale == "htk":
        return 700 * np.expm1(mel * np.log(10) / 2595)
    high = mel > 15
    hz = np.array(mel / 0.015)
    hz[high] = 1000 * np.exp(np.log(6.4) * (mel[high] - 15) / 27)
    return hz


def _hz_one_by_one(mel, *, scale):
    if np.ndim(mel):
        return [_hz_one_by_one(one, scale=scale) for one in mel]
    if scale == "htk":
        return 700 * 10 ** (mel / 2595) - 700
    return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)


def _hz_if(mel, *, scale):
    if scale == "htk":
        return 700 * (10 ** (np.asarray(mel) / 2595) - 1)
    if mel < 15:
        return 200 * mel / 3
    return 1000 * 6.4 ** ((mel - 15) / 27)


MEL_TO_HZ = Exercise(
    name="mel/mel_to_hz",
    title="from rows back to hertz",
    stars=1,
    kind="implement",
    task=r"""
A bank's points are equally far apart in mel, and its triangles stand in hertz. Turn the formulas round: given

$$m_\mathrm{HTK} = 2595\,\log_{10}\!\left(1 + \frac{f}{700}\right) \qquad m_\mathrm{Slaney} = \begin{cases} 3f/200 & f < 1000 \\ 15 + 27\,\dfrac{\ln (f/1000)}{\ln 6.4} & f \ge 1000 \end{cases}$$

write `mel_to_hz(mel, *, scale)` with `scale` either `"htk"` or `"slaney"`. `mel` is one number or an array of any shape, nowhere negative; as many frequencies in Hz come out, in the same shape.
""",
    start='''def mel_to_hz(mel, *, scale):
    """Pitches in mel in, frequencies in Hz out; scale is "htk" or "slaney"."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="mel_to_hz",
    spec=Function(cases=_pitches, expected=_hz_by_bisection),
    reference=package.mel_to_hz,
    hints=(
        "Solve each line for f with pencil and paper first. What undoes log₁₀, and what undoes ln(…)/ln 6.4?",
        "Slaney's scale changes from a line to a logarithm at 1,000 Hz. How many mel is that?",
        "Compute both branches for the whole array and choose with `np.where(mel < 15, …, …)`.",
    ),
    wrongs=(
        Wrong(
            "e for 10",
            "The HTK frequencies are far too low: 2595 goes with log₁₀, so what undoes it is a power of 10. "
            "(With e the number would be 1127.)",
            _hz_with(htk=lambda m: 700 * (np.exp(m / 2595) - 1)),
        ),
        Wrong(
            "1 not subtracted",
            "Every HTK frequency is 700 Hz too high: the logarithm was that of 1 + f/700, "
            "so the 1 must be taken off again.",
            _hz_with(htk=lambda m: 700 * 10 ** (m / 2595)),
        ),
        Wrong(
            "logarithm everywhere",
            "Slaney's low pitches are wrong: below 1 kHz his scale is a straight line, and pitch 0 is 0 Hz.",
            _hz_with(slaney=lambda m: 1000 * 6.4 ** ((m - 15) / 27)),
        ),
        Wrong(
            "straight everywhere",
            "Slaney's line does not end: above 1 kHz the scale is a logarithm. If a comparison is there, "
            "does it compare mel with a number of mel?",
            _hz_with(slaney=lambda m: 200 * m / 3),
        ),
        Wrong(
            "ln 6.4 missing",
            "Above 1 kHz, Slaney's 27 mel multiply the frequency by 6.4; yours multiply it by e = 2.718.",
            _hz_with(slaney=lambda m: np.where(m < 15, 200 * m / 3, 1000 * np.exp((m - 15) / 27))),
        ),
        Wrong(
            "HTK for both",
            "It is right for HTK, and takes Slaney's pitches for HTK's, too: `scale` makes no difference.",
            lambda mel, *, scale: 700 * (10 ** (np.asarray(mel, float) / 2595) - 1),
        ),
        Wrong(
            "from hertz to mel",
            "These are the formulas as they stand, from hertz to mel; the way back is asked.",
            lambda mel, *, scale: package.hz_to_mel(mel, scale=scale),
        ),
        Wrong(
            "if on an array",
            "It works for one number only: `if` asks an array one question, and an array with pitches on both sides "
            "of the break has no single answer. `np.where` asks each element.",
            _hz_if,
        ),
    ),
    also_right=(
        _hz_by_masks,
        _hz_one_by_one,
        lambda mel, *, scale: np.float32(package.mel_to_hz(np.asarray(mel, float), scale=scale)),
    ),
)

# ----------------------------------------------------------------------------------- reading a picture

_TONES_HZ = (250, 500, 750, 1000, 2000, 4000)


@functools.cache
def three_banks():
    """The same six tones through three banks of 128 bands: A, B and C in dB, one column each 30 ms."""
    from .. import sound, stft

    tones = [sound.sine(f, duration_s=0.3, sample_rate=16_000, amplitude=0.3) for f in _TONES_HZ]
    power = stft.spectrogram(np.concatenate(tones).astype(np.float32), n_fft=4096, hop_length=480)
    made = []
    for scale, f_max in (("htk", 8000), ("slaney", 6500), ("slaney", 8000)):
        bank = package.mel_filterbank(sample_rate=16_000, n_fft=4096, n_mels=128, f_max=f_max, scale=scale, norm=None)
        made.append(package.log_mel(bank @ power, ref=np.max, top_db=60))
    return made


def rows_of_tones(level_db):
    """The brightest row in the middle of each tone."""
    return [int(level_db[:, 10 * n + 5].argmax()) for n in range(len(_TONES_HZ))]


def _banks_truth():
    """By the steps between 250, 500, 750 and 1,000 Hz: the same, or smaller and smaller."""
    steps = [np.diff(rows_of_tones(level_db)[:4]) for level_db in three_banks()]
    return ["slaney" if np.ptp(step) <= 1 else "htk" for step in steps]


def scales():
    a, b, c = "htk", "slaney", "slaney"  # the steps shrink in A only
    return [a, b, c]


def _scales_as(*words):
    return lambda: list(words)


READ = Exercise(
    name="mel/which_scale",
    title="which scale a bank stands on",
    stars=1,
    kind="read",
    task="""
Three front ends of unknown origin were shown the same sound: six steady tones of 250, 500, 750, 1,000, 2,000 and 4,000 Hz, one after the other. Each has 128 bands that begin at 0 Hz; where they end is not known, and not the same for all. **Which scale does each one stand on?** Give a list of three words, for A, B and C; a word may occur more than once.
""",
    given="""import course_utils as cu
from course_utils.exercises.mel import rows_of_tones, three_banks

picture = cu.plotting.Picture(n_cols=3, height_in=4.2)
for ax, level_db, name in zip(picture.axes, three_banks(), "ABC", strict=True):
    extent = (0, 1.8, -0.5, 127.5)
    image = ax.imshow(level_db, origin="lower", aspect="auto", cmap="magma", extent=extent, interpolation="nearest")
    ax.set(title=name, xlabel="time in s", ylabel="row", yticks=range(0, 129, 10))
picture.figure.colorbar(image, ax=picture.axes, label="dB re maximum", pad=0.01)
rows = [", ".join(map(str, rows_of_tones(level_db))) for level_db in three_banks()]
picture.show("Three panels, each with six bars that climb like stairs. Their rows are, in A: "
             f"{rows[0]}; in B: {rows[1]}; in C: {rows[2]}.")""",
    start="""### BEGIN SOLUTION
scales = ...  # three of "htk", "slaney"
### END SOLUTION""",
    answer="scales",
    spec=Value(truth=_banks_truth, options=("htk", "slaney")),
    reference=scales,
    hints=(
        "Where a bank ends stretches the whole axis. What does stretching leave as it is?",
        "The first four tones are 250 Hz apart. Which of the two scales is straight up to 1 kHz?",
        "Read the rows of the first four bars and take their differences: are they equal, or does each step fall short "
        "of the one before?",
    ),
    wrongs=(
        Wrong(
            "exchanged",
            "The two scales are exchanged: equal steps below 1 kHz are a straight line, and HTK's formula "
            "bends from the start.",
            _scales_as("slaney", "htk", "htk"),
        ),
        Wrong(
            "by the height of the bars",
            "A and C are not alike, though both end near the same row: where a bank ends stretches the stairs as a whole. "
            "Compare the steps within one panel.",
            _scales_as("htk", "slaney", "htk"),
        ),
        Wrong(
            "all bent",
            "Up to the fourth tone two of the three panels are straight: their steps differ by one row at most, "
            "which is the rounding to whole rows.",
            _scales_as("htk", "htk", "htk"),
        ),
        Wrong(
            "all straight",
            "In one panel the steps up to 1 kHz shrink from the beginning, by more than whole rows can explain.",
            _scales_as("slaney", "slaney", "slaney"),
        ),
    ),
    also_right=(lambda: ("HTK", "Slaney", "Slaney"), lambda: np.array(["htk", "slaney", "slaney"])),
)

# ------------------------------------------------------------------------------------- the filter bank


def _bank_by_definition(n_mels, *, sample_rate, n_fft, f_min, f_max):
    lowest, highest = (_mel_of(f, "htk") for f in (f_min, f_max))
    points = [lowest + (highest - lowest) * i / (n_mels + 1) for i in range(n_mels + 2)]
    points_hz = [700 * (math.pow(10, m / 2595) - 1) for m in points]
    bank = []
    for low, centre, high in zip(points_hz, points_hz[1:], points_hz[2:], strict=False):
        row = []
        for k in range(n_fft // 2 + 1):
            f = k * sample_rate / n_fft
            if low < f <= centre:
                height = (f - low) / (centre - low)
            elif centre < f < high:
                height = (high - f) / (high - centre)
            else:
                height = 0
            row.append(height / ((high - low) / 2))
        bank.append(row)
    return np.array(bank)


def mel_filterbank(n_mels, *, sample_rate, n_fft, f_min, f_max):
    lowest, highest = 2595 * np.log10(1 + np.array([f_min, f_max]) / 700)
    points_hz = 700 * (10 ** (np.linspace(lowest, highest, n_mels + 2) / 2595) - 1)
    low, centre, high = points_hz[:-2, None], points_hz[1:-1, None], points_hz[2:, None]
    bins_hz = np.arange(n_fft // 2 + 1) * sample_rate / n_fft
    rising, falling = (bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre)
    return np.maximum(np.minimum(rising, falling), 0) * 2 / (high - low)


def _banks() -> list[Case]:
    middle = 3150 / (6300 - 700 * (math.sqrt(10) - 1))  # the one band peaks at 1297.5 mel, 1513.6 Hz
    return [
        case(
            1,
            sample_rate=12_600,
            n_fft=4,
            f_min=0,
            f_max=6300,
            says="one band and three bins",
            gives=[[0, middle * 2 / 6300, 0]],
        ),
        case(6, sample_rate=16_000, n_fft=128, f_min=0, f_max=8000, says="six bands up to the Nyquist frequency"),
        case(9, sample_rate=22_050, n_fft=333, f_min=133.3, f_max=6855.5, says="an odd n_fft and a narrower range"),
        case(5, sample_rate=8000, n_fft=101, f_min=0, f_max=4000, says="an odd n_fft up to the Nyquist frequency"),
        case(40, sample_rate=16_000, n_fft=128, f_min=20, f_max=7600, says="bands that fall between two bins"),
    ]


def _bank_on(points_hz, bins_hz):
    """Triangles of area 1 on these points, read off at these bins."""
    low, centre, high = points_hz[:-2, None], points_hz[1:-1, None], points_hz[2:, None]
    height = np.minimum((bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre))
    return np.maximum(height, 0) / ((high - low) / 2)


def _points_hz(n_points, f_min, f_max, scale="htk"):
    return package.mel_frequencies_hz(n_points, f_min=f_min, f_max=f_max, scale=scale)


def _bins_hz(sample_rate, n_fft):
    return np.arange(n_fft // 2 + 1) * sample_rate / n_fft


def _bank_of_blogs(n_mels, *, sample_rate, n_fft, f_min, f_max):
    """The recipe of many blogs: points rounded down to bins, height 1."""
    edges = np.floor((n_fft + 1) * _points_hz(n_mels + 2, f_min, f_max) / sample_rate).astype(int)
    bank = np.zeros((n_mels, n_fft // 2 + 1))
    for i, (low, centre, high) in enumerate(zip(edges, edges[1:], edges[2:], strict=False)):
        for k in range(low, min(centre, bank.shape[1])):
            bank[i, k] = (k - low) / (centre - low)
        for k in range(centre, min(high, bank.shape[1])):
            bank[i, k] = (high - k) / (high - centre)
    return bank


def _bank_rounded(n_mels, *, sample_rate, n_fft, f_min, f_max):
    """The same, with the area of the exact triangles."""
    points_hz = _points_hz(n_mels + 2, f_min, f_max)
    bank = _bank_of_blogs(n_mels, sample_rate=sample_rate, n_fft=n_fft, f_min=f_min, f_max=f_max)
    return bank * 2 / (points_hz[2:] - points_hz[:-2])[:, None]


def _bank_sums_to_one(n_mels, *, sample_rate, n_fft, f_min, f_max):
    plain = _bank_on(_points_hz(n_mels + 2, f_min, f_max), _bins_hz(sample_rate, n_fft))
    sums = plain.sum(axis=1, keepdims=True)
    return np.divide(plain, sums, out=np.zeros_like(plain), where=sums > 0)


def _bank_by_interpolation(n_mels, *, sample_rate, n_fft, f_min, f_max):
    points_hz, bins_hz = _points_hz(n_mels + 2, f_min, f_max), _bins_hz(sample_rate, n_fft)
    areas = (points_hz[2:] - points_hz[:-2]) / 2
    return [np.interp(bins_hz, points_hz[i : i + 3], [0, 1 / areas[i], 0]) for i in range(n_mels)]


BANK = Exercise(
    name="mel/mel_filterbank",
    title="the filter bank",
    stars=2,
    kind="implement",
    task=r"""
Asked in interviews, and got wrong in blogs. Write `mel_filterbank(n_mels, *, sample_rate, n_fft, f_min, f_max)` on the **HTK** scale, $m = 2595\,\log_{10}(1 + f/700)$:

- The first triangle begins at `f_min`, the last one ends at `f_max` (both in Hz, as `sample_rate` is, and at most half of that); the points between are equally far apart in mel. Band $i$ rises from point $i$ to point $i+1$ and falls to point $i+2$, with sides straight over hertz.
- Each triangle has the **area** 1, as with `norm="slaney"`: its height is $2/(f_{i+2} - f_i)$, in 1/Hz.
- It is read off at the exact frequencies of the bins $0, 1, \dots, \lfloor N/2 \rfloor$ of an FFT of N = `n_fft` samples, even or odd.

An array `(n_mels, n_fft // 2 + 1)` comes out. A band without a bin inside is a row of zeros.
""",
    start='''def mel_filterbank(n_mels, *, sample_rate, n_fft, f_min, f_max):
    """n_mels triangles of area 1, HTK scale: (n_mels, n_fft // 2 + 1), in 1/Hz."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="mel_filterbank",
    spec=Function(cases=_banks, expected=_bank_by_definition),
    reference=mel_filterbank,
    hints=(
        "How many points do n triangles stand on, if each one's peak is where its neighbours begin and end?",
        "Take the points in mel with `np.linspace`, turn them into Hz, and write down the frequencies of the bins in Hz, too.",
        "At a bin the triangle is the lower one of a rising and a falling line, but never below 0. "
        "Its area is half its width, as long as its height is 1.",
    ),
    wrongs=(
        Wrong(
            "height 1",
            "Every triangle has the height 1: that is `norm=None`. Here each has the area 1, so wide bands are low.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: package.mel_filterbank(
                sample_rate=sample_rate, n_fft=n_fft, n_mels=n_mels, f_min=f_min, f_max=f_max, scale="htk", norm=None
            ),
        ),
        Wrong(
            "rows that add up to 1",
            "Each row is divided by its own sum. The area is that of the triangle, whatever bins happen to meet it: "
            "a band that is met at its foot only must read low.",
            _bank_sums_to_one,
        ),
        Wrong(
            "edges rounded down to bins",
            "The points were rounded down to whole bins before the triangles were drawn: low bands lean, share a peak "
            "or vanish. Keep the points in Hz, and ask each bin for its frequency.",
            _bank_rounded,
        ),
        Wrong(
            "the recipe of the blogs",
            "Two things differ: the points were rounded down to whole bins before the triangles were drawn, "
            "and every triangle has the height 1. Keep the points in Hz, and divide by the area.",
            _bank_of_blogs,
        ),
        Wrong(
            "sides straight over mel",
            "The sides of the triangles are straight over mel, as in HTK and Kaldi; here they are straight over hertz. "
            "Compare frequencies in Hz, not their mel.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: package.mel_filterbank(
                sample_rate=sample_rate,
                n_fft=n_fft,
                n_mels=n_mels,
                f_min=f_min,
                f_max=f_max,
                scale="htk",
                linear_in="mel",
            ),
        ),
        Wrong(
            "Slaney's scale",
            "The points stand on Slaney's scale; HTK's is asked. The norm of that name does not bring its scale along.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: _bank_on(
                _points_hz(n_mels + 2, f_min, f_max, "slaney"), _bins_hz(sample_rate, n_fft)
            ),
        ),
        Wrong(
            "equal steps in hertz",
            "All triangles have the same width: the points are equally far apart in Hz, and should be so in mel.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: _bank_on(
                np.linspace(f_min, f_max, n_mels + 2), _bins_hz(sample_rate, n_fft)
            ),
        ),
        Wrong(
            "range ignored",
            "The bank runs from 0 Hz to the Nyquist frequency whatever `f_min` and `f_max` say.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: _bank_on(
                _points_hz(n_mels + 2, 0, sample_rate / 2), _bins_hz(sample_rate, n_fft)
            ),
        ),
        Wrong(
            "last bin on the Nyquist frequency",
            "It is right for even `n_fft` only: with an odd one no bin lies on the Nyquist frequency, "
            "so a linspace that ends there puts every bin too high.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: _bank_on(
                _points_hz(n_mels + 2, f_min, f_max), np.linspace(0, sample_rate / 2, n_fft // 2 + 1)
            ),
        ),
        Wrong(
            "rate over the kept bins",
            "Every bin is placed too low: half the rate is divided by the N // 2 + 1 bins that are kept, "
            "and the whole rate should be divided by N.",
            lambda n_mels, *, sample_rate, n_fft, f_min, f_max: _bank_on(
                _points_hz(n_mels + 2, f_min, f_max), np.arange(n_fft // 2 + 1) * sample_rate / 2 / (n_fft // 2 + 1)
            ),
        ),
    ),
    also_right=(
        _bank_by_interpolation,
        lambda n_mels, *, sample_rate, n_fft, f_min, f_max: package.mel_filterbank(
            sample_rate=sample_rate, n_fft=n_fft, n_mels=n_mels, f_min=f_min, f_max=f_max, scale="htk"
        ).astype(np.float32),
    ),
)

# ---------------------------------------------------------------------------------------- empty bands


def _no_empty_truth():
    """By counting: the first n_fft of which a bin lies inside every triangle."""
    points_hz = _hz_by_bisection(np.linspace(0, _mel_of(11_025, "slaney"), 130), scale="slaney")
    n_fft = 2
    while True:
        spacing_hz = 22_050 / n_fft
        first_inside = (np.floor(points_hz[:-2] / spacing_hz) + 1) * spacing_hz
        if (first_inside < points_hz[2:]).all():
            return n_fft
        n_fft += 1


def smallest_n_fft():
    highest_mel = 15 + 27 * math.log(11.025) / math.log(6.4)
    step_hz = highest_mel / 129 * 200 / 3  # 130 points; below 1 kHz the scale is straight
    return math.floor(22_050 / (2 * step_hz)) + 1  # a triangle is two steps wide


NO_EMPTY = Exercise(
    name="mel/no_empty_band",
    title="the shortest FFT that fills every band",
    stars=2,
    kind="predict",
    task="""
A front end at 22,050 Hz has 128 bands on the Slaney scale, from 0 Hz to the Nyquist frequency. A bin that lies exactly on the foot of a triangle has the weight 0 there. **Which is the smallest `n_fft`, even or odd, for which no band is empty?**

It can be found with a loop over the library. It can also be found with one line of arithmetic: start from the width of the narrowest triangle.
""",
    start="""### BEGIN SOLUTION
smallest_n_fft = ...
### END SOLUTION""",
    answer="smallest_n_fft",
    spec=Value(truth=_no_empty_truth, unit="samples", absolute=0.01),
    reference=smallest_n_fft,
    hints=(
        "Which bands are the narrowest, and how many points lie between 0 Hz and the Nyquist frequency, ends included?",
        "If a triangle is wider than the bins are apart, can it fall between two of them? And the first triangle begins "
        "on bin 0: what happens if it is narrower?",
        "11,025 Hz are 49.91 mel: 130 points are 0.387 mel apart, below 1 kHz 25.8 Hz. Bins are f_s/N apart.",
    ),
    wrongs=(
        Wrong(
            "bins as dense as the centres",
            "That puts the bins as close together as the centres of the low bands. A triangle is two such steps wide, "
            "so bins may be almost twice as far apart.",
            lambda: 855,
        ),
        Wrong(
            "bins as dense as the centres, and even",
            "Twice too many: a triangle is two steps between centres wide, so bins may be almost that far apart.",
            lambda: 856,
        ),
        Wrong(
            "a step too many",
            "Nearly: 128 bands stand on 130 points, ends included, and 130 points are 129 steps apart, not 130.",
            lambda: 431,
        ),
        Wrong(
            "a step too few",
            "Nearly: 128 bands stand on 130 points, ends included, so the range is cut into 129 steps, not 128.",
            lambda: 425,
        ),
        Wrong(
            "a power of two",
            "With 512 no band is empty, but it is not the smallest: an FFT of any length will do here.",
            lambda: 512,
        ),
        Wrong(
            "one too few",
            "Almost: with 427 bin 1 lies just outside the foot of the first triangle, whose only other bin is bin 0, "
            "on its other foot.",
            lambda: 427,
        ),
        Wrong(
            "as many bins as bands",
            "That gives 128 bins for 128 bands. But the bins are equally far apart and the bands are not: "
            "most of those bins go to the wide bands above 1 kHz.",
            lambda: 254,
        ),
        Wrong(
            "half the rate",
            "That divides the Nyquist frequency by the width of a triangle: bins are f_s/N apart, with the whole "
            "sampling rate.",
            lambda: 214,
        ),
        Wrong(
            "HTK's scale",
            "That is right for HTK, whose lowest bands are narrower; the question is about Slaney's scale.",
            lambda: 706,
        ),
    ),
    also_right=(lambda: np.int64(428), lambda: 428.0),
)

# ------------------------------------------------------------------------------------ Whisper's features


def _whisper_by_definition(mel_power):
    """Cell by cell, one signal after the other."""
    mel_power = np.asarray(mel_power, float)
    result = np.empty_like(mel_power)
    for place in np.ndindex(mel_power.shape[:-2]):
        cells = mel_power[place]
        logs = [[math.log10(max(value, 1e-10)) for value in row] for row in cells]
        top = max(max(row) for row in logs)
        result[place] = [[(max(value, top - 8) + 4) / 4 for value in row] for row in logs]
    return result


def _mel_powers() -> list[Case]:
    rng = np.random.default_rng(8)
    spread = 10 ** rng.uniform(-9, 1, (5, 7))
    loud_and_soft = np.array([100.0, 1e-3])[:, None, None] * 10 ** rng.uniform(-8, 0, (2, 4, 6))
    return [
        case(np.array([[1.0, 1e-4]]), says="one band, two frames", gives=[[1, 0]]),
        case(np.array([[1.0], [1e-12]]), says="two bands 120 dB apart", gives=[[1], [-1]]),
        case(np.array([[1e-7, 1e-12]]), says="a soft cell and one below the floor", gives=[[-0.75, -1.5]]),
        case(spread, says="cells 100 dB apart"),
        case(np.zeros((3, 4)), says="silence", gives=np.full((3, 4), -1.5)),
        case(loud_and_soft, says="a batch of a loud and a soft signal"),
        case(10 ** rng.uniform(-9, 3, (2, 3, 2, 5)), says="a batch of two by three signals"),
    ]


def whisper_features(mel_power):
    level = np.log10(np.maximum(mel_power, 1e-10))
    lowest = level.max(axis=(-2, -1), keepdims=True) - 8
    return (np.maximum(level, lowest) + 4) / 4


def _features(*, log=lambda m: np.log10(np.maximum(m, 1e-10)), axis=(-2, -1), span=8):
    def features(mel_power):
        level = log(np.asarray(mel_power))
        return (np.maximum(level, level.max(axis=axis, keepdims=True) - span) + 4) / 4

    return features


def _features_flat(mel_power):
    flat = np.log10(np.clip(mel_power, 1e-10, None)).reshape(*np.shape(mel_power)[:-2], -1)
    floored = np.maximum(flat, flat.max(axis=-1)[..., None] - 8)
    return (floored / 4 + 1).reshape(np.shape(mel_power))


def _features_power_first(mel_power):
    """The floor on the powers, before the logarithm."""
    powers = np.maximum(mel_power, 1e-10).astype(np.float64)
    top = powers.max(axis=-1).max(axis=-1)[..., None, None]
    return (1 + 0.25 * np.log10(np.maximum(powers, top * 1e-8))).astype(np.float32)


WHISPER = Exercise(
    name="mel/whisper_features",
    title="Whisper's features, mended",
    stars=2,
    kind="repair",
    task=r"""
The function below ends the way to Whisper's features: mel power `(…, n_mels, time)` in, the same shape out. It holds two bugs that published code has, and neither raises an error. One is in the level. The other shows in a batch only; openai/whisper's own function has had it since it accepts batches (the project's pull request 2862 describes it).

**Mend it.** For *each signal* of the batch, with M its mel power:

$$L = \log_{10} \max(M, 10^{-10}) \qquad F = \frac{\max(L,\ \max L - 8) + 4}{4}$$

The powers may be zero, and there may be any number of leading axes, none included. The argument stays as it is.
""",
    given='''import numpy as np

import course_utils as cu


def published_features(mel_power):
    """As published in two places: decibels, tens of them, and Whisper's last steps."""
    level = 20 * np.log10(np.maximum(mel_power, 1e-5)) / 10
    return (np.maximum(level, level.max() - 8) + 4) / 4


digits, sample_rate = cu.audio.load("speech/digits", dtype=np.float64)
digits = digits[:sample_rate]
grid = {"sample_rate": sample_rate, "n_fft": 400, "hop_length": 160, "n_mels": 80}
loud, soft = (cu.mel.mel_spectrogram(gain * digits, **grid) for gain in (1, 0.1))
fall = published_features(soft).max() - published_features(loud).max()
print(f"20 dB softer, the loudest cell falls by {-fall:.2f}; a fall by 0.50 is right")
beside = published_features(np.stack([loud, soft]))[1]
changed = np.mean(np.abs(beside - published_features(soft)) > 0.01)
print(f"cells of the soft one that change when the loud one stands beside it: {changed:.0%}")''',
    start='''def whisper_features(mel_power):
    """Mel powers (…, n_mels, time) in, Whisper's features in the same shape out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="whisper_features",
    spec=Function(cases=_mel_powers, expected=_whisper_by_definition),
    reference=whisper_features,
    hints=(
        "Ten times the power: by how much must L rise? By how much does `level` rise?",
        "Which axes belong to one signal, and which one counts the signals? The maximum runs over the first kind only.",
        "`level.max(axis=(-2, -1), keepdims=True)` keeps the leading axes, and two axes of length 1 for broadcasting.",
    ),
    wrongs=(
        Wrong(
            "still for amplitudes",
            "The batch is right now, the logarithm is not: 20 log₁₀ is for amplitudes, and M is a power, so every L "
            "is doubled and only 40 dB of the sound are left above the floor.",
            _features(log=lambda m: 2 * np.log10(np.maximum(m, 1e-5))),
        ),
        Wrong(
            "one maximum for the batch",
            "The logarithm is right now; the maximum is still that of the whole batch, so a loud signal raises the floor "
            "of its neighbours.",
            _features(axis=None),
        ),
        Wrong(
            "a maximum for each band",
            "The maximum is taken over time only: each band then has a floor of its own. "
            "It belongs to the signal, so it runs over bands and frames.",
            _features(axis=-1),
        ),
        Wrong(
            "a maximum for each frame",
            "The maximum is taken over the bands only: each frame then has a floor of its own. "
            "It belongs to the signal, so it runs over bands and frames.",
            _features(axis=-2),
        ),
        Wrong(
            "as published",
            "Both bugs are still there: 20 log₁₀ taken of a power, and one maximum for the whole batch.",
            _features(log=lambda m: 2 * np.log10(np.maximum(m, 1e-5)), axis=None),
        ),
        Wrong(
            "decibels",
            "The floor is 80 dB below the maximum, as it should be, but the last step wants log₁₀ M, "
            "a tenth of the level in dB.",
            _features(log=lambda m: 10 * np.log10(np.maximum(m, 1e-10)), span=80),
        ),
        Wrong(
            "decibels, and 8 of them",
            "These are decibels: L is log₁₀ M, a tenth of the level in dB, and the 8 below the maximum are 80 dB.",
            _features(log=lambda m: 10 * np.log10(np.maximum(m, 1e-10))),
        ),
        Wrong(
            "natural logarithm",
            "This is the natural logarithm, 2.303 times as large: Whisper was trained on log₁₀.",
            _features(log=lambda m: np.log(np.maximum(m, 1e-10))),
        ),
        Wrong(
            "no floor",
            "The floor is missing: cells softer than 10⁻¹⁰ read too low, and silence, whose logarithm is −∞, "
            "stays minus infinity.",
            _features(log=np.log10),
        ),
        Wrong(
            "floor added",
            "The floor is added to the power: a cell of 10⁻¹⁰ then reads 0.075 too high. It stands in for less, "
            "it does not come on top.",
            _features(log=lambda m: np.log10(m + 1e-10)),
        ),
    ),
    also_right=(_features_flat, _features_power_first, lambda mel_power: _features()(mel_power).tolist()),
)

# ------------------------------------------------------------------------------------------- listening


@functools.cache
def three_ways_back():
    """A recorded vowel, three ways through mel bands and back to sound (A, B, C), and the sampling rate."""
    from .. import audio
    from ..stft import griffin_lim

    vowel, sample_rate = audio.load("speech/vowel_e", dtype=np.float32)
    vowel = vowel[sample_rate // 20 : sample_rate // 2]
    bank = {"sample_rate": sample_rate, "n_fft": 1024, "f_max": 8000}
    versions = []
    for n_mels, read_as in ((80, "htk"), (80, "slaney"), (20, "slaney")):
        mel_power = package.mel_spectrogram(vowel, **bank, hop_length=256, n_mels=n_mels, scale="slaney")
        magnitude = np.sqrt(package.mel_to_linear(mel_power, **bank, scale=read_as, n_iter=40))
        heard, _ = griffin_lim(magnitude, hop_length=256, n_iter=16, rng=np.random.default_rng(0), length=len(vowel))
        versions.append(0.5 * heard / np.abs(heard).max())
    return 0.5 * vowel / np.abs(vowel).max(), versions, sample_rate


def _periodicity(signal, sample_rate):
    """How well frames of 40 ms repeat at any pitch from 60 to 320 Hz: median over time, at most 1."""
    strengths = []
    for start in range(0, len(signal) - sample_rate // 25, sample_rate // 100):
        frame = signal[start : start + sample_rate // 25]
        correlation = np.correlate(frame, frame, "full")[len(frame) - 1 :]
        strengths.append(correlation[sample_rate // 320 : sample_rate // 60].max() / correlation[0])
    return np.median(strengths)


def _first_formant_hz(signal, sample_rate):
    """The centre of the power between 150 and 1,000 Hz."""
    frequency_hz = np.fft.rfftfreq(len(signal), 1 / sample_rate)
    power = np.abs(np.fft.rfft(signal)) ** 2 * ((frequency_hz > 150) & (frequency_hz < 1000))
    return (power * frequency_hz).sum() / power.sum()


def _ways_truth():
    """By the sound alone: does it repeat, and is its lowest formant where the vowel has it?"""
    vowel, versions, sample_rate = three_ways_back()
    formant_hz, found = _first_formant_hz(vowel, sample_rate), []
    for version in versions:
        if _periodicity(version, sample_rate) < 0.25:
            found.append("few bands")
        else:
            near = abs(_first_formant_hz(version, sample_rate) / formant_hz - 1) < 0.1
            found.append("right" if near else "other scale")
    return found


def ways():
    a, b, c = "other scale", "right", "few bands"
    return [a, b, c]


LISTEN = Exercise(
    name="mel/three_ways_back",
    title="what the bands have done to a vowel",
    stars=2,
    kind="listen",
    task="""
A recorded vowel, then three versions of it that have been through Slaney bands and back to sound, with the same window of 46 ms and the same search for the phases. One had 80 bands and was decoded on its own scale: **right**. One had **few bands**, namely 20. One had 80 bands, and whoever decoded it took them for HTK: **other scale**. Listen, then give a list of three words, for A, B and C.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.mel import three_ways_back

vowel, versions, sample_rate = three_ways_back()
gap = np.zeros(sample_rate // 2)
one_after_the_other = np.concatenate([np.append(sound, gap) for sound in (vowel, *versions)])
cu.audio.play(
    one_after_the_other,
    sample_rate,
    caption="The recording, then A, B and C. Which has lost its pitch? Which is another vowel?",
)""",
    start="""### BEGIN SOLUTION
ways = ...  # three of "right", "few bands", "other scale"
### END SOLUTION""",
    answer="ways",
    spec=Value(truth=_ways_truth, options=("right", "few bands", "other scale")),
    reference=ways,
    hints=(
        "Hum the recording. With which of the three can you go on humming, and with which not?",
        "Twenty bands up to 8 kHz are at their lowest 287 Hz wide at the feet; the voice has 97 Hz.",
        "Of the two that can be hummed, say the vowel aloud. The wrong scale moves the first formant down and the "
        "second up.",
    ),
    wrongs=(
        Wrong(
            "A and B exchanged",
            "C is right, and A and B are exchanged: both keep their pitch, but A is nearer to an i than to the e of the "
            "recording.",
            _scales_as("right", "other scale", "few bands"),
        ),
        Wrong(
            "C taken for right",
            "C cannot be right: its pitch has gone, and a voice like a whisper is what is left when the harmonics "
            "fall into one band.",
            _scales_as("other scale", "few bands", "right"),
        ),
        Wrong(
            "A and C exchanged",
            "B is right, and A and C are exchanged: A still has a pitch that can be hummed, C has not.",
            _scales_as("few bands", "right", "other scale"),
        ),
        Wrong(
            "all shifted",
            "Begin with the pitch: A and B can be hummed, so neither of them had 20 bands.",
            _scales_as("few bands", "other scale", "right"),
        ),
    ),
    also_right=(
        lambda: ("Other scale", "Right", "Few bands"),
        lambda: np.array(["other scale", "right", "few bands"]),
    ),
)

# ----------------------------------------------------------------------------------- the inverse


def _linear_by_loops(mel_power, bank, *, n_iter):
    """Bin by bin and frame by frame."""
    mel_power, bank = np.asarray(mel_power, float), np.asarray(bank, float)
    n_mels, n_bins = bank.shape
    result = np.ones((*mel_power.shape[:-2], n_bins, mel_power.shape[-1]))
    for place in np.ndindex(mel_power.shape[:-2]):
        for frame in range(mel_power.shape[-1]):
            power = [1.0] * n_bins
            for _ in range(n_iter):
                lacks = []
                for i in range(n_mels):
                    has = sum(bank[i, k] * power[k] for k in range(n_bins))
                    lacks.append(mel_power[(*place, i, frame)] / has if has > 0 else 0.0)
                reach = [sum(bank[i, k] for i in range(n_mels)) for k in range(n_bins)]
                pull = [sum(bank[i, k] * lacks[i] for i in range(n_mels)) for k in range(n_bins)]
                power = [power[k] * pull[k] / reach[k] if reach[k] > 0 else 0.0 for k in range(n_bins)]
            result[(*place, slice(None), frame)] = power
    return result


def _bands_to_invert() -> list[Case]:
    rng = np.random.default_rng(9)
    two = np.array([[1.0, 1, 0], [0, 1, 1]])
    uneven = np.array([[0.5, 1, 0.25, 0, 0, 0], [0, 0.1, 0.8, 0.4, 0, 0], [0, 0, 0, 0.6, 0.3, 0]])
    with_empty = np.vstack([uneven, np.zeros(6)])
    powers = rng.uniform(0.1, 2, (3, 4))
    return [
        case(np.array([[4.0]]), np.array([[1.0, 1]]), n_iter=1, says="one band of two bins", gives=[[2], [2]]),
        case(np.array([[2.0], [6]]), two, n_iter=1, says="two bands that share a bin", gives=[[1], [2], [3]]),
        case(powers, uneven, n_iter=1, says="three bands, six bins of which the last is in none, one step"),
        case(powers, uneven, n_iter=9, says="the same after nine steps"),
        case(np.vstack([powers, np.zeros(4)]), with_empty, n_iter=3, says="a bank with an empty band"),
        case(np.zeros((3, 2)), uneven, n_iter=3, says="silence", gives=np.zeros((6, 2))),
        case(rng.uniform(0, 2, (2, 2, 3, 5)), uneven, n_iter=2, says="a batch of two by two signals"),
    ]


def mel_to_linear(mel_power, bank, *, n_iter):
    reach = bank.sum(axis=0)[:, np.newaxis]
    linear = np.ones((*mel_power.shape[:-2], bank.shape[1], mel_power.shape[-1]))
    for _ in range(n_iter):
        has = bank @ linear
        lacks = np.divide(mel_power, has, out=np.zeros_like(has), where=has > 0)
        linear = np.divide(linear * (bank.T @ lacks), reach, out=np.zeros_like(linear), where=reach > 0)
    return linear


def _ratio(a, b):
    a, b = np.broadcast_arrays(a, b)
    return np.divide(a, b, out=np.zeros(a.shape), where=b > 0)


def _steps(step, start=np.ones):
    """The same loop around another step: ``step(linear, mel_power, bank)``."""

    def answer(mel_power, bank, *, n_iter):
        linear = start((*mel_power.shape[:-2], bank.shape[1], mel_power.shape[-1]))
        for _ in range(n_iter):
            linear = step(linear, mel_power, bank)
        return linear

    return answer


def _reach(bank):
    return bank.sum(axis=0)[:, None]


def _only_filled(mel_power, bank, *, n_iter):
    """With weights whose columns add up to 1, and the bins that no band reaches set to 0 at the start."""
    share = _ratio(bank, bank.sum(axis=0))
    reached = bank.any(axis=0)[:, None] * np.ones(mel_power.shape[-1])
    linear = np.broadcast_to(reached, (*mel_power.shape[:-2], *reached.shape))
    for _ in range(n_iter):
        has = np.einsum("ik,...kt->...it", bank, linear)
        linear = linear * np.einsum("ik,...it->...kt", share, np.where(has > 0, mel_power / np.where(has, has, 1), 0))
    return linear


INVERSE = Exercise(
    name="mel/mel_to_linear",
    title="bins from bands",
    stars=2,
    kind="implement",
    task=r"""
A vocoder's first step: find a power spectrogram S that is nowhere negative and has the bands M, that is $BS \approx M$ with the bank B, `(n_mels, n_bins)`. Begin with S = 1 in every bin and repeat `n_iter` times: multiply each bin by what its bands lack,

$$S \leftarrow S \cdot \frac{B^{\mathsf T}\left(M / (BS)\right)}{B^{\mathsf T} 1}$$

where products and quotients without a matrix are taken element by element, $B^{\mathsf T}1$ is the sum of each **column** of B, and **0/0 counts as 0**. The Kullback–Leibler divergence of BS from M never rises that way (Lee & Seung 2001, theorem 2).

`mel_power` is `(…, n_mels, time)` and holds zeros in silence; `(…, n_bins, time)` comes out. The bank is nowhere negative. A bin that is in no band comes out as 0, and the bank may have a row of zeros (M is 0 there).
""",
    start='''def mel_to_linear(mel_power, bank, *, n_iter):
    """Mel powers (…, n_mels, time) and a bank (n_mels, n_bins) in, powers (…, n_bins, time) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="mel_to_linear",
    spec=Function(cases=_bands_to_invert, expected=_linear_by_loops),
    reference=mel_to_linear,
    hints=(
        "Write the step for one frame of the hand-made bank [[1, 1, 0], [0, 1, 1]] with M = [2, 6] on paper: "
        "what does BS give, what do the bands lack, and what does the shared bin make of it?",
        "`bank @ S` keeps leading axes, and so does `bank.T @ …`. The column sums need a second axis to divide by: `[:, None]`.",
        "For 0/0: `np.divide(a, b, out=np.zeros_like(a), where=b > 0)`, with a of the full shape. Twice.",
    ),
    wrongs=(
        Wrong(
            "divided by the rows",
            "B is divided by the sums of its rows where the sums of its columns belong: B transposed times 1 "
            "adds up, for each bin, over the bands.",
            _steps(
                lambda s, m, bank: (
                    _ratio(s, 1.0 * (_reach(bank) > 0))
                    * (_ratio(bank, bank.sum(axis=1, keepdims=True)).T @ _ratio(m, bank @ s))
                )
            ),
        ),
        Wrong(
            "column sums missing",
            "The division by B transposed times 1 is missing: a bin is multiplied by the weighted sum of what its bands "
            "lack, and should be by their weighted mean.",
            _steps(lambda s, m, bank: s * (bank.T @ _ratio(m, bank @ s))),
        ),
        Wrong(
            "difference for ratio",
            "The bands' lack is taken as a difference, M − BS, and added: that is a gradient step for least squares, "
            "and can turn negative. Here it is a ratio, and it multiplies.",
            _steps(lambda s, m, bank: s + _ratio(bank.T @ (m - bank @ s), _reach(bank))),
        ),
        Wrong(
            "not multiplied by S",
            "The old S is not multiplied in: each step begins anew, and bands that were wrong stay wrong.",
            _steps(lambda s, m, bank: _ratio(bank.T @ _ratio(m, bank @ s), _reach(bank))),
        ),
        Wrong(
            "pseudo-inverse",
            "This is the pseudo-inverse: it meets the bands at once, with bins that may be negative, "
            "and the square root of a negative power is no magnitude.",
            lambda mel_power, bank, *, n_iter: np.linalg.pinv(bank) @ mel_power,
        ),
        Wrong(
            "0/0 not caught",
            "It gives NaN: in silence BS becomes 0 after the first step and M/(BS) is 0/0, "
            "and a bin that is in no band has a column sum of 0. Both count as 0.",
            _steps(lambda s, m, bank: s * (bank.T @ (m / (bank @ s))) / _reach(bank)),
        ),
        Wrong(
            "bins in no band keep 1",
            "It is right but for bins that are in no band: they keep the 1 they began with. Nothing is known "
            "of them, and 0 is asked.",
            _steps(
                lambda s, m, bank: np.where(_reach(bank) > 0, s * _ratio(bank.T @ _ratio(m, bank @ s), _reach(bank)), s)
            ),
        ),
    ),
    also_right=(
        _only_filled,
        _linear_by_loops,
        lambda mel_power, bank, *, n_iter: mel_to_linear(mel_power, bank, n_iter=n_iter).astype(np.float32),
    ),
)

# ---------------------------------------------------------------------------------------------- design

_LOWEST_HZ, _HIGHEST_HZ = 100, 7000


def critical_band_hz(frequency_hz):
    """The ear's bandwidth, roughly: 100 Hz up to 500 Hz, a fifth of the frequency above."""
    return np.maximum(100, frequency_hz / 5)


def _not_points(points_hz):
    points_hz = np.asarray(points_hz)
    if points_hz.ndim != 1 or len(points_hz) < 3 or points_hz.dtype.kind not in "iuf":
        given = f"got shape {points_hz.shape} and dtype {points_hz.dtype}"
        return f"A list of n + 2 frequencies in Hz is asked, three of them at least; {given}."
    return None


def _outside(points_hz):
    inside = np.isfinite(points_hz).all() and np.min(points_hz) >= 0 and np.max(points_hz) <= 8000 + 1e-6
    return None if inside else "Every point must lie between 0 and 8,000 Hz, the Nyquist frequency."


def _not_rising(points_hz):
    steps = np.diff(points_hz)
    if (steps > 0).all():
        return None
    return f"The points must rise: number {np.argmax(steps <= 0) + 1}, counted from 0, is not above the one before it."


def _weight(points_hz, band, frequency_hz):
    low, centre, high = np.asarray(points_hz, float)[band : band + 3]
    return max(0.0, min((frequency_hz - low) / (centre - low), (high - frequency_hz) / (high - centre)))


def _unseen(points_hz):
    """Between two centres the stronger weight is at least 0.5 by itself: only the two ends can fail."""
    for frequency_hz in (_LOWEST_HZ, _HIGHEST_HZ):
        best = max(_weight(points_hz, band, frequency_hz) for band in range(len(points_hz) - 2))
        if best < 0.5 - 1e-9:
            return f"A tone of {frequency_hz:,} Hz has in its strongest band a weight of {best:.2f}; at least 0.5 is asked."
    return None


def _confused(points_hz):
    """Neighbouring triangles cross half-way between their centres, so a band wins between two such places."""
    centres = np.asarray(points_hz, float)[1:-1]
    ends = np.concatenate([[_LOWEST_HZ], (centres[1:] + centres[:-1]) / 2, [_HIGHEST_HZ]])
    ends = np.clip(ends, _LOWEST_HZ, _HIGHEST_HZ)
    for band, (low, high) in enumerate(zip(ends, ends[1:], strict=False)):
        if high - low > critical_band_hz(low) * (1 + 1e-5):
            return (
                f"Tones of {low:,.0f} and {low + critical_band_hz(low):,.0f} Hz are one critical band apart "
                f"and both strongest in band {band} (counted from 0)."
            )
    return None


def _fewest_bands():
    """From 100 Hz upward in steps of one critical band: each of these tones needs a band of its own."""
    tone_hz, n_tones = _LOWEST_HZ, 0
    while tone_hz <= _HIGHEST_HZ:
        n_tones += 1
        tone_hz += critical_band_hz(tone_hz)
    return n_tones


def own_points_hz():
    """Neighbours cross one critical band apart, from 200 Hz on; each centre mirrors the one before at the crossing."""
    centres_hz, crossing_hz = [150], 200
    for _ in range(18):  # until a centre lies above 7,000 Hz
        centres_hz.append(2 * crossing_hz - centres_hz[-1])
        crossing_hz += max(100, crossing_hz / 5)
    return [50, *centres_hz, 8000]


def _centres_a_band_apart():
    """One band more than must be: the centres themselves are one critical band apart, from 100 Hz on."""
    centres_hz = [100.0]
    while centres_hz[-1] < 7000:
        centres_hz.append(centres_hz[-1] + critical_band_hz(centres_hz[-1]))
    return np.array([0, *centres_hz, 8000], np.float32)


DESIGN = Exercise(
    name="mel/own_bands",
    title="fewer bands than the mel scale",
    stars=3,
    kind="design",
    task="""
The ear's own bandwidth, the **critical band**, is roughly 100 Hz up to 500 Hz and a fifth of the frequency above (Fastl & Zwicker 2007, *Psychoacoustics*, chapter 6). Build a bank that keeps up with it, on a scale of your own, with as **few bands** as you can.

The answer is `own_points_hz`: n + 2 rising frequencies in Hz, between 0 and 8,000. Band i is a triangle of height 1 that rises from point i to point i + 1 and falls to point i + 2. The bank must do two things for pure tones from 100 Hz to 7,000 Hz, both ends included:

- **seen**: every tone has a weight of at least 0.5 in its strongest band;
- **told apart**: two tones one critical band apart, f and f + max(100, f/5), are strongest in different bands. A tone on which two neighbours agree counts for the upper one.

30 Slaney bands or 31 of HTK from 0 to 8 kHz do it. Where do they spend more than they must?
""",
    given='''import numpy as np

import course_utils as cu


def same_band(points_hz):
    """The first pair of tones, in Hz, that the bank does not tell apart; None if there is none."""
    centres = np.asarray(points_hz, float)[1:-1]
    crossings = (centres[1:] + centres[:-1]) / 2  # two neighbours have the same weight there
    low = np.linspace(100, 5833, 57_331)  # in steps of 0.1 Hz
    high = low + np.maximum(100, low / 5) + 0.01  # so that rounding decides nothing
    alike = np.searchsorted(crossings, low, "right") == np.searchsorted(crossings, high, "right")
    return (low[alike][0], high[alike][0]) if alike.any() else None


for scale in cu.mel.SCALES:
    for n_mels in (24, 30, 31):
        points_hz = cu.mel.mel_frequencies_hz(n_mels + 2, f_max=8000, scale=scale)
        pair = same_band(points_hz)
        words = f"{pair[0]:.0f} and {pair[1]:.0f} Hz share a band" if pair else "all told apart"
        print(f"{n_mels} {scale:6s} bands from 0 to 8 kHz: {words}")''',
    start="""### BEGIN SOLUTION
own_points_hz = ...
### END SOLUTION""",
    answer="own_points_hz",
    spec=Design(
        properties=(
            Property("a list of points", _not_points),
            Property("outside the range", _outside),
            Property("not rising", _not_rising),
            Property("not seen", _unseen),
            Property("not told apart", _confused),
        ),
        score=lambda points_hz: len(points_hz) - 2,
        unit="bands",
        best=_fewest_bands(),
    ),
    reference=own_points_hz,
    hints=(
        "A mel step must be small enough for the place where it matters most. Which place is that, and how large could "
        "the steps be everywhere else?",
        "The strongest band changes half-way between two centres. How far apart may two such places be, at 200 Hz and "
        "at 2,000 Hz?",
        "Write down these places first: 200 Hz, and then a whole critical band up each time. Choose the first centre; "
        "each further one is the mirror image of the one before it, at the place between them.",
    ),
    wrongs=(
        Wrong("a list of points", "", lambda: np.transpose([np.arange(0, 7900, 100), np.arange(100, 8000, 100)])),
        Wrong("outside the range", "", lambda: package.mel_frequencies_hz(50, f_max=11_025)),
        Wrong("not rising", "", lambda: package.mel_frequencies_hz(40, f_max=8000)[::-1]),
        Wrong("not seen", "", lambda: np.linspace(150, 7500, 90)),
        Wrong("not told apart", "", lambda: package.mel_frequencies_hz(27, f_max=8000, scale="slaney")),
    ),
    also_right=(
        _centres_a_band_apart,
        lambda: package.mel_frequencies_hz(33, f_max=8000, scale="htk"),
        lambda: [0, *range(100, 7001, 100), 7100],
    ),
)

EXERCISES = (MEL_TO_HZ, READ, BANK, NO_EMPTY, WHISPER, LISTEN, INVERSE, DESIGN)

# ------------------------------------------------------------------------------------------ questions


def _rows_apart(low_hz, high_hz, scale="slaney"):
    """In a bank of 80 bands from 0 to 8 kHz."""
    return 81 * (_mel_of(high_hz, scale) - _mel_of(low_hz, scale)) / _mel_of(8000, scale)


def _width_hz(n_mels, f_max=8000):
    """Of the lowest Slaney triangle, at its feet."""
    return package.mel_frequencies_hz(n_mels + 2, f_max=f_max)[2]


def _fed_by(scale, n_fft=512):
    """How many bins feed each of 128 bands at 16 kHz, counted on the definition."""
    points_hz = _hz_by_bisection(np.linspace(0, _mel_of(8000, scale), 130), scale=scale)
    bins_hz = _bins_hz(16_000, n_fft)
    return [
        np.count_nonzero((bins_hz > low) & (bins_hz < high))
        for low, high in zip(points_hz, points_hz[2:], strict=False)
    ]


def _proof_semitone_rows():
    semitone = 2 ** (1 / 12)
    assert round(_rows_apart(200, 200 * semitone), 2) == 0.32 and round(_rows_apart(6000, 6000 * semitone), 1) == 1.5


def _proof_scales_apart():
    apart = {f: _rows_apart(0, f, "htk") - _rows_apart(0, f) for f in range(0, 8001, 5)}
    assert max(apart, key=lambda f: abs(apart[f])) == 495 and round(apart[495], 1) == 3.9
    assert round(apart[4000], 1) == -1.7 and abs(apart[8000]) < 1e-9
    assert apart[1315] > 0 > apart[1325] and -2 < min(apart.values()) < -1.9


def _proof_tilt():
    bank = package.mel_filterbank(sample_rate=16_000, n_fft=4096, n_mels=80)
    plain = package.mel_filterbank(sample_rate=16_000, n_fft=4096, n_mels=80, norm=None)

    def fall_db(values):
        return 10 * np.log10(values[0] / values[-1])

    assert abs(fall_db(bank.sum(axis=1))) < 0.1 and 8.5 < fall_db(bank.max(axis=1)) < 9.5
    assert -9.5 < fall_db(plain.sum(axis=1)) < -8.5 and abs(fall_db(plain.max(axis=1))) < 0.5


def _proof_empty_bands():
    slaney, htk = _fed_by("slaney"), _fed_by("htk")
    assert (slaney.count(0), htk.count(0)) == (0, 1) and (slaney.count(1), htk.count(1)) == (25, 25)
    assert 46 < _width_hz(128) < 47


def _proof_level_lines():
    assert round(4 * 22_050 / 512) == 172  # Hann's main lobe
    white = np.random.default_rng(6).normal(0, 0.1, 5 * 22_050)
    mel_power = package.mel_spectrogram(white, sample_rate=22_050, n_fft=512, n_mels=128)[:54]
    bank = package.mel_filterbank(sample_rate=22_050, n_fft=512, n_mels=128)[:54]
    bends = [np.diff(10 * np.log10(level), 2) for level in (mel_power.mean(axis=1), bank.sum(axis=1))]
    assert np.corrcoef(bends)[0, 1] > 0.95  # the noise's stripes are the sums of the rows


def _proof_lines_kept():
    assert round(_width_hz(40)) == 147 and round(_width_hz(80)) == 74
    assert round(4 / 0.0464) == 86 and round(4 * 22_050 / 512) == 172


def _proof_bell():
    from .. import audio

    bell, _ = audio.load("environment/door_bell", sample_rate=16_000, dtype=np.float64)
    voice, _ = audio.load("speech/sentence_awb", dtype=np.float64)
    n_frames = len(voice) // 160
    beside = np.concatenate([0.1 * voice, np.zeros(16_000), bell])
    alone, beside = (package.whisper_log_mel(x, pad_s=None)[:, :n_frames] for x in (0.1 * voice, beside))
    assert 0.45 < (np.abs(alone - beside)[:, :-2] > 0.01).mean() < 0.55


def _proof_lost_pitch():
    assert [round(_width_hz(n)) for n in (20, 40, 80)] == [287, 147, 74]


def _proof_octaves():
    assert round(_rows_apart(100, 200), 1) == 2.7 and round(_rows_apart(4000, 8000)) == 18


def _proof_two_sines():
    bank = package.mel_filterbank(sample_rate=16_000, n_fft=4096, n_mels=80)
    low, high = (bank[:, round(f * 4096 / 16_000)].max() for f in (150, 7000))
    assert 8 < 10 * np.log10(low / high) < 12


def _proof_stripes():
    rows = {n: package.mel_filterbank(sample_rate=22_050, n_fft=512, n_mels=n).sum(axis=1) for n in (80, 128)}
    ripple_db = {n: np.ptp(10 * np.log10(row)) for n, row in rows.items()}
    assert ripple_db[128] > 4 and ripple_db[80] < 1


def _proof_gates():
    assert (4 * 16_000 / 400, 4 * 16_000 / 1024) == (160, 62.5)
    assert round(_width_hz(40)) == 147 and round(_width_hz(80)) == 74


def _proof_doubled_db():
    mel_power = 10.0 ** np.array([0, -3, -5])  # 30 and 50 dB below the maximum
    published = 20 * np.log10(mel_power)
    assert np.allclose(np.maximum(published, published.max() - 80), [0, -60, -80])


QUESTIONS = (
    Question(
        name="semitone_rows",
        kind="predict",
        text="In which of the two semitones are the tones more rows apart?",
        options=(
            wrong(
                "the same number in both", "That would be a scale of ratios; the mel scale goes only part of the way."
            ),
            wrong(
                "in the one at 200 Hz",
                "There are more rows per hertz down there, but the semitone has only 12 Hz: a third of a row.",
            ),
            right("in the one at 6 kHz", "Its 357 Hz are a row and a half; the 12 Hz at 200 Hz are a third of a row."),
        ),
        proof=_proof_semitone_rows,
    ),
    Question(
        name="scales_apart",
        kind="predict",
        text="Where do the scales put the same frequency into rows that lie furthest apart?",
        options=(
            right(
                "near 500 Hz, by about four rows",
                "HTK begins steeper and is ahead there; by 1.3 kHz Slaney has caught up, and then leads by up to two rows.",
            ),
            wrong(
                "near 4 kHz, by about two rows",
                "Two rows is about right for 4 kHz, but it is not where they part most.",
            ),
            wrong(
                "near 8 kHz, by ten rows or more",
                "The formulas have run apart there, but both banks end at 8 kHz: the last rows agree.",
            ),
        ),
        proof=_proof_scales_apart,
    ),
    Question(
        name="tilt",
        kind="predict",
        text='With norm="slaney", which sound comes out tilted?',
        options=(
            wrong(
                "the noise, by about 9 dB",
                "That is `norm=None`: a wider triangle of the same height collects more noise. "
                "At equal area every band collects the same.",
            ),
            right(
                "the sines, by about 9 dB",
                "At equal area the widest triangle is the lowest, and a sine is one line that meets it at its peak.",
            ),
            wrong("neither", "A bank can be level for tones or for noise: one has power, the other power per hertz."),
        ),
        proof=_proof_tilt,
    ),
    Question(
        name="empty_bands",
        kind="predict",
        text="How many of the 128 bands are empty, with Slaney and with HTK?",
        options=(
            wrong(
                "about a third with both: the low centres are closer together than the bins",
                "The centres are, but a triangle is two such steps wide: 46 Hz for Slaney, wider than a bin's 31 Hz.",
            ),
            right(
                "none and one, with 25 fed by a single bin in each",
                "The bins nearly always find the triangle, but many find only one place in it.",
            ),
            wrong(
                "none and none, and hardly any is fed by one bin",
                "A triangle of 46 Hz holds one bin or two at a distance of 31 Hz: a fifth of the bands hang on one.",
            ),
        ),
        proof=_proof_empty_bands,
    ),
    Question(
        name="level_lines",
        kind="predict",
        text="Are the level lines the harmonics of the voice?",
        options=(
            wrong(
                "yes, they are 97 Hz apart",
                "The window of 23 ms has a main lobe of 172 Hz: harmonics 97 Hz apart run together before the bands see them.",
            ),
            wrong(
                "no, they are side lobes of the window",
                "Side lobes would move with the tones they belong to; these lines stand at the same rows for any sound.",
            ),
            right(
                "no, they belong to the bank",
                "A narrow triangle with a bin at its peak reads high, its neighbour low. A sound without harmonics shows it.",
            ),
        ),
        proof=_proof_level_lines,
    ),
    Question(
        name="lines_kept",
        kind="predict",
        text="In which setting are the lines, 97 Hz apart, still seen?",
        options=(
            wrong(
                "46 ms, in 80 rows and in 40",
                "The lowest of 40 triangles are 147 Hz wide: each holds more than one line.",
            ),
            wrong(
                "23 ms in 128 rows: those bands are the narrowest",
                "The bands would part them, but the window's main lobe of 172 Hz has already joined them.",
            ),
            right(
                "46 ms in 80 rows only", "The main lobe is 86 Hz wide, the triangles 74 Hz: the lines pass both gates."
            ),
        ),
        proof=_proof_lines_kept,
    ),
    Question(
        name="bell",
        kind="predict",
        text="What does the bell, 20 s later, change in the features of the voice?",
        options=(
            wrong("nothing", "Its frames see 25 ms each, but step 4 looks at all 30 s."),
            wrong("a few of the softest cells", "The bell raises the floor by 28 dB, and speech has many soft cells."),
            right(
                "about half of the cells",
                "The floor lies 80 dB below the loudest cell of the 30 s, which is the bell's.",
            ),
        ),
        proof=_proof_bell,
    ),
    Question(
        name="birds",
        kind="predict",
        text="At a steady level, which of the two finds more of the birds?",
        options=(
            wrong(
                "PCEN beside both", "Each drop of rain is louder than the last 0.4 s, and PCEN lifts it like a bird."
            ),
            right(
                "PCEN beside the engine, dB beside the rain",
                "The engine stays and is divided out. Rain is made of events, which PCEN takes for what it looks for.",
            ),
            wrong(
                "dB beside both",
                "One threshold for all rows must clear the engine's loudest rows, and most birds are softer than that.",
            ),
        ),
    ),
    Question(
        name="settings",
        kind="predict",
        text="Which of the six make the lines or the burst better by 3 dB or more?",
        options=(
            wrong("none, each only destroys", "A setting moves what is lost from one place to another."),
            right(
                "the two other values of n_fft, and f_max=4000",
                "4,096 and f_max=4000 for the lines (narrower lobe, narrower bands), 256 for the burst.",
            ),
            wrong(
                "n_fft=4096 only",
                "It does help the lines. But a short window sharpens the burst, and 80 bands for half the range are narrower.",
            ),
        ),
    ),
    Question(
        name="lost_pitch",
        kind="predict",
        text="Whose pitch is lost first, and is it back with 80 bands?",
        options=(
            right(
                "the man's, and it is back",
                "The lowest of 40 triangles are 147 Hz wide, more than his 100 Hz; the lowest of 80 are 74 Hz wide.",
            ),
            wrong(
                "the man's, and 80 are still too few",
                "The lowest of 80 triangles are 74 Hz wide: harmonics 100 Hz apart fall into different ones.",
            ),
            wrong(
                "the woman's, and it is back",
                "Her harmonics are twice as far apart, so that wider bands still part them.",
            ),
        ),
        proof=_proof_lost_pitch,
    ),
    Question(
        name="octaves",
        text="Eighty Slaney bands up to 8 kHz. Which pair of tones lies further apart in rows: 100 and 200 Hz, or 4,000 and 8,000 Hz?",
        options=(
            wrong("100 and 200 Hz", "Below 1 kHz the scale is straight, and 100 Hz are 2.7 rows."),
            right(
                "4,000 and 8,000 Hz",
                "An octave there is 18 rows. The mel scale goes only part of the way from hertz to octaves.",
            ),
            wrong(
                "both the same, an octave is an octave",
                "That would be a logarithmic scale, as chroma and constant-Q use.",
            ),
        ),
        proof=_proof_octaves,
    ),
    Question(
        name="two_sines",
        text='norm="slaney", and two sines of equal amplitude at 150 Hz and 7 kHz. What do their rows say?',
        options=(
            right("the high one reads several dB lower", "Its triangle is wider and therefore, at equal area, lower."),
            wrong("the same level", "That is `norm=None`, where every triangle has the height 1."),
            wrong(
                "the high one reads higher, its band is wider",
                "A wide band collects more of a noise, but a sine is one line, however wide the band.",
            ),
        ),
        proof=_proof_two_sines,
    ),
    Question(
        name="stripes",
        text="The bank raised no warning. White noise, averaged over time, shows stripes from row to row. What is wrong?",
        options=(
            wrong("the noise is too short", "A longer mean leaves the stripes where they are."),
            wrong("the floor of the logarithm", "It cuts off soft cells; white noise has the same power everywhere."),
            right(
                "low bands are fed by one or two bins",
                "Some have a bin at their peak, others on the slope. Take fewer bands or a longer window.",
            ),
        ),
        proof=_proof_stripes,
    ),
    Question(
        name="gates",
        text="A man's pitch of 100 Hz must be seen in the rows. Which setting shows it at 16 kHz?",
        options=(
            wrong(
                "n_fft=400, 128 bands",
                "The window of 25 ms has a main lobe of 160 Hz. What lines you see belong to the bank.",
            ),
            right("n_fft=1024, 80 bands", "Main lobe 62 Hz, lowest triangles 74 Hz: both gates let 100 Hz through."),
            wrong(
                "n_fft=1024, 40 bands",
                "The window would part the harmonics, but the lowest triangles are 147 Hz wide.",
            ),
        ),
        proof=_proof_gates,
    ),
    Question(
        name="door_slam",
        text="You cut the last second, which held a door slam, off a 30 s recording. Whisper's features of the first second change. Why?",
        options=(
            wrong("the padding at the end reflects the sound", "That reaches 12.5 ms into the sound."),
            wrong("the FFT mixes all times", "Each frame sees 25 ms."),
            right(
                "the floor lies 80 dB below the loudest cell of all 30 s",
                "The slam set it. Without the slam softer cells come out from under it.",
            ),
        ),
    ),
    Question(
        name="other_default",
        text="A classifier trained on torchaudio's default mel scale is served with librosa's default. What will you see?",
        options=(
            right(
                "a loss of accuracy, larger for some classes",
                "Formants below 1.3 kHz are read too low and those above too high, and some classes change places.",
            ),
            wrong("an error about shapes", "The shapes are the same."),
            wrong("chance level", "Many sounds survive; in section 10 about half of the vowels did."),
        ),
    ),
    Question(
        name="doubled_db",
        text="amplitude_to_db on a mel power spectrogram, re its maximum, cut at 80 below. What do two sounds read that are 30 and 50 dB softer than the loudest?",
        options=(
            wrong("−30 and −50", "That is `power_to_db`. 20 log₁₀ of a power doubles every dB."),
            right("−60 and −80", "Both are doubled, and the second, at −100, is cut: 40 real dB are left."),
            wrong(
                "−60 and −100",
                "Doubled they are, but what is below −80 is raised to −80, and cannot be told apart there.",
            ),
            wrong("−15 and −25", "That would be 10 log₁₀ of an amplitude, the opposite mistake."),
        ),
        proof=_proof_doubled_db,
    ),
)
