"""Cepstra, coefficients and their slopes

Eight exercises along the way from a log spectrum to the 39 numbers of a recogniser: read a cepstrum, build the cosine
transform, lifter, normalise a padded batch, take slopes, hear what each coefficient does, and at the end find better
slopes than those in the books.
"""

import functools
import math
import statistics

import numpy as np
import scipy.fft

from .. import mfcc as package
from ..practice.exercise import Case, Design, Exercise, Function, Property, Question, Value, Wrong, case, right, wrong

# ---------------------------------------------------------------------------------- reading a cepstrum


def sung_vowel():
    """A fifth of a second of a sung vowel with some breath in it, and its sampling rate."""
    from .. import sound

    rng = np.random.default_rng(1)
    clean = sound.vowel("ʌ", fundamental_hz=168, duration_s=0.2, sample_rate=16_000)
    return clean + 0.001 * rng.standard_normal(len(clean)), 16_000


def unknown_cepstrum():
    """The first 320 numbers of the cepstrum of 1,024 samples of it."""
    from .. import dft

    piece = sung_vowel()[0][800:1824] * dft.window("hann", 1024)
    return np.fft.irfft(np.log(np.maximum(np.abs(np.fft.rfft(piece, 2048)), 1e-8)))[:320]


def _pitch_truth():
    """From the sound, without a spectrum: the delay at which it resembles itself most, to a fraction of a sample."""
    x, sample_rate = sung_vowel()
    alike = np.array([x[:-400] @ x[delay : len(x) - 400 + delay] for delay in range(400)])
    top = 40 + int(alike[40:160].argmax())
    before, at, after = alike[top - 1 : top + 2]
    return sample_rate / (top + (before - after) / (2 * (before - 2 * at + after)))


def pitch_hz():
    period = 95.5  # samples: the first narrow peak is at 96, the third at 286
    return 16_000 / period


READ = Exercise(
    name="mfcc/read_pitch",
    title="how high was it sung?",
    stars=1,
    kind="read",
    task="""
Below is the cepstrum of 1,024 samples of a sung vowel, computed with a DFT of 2,048 points as in section 2 of the lecture. The sampling rate is 16 kHz. The axis counts **samples** of quefrency, as the index of the array does.

**At which pitch, in Hz, was the vowel sung?** (Within 3 %.)
""",
    given="""import course_utils as cu
from course_utils.exercises.mfcc import unknown_cepstrum

ripples = unknown_cepstrum()
picture = cu.plotting.Picture(height_in=3)
picture.axes[0].plot(range(3, 320), ripples[3:])
picture.axes[0].set(xticks=range(0, 321, 20), xlabel="quefrency in samples at 16 kHz")
picture.axes[0].set(ylabel="ripple", title="the cepstrum of a sung vowel")
picture.show("Large values below 12 samples; after that three narrow peaks, each lower than the one "
             "before, at 96, 190 and 286 samples.")""",
    start="""### BEGIN SOLUTION
pitch_hz = ...
### END SOLUTION""",
    answer="pitch_hz",
    spec=Value(truth=_pitch_truth, unit="Hz", tolerance=0.03),
    reference=pitch_hz,
    hints=(
        "Which part of the curve belongs to the mouth, and which to the voice?",
        "Quefrency is a time. How long does one sample last?",
        "The first narrow peak stands at one period of the voice, the others at its multiples. "
        "Periods per second are samples per second over samples per period.",
    ),
    wrongs=(
        Wrong(
            "samples taken for hertz",
            "96 is the place of the first narrow peak, in samples. It is a time, the period of the voice, not its pitch.",
            lambda: 96,
        ),
        Wrong(
            "bins of a spectrum",
            "That treats the place of the peak as a bin of a spectrum, f_s/2,048 apart. The axis of a cepstrum is a time: "
            "its steps are 1/f_s.",
            lambda: 96 * 16_000 / 2048,
        ),
        Wrong(
            "the second peak",
            "That is half the pitch: the peak near 190 samples is two periods away. The first narrow one is one period.",
            lambda: 16_000 / 190,
        ),
        Wrong(
            "the third peak",
            "That is a third of the pitch: the peak near 286 samples is three periods away.",
            lambda: 16_000 / 286,
        ),
        Wrong(
            "the period in ms",
            "That is the period in milliseconds. The pitch is how many of these fit into a second.",
            lambda: 6.0,
        ),
        Wrong(
            "samples taken for milliseconds",
            "That takes the axis for milliseconds. It counts samples, of which 16 last a millisecond.",
            lambda: 1000 / 96,
        ),
    ),
    also_right=(lambda: np.float32(16_000 / 96), lambda: 2 * 16_000 / 190, lambda: 168),
)

# ------------------------------------------------------------------------------------- cosines as rows


def _cosines_by_definition(n_out, n_in):
    rows = []
    for k in range(n_out):
        row = [math.cos(math.pi * k * (2 * n + 1) / (2 * n_in)) for n in range(n_in)]
        length = math.sqrt(math.fsum(value**2 for value in row))
        rows.append([value / length for value in row])
    return np.array(rows)


def _sizes() -> list[Case]:
    half = 1 / math.sqrt(2)
    return [
        case(2, 2, says="two rows for two bands", gives=[[half, half], [half, -half]]),
        case(1, 4, says="one row for four bands", gives=[[0.5, 0.5, 0.5, 0.5]]),
        case(13, 40, says="13 rows for 40 bands"),
        case(7, 7, says="as many rows as bands"),
        case(1, 1, says="a single band", gives=[[1]]),
    ]


def _cosines(n_out, n_in, *, shift=0.5, scale=None):
    """Rows cos(π k (n + shift) / N) with a scale of one's own."""
    k, n = np.arange(n_out)[:, np.newaxis], np.arange(n_in)
    return (np.sqrt(2 / n_in) if scale is None else scale) * np.cos(np.pi * k * (n + shift) / n_in)


def _first_row_shorter(rows):
    rows[0] /= np.sqrt(2)
    return rows


def _from_end_to_end(n_out, n_in):
    steps = np.outer(np.arange(n_out), np.arange(n_in)) / max(n_in - 1, 1)
    return _first_row_shorter(np.sqrt(2 / n_in) * np.cos(np.pi * steps))


def _one_row_after_the_other(n_out, n_in):
    rows = []
    for k in range(n_out):
        rows.append([])
        for n in range(n_in):
            scale = 1 / math.sqrt(n_in) if k == 0 else math.sqrt(2 / n_in)
            rows[-1].append(scale * math.cos(math.pi * k * (n + 0.5) / n_in))
    return rows


