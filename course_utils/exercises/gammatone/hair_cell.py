import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _hair_cell_by_definition(band, *, frame_length, hop_length, power):
    band = np.asarray(band)
    rows = []
    for signal in band.reshape(-1, band.shape[-1]):
        rates, start = [], 0
        while start + frame_length <= len(signal):
            total = 0.0
            for n in range(start, start + frame_length):
                total += signal[n] if signal[n] > 0 else 0.0
            rates.append((total / frame_length) ** power)
            start += hop_length
        rows.append(rates)
    return np.array(rows).reshape(*band.shape[:-1], -1)


def _motions() -> list[Case]:
    rng = np.random.default_rng(17)
    by_hand = np.array([4.0, -2, 0, 0, -8, 16])
    return [
        case(by_hand, frame_length=4, hop_length=2, power=0.5, says="six samples, two frames", gives=[1, 2]),
        case(by_hand, frame_length=2, hop_length=3, power=1, says="gaps between frames, no compression", gives=[2, 0]),
        case(
            rng.standard_normal(29), frame_length=5, hop_length=12, power=0.5, says="a last frame without a whole hop"
        ),
        case(rng.standard_normal(33), frame_length=5, hop_length=12, power=0.5, says="gaps, and a rest left out"),
        case(rng.standard_normal(53), frame_length=10, hop_length=4, power=0.3, says="53 samples, a rest left out"),
        case(rng.standard_normal((2, 3, 20)), frame_length=7, hop_length=3, power=0.3, says="a batch of two by three"),
        case(
            np.array([4.0, -1, 9]),
            frame_length=1,
            hop_length=1,
            power=0.5,
            says="frames of one sample",
            gives=[2, 0, 3],
        ),
        case(rng.standard_normal((1, 15)), frame_length=4, hop_length=4, power=0.8, says="a batch of one"),
        case(rng.standard_normal(9), frame_length=9, hop_length=4, power=0.25, says="exactly one frame"),
        case(-np.ones(8), frame_length=4, hop_length=4, power=0.3, says="motion to one side only", gives=[0, 0]),
        case(1e-12 * rng.standard_normal(20), frame_length=5, hop_length=5, power=0.3, says="a band at −240 dB"),
        case(np.zeros(6), frame_length=3, hop_length=3, power=0.3, says="silence", gives=[0, 0]),
        case(
            np.append(np.abs(rng.standard_normal(6)), 1e-17 * rng.standard_normal(15)),
            frame_length=3,
            hop_length=3,
            power=0.25,
            says="a loud beginning, and then −340 dB",
        ),
    ]


def hair_cell(band, *, frame_length, hop_length, power):
    rectified = np.maximum(band, 0)
    n_frames = 1 + (rectified.shape[-1] - frame_length) // hop_length
    starts = [m * hop_length for m in range(n_frames)]
    means = [rectified[..., start : start + frame_length].mean(axis=-1) for start in starts]
    return np.stack(means, axis=-1) ** power


def _frames(band, frame_length, hop_length):
    return np.lib.stride_tricks.sliding_window_view(band, frame_length, axis=-1)[..., ::hop_length, :]


def _cell(of_frames):
    """A hair cell that does something else with its frames (…, frame, time)."""

    def cell(band, *, frame_length, hop_length, power):
        return of_frames(_frames(np.asarray(band), frame_length, hop_length), power)

    return cell


def _unrectified(frames, power):
    with np.errstate(invalid="ignore"):
        return frames.mean(axis=-1) ** power


def _in_db(frames, power):
    with np.errstate(divide="ignore"):
        return 20 * np.log10(np.maximum(frames, 0).mean(axis=-1))


def _cell_with_padded_rest(band, *, frame_length, hop_length, power):
    n_time = np.shape(band)[-1]
    rest = -(n_time - frame_length) % hop_length
    padded = np.concatenate([band, np.zeros((*np.shape(band)[:-1], rest))], axis=-1)
    return hair_cell(padded, frame_length=frame_length, hop_length=hop_length, power=power)


def _with_short_frames(band, *, frame_length, hop_length, power):
    starts = range(0, np.shape(band)[-1], hop_length)
    means = [np.maximum(band[..., start : start + frame_length], 0).mean(axis=-1) for start in starts]
    return np.stack(means, axis=-1) ** power


def _with_options(**changed):
    """Other lengths or another power than those that are asked."""

    def cell(band, *, frame_length, hop_length, power):
        asked = {"frame_length": frame_length, "hop_length": hop_length, "power": power}
        return hair_cell(band, **asked | {name: change(asked) for name, change in changed.items()})

    return cell