DCT = Exercise(
    name="mfcc/dct_matrix",
    title="the cosine transform as a matrix",
    stars=1,
    kind="implement",
    task=r"""
Write the matrix whose row $k$ measures how much of a cosine with $k$ half turns a curve over $N$ bands holds,

$$D[k, n] = s_k \cos\!\left(\frac{\pi k\,(n + \frac12)}{N}\right), \qquad n = 0, \dots, N - 1,$$

with $s_k$ such that **every row has length 1** (the squares in a row add up to 1). $N$ is `n_in`; the first `n_out` rows are asked, with $1 \le$ `n_out` $\le$ `n_in`. A single band is a case, too.
""",
    start='''def dct_matrix(n_out, n_in):
    """The first n_out rows for n_in bands: shape (n_out, n_in)."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="dct_matrix",
    spec=Function(cases=_sizes, expected=_cosines_by_definition),
    reference=package.dct_matrix,
    hints=(
        "Row 0 is a constant. Which constant, if the squares of N equal numbers add up to 1?",
        "In every other row the squares of the cosines add up to N/2.",
        "k down a column and n along a row, as in `np.arange(n_out)[:, np.newaxis]` and `np.arange(n_in)`, give the "
        "table of all cosines at once; only row 0 needs another factor than √(2/N).",
    ),
    wrongs=(
        Wrong(
            "row 0 too long",
            "Row 0 has length √2, all others 1: a constant is not a cosine that swings, "
            "and the squares of N ones add up to N, not to N/2. (HTK leaves it so.)",
            _cosines,
        ),
        Wrong(
            "not normalised",
            "The angles are right, the rows too long: this is `scipy.fft.dct` without `norm='ortho'`, "
            "whose factor is 2 in every row.",
            functools.partial(_cosines, scale=2.0),
        ),
        Wrong(
            "half a band missing",
            "The cosines begin at the first band. They must begin half a band before it, or the mirror image "
            "of the curve does not fit: the rows are not at right angles.",
            lambda n_out, n_in: _first_row_shorter(_cosines(n_out, n_in, shift=0.0)),
        ),
        Wrong(
            "from end to end",
            "The cosines run from the centre of the first band to that of the last, over N − 1 steps. "
            "A row of type II makes its k half turns over N bands, edges included.",
            _from_end_to_end,
        ),
        Wrong(
            "rows of the inverse",
            "These are rows of the inverse: a transform of the unit matrix along its last axis gives the transposed "
            "matrix, and its first rows are not those that are asked.",
            lambda n_out, n_in: scipy.fft.dct(np.eye(n_in), norm="ortho")[:n_out],
        ),
        Wrong(
            "twice too fast",
            "Every row turns twice too fast: row 1 must make one half turn over all the bands, not a whole one. "
            "With 2n + 1 in place of n + ½ the divisor becomes 2N.",
            lambda n_out, n_in: _first_row_shorter(
                np.sqrt(2 / n_in) * np.cos(np.pi * np.outer(np.arange(n_out), 2 * np.arange(n_in) + 1) / n_in)
            ),
        ),
        Wrong(
            "row 0 missing",
            "The rows begin with one half turn. Row 0, the constant that measures the level, comes before it.",
            lambda n_out, n_in: _cosines(n_out + 1, n_in)[1:],
        ),
        Wrong(
            "on its side",
            "It lies on its side: a row is one cosine over all bands, so the shape is (n_out, n_in).",
            lambda n_out, n_in: _cosines_by_definition(n_out, n_in).T,
        ),
    ),
    also_right=(
        _one_row_after_the_other,
        lambda n_out, n_in: scipy.fft.dct(np.eye(n_in), norm="ortho", axis=0)[:n_out],
        lambda n_out, n_in: _first_row_shorter(_cosines(n_out, n_in)).astype(np.float32),
    ),
)

# ------------------------------------------------------------------------------ coefficients of bands


def _coefficients_by_definition(log_mel, *, n_mfcc, n_lifter):
    log_mel = np.asarray(log_mel)
    n_mels = log_mel.shape[-2]
    found = np.zeros((*log_mel.shape[:-2], n_mfcc, log_mel.shape[-1]))
    for k in range(n_mfcc):
        raised = 1 + n_lifter / 2 * math.sin(math.pi * k / n_lifter) if n_lifter else 1
        scale = math.sqrt((1 if k == 0 else 2) / n_mels) * raised
        for m in range(n_mels):
            found[..., k, :] += scale * math.cos(math.pi * k * (m + 0.5) / n_mels) * log_mel[..., m, :]
    return found


def _levels() -> list[Case]:
    rng = np.random.default_rng(13)

    def levels(*shape):
        return 15 * rng.standard_normal(shape) - 40

    flat, edge = np.full((4, 1), 3.0), np.array([[1.0], [-1.0]])
    return [
        case(flat, n_mfcc=3, n_lifter=0, says="four bands at 3 dB, no lifter", gives=[[6], [0], [0]]),
        case(edge, n_mfcc=2, n_lifter=0, says="two bands at 1 and -1 dB, no lifter", gives=[[0], [math.sqrt(2)]]),
        case(edge, n_mfcc=2, n_lifter=2, says="the same with L = 2", gives=[[0], [2 * math.sqrt(2)]]),
        case(levels(40, 7), n_mfcc=13, n_lifter=22, says="40 bands, 13 coefficients, L = 22"),
        case(levels(12, 12), n_mfcc=12, n_lifter=0, says="as many frames as bands, all kept, no lifter"),
        case(levels(12, 12), n_mfcc=8, n_lifter=15, says="as many frames as bands, L = 15"),
        case(levels(2, 3, 26, 5), n_mfcc=13, n_lifter=22, says="a batch of two by three spectrograms"),
        case(levels(20, 4), n_mfcc=1, n_lifter=22, says="one coefficient"),
    ]


def mfcc_from_log_mel(log_mel, *, n_mfcc, n_lifter):
    n_mels = log_mel.shape[-2]
    k, m = np.arange(n_mfcc)[:, np.newaxis], np.arange(n_mels)
    rows = np.sqrt(2 / n_mels) * np.cos(np.pi * k * (m + 0.5) / n_mels)
    rows[0] /= np.sqrt(2)
    if n_lifter:
        rows *= 1 + n_lifter / 2 * np.sin(np.pi * k / n_lifter)
    return rows @ log_mel  # the leading axes stay


def _raised(coefficients, n_lifter, first=0):
    k = np.arange(first, first + coefficients.shape[-2])[:, np.newaxis]
    return coefficients * (1 + n_lifter / 2 * np.sin(np.pi * k / n_lifter)) if n_lifter else coefficients


def _with_scipy(log_mel, *, n_mfcc, n_lifter, axis=-2, norm="ortho"):
    return _raised(scipy.fft.dct(log_mel, axis=axis, norm=norm)[..., :n_mfcc, :], n_lifter)


def _without_level(log_mel, *, n_mfcc, n_lifter):
    n_mels = np.shape(log_mel)[-2]
    all_of_them = np.zeros((*np.shape(log_mel)[:-2], n_mels + 1, np.shape(log_mel)[-1]))
    all_of_them[..., :n_mels, :] = scipy.fft.dct(log_mel, axis=-2, norm="ortho")
    return _raised(all_of_them[..., 1 : n_mfcc + 1, :], n_lifter, first=1)


def _htk_scaled(log_mel, *, n_mfcc, n_lifter):
    found = mfcc_from_log_mel(log_mel, n_mfcc=n_mfcc, n_lifter=n_lifter)
    found[..., 0, :] *= np.sqrt(2)
    return found


MFCC = Exercise(
    name="mfcc/mfcc_from_log_mel",
    title="liftered coefficients of a batch",
    stars=2,
    kind="implement",
    task=r"""
From a log-mel spectrogram $L$ of the shape `(…, mel, time)` to its first `n_mfcc` $\le M$ coefficients, `(…, n_mfcc, time)`:

$$c[k, t] = w_k\, s_k \sum_{m=0}^{M-1} L[m, t] \cos\!\left(\frac{\pi k\,(m + \tfrac12)}{M}\right), \qquad k = 0, 1, \dots$$

$s_0 = \sqrt{1/M}$ and $s_k = \sqrt{2/M}$ make it orthonormal; $w_k = 1 + \frac{L_c}{2}\sin\frac{\pi k}{L_c}$ is HTK's lifter. $L_c$ is `n_lifter`; **0 means that there is none**, $w_k = 1$. The unit stays that of $L$, so no logarithm is taken here. Leading axes, as of a batch, stay. (`scipy.fft.dct` is allowed.)
""",
    start='''def mfcc_from_log_mel(log_mel, *, n_mfcc, n_lifter):
    """Levels (…, mel, time) in, coefficients (…, n_mfcc, time) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="mfcc_from_log_mel",
    spec=Function(cases=_levels, expected=_coefficients_by_definition),
    reference=mfcc_from_log_mel,
    hints=(
        "Over which of the axes does the sum run, counted from the end?",
        "A matrix of cosines times `log_mel` with @ does every frame of every spectrogram. The weights of the lifter "
        "belong to the rows.",
        "`scipy.fft.dct(log_mel, axis=-2, norm='ortho')[..., :n_mfcc, :]` has all but the lifter; its weights need the "
        "shape (n_mfcc, 1), and n_lifter = 0 a way past the division.",
    ),
    wrongs=(
        Wrong(
            "along time",
            "The cosines run over time: the last axis is what `scipy.fft.dct` takes if it is not told which. "
            "The bands are the axis before it.",
            functools.partial(_with_scipy, axis=-1),
        ),
        Wrong(
            "not orthonormal",
            "c0 is 2√M times as large as asked and the others √(2M) times: "
            "this is the plain sum with a factor of 2, what scipy gives without `norm`.",
            functools.partial(_with_scipy, norm=None),
        ),
        Wrong(
            "c0 too large",
            "Only c0 differs: it is √2 times too large. The row of ones has the squared length M, the others M/2.",
            _htk_scaled,
        ),
        Wrong(
            "lifter counted from 1",
            "Each coefficient has the weight of its upper neighbour: the sine counts from 1, as in librosa. "
            "In HTK c0 is weighted with sin 0 and stays as it is.",
            lambda log_mel, *, n_mfcc, n_lifter: _raised(
                mfcc_from_log_mel(log_mel, n_mfcc=n_mfcc, n_lifter=0), n_lifter, first=1
            ),
        ),
        Wrong(
            "lifter twice as deep",
            "The sine has the factor L in front; the lifter's is L/2. Without lifter all is right.",
            lambda log_mel, *, n_mfcc, n_lifter: (
                2 * mfcc_from_log_mel(log_mel, n_mfcc=n_mfcc, n_lifter=n_lifter)
                - mfcc_from_log_mel(log_mel, n_mfcc=n_mfcc, n_lifter=0)
            ),
        ),
        Wrong(
            "c0 dropped",
            "These are c1, c2, … : the level, c0, is missing. Some recipes leave it out; here it is the first row.",
            _without_level,
        ),
        Wrong(
            "no lifter",
            "It is right as long as n_lifter is 0: the weights of the lifter are missing.",
            lambda log_mel, *, n_mfcc, n_lifter: mfcc_from_log_mel(log_mel, n_mfcc=n_mfcc, n_lifter=0),
        ),
        Wrong(
            "first axis cut",
            "The coefficients are cut along the first axis, which in a batch is not that of the bands: "
            "cut with [..., :n_mfcc, :].",
            lambda log_mel, *, n_mfcc, n_lifter: _raised(
                scipy.fft.dct(log_mel, axis=-2, norm="ortho")[:n_mfcc], n_lifter
            ),
        ),
    ),
    also_right=(
        _with_scipy,
        _coefficients_by_definition,
        lambda log_mel, *, n_mfcc, n_lifter: _with_scipy(
            np.float32(log_mel), n_mfcc=n_mfcc, n_lifter=n_lifter
        ).tolist(),
    ),
)

# ------------------------------------------------------------------------------------ what a level does


def _step_truth():
    """Measured on five frames of any spectrum, and on the same four times as strong in power."""
    power = np.random.default_rng(2).uniform(1e-3, 1, (40, 5))
    louder, quieter = np.log(10**0.6 * power), np.log(power)
    return float((scipy.fft.dct(louder - quieter, axis=0, norm="ortho")[0]).mean())


def c0_rise():
    n_mels, rise_db = 40, 6
    rise = rise_db / 10 * np.log(10)  # of each band, in natural units: the bands hold power
    return rise * np.sqrt(n_mels)  # a constant over the bands, times the row 1/√M


STEP = Exercise(
    name="mfcc/c0_step",
    title="six decibels louder",
    stars=1,
    kind="predict",
    task="""
A front end takes the mel **power** in 40 bands, its **natural** logarithm, and an orthonormal DCT. A recording is made 6 dB louder and comes in again; no band is near the floor. The coefficients from 1 on stay as they are.

**By how much does c0 rise?** (Within 1 %.)
""",
    start="""### BEGIN SOLUTION
c0_rise = ...
### END SOLUTION""",
    answer="c0_rise",
    spec=Value(truth=_step_truth, tolerance=0.01),
    reference=c0_rise,
    hints=(
        "By what is the power in each band multiplied, and what does the natural logarithm make of that?",
        "Each of the 40 levels rises by the same number. Which row of the DCT sees a constant, and what does it add up?",
        "Row 0 has 40 entries of 1/√40. A rise of a in every band makes 40 · a / √40.",
    ),
    wrongs=(
        Wrong(
            "6 in every band",
            "That is the rise for bands in dB. A natural logarithm of power rises by 6/10 · ln 10, not by 6.",
            lambda: 6 * np.sqrt(40),
        ),
        Wrong(
            "amplitude for power",
            "Half of it: ln of the amplitude was taken. The bands hold power, and 6 dB are a factor of 10^0.6 = 3.98 in power.",
            lambda: 0.3 * np.log(10) * np.sqrt(40),
        ),
        Wrong(
            "one band's rise",
            "That is the rise of each band. c0 is no mean over the bands: it is the sum of 40 of them, times 1/√40.",
            lambda: 0.6 * np.log(10),
        ),
        Wrong(
            "the whole sum",
            "That is the sum over 40 bands; the row of the orthonormal DCT has entries of 1/√40, not of 1.",
            lambda: 0.6 * np.log(10) * 40,
        ),
        Wrong(
            "c0 of HTK",
            "That is HTK's c0, with √(2/M) for row 0 too. In an orthonormal DCT row 0 has √(1/M).",
            lambda: 0.6 * np.log(10) * np.sqrt(80),
        ),
        Wrong(
            "the decibels themselves",
            "c0 would rise by 6 if it were the level in dB. It is neither in dB nor a mean over the bands.",
            lambda: 6,
        ),
    ),
    also_right=(lambda: 8.738, lambda: np.float32(np.log(3.981) * 40 / np.sqrt(40))),
)

# ------------------------------------------------------------------------------------ a padded batch


def _normal_by_definition(features, lengths):
    """Clip by clip and coefficient by coefficient, from the frames that are there."""
    normal = np.zeros(np.shape(features))
    for b, length in enumerate(lengths):
        for k, row in enumerate(features[b]):
            values = [float(value) for value in row[:length]]
            if max(values) > min(values):
                mean, spread = statistics.fmean(values), statistics.pstdev(values)
                normal[b, k, :length] = [(value - mean) / spread for value in values]
    return normal


def _batches() -> list[Case]:
    rng = np.random.default_rng(17)

    def batch(lengths, n_coefficients, n_time, padding):
        made = np.full((len(lengths), n_coefficients, n_time), padding)
        for clip, length in zip(made, lengths, strict=True):
            clip[:, :length] = rng.uniform(1, 20, (n_coefficients, 1)) * rng.standard_normal((n_coefficients, length))
            clip[:, :length] += rng.uniform(-40, 40, (n_coefficients, 1))
        return made, np.array(lengths)

    held = batch([3, 5], 2, 5, 0.0)
    held[0][0, 0, :3] = 0.1  # whose mean in floating point is 0.10000000000000002
    return [
        case(np.array([[[1.0, 3]]]), np.array([2]), says="one clip of two frames", gives=[[[-1, 1]]]),
        case(
            np.array([[[1.0, 3, 0, 0]]]),
            np.array([2]),
            says="the same with two frames of zeros behind it",
            gives=[[[-1, 1, 0, 0]]],
        ),
        case(*batch([7, 4, 1], 2, 7, 0.0), says="clips of 7, 4 and 1 frames, zeros behind them"),
        case(*batch([6, 9], 3, 9, -100.0), says="clips of 6 and 9 frames, −100 behind the shorter"),
        case(*batch([4, 3, 2, 4], 4, 4, 0.0), says="four clips, four coefficients, four frames"),
        case(*held, says="a coefficient that stays at 0.1"),
        case(np.zeros((1, 2, 4)), np.array([3]), says="silence", gives=np.zeros((1, 2, 4))),
    ]


def cmvn_padded(features, lengths):
    n_frames = np.expand_dims(lengths, (1, 2))
    there = np.arange(features.shape[-1]) < n_frames
    mean = np.where(there, features, 0).sum(axis=-1, keepdims=True) / n_frames
    centred = np.where(there, features - mean, 0)
    spread = np.sqrt((centred**2).sum(axis=-1, keepdims=True) / n_frames)
    return centred / np.maximum(spread, 1e-8)  # a coefficient that never changes becomes 0


def _clip_by_clip(normalise):
    """The same for the frames that are there, of one clip after the other."""

    def normal(features, lengths):
        made = np.zeros(np.shape(features))
        for b, length in enumerate(lengths):
            made[b, :, :length] = normalise(features[b][:, :length])
        return made

    return normal


def _by_std(axis=-1, ddof=0, power=1):
    def normalise(frames):
        centred = frames - frames.mean(axis=axis, keepdims=True)
        spread = np.sqrt((centred**2).sum(axis=axis, keepdims=True) / max(np.size(frames, axis) - ddof, 1))
        return centred / np.maximum(spread, 1e-8) ** power

    return normalise


def _std_or_one(frames):
    mean, spread = frames.mean(axis=-1, keepdims=True), frames.std(axis=-1, keepdims=True)
    return (frames - mean) / np.where(spread == 0, 1, spread)


def _as_published(features, lengths):
    n_frames = np.reshape(lengths, (-1, 1, 1))
    centred = features - features.sum(axis=-1, keepdims=True) / n_frames
    return centred / np.maximum(np.sqrt((centred**2).sum(axis=-1, keepdims=True) / n_frames), 1e-8)


def _padding_not_zero(features, lengths):
    normal = np.zeros(np.shape(features))
    for b, length in enumerate(lengths):
        frames = features[b][:, :length]
        mean, spread = frames.mean(axis=-1, keepdims=True), frames.std(axis=-1, keepdims=True)
        normal[b] = (features[b] - mean) / np.maximum(spread, 1e-8)
    return normal


def _padding_counted(features, lengths):
    return np.where(np.arange(features.shape[-1]) < np.reshape(lengths, (-1, 1, 1)), _by_std()(features), 0)


def _padding_guessed(features, lengths):
    there = features != 0
    n_frames = np.maximum(there.sum(axis=-1, keepdims=True), 1)
    centred = np.where(there, features - np.where(there, features, 0).sum(axis=-1, keepdims=True) / n_frames, 0)
    return centred / np.maximum(np.sqrt((centred**2).sum(axis=-1, keepdims=True) / n_frames), 1e-8)