def _cell_by_rows(band, *, frame_length, hop_length, power):
    if np.ndim(band) > 1:
        options = {"frame_length": frame_length, "hop_length": hop_length, "power": power}
        return [_cell_by_rows(row, **options) for row in band]
    found = []
    for start in range(0, len(band) - frame_length + 1, hop_length):
        positive = [value for value in band[start : start + frame_length] if value > 0]
        found.append((sum(positive) / frame_length) ** power)
    return found


SMALL = (1e-16, 1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-6)


def _by_running_sum(band, *, frame_length, hop_length, power):
    total = np.cumsum(np.maximum(band, 0), axis=-1)
    total = np.concatenate([np.zeros_like(total[..., :1]), total], axis=-1)
    starts = np.arange(0, np.shape(band)[-1] - frame_length + 1, hop_length)
    return ((total[..., starts + frame_length] - total[..., starts]) / frame_length) ** power


def _by_fft(band, *, frame_length, hop_length, power):
    from scipy.signal import fftconvolve

    rectified = np.maximum(band, 0)
    weights = np.full((1,) * (rectified.ndim - 1) + (frame_length,), 1 / frame_length)
    return np.maximum(fftconvolve(rectified, weights, "valid", axes=-1)[..., ::hop_length], 0) ** power


EXERCISE = Exercise(
    title="what the nerve is told",
    stars=2,
    kind="implement",
    task=r"""
One channel of a bank swings both ways; a hair cell answers to one direction only, and to large motions less than in proportion. Single periods, which a nerve follows up to a few kHz, are averaged out here, as in the lecture's cochleagram:

$$c[m] = \Big(\frac{1}{L}\sum_{n=0}^{L-1}\max(y[mH + n],\,0)\Big)^{p}$$

with $L$ = `frame_length` and $H$ = `hop_length` in samples, and $p$ = `power` above 0 and up to 1. Frame $m$ begins at sample $mH$; only frames that lie in the signal as a whole count, and a shorter rest is left out. Signals `(…, time)` come in, at least a frame long, and `(…, frames)` comes out; $H$ may be larger than $L$. The signal itself must stay as it was.
""",
    form="Motion (…, time) in, what the nerve is told (…, frames) out.",
    answer="hair_cell",
    spec=Function(cases=_motions, expected=_hair_cell_by_definition),
    reference=hair_cell,
    hints=(
        "There are three steps, and their order matters: which is done to samples, which to frames, "
        "and which to what is left of a frame?",
        "How many frames of length L at steps of H fit into N samples? Try N = 6, L = 4, H = 2 by hand.",
        "Set what is below 0 to 0 (in a copy), take the mean of each frame along the last axis, "
        "then raise to the power.",
    ),
    wrongs=(
        Wrong(
            "full-wave",
            "Both directions count here: that is full-wave rectification. A hair cell answers to one, "
            "so what is negative becomes 0.",
            _cell(lambda frames, p: np.abs(frames).mean(axis=-1) ** p),
        ),
        Wrong(
            "compressed before the mean",
            "Each sample is compressed and then the mean is taken. Here the mean over the frame comes first, "
            "and the power is applied to the mean.",
            _cell(lambda frames, p: (np.maximum(frames, 0) ** p).mean(axis=-1)),
        ),
        Wrong(
            "rectified after the mean",
            "The mean is taken before what is negative becomes 0: both directions of an oscillation cancel, "
            "and little is left to rectify.",
            _cell(lambda frames, p: np.maximum(frames.mean(axis=-1), 0) ** p),
        ),
        Wrong(
            "root mean square",
            "The rectified motion is squared before the mean: its plain mean is asked.",
            (
                _cell(lambda frames, p: np.sqrt((np.maximum(frames, 0) ** 2).mean(axis=-1)) ** p),
                _cell(lambda frames, p: (np.maximum(frames, 0) ** 2).mean(axis=-1) ** p),
            ),
        ),
        Wrong(
            "peak",
            "That is the largest sample of each frame; the mean is asked.",
            _cell(lambda frames, p: np.maximum(frames, 0).max(axis=-1) ** p),
        ),
        Wrong(
            "the other direction",
            "The cell answers to the other direction here: what is positive counts, what is negative becomes 0.",
            _cell(lambda frames, p: np.maximum(-frames, 0).mean(axis=-1) ** p),
        ),
        Wrong(
            "hop ignored",
            "The frames are not `hop_length` apart: they stand at a distance of their own, whatever it says.",
            (
                _with_options(hop_length=lambda asked: asked["frame_length"]),
                _with_options(hop_length=lambda asked: 1),
                _with_options(hop_length=lambda asked: max(asked["frame_length"] // 2, 1)),
            ),
        ),
        Wrong(
            "another power",
            "`power` is an argument, and another power is taken.",
            (
                _with_options(power=lambda asked: 0.3),
                _with_options(power=lambda asked: 0.5),
                _with_options(power=lambda asked: 1 / asked["power"]),
            ),
        ),
        Wrong(
            "mean of the positive samples",
            "The sum is divided by the number of positive samples. A frame has L samples, "
            "and those that became 0 count as well.",
            _cell(lambda frames, p: (np.maximum(frames, 0).sum(-1) / np.maximum((frames > 0).sum(-1), 1)) ** p),
        ),
        Wrong(
            "sum",
            "The sum over the frame is not divided by its length, so that longer frames seem louder.",
            _cell(lambda frames, p: np.maximum(frames, 0).sum(axis=-1) ** p),
        ),
        Wrong(
            "rest padded",
            "There is a frame too many: the rest at the end counts as one. A rest that fills no frame is left out.",
            (_cell_with_padded_rest, _with_short_frames),
        ),
        Wrong(
            "a whole hop for each frame",
            "With a hop longer than a frame the last frame is missing where less than a hop is left for it. A frame needs L "
            "samples and not a whole hop.",
            lambda band, *, frame_length, hop_length, power: hair_cell(
                band, frame_length=frame_length, hop_length=hop_length, power=power
            )[..., : max(np.shape(band)[-1] // hop_length, 1) if hop_length > frame_length else None],
        ),
        Wrong(
            "hop no longer than the frame",
            "It is right up to a hop as long as the frame. A longer one is cut down to the frame: samples between two frames may be "
            "left out, and frame m begins at sample m · H.",
            _with_options(hop_length=lambda asked: min(asked["hop_length"], asked["frame_length"])),
        ),
        Wrong(
            "frame at the very end missing",
            "A last frame that ends exactly with the signal is left out, and it lies in the signal as a whole. The others are "
            "right.",
            lambda band, *, frame_length, hop_length, power: hair_cell(
                band, frame_length=frame_length, hop_length=hop_length, power=power
            )[..., : -(-(np.shape(band)[-1] - frame_length) // hop_length)],
        ),
        Wrong(
            "last frame missing",
            "The last frame is missing: where one frame fits there is 1, and another one for each whole hop that is left.",
            lambda band, *, frame_length, hop_length, power: hair_cell(
                band, frame_length=frame_length, hop_length=hop_length, power=power
            )[..., :-1],
        ),
        Wrong(
            "not rectified",
            "Nothing is rectified: the mean of an oscillation is near 0, and where it is negative "
            "a power such as 0.3 of it is no number.",
            _cell(_unrectified),
        ),
        Wrong(
            "in dB",
            "These are decibels: silence becomes −∞. A power is asked, which leaves zero at zero.",
            _cell(_in_db),
        ),
        Wrong(
            "a small number added",
            "A small number keeps the mean away from 0 before the power is taken: silence is no longer 0, and 10⁻¹⁰ to the power of 0.3 is 10⁻³.",
            (
                *(_cell(lambda frames, p, s=s: (np.maximum(frames, 0).mean(axis=-1) + s) ** p) for s in SMALL),
                *(_cell(lambda frames, p, s=s: np.maximum(np.maximum(frames, 0).mean(axis=-1), s) ** p) for s in SMALL),
            ),
        ),
        Wrong(
            "not compressed",
            "The power is missing: these are the means of the rectified motion.",
            _cell(lambda frames, p: np.maximum(frames, 0).mean(axis=-1)),
        ),
        Wrong(
            "faint frames lost beside loud ones",
            "A difference of two running sums, and a convolution by FFT, keep the rounding of the loudest sample everywhere, and "
            "the small power makes it large. Add up each frame by itself.",
            (_by_running_sum, _by_fft),
        ),
        Wrong(
            "last sample of the frame left out",
            "The last sample of each frame does not go in: a frame has the samples mH to mH + L − 1, and the end of a slice, or of a "
            "range, is not part of it.",
            (
                _cell(lambda frames, p: (np.maximum(frames[..., :-1], 0).sum(axis=-1) / frames.shape[-1]) ** p),
                _cell(
                    lambda frames, p: (
                        (np.maximum(frames[..., :-1], 0).sum(axis=-1) / np.float64(frames.shape[-1] - 1)) ** p
                    )
                ),
                _cell(
                    lambda frames, p: (np.maximum(frames[..., :-1], 0).sum(axis=-1) / max(frames.shape[-1] - 1, 1)) ** p
                ),
            ),
        ),
    ),
    after="With the power 0.3 a tenfold amplitude becomes twofold, so that a faint step stays visible beside a loud one.",
    also_right=(
        _cell_by_rows,
        _cell(lambda frames, p: np.where(frames > 0, frames, 0).mean(axis=-1) ** p),
        _cell(
            lambda frames, p: ((np.abs(frames) + frames).sum(axis=-1) / (2 * frames.shape[-1])).astype(np.float32) ** p
        ),
    ),
)