PADDED = Exercise(
    name="mfcc/cmvn_padded",
    title="normalisation that must not see the padding",
    stars=2,
    kind="repair",
    task=r"""
Clips of different lengths are padded to one array, `(batch, coefficient, time)`; `lengths` says how many frames of each are there. The function below normalises them. It knows about the padding and still lets it in: a clip gets other features beside a long neighbour than alone. (ESPnet's `utterance_mvn` did this until its pull request 6571.)

**Mend it.** For each clip and coefficient, over the frames that are there and no others,

$$z[k, t] = \frac{c[k, t] - \mu_k}{\sigma_k}, \qquad \sigma_k^2 = \frac1T \sum_{t=0}^{T-1} (c[k, t] - \mu_k)^2, \qquad T = \texttt{lengths[b]} \ge 1,$$

and **0 in the padding**. What stands in the padding when it comes in can be anything finite: zeros, or −100 dB. A coefficient that does not change during a clip becomes 0.
""",
    given='''import numpy as np


def published_cmvn(features, lengths):
    """As published: mean and deviation over the frames that are there, or so it says."""
    n_frames = np.reshape(lengths, (-1, 1, 1))
    mean = features.sum(axis=-1, keepdims=True) / n_frames  # zeros add nothing
    centred = features - mean
    deviation = np.sqrt((centred**2).sum(axis=-1, keepdims=True) / n_frames)
    return centred / deviation


clip = 10 + np.random.default_rng(0).standard_normal((1, 1, 50))
padded = np.pad(clip, ((0, 0), (0, 0), (0, 30)))
for features in (clip, padded):
    normal = published_cmvn(features, [50])[..., :50]
    print(f"50 frames in an array of {features.shape[-1]}: standard deviation {normal.std():.2f}")''',
    start='''def cmvn_padded(features, lengths):
    """Features (batch, coefficient, time) and the frames in each clip in, the same shape out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="cmvn_padded",
    # dividing by sqrt(variance + 1e-5), as frameworks do, is no mistake
    spec=Function(cases=_batches, expected=_normal_by_definition, tolerance=1e-4),
    reference=cmvn_padded,
    hints=(
        "What stands in the padding after the mean has been subtracted, and what becomes of it when it is squared?",
        "Build a mask: `np.arange(n_time)` against the lengths as a column per clip. Where must it be applied?",
        "Before the sum for the mean, and again before the sum of the squares. Then divide, where there is something to "
        "divide by: a spread of 1e-17 is rounding.",
    ),
    wrongs=(
        Wrong(
            "as published",
            "Unmended: the padding is −μ after the subtraction, and its squares are counted in the deviation.",
            _as_published,
        ),
        Wrong(
            "padding counted",
            "Mean and deviation are taken over all frames of the array, padding included: "
            "short clips are pulled towards what stands behind them.",
            _padding_counted,
        ),
        Wrong(
            "padding guessed",
            "Zeros are taken for padding, and everything else for sound. A coefficient may be 0, and the padding may be "
            "−100: only `lengths` says what is there.",
            _padding_guessed,
        ),
        Wrong(
            "padding not zero",
            "The frames that are there are right. The padding is not 0: subtracting and dividing changed it, too.",
            _padding_not_zero,
        ),
        Wrong(
            "divided by T − 1",
            "The deviation divides by T − 1, the estimate for a sample. Here the frames of the clip are all there is: "
            "divide by T. (`torch.std` has T − 1 as its default.)",
            _clip_by_clip(_by_std(ddof=1)),
        ),
        Wrong(
            "rounding taken for a spread",
            "A coefficient that stays at 0.1 comes out as ±1 or so: its mean is 0.1 but for rounding, "
            "and a deviation of 1e-17 is not exactly 0. Compare with a small number, not with 0.",
            _clip_by_clip(_std_or_one),
        ),
        Wrong(
            "over the coefficients",
            "Mean and deviation run over the coefficients of each frame. They belong to one coefficient, over time.",
            _clip_by_clip(_by_std(axis=-2)),
        ),
        Wrong(
            "mean only",
            "The mean is subtracted, the deviation not divided by.",
            _clip_by_clip(_by_std(power=0)),
        ),
    ),
    also_right=(
        _clip_by_clip(_by_std()),
        _clip_by_clip(
            lambda frames: (frames - frames.mean(-1, keepdims=True)) / (frames.std(-1, keepdims=True) + 1e-7)
        ),
        lambda features, lengths: cmvn_padded(np.asarray(features), list(lengths)).astype(np.float32),
    ),
)

# --------------------------------------------------------------------------------------------- slopes


def _slopes_of_lines(features, *, width):
    """At every frame the line through ``width`` frames that fits best; before the first and after the last stand copies."""
    features = np.asarray(features, float)
    offsets, last = np.arange(width) - width // 2, features.shape[-1] - 1
    slopes = np.empty(features.shape)
    for t in range(last + 1):
        near = features[..., np.clip(t + offsets, 0, last)]
        slopes[..., t] = np.polyfit(offsets, near.reshape(-1, width).T, 1)[0].reshape(features.shape[:-1])
    return slopes


def _curves() -> list[Case]:
    rng = np.random.default_rng(19)
    return [
        case(np.arange(5.0), width=3, says="a ramp, three frames", gives=[0.5, 1, 1, 1, 0.5]),
        case(np.array([0.0, 0, 1, 0, 0]), width=5, says="a single one, five frames", gives=[0.2, 0.1, 0, -0.1, -0.2]),
        case(np.array([[0, 1, 4, 9, 16, 25]]), width=5, says="whole numbers"),
        case(10 * rng.standard_normal((13, 40)), width=9, says="13 coefficients, 40 frames"),
        case(rng.standard_normal((8, 8)), width=7, says="as many frames as coefficients"),
        case(rng.standard_normal((2, 3, 4, 11)), width=5, says="a batch of two by three"),
        case(rng.standard_normal((3, 4)), width=9, says="a width of 9 for four frames"),
        case(rng.standard_normal((2, 1)), width=3, says="a single frame", gives=[[0], [0]]),
        case(np.full((2, 6), -7.0), width=5, says="a held vowel", gives=np.zeros((2, 6))),
    ]


def delta(features, *, width):
    features = np.asarray(features, float)
    half = width // 2
    padded = np.pad(features, [(0, 0)] * (features.ndim - 1) + [(half, half)], mode="edge")
    pieces = np.lib.stride_tricks.sliding_window_view(padded, width, axis=-1)
    offsets = np.arange(width) - half
    return pieces @ offsets / (offsets @ offsets)


def _delta_padded(mode):
    def slopes(features, *, width):
        features, half = np.asarray(features, float), width // 2
        sides = [(0, 0)] * (features.ndim - 1) + [(half, half)]
        return delta(np.pad(features, sides, mode=mode), width=width)[..., half:-half]

    return slopes


def _delta_of_axis(axis):
    def slopes(features, *, width):
        turned = np.moveaxis(np.asarray(features, float), axis if np.ndim(features) > 1 else 0, -1)
        return np.moveaxis(delta(turned, width=width), -1, axis if np.ndim(features) > 1 else 0)

    return slopes


def _delta_neighbours(features, *, width):
    return delta(features, width=3)


def _delta_like(features, *, width):
    """The loop of python_speech_features: its array has the type of what comes in."""
    made = np.empty_like(features)
    made[...] = delta(features, width=width)
    return made


def _delta_loop(features, *, width):
    last, half = np.shape(features)[-1] - 1, width // 2
    found = np.zeros(np.shape(features))
    for t in range(last + 1):
        for n in range(1, half + 1):
            found[..., t] += n * (features[..., min(t + n, last)] - features[..., max(t - n, 0)])
    return found / (half * (half + 1) * (2 * half + 1) / 3)  # twice the sum of squares


DELTA = Exercise(
    name="mfcc/delta",
    title="slopes by regression",
    stars=2,
    kind="implement",
    task=r"""
The slope of the line that fits the frames around $t$ best, with `width` $= 2W + 1$:

$$d[t] = \frac{\sum_{n=1}^{W} n\,\bigl(c[t+n] - c[t-n]\bigr)}{2\sum_{n=1}^{W} n^2}$$

`features` has the shape `(…, time)`: one curve, 13 of them, or a batch. `width` is odd and at least 3. Where $t + n$ or $t - n$ lies outside, **the last or the first frame is repeated**, even if `width` is larger than the number of frames. Whole numbers may come in, and slopes come out.
""",
    start='''def delta(features, *, width):
    """Features (…, time) in, their change per frame (…, time) out."""
    ### BEGIN SOLUTION
    raise NotImplementedError
    ### END SOLUTION''',
    answer="delta",
    spec=Function(cases=_curves, expected=_slopes_of_lines),
    reference=delta,
    hints=(
        "Try a ramp that rises by 1 per frame: what must come out in the middle?",
        "`np.pad(…, mode='edge')` repeats the ends, if only the last axis is padded, by W on each side. "
        "Then slices of it are c[t+n] and c[t−n] for all t at once.",
        "For n = 1 … W: later = padded[..., W + n : W + n + T], earlier = padded[..., W − n : W − n + T], T the number "
        "of frames. Add up n times their difference, and divide at the end by twice the sum of the n².",
    ),
    wrongs=(
        Wrong(
            "neighbours only",
            "This is half the difference of the two neighbours, whatever the width: "
            "frames farther away must count, and count more.",
            _delta_neighbours,
        ),
        Wrong(
            "half the divisor",
            "It is twice too large: a ramp of 1 per frame gives 2. The divisor is twice the sum of the squares.",
            lambda features, *, width: 2 * delta(features, width=width),
        ),
        Wrong(
            "zeros at the ends",
            "It is right in the middle. Near the ends it takes the frames outside for zeros, "
            "and reports a fall from the last frame to nothing.",
            _delta_padded("constant"),
        ),
        Wrong(
            "round the corner",
            "It is right in the middle. At the ends it takes the last frame for the one before the first: "
            "that is what `np.roll` does.",
            _delta_padded("wrap"),
        ),
        Wrong(
            "mirrored at the ends",
            "It is right in the middle. At the ends the frames are mirrored; the outermost one is to be repeated.",
            _delta_padded("reflect"),
        ),
        Wrong(
            "a line at the ends",
            "It is right in the middle. At the ends it takes the slope of the outermost line, as librosa and `savgol_filter` "
            "do by default; here the end frames are repeated, which also works for short clips.",
            lambda features, *, width: package.delta(features, width=width),
        ),
        Wrong(
            "first axis",
            "It is right for one curve. With several it takes the slope along the first axis, "
            "from one coefficient or one clip to the next: time is the last.",
            _delta_of_axis(0),
        ),
        Wrong(
            "turned round",
            "Rising curves get a negative slope: earlier minus later. `np.convolve` turns its weights round and does this.",
            lambda features, *, width: -delta(features, width=width),
        ),
        Wrong(
            "whole numbers in, whole numbers out",
            "With whole numbers the slopes are cut to whole numbers: `np.empty_like` and `zeros_like` take over the type "
            "of their model.",
            _delta_like,
        ),
        Wrong(
            "width on each side",
            "The line is fitted to `width` frames on each side: it looks at 2 · width + 1 frames in place of `width`.",
            lambda features, *, width: delta(features, width=2 * width + 1),
        ),
    ),
    also_right=(
        _delta_loop,
        _slopes_of_lines,
        lambda features, *, width: delta(np.float32(features), width=width).astype(np.float32).tolist(),
    ),
)

# ------------------------------------------------------------------------------------------ listening

_GRID = {"sample_rate": 16_000, "n_fft": 512, "hop_length": 160}


def _bands_db(signal, n_mels=80):
    """The lecture's log-mel spectrogram, in dB."""
    from .. import mel

    return mel.log_mel(mel.mel_spectrogram(signal, **_GRID, n_mels=n_mels))


@functools.cache
def four_whispers():
    """A sentence, whispered from its coefficients after one of four treatments: A, B, C, D, and the sampling rate."""
    from .. import audio, dft, mel, sound, stft

    words, sample_rate = audio.load("speech/sentence_slt", dtype=np.float64)
    words = words[2400:24_000]
    true = package.mfcc_from_log_mel(_bands_db(words), n_mfcc=13)
    level, tilt = true.copy(), true.copy()
    level[0], tilt[1] = level[0].mean(), tilt[1].mean()
    breath = np.random.default_rng(3).standard_normal(len(words))
    breath = stft.stft(breath, n_fft=512, hop_length=160)
    bins_hz = dft.frequencies_hz(512, sample_rate=sample_rate)
    bands_hz = mel.mel_frequencies_hz(82, f_max=8000.0)[1:-1]
    drawn = np.array([np.interp(bins_hz, bands_hz, row) for row in package.dct_matrix(13, 80)]).T
    spoken = []
    for kept in (tilt, true[:2], level, true):
        bins_db = drawn[:, : len(kept)] @ kept
        sound_of = stft.istft(breath * 10 ** (bins_db / 20), n_fft=512, hop_length=160)
        spoken.append(0.08 * sound_of / sound.rms(sound_of))
    return spoken, sample_rate


def _treatment(whisper):
    """From the sound: does its level move, does its tilt move, and is there more than level and tilt?"""
    level_db = _bands_db(whisper)
    place = np.arange(80) - 39.5
    mean = level_db.mean(axis=0)
    tilt = place @ level_db / (place @ place)
    rest = level_db - mean - np.outer(place, tilt)
    if mean.std() < 2:
        return "c0 held"
    if 80 * tilt.std() < 8:  # dB from the first band to the last
        return "c1 held"
    return "2 kept" if rest.std() < 6 else "13 kept"


def _whispers_truth():
    return [_treatment(whisper) for whisper in four_whispers()[0]]


def whispers():
    a, b, c, d = "c1 held", "2 kept", "c0 held", "13 kept"
    return [a, b, c, d]


def _whispers_as(*words):
    return lambda: list(words)


LISTEN = Exercise(
    name="mfcc/four_whispers",
    title="which coefficients do you hear?",
    stars=2,
    kind="listen",
    task="""
The vocoder of section 8 whispers the same words four times: *The young judge chose three thick*. It breathes through the curve that the coefficients draw, frame by frame. Once **13 are kept**, c0 to c12. Once only **2 are kept**, c0 and c1. Once 13 are kept, but **c0 is held** at its mean over the sentence in every frame, and once **c1 is held** at its mean. All four are equally loud on the whole.

Before you listen, decide what each would sound like: what is c0, what is c1, and in which sounds is either far from its mean? Then give a list of four words, for A, B, C and D.
""",
    given="""import numpy as np

import course_utils as cu
from course_utils.exercises.mfcc import four_whispers

whispered, sample_rate = four_whispers()
gap = np.zeros(sample_rate // 2)
cu.audio.play(
    np.concatenate([np.append(version, gap) for version in whispered]),
    sample_rate,
    caption="A, B, C and D, half a second apart. Which have words, pauses, a sharp ch?",
)""",
    start="""### BEGIN SOLUTION
whispers = ...  # four of "13 kept", "2 kept", "c0 held", "c1 held"
### END SOLUTION""",
    answer="whispers",
    spec=Value(truth=_whispers_truth, options=("13 kept", "2 kept", "c0 held", "c1 held")),
    reference=whispers,
    hints=(
        "c0 is the mean level. Held, it makes the gaps between the words as loud as the words.",
        "c1 is low bands against high ones. In a vowel it is far above its mean, in *ch* and *s* far below. "
        "Held, no sound is darker or sharper than another.",
        "With c0 and c1 alone there is loud and quiet, dark and sharp, and no vowel: nothing draws two formants.",
    ),
    wrongs=(
        Wrong(
            "c0 and c1 exchanged",
            "c0 and c1 are exchanged: where the level is held, the pauses roar; where the tilt is held, "
            "pauses stay and the sharp sounds lose their edge.",
            _whispers_as("c0 held", "2 kept", "c1 held", "13 kept"),
        ),
        Wrong(
            "A and D exchanged",
            "A and D are exchanged. Compare the *ch* of *chose* with its vowel in both: "
            "in one of them they are equally dark.",
            _whispers_as("13 kept", "2 kept", "c0 held", "c1 held"),
        ),
        Wrong(
            "A and B exchanged",
            "A and B are exchanged. Two coefficients cannot draw a vowel; in one of the two you can tell *three* from *chose*.",
            _whispers_as("2 kept", "c1 held", "c0 held", "13 kept"),
        ),
        Wrong(
            "B and D exchanged",
            "B and D are exchanged: the clip with clear words has more coefficients, not fewer.",
            _whispers_as("c1 held", "13 kept", "c0 held", "2 kept"),
        ),
        Wrong(
            "B and C exchanged",
            "B and C are exchanged. Two coefficients keep the loudness of the syllables; where c0 is held there are no pauses.",
            _whispers_as("c1 held", "c0 held", "2 kept", "13 kept"),
        ),
        Wrong(
            "C and D exchanged",
            "C and D are exchanged: both have words, but only one of them has quiet between the words.",
            _whispers_as("c1 held", "2 kept", "13 kept", "c0 held"),
        ),
    ),
    also_right=(
        lambda: ("C1 held", "2 kept", "C0 held", "13 kept"),
        lambda: np.array(["c1 held", "2 kept", "c0 held", "13 kept"]),
    ),
)

# --------------------------------------------------------------------------------------------- design

MOST_WEIGHTS = 21
SWING = 2 * np.pi * 4 / 100  # 4 Hz at 100 frames a second, in radians per frame


def _slope_response(weights):
    """What the weights make of the slope of a swing, up to 4 Hz: 1 is right, a complex number what comes."""
    offsets = np.arange(len(weights)) - len(weights) // 2
    omega = SWING * np.arange(1, 65) / 64
    return np.exp(1j * np.outer(omega, offsets)) @ np.asarray(weights, float) / (1j * omega)


def _not_weights(weights):
    weights = np.asarray(weights)
    if weights.ndim != 1 or weights.dtype.kind not in "iuf":
        return f"A list of real weights is asked, got shape {weights.shape} and dtype {weights.dtype}."
    if len(weights) % 2 == 0 or len(weights) > MOST_WEIGHTS:
        return f"An odd number of weights is asked, {MOST_WEIGHTS} at most; these are {len(weights)}."
    return None if np.isfinite(weights).all() else "Some of the weights are NaN or infinite."


def _ramp_slope(weights):
    weights = np.asarray(weights, float)
    return weights @ (np.arange(len(weights)) - len(weights) // 2)


def _constant_has_slope(weights):
    weights = np.asarray(weights, float)
    if abs(weights.sum()) > 1e-5 * max(np.abs(weights).sum(), 1e-5):
        return f"The weights add up to {weights.sum():.3g}: a held vowel would have a slope. They must add up to 0."
    return None


def _ramp_falls(weights):
    if _ramp_slope(weights) < 0:
        return "A rising ramp gets a negative slope: the first weight is that of the earliest frame."
    return None


def _ramp_is_off(weights):
    slope = _ramp_slope(weights)
    return None if abs(slope - 1) <= 1e-4 else f"A ramp of 1 per frame gets the slope {slope:.4g}; 1 is asked."


def _swing_is_off(weights):
    error = np.abs(_slope_response(weights) - 1)
    if error.max() > 0.1 + 1e-6:
        worst_hz = 4 * (1 + error.argmax()) / 64
        return (
            f"The slope of a swing at {worst_hz:.2g} Hz is off by {error.max():.1%} of its size; at most 10 % is asked."
        )
    return None


def _noise(weights):
    return float(np.linalg.norm(np.asarray(weights, float)))


def _least_noise():
    """The least |w| with Σ n w = 1 and, at 4 Hz, Σ sin(ωn) w = 0.9 ω, among all of 21 weights.

    These are fewer conditions than are asked (more than 0.9 ω only costs noise), so nothing that meets all of them has
    less. By Lagrange w is a sum of n and sin(ωn), and |w|² = bᵀG⁻¹b with the 2 × 2 matrix G of products of the two.
    Its response runs from 1 down to 0.9 at 4 Hz, so this w meets all that is asked.
    """
    n = np.arange(-(MOST_WEIGHTS // 2), MOST_WEIGHTS // 2 + 1)
    ramp, sine = float(n @ n), float(np.sin(SWING * n) @ np.sin(SWING * n))
    both, asked = float(n @ np.sin(SWING * n)), 0.9 * SWING
    return math.sqrt((sine - 2 * asked * both + asked**2 * ramp) / (ramp * sine - both**2))


def slope_weights():
    """The shortest vector of weights that meets two conditions: a ramp, and a swing of 4 Hz at the edge of its 10 %."""
    n = np.arange(-10, 11)
    omega = 2 * np.pi * 4 / 100
    conditions = np.array([n, np.sin(omega * n)])
    return np.linalg.pinv(conditions) @ [1, 0.9 * omega]


def _regression(width):
    offsets = np.arange(width) - width // 2
    return offsets / (offsets @ offsets)


def _savitzky_golay():
    from scipy.signal import savgol_coeffs

    return savgol_coeffs(21, 3, deriv=1, use="dot")


DESIGN = Exercise(
    name="mfcc/slope_weights",
    title="slopes with less noise",
    stars=3,
    kind="design",
    task=r"""
Coefficients come 100 times a second, and in each frame each is off by an error of its own, independent of the last. A delta, $d[t] = \sum_j w_j\, c[t + j - W]$ with $2W + 1$ weights from the earliest frame to the latest, adds these errors up: its own is $\sqrt{\sum_j w_j^2}$ times theirs. More frames average better, and blur what moves.

Design at most **21 weights** (an odd number) with which

- a held vowel has no slope, and a ramp of 1 per frame has the slope 1, both exactly;
- a swing at any frequency up to **4 Hz** gets its slope within **10 %** of the slope's size, delay included: the error is $|H(\omega)/(i\omega) - 1|$, $H(\omega) = \sum_j w_j\, e^{i\omega(j - W)}$ and $\omega$ is in radians per frame;
- the error of the delta is as **small** as you can make it.

The table below is what regression can do. It is a solution to begin with, not the best one.
""",
    given='''import numpy as np


def slope_error(weights, frame_rate_hz=100):
    """The largest error of the slope of a swing up to 4 Hz, as a share of its size."""
    offsets = np.arange(len(weights)) - len(weights) // 2
    omega = 2 * np.pi * np.arange(1, 65) / 64 * 4 / frame_rate_hz  # radians per frame
    response = np.exp(1j * np.outer(omega, offsets)) @ weights
    return np.abs(response / (1j * omega) - 1).max()


for width in range(3, 22, 2):
    offsets = np.arange(width) - width // 2
    weights = offsets / (offsets @ offsets)
    print(f"regression over {width:2d} frames: up to 4 Hz within {slope_error(weights):4.0%}, "
          f"noise {np.linalg.norm(weights):.3f} times that of a frame")''',
    start="""### BEGIN SOLUTION
slope_weights = ...
### END SOLUTION""",
    answer="slope_weights",
    spec=Design(
        properties=(
            Property("a list of weights", _not_weights),
            Property("constant with a slope", _constant_has_slope),
            Property("ramp that falls", _ramp_falls),
            Property("ramp of another slope", _ramp_is_off),
            Property("swings off by more than 10 %", _swing_is_off),
        ),
        score=_noise,
        unit="times the noise of a frame",
        best=_least_noise(),
    ),
    reference=slope_weights,
    hints=(
        "Regression over 7 frames meets the specification. Its weights are a straight line through 0. "
        "Which part of a longer line does the damage at 4 Hz?",
        "Fit a cubic in place of a line, over all 21 frames, and take its slope in the middle: "
        "`scipy.signal.savgol_coeffs` with `deriv=1, use='dot'`. How much of the 10 % does it leave unused?",
        "What must hold is two sums: Σ n w = 1, and at 4 Hz Σ w sin(ωn) = 0.9 ω. Of all weights that meet two linear "
        "equations `np.linalg.pinv` finds those with the least sum of squares.",
    ),
    wrongs=(
        Wrong("swings off by more than 10 %", "", lambda: _regression(9)),
        Wrong("ramp that falls", "", lambda: -_regression(7)),
        Wrong("ramp of another slope", "", lambda: np.arange(-3, 4)),
        Wrong("constant with a slope", "", lambda: np.array([0, 0, 0, -1, 1.1, 0, 0])),
        Wrong("a list of weights", "", lambda: np.array([-1, 1])),
    ),
    also_right=(lambda: _regression(7), _savitzky_golay, lambda: np.gradient(np.eye(9), axis=0)[4].tolist()),
)

EXERCISES = (READ, DCT, MFCC, STEP, PADDED, DELTA, LISTEN, DESIGN)

# ------------------------------------------------------------------------------------------ questions


@functools.cache
def _man():
    """The man's sentence of the lecture, without the silence at both ends."""
    from .. import audio

    return audio.load("speech/sentence_rms", dtype=np.float64)[0][2400:-2400]


@functools.cache
def _man_db(n_mels=80):
    return _bands_db(_man(), n_mels)


def _man_mfcc(n_mfcc=13):
    return package.mfcc_from_log_mel(_man_db(), n_mfcc=n_mfcc)


def _rms(values):
    return np.sqrt((values**2).mean())


def _cepstrum(piece):
    from .. import dft

    spectrum = np.fft.rfft(piece * dft.window("hann", len(piece)), 2048)
    return np.fft.irfft(np.log(np.maximum(np.abs(spectrum), 1e-8)))


def _proof_quefrency():
    from .. import audio

    ah, rate = audio.load("speech/vowel_a", dtype=np.float64)
    period_ms = 1000 * (55 + _cepstrum(ah[5000:6024])[55:441].argmax()) / rate
    assert 10.2 < period_ms < 10.5 and round(1000 / 97, 1) == 10.3


def _first_hill_hz(note_hz):
    from .. import sound

    x = sound.vowel("i", fundamental_hz=note_hz, duration_s=0.2, sample_rate=16_000)
    ripples = _cepstrum(x[800:1824])
    ripples[32:-31] = 0
    smooth = np.fft.rfft(ripples).real
    return (1 + np.flatnonzero(np.diff(np.sign(np.diff(smooth))) < 0)[0]) * 16_000 / 2048


def _proof_child():
    assert abs(_first_hill_hz(400) - 400) < 30 < 100 < _first_hill_hz(400) - 270


def _proof_jump():
    level_db = _man_db()
    by_dct = package.inverse_mfcc(_man_mfcc(), n_mels=80)
    by_dft = np.fft.irfft(np.fft.rfft(level_db, axis=0)[:7], n=80, axis=0)
    errors = [np.sqrt(((drawn - level_db) ** 2).mean(axis=1)) for drawn in (by_dct, by_dft)]
    assert round(errors[1][-1]) == 42 and round(errors[0][-1]) == 24
    assert abs(errors[0][20:60].mean() / errors[1][20:60].mean() - 1) < 0.1


def _proof_variance():
    share = _man_mfcc().var(axis=1).cumsum() / _man_db().var(axis=1).sum()
    lost_db = _rms(package.inverse_mfcc(_man_mfcc(), n_mels=80) - _man_db())
    assert share[1] > 0.7 and round(share[12], 2) == 0.97 and round(lost_db, 1) == 5.1


def _proof_correlation():
    off = ~np.eye(40, dtype=bool)
    levels = _man_db(40)
    found = np.abs(np.corrcoef(package.mfcc_from_log_mel(levels, n_mfcc=40))[off])
    assert round(found.mean(), 2) == 0.11 and found.max() > 0.6
    assert round(np.abs(np.corrcoef(levels)[off]).mean(), 1) == 0.5


def _proof_twice():
    louder = package.mfcc_from_log_mel(_bands_db(2 * _man()), n_mfcc=13) - _man_mfcc()
    assert np.allclose(louder[0], 53.85, atol=0.005) and np.allclose(louder[1:], 0, atol=1e-9)


def _proof_level():
    from .. import sound, stft

    pieces = stft.frame(np.pad(_man(), 256), frame_length=512, hop_length=160)
    energy_db = sound.power_to_db((pieces**2).sum(axis=0))
    speaking = energy_db > energy_db.max() - 40
    assert round(np.corrcoef(_man_mfcc()[0, speaking], energy_db[speaking])[0, 1], 1) == 0.6


def _proof_lifter():
    plain, raised = _man_mfcc(), package.lifter(_man_mfcc(), n_lifter=22)
    assert np.allclose(package.cmvn(plain), package.cmvn(raised))
    assert math.isclose(raised[11, 0] / plain[11, 0], 12)


def _proof_twice_derived():
    twice = package.delta(_man_mfcc(), order=2, mode="htk")[:, 8:-8]
    parabola = package.delta(_man_mfcc(), order=2)[:, 8:-8]
    assert 2 < parabola.std() / twice.std() < 2.2 and np.corrcoef(twice.ravel(), parabola.ravel())[0, 1] < 0.9


def _proof_comb():
    from .. import audio, mel, sound, stft

    her = audio.load("speech/sentence_slt", dtype=np.float64)[0][2400:26_400]
    pieces = stft.frame(her, frame_length=640, hop_length=160).T
    pitch_at = np.array([16_000 / (48 + _cepstrum(piece)[48:128].argmax()) for piece in pieces])
    voiced = (sound.rms(pieces) > 0.03) & (np.abs(np.diff(pitch_at, append=0)) < 10)
    pitch = np.median(pitch_at[voiced])
    centres_hz = mel.mel_frequencies_hz(82, f_max=8000.0)[1:-1]
    bands_apart = pitch / (centres_hz[1] - centres_hz[0])
    assert round(bands_apart, 1) == 4.9 and round(2 * 80 / bands_apart) == 33


def _moved(signal):
    """By how much c1 to c12 move, as a share of the swing of speech: as they are, and without their means."""
    true, found = _man_mfcc()[1:], package.mfcc_from_log_mel(_bands_db(signal), n_mfcc=13)[1:]
    centred = true - true.mean(axis=1, keepdims=True)
    swing = np.sqrt((centred**2).sum(axis=0).mean())
    gap = found - true
    gaps = gap, gap - gap.mean(axis=1, keepdims=True)
    return [np.sqrt((gap**2).sum(axis=0).mean()) / swing for gap in gaps]


def _proof_line_or_noise():
    from .. import filters, sound

    line = _man()
    for kind, edge_hz in (("highpass", 300), ("lowpass", 3400), ("lowpass", 3400)):
        line = filters.lfilter(*filters.biquad(kind, frequency_hz=edge_hz, sample_rate=16_000), line)
    noise = np.random.default_rng(7).standard_normal(len(_man()))
    by_line, by_noise = _moved(line), _moved(_man() + noise * 0.1 * sound.rms(_man()) / sound.rms(noise))
    assert by_line[0] > 1.2 > 0.8 > by_noise[0] and by_line[1] < 0.2 < 0.5 < by_noise[1]


def _vowels_at(note_hz):
    from .. import sound

    sung = [sound.vowel(name, fundamental_hz=note_hz, duration_s=0.4, sample_rate=16_000) for name in sound.VOWELS]
    bands = [package.mfcc_from_log_mel(_bands_db(x, 40), n_mfcc=13) for x in sung]
    return np.array([found[1:, 8:32].mean(axis=1) for found in bands])


def _proof_a_fifth_higher():
    share = []
    for note_hz in (100, 250):
        gaps = np.linalg.norm(_vowels_at(note_hz)[:, np.newaxis] - _vowels_at(1.2 * note_hz), axis=2)
        share.append(gaps.diagonal().mean() / gaps[~np.eye(len(gaps), dtype=bool)].mean())
    assert share[0] < 0.05 and 0.6 < share[1] < 0.75


_VOWELS_AT_S = {  # three, blue, shawls, young, them: the middle of each vowel, as in section 9
    "rms": (1.492, 2.035, 2.309, 0.430, 5.663),
    "awb": (1.114, 1.659, 1.898, 0.241, 4.648),
    "kal16": (1.086, 1.608, 1.908, 0.211, 4.661),
    "slt": (1.145, 1.590, 1.823, 0.239, 4.406),
}


def _proof_vowel_or_speaker():
    from .. import audio

    said = {}
    for name, times_s in _VOWELS_AT_S.items():
        levels = _bands_db(audio.load(f"speech/sentence_{name}", dtype=np.float64)[0], 40)
        found = package.mfcc_from_log_mel(levels, n_mfcc=13)[1:]
        said[name] = np.array([found[:, round(100 * t) - 2 : round(100 * t) + 3].mean(axis=1) for t in times_s])

    def apart(one, other, pairs):
        return np.linalg.norm(said[one][:, np.newaxis] - said[other], axis=2)[pairs]

    same, men = np.eye(5, dtype=bool), ("rms", "awb", "kal16")
    two_men = np.concatenate([apart(*pair, ~same) for pair in ((men[0], men[1]), (men[0], men[2]), (men[1], men[2]))])
    with_her = np.concatenate([apart(him, "slt", same) for him in men])
    assert two_men.mean() > with_her.mean() and 0.2 < (with_her[:, np.newaxis] > two_men).mean() < 0.3


def _proof_signs():
    signs = []
    for convention, hop_length in (("librosa", 512), ("torchaudio", 200), ("htk", 160), ("kaldi", 160)):
        bands = {"n_mels": 40} if hop_length > 160 else {}
        found = package.mfcc(_man(), sample_rate=16_000, convention=convention, **bands)
        signs.append(np.sign(found[:4, round(1.34 * 16_000 / hop_length)]))
    assert np.array_equal(np.abs(np.sum(signs, axis=0)), [0, 0, 4, 4])


def _proof_five_ms():
    assert 1000 / 5 == 200
    assert abs(_cepstrum(_vowel_at(200))[32:300].argmax() + 32 - 80) <= 1  # 80 samples at 16 kHz are 5 ms


def _vowel_at(note_hz):
    from .. import sound

    return sound.vowel("ɑ", fundamental_hz=note_hz, duration_s=0.2, sample_rate=16_000)[800:1824]


def _proof_rotation():
    levels = _man_db(40)
    assert np.allclose(package.inverse_mfcc(package.mfcc_from_log_mel(levels, n_mfcc=40), n_mels=40), levels)


def _proof_scale():
    for factor in (np.log(10) / 10, 10 / np.log(10)):
        assert np.allclose(package.cmvn(factor * _man_mfcc()), package.cmvn(_man_mfcc()))


def _proof_thirteen_long():
    features = _man_mfcc()[:, :98].T
    assert features.shape == package.delta(features).shape == (98, 13)
    assert not np.allclose(package.delta(features), package.delta(features.T).T)


def _proof_far_end():
    quiet, loud = 0.05 * _man()[:24_000], np.sin(np.arange(8000))
    settings = {"sample_rate": 16_000, "n_fft": 512, "hop_length": 160, "n_mels": 40}
    together = package.mfcc(np.concatenate([quiet, loud]), **settings)
    alone = package.mfcc(quiet, **settings)
    n_words = 1 + (len(quiet) - 512) // 160
    assert (np.abs(together[:, :n_words] - alone[:, :n_words]).max(axis=0) > 0.1).mean() > 0.5
    fixed = [package.mfcc(x, top_db=None, **settings)[:, :n_words] for x in (np.concatenate([quiet, loud]), quiet)]
    assert np.allclose(*fixed)


QUESTIONS = (
    Question(
        name="octave_up",
        kind="predict",
        text="The note goes up an octave, the mouth stays. What do the hills of the spectrum do?",
        options=(
            wrong(
                "move up an octave", "The lines move apart. The hills belong to the tube, and the tube has not changed."
            ),
            wrong("move up a little", "Nothing in the tube knows of the note: a filter multiplies what comes in."),
            right("stay", "The harmonics stand twice as far apart, under the same curve."),
        ),
    ),
    Question(
        name="quefrency",
        kind="predict",
        text="A man says ah at 97 Hz. At which quefrency does a peak stand?",
        options=(
            wrong("97 ms", "97 is the number of periods in a second. Quefrency is the time that one of them takes."),
            right("10.3 ms", "The lines are 97 Hz apart, a ripple once every 97 Hz: 1/97 of a second."),
            wrong("9.7 ms", "That would be a voice at 103 Hz. Divide 1,000 ms by 97."),
        ),
        proof=_proof_quefrency,
    ),
    Question(
        name="child",
        kind="predict",
        text="Sung at 400 Hz, with the first formant at 270 Hz: where does the liftered spectrum see it?",
        options=(
            wrong("at 270 Hz", "Nothing sounds at 270 Hz: the spectrum is known at 400, 800, … Hz only."),
            right(
                "near 400 Hz",
                "The lowest harmonic is the highest point of the curve there, and the hill settles on it.",
            ),
            wrong("nowhere", "The harmonic at 400 Hz stands above the next one, so the smooth curve has a hill."),
        ),
        proof=_proof_child,
    ),
    Question(
        name="dct_or_dft",
        kind="predict",
        text="13 numbers for 80 bands: where does the DFT draw worse than the DCT?",
        options=(
            right(
                "at the ends",
                "It takes the last band for the neighbour of the first, and rounds off the jump between them.",
            ),
            wrong("in the middle", "There both have as many cosines to spend, and err alike."),
            wrong(
                "everywhere",
                "In the middle bands both err alike: the jump that costs the DFT so much lies at the edge.",
            ),
        ),
        proof=_proof_jump,
    ),
    Question(
        name="variance",
        kind="predict",
        text="How much of the variance do 13 of 80 coefficients keep?",
        options=(
            wrong("about 16 %", "That would hold if the bands were independent. Neighbours say nearly the same."),
            wrong("about 60 %", "The first two coefficients alone, level and tilt, keep more than that."),
            right("more than 90 %", "It is 97 %. The rest is an error of 5 dB, and the comb of the voice is in it."),
        ),
        proof=_proof_variance,
    ),
    Question(
        name="correlation",
        kind="predict",
        text="How large is the typical correlation of two coefficients?",
        options=(
            wrong("exactly 0", "That takes the principal components of this very sentence. The DCT has never seen it."),
            right("below 0.2", "0.11 on average, after 0.5 between bands; single pairs are much more alike."),
            wrong("about 0.5", "That is the average between two bands, before the DCT."),
        ),
        proof=_proof_correlation,
    ),
    Question(
        name="twice",
        kind="predict",
        text="Twice the amplitude: which coefficients change, and by how much?",
        options=(
            right(
                "c0 alone, by more than 6.02", "A constant in all 80 bands: row 0 makes √80 times 6.02 of it, 53.85."
            ),
            wrong(
                "all, by 6.02 each",
                "Every band rises by 6.02 dB. All rows but the first add up to zero and do not see it.",
            ),
            wrong("c0 alone, by 6.02", "Row 0 is no mean: it adds up 80 bands with a weight of 1/√80 each."),
            wrong("all, by different amounts", "A constant curve has no ripple that the other rows could find."),
        ),
        proof=_proof_twice,
    ),
    Question(
        name="level",
        kind="predict",
        text="How well does c0 correlate with the log energy, while somebody speaks?",
        options=(
            wrong("0.99", "One is a mean of levels, the other the level of a sum: they weigh the bands differently."),
            wrong(
                "0.9",
                "They part company in the hissing sounds: weak but flat, low in energy and high in c0.",
            ),
            right("0.6", "The loudest band decides the energy; c0 counts the weak bands as much as the strong."),
        ),
        proof=_proof_level,
    ),
    Question(
        name="lifter",
        kind="predict",
        text="With or without lifter, then CMVN: how much do the results differ?",
        options=(
            wrong(
                "up to twelvefold", "The lifter raises c11 twelvefold, and its deviation with it. CMVN divides by that."
            ),
            right(
                "not at all",
                "A fixed weight on a coefficient goes out when that coefficient is divided by its own deviation.",
            ),
            wrong(
                "in c1 to c12, not in c0", "c0 is not weighted by HTK's lifter, and the others lose their weight again."
            ),
        ),
        proof=_proof_lifter,
    ),
    Question(
        name="delta_delta",
        kind="predict",
        text="The delta of the delta, and librosa's delta of order 2: the same numbers?",
        options=(
            wrong("yes", "One looks at 17 frames, the other at 9."),
            wrong("yes, up to a factor", "They correlate, but by less than 0.9: they are two different filters."),
            right(
                "no, librosa's are rougher",
                "A parabola through 9 frames follows quicker bends than a slope of slopes over 17.",
            ),
        ),
        proof=_proof_twice_derived,
    ),
    Question(
        name="melody",
        kind="predict",
        text="13, 20, 40, 80 coefficients: from how many on is there a melody?",
        options=(
            wrong("13", "Thirteen draw the hills. A ripple every few bands needs a faster cosine."),
            wrong("20", "Her harmonics lie 4.9 low bands apart, which takes 33 half turns over 80 bands."),
            right("40", "The ripple of her harmonics is near coefficient 33."),
            wrong("80", "The ripple is drawn long before the last coefficient."),
        ),
        proof=_proof_comb,
    ),
    Question(
        name="line_or_noise",
        kind="predict",
        text="Which moves c1 to c12 more, and which is still there without the means?",
        options=(
            wrong(
                "the noise moves them more and stays",
                "It stays. But the line takes whole bands away, and moves them about twice as far.",
            ),
            right(
                "the line moves them more, the noise stays",
                "A filter adds the same curve to every frame, so that the mean holds it. Noise does not.",
            ),
            wrong(
                "the line moves them more and stays",
                "Its move is nearly the same in all frames: subtracting the mean takes most of it.",
            ),
        ),
        proof=_proof_line_or_noise,
    ),
    Question(
        name="fifth_higher",
        kind="predict",
        text="A voice rises by a fifth of its pitch: how far do its coefficients move?",
        options=(
            wrong(
                "hardly, at 100 and at 250 Hz",
                "At 250 Hz a low band holds one line or none, and the lines move from band to band.",
            ),
            right(
                "hardly at 100 Hz, most of the way to another vowel at 250 Hz",
                "Few lines, few points on the curve: when they move, so does the curve.",
            ),
            wrong(
                "as far as to another vowel, for both",
                "At 100 Hz the lines are close enough to trace each hill, wherever exactly they fall.",
            ),
        ),
        proof=_proof_a_fifth_higher,
    ),
    Question(
        name="vowel_or_speaker",
        kind="predict",
        text="Two men with different vowels, or a man and a woman with the same: which are farther apart?",
        options=(
            wrong("always the two men", "On average yes; in about a quarter of the draws it is the other pair."),
            right("mostly the two men", "What is said moves the coefficients more than who says it, but not by much."),
            wrong(
                "mostly the man and the woman",
                "Her formants lie elsewhere, but another vowel moves them farther, on average.",
            ),
        ),
        proof=_proof_vowel_or_speaker,
    ),
    Question(
        name="signs",
        kind="predict",
        text="One frame of ee in four libraries: which of c0 to c3 agree in sign?",
        options=(
            wrong("all four", "c0 depends on the scale of the samples, c1 on pre-emphasis."),
            wrong("c0 only", "±1 or ±32,768: below zero in two of the libraries, above in the others."),
            right("c2 and c3", "In sign, not in size: valley and hills are there whatever the scale and the slope."),
            wrong("none", "The valley between the formants of ee is in all four, and c3 sees it."),
        ),
        proof=_proof_signs,
    ),
    Question(
        name="five_ms",
        text="A cepstrum has a peak at 5 ms and broad ripples below 1.5 ms. What do you know?",
        options=(
            wrong(
                "a formant lies at 5 kHz", "Quefrency is a time, and formants are the slow ripples at its lower end."
            ),
            wrong(
                "the window was 5 ms long",
                "A window of 5 ms spans one period, and would not have shown the comb at all.",
            ),
            right(
                "the voice has a pitch of 200 Hz",
                "A comb with a line every 200 Hz ripples once per 200 Hz, which is 5 ms.",
            ),
        ),
        proof=_proof_five_ms,
    ),
    Question(
        name="where_lost",
        text="You keep 13 of 40 coefficients. Where does the information get lost?",
        options=(
            wrong("in the DCT", "The orthonormal DCT is a rotation, and its transpose turns it back exactly."),
            right(
                "in dropping 27 of them, and before in the mel bands and the phase",
                "Each of these steps maps many sounds to one; the DCT and the logarithm do not.",
            ),
            wrong(
                "nowhere, as more than 90 % of the variance stays",
                "The pitch is in the rest, and you have heard it go.",
            ),
        ),
        proof=_proof_rotation,
    ),
    Question(
        name="dull_microphone",
        text="A dull microphone replaces a bright one. Which coefficients change, and what removes it?",
        options=(
            wrong(
                "the first; drop it",
                "A level would do that. A filter has a shape over frequency, and the shape has all coefficients.",
            ),
            wrong("all, differently in each frame; nothing does", "That is what noise does."),
            right(
                "all, by the same in each frame; subtract the mean",
                "A fixed filter adds a nearly fixed curve to the log-mel spectrum.",
            ),
        ),
    ),
    Question(
        name="hidden_change",
        text="Which change of the front end does CMVN hide completely?",
        options=(
            right(
                "natural logarithm in place of dB",
                "It multiplies every coefficient by a constant, and CMVN divides by it, as long as the floor is the same.",
            ),
            wrong(
                "HTK's mel scale in place of Slaney's",
                "Other bands give other mixtures, not another scale of the same ones.",
            ),
            wrong("a window of 25 ms in place of 64 ms", "The frames then blur and resolve different things."),
        ),
        proof=_proof_scale,
    ),
    Question(
        name="wrong_axis",
        text="Features of shape (98, 13), time first, go into librosa.feature.delta. What comes out?",
        options=(
            wrong("an error, because 13 is not the number of frames", "Any last axis of at least 9 is accepted."),
            right(
                "slopes from coefficient to coefficient",
                "The last axis is differentiated, and the shape is right. Pass axis=0.",
            ),
            wrong("the deltas over time", "That needs time last, or axis=0."),
        ),
        proof=_proof_thirteen_long,
    ),
    Question(
        name="far_end",
        text="librosa's MFCC of a quiet sentence change throughout when a crash is appended. Why?",
        options=(
            wrong(
                "frames reach across the seam", "Only those within half a frame of it. Here nearly all have changed."
            ),
            wrong(
                "librosa scales the signal to its peak",
                "It does not. Other parts of the chain look at the loudest value.",
            ),
            right(
                "the floor lies 80 dB below the loudest band of the array",
                "The crash lifts the floor over the weak bands of the words.",
            ),
        ),
        proof=_proof_far_end,
    ),
    Question(
        name="network",
        text="A convolutional network is to classify sounds. MFCC or log-mel?",
        options=(
            wrong(
                "MFCC, since they are decorrelated",
                "The network does not need that, and its filters over frequency lose the neighbourhood they exploit.",
            ),
            right(
                "log-mel, since neighbours stay neighbours and pitch stays in",
                "The reasons for the DCT were bell curves with few parameters. Measure both where data are scarce.",
            ),
            wrong(
                "either, since one is a rotation of the other",
                "Only with all coefficients, and a convolution sees the order of its rows.",
            ),
        ),
    ),
)
