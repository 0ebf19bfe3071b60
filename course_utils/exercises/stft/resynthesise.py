import cmath

import numpy as np

from ... import stft as package
from ...dft import window
from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import _frames_one_by_one


def _each_sample_by_itself(spectrum, window, *, hop_length):
    """Sample by sample: the average of what the frames say, weighted by their windows."""
    spectrum, n_fft = np.asarray(spectrum), len(window)
    n_frames = spectrum.shape[-1]
    found = np.zeros((*spectrum.shape[:-2], (n_frames - 1) * hop_length + n_fft))
    for place in range(found.shape[-1]):
        total, seen = 0.0, 0.0
        for m in range(n_frames):
            n = place - m * hop_length
            if 0 <= n < n_fft:
                turns = [cmath.exp(2j * cmath.pi * k * n / n_fft) / n_fft for k in range(n_fft // 2 + 1)]
                sides = [1 if 2 * k in (0, n_fft) else 2 for k in range(n_fft // 2 + 1)]
                said = sum(side * (spectrum[..., k, m] * turns[k]).real for k, side in enumerate(sides))
                total, seen = total + window[n] * said, seen + window[n] ** 2
        if seen > 0:
            found[..., place] = total / seen
    return found


def _spectra() -> list[Case]:
    rng = np.random.default_rng(43)

    def random(*shape):
        return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)

    hann = window("hann", 16)
    x = rng.standard_normal((2, 3, 40))
    frames = _frames_one_by_one(x, frame_length=16, hop_length=4)
    exact = np.fft.rfft(frames * hann[:, np.newaxis], axis=-2)
    lopsided = np.array([1, 3, 2, 0.5, 4, 1, 2])
    return [
        case(np.array([[2.0, 6], [0, 0]]), np.ones(2), hop_length=1, says="two frames of two samples", gives=[1, 2, 3]),
        case(exact[0, 0], hann, hop_length=4, says="the STFT of a signal"),
        case(random(9, 5), hann, hop_length=8, says="an edited STFT, hop of half a window"),
        case(random(5, 4), np.hanning(11)[1:-1], hop_length=3, says="frames of an odd length"),
        case(random(4, 3), lopsided, hop_length=7, says="a lopsided window, end to end"),
        case(random(5, 1), np.ones(8), hop_length=2, says="a single frame"),
        case(exact, hann, hop_length=4, says="a batch of two by three"),
        case(np.zeros((9, 3), complex), hann, hop_length=4, says="silence"),
    ]


def _adding_up(spectrum, window, hop_length, *, synthesis, divisor):
    """Overlap-add with weights after, divided by what other weights have added up to."""
    n_fft, n_frames = len(window), np.shape(spectrum)[-1]
    pieces = np.fft.irfft(spectrum, n_fft, axis=-2)
    total = np.zeros((*np.shape(spectrum)[:-2], (n_frames - 1) * hop_length + n_fft))
    seen = np.zeros(total.shape[-1])
    for m in range(n_frames):
        here = slice(m * hop_length, m * hop_length + n_fft)
        total[..., here] += synthesis * pieces[..., m]
        seen[here] += divisor
    return total, seen


def resynthesise(spectrum, window, *, hop_length):
    n_fft, n_frames = len(window), spectrum.shape[-1]
    pieces = np.fft.irfft(spectrum, n_fft, axis=-2)
    total = np.zeros((*spectrum.shape[:-2], (n_frames - 1) * hop_length + n_fft))
    seen = np.zeros(total.shape[-1])
    for m in range(n_frames):
        here = slice(m * hop_length, m * hop_length + n_fft)
        total[..., here] += window * pieces[..., m]
        seen[here] += window**2
    return total / np.where(seen == 0, np.inf, seen)


def _not_divided(spectrum, window, *, hop_length):
    return _adding_up(spectrum, window, hop_length, synthesis=window, divisor=0)[0]


def _divided_by_windows(spectrum, window, *, hop_length):
    total, seen = _adding_up(spectrum, window, hop_length, synthesis=window, divisor=window)
    return total / np.where(seen == 0, np.inf, seen)


def _without_second_window(spectrum, window, *, hop_length):
    total, seen = _adding_up(spectrum, window, hop_length, synthesis=1, divisor=window)
    return total / np.where(seen == 0, np.inf, seen)


def _first_window_divided(spectrum, window, *, hop_length):
    total, seen = _adding_up(spectrum, window, hop_length, synthesis=1, divisor=window**2)
    return total / np.where(seen == 0, np.inf, seen)


def _one_signal_only(spectrum, window, *, hop_length):
    x = np.zeros((np.shape(spectrum)[-1] - 1) * hop_length + len(window))
    seen = np.full_like(x, 1e-300)
    for m in range(np.shape(spectrum)[-1]):
        here = slice(m * hop_length, m * hop_length + len(window))
        x[here] += window * np.fft.irfft(spectrum[:, m], len(window))
        seen[here] += window**2
    return x / seen


def _dual_window_for_all(spectrum, window, *, hop_length):
    dual = package.dual_window(window, hop_length=hop_length)
    return _adding_up(spectrum, window, hop_length, synthesis=dual, divisor=0)[0]


def _one_factor_for_all(spectrum, window, *, hop_length):
    return _not_divided(spectrum, window, hop_length=hop_length) * hop_length / np.sum(np.square(window))


def _divided_by_zero(spectrum, window, *, hop_length):
    total, seen = _adding_up(spectrum, window, hop_length, synthesis=window, divisor=window**2)
    with np.errstate(all="ignore"):
        return total / seen


def _even_only(spectrum, window, *, hop_length):
    pieces = np.fft.irfft(spectrum, axis=-2)
    total = np.zeros((*np.shape(spectrum)[:-2], (np.shape(spectrum)[-1] - 1) * hop_length + len(window)))
    seen = np.full(total.shape[-1], 1e-300)
    for m in range(np.shape(spectrum)[-1]):
        here = slice(m * hop_length, m * hop_length + len(window))
        total[..., here] += window * pieces[..., m]
        seen[here] += window**2
    return total / seen


def _by_dual_windows(spectrum, window, *, hop_length):
    """Every frame with the weights that belong to its place, then added."""
    n_fft, (n_frames,) = len(window), np.shape(spectrum)[-1:]
    laid = np.zeros((n_frames, (n_frames - 1) * hop_length + n_fft))
    for m, row in enumerate(laid):
        row[m * hop_length : m * hop_length + n_fft] = window
    weights = laid / np.maximum((laid**2).sum(axis=0), 1e-12)
    pieces = np.fft.irfft(np.swapaxes(spectrum, -1, -2), n=n_fft)
    said = np.zeros((*pieces.shape[:-1], laid.shape[-1]))
    for m in range(n_frames):
        said[..., m, m * hop_length : m * hop_length + n_fft] = pieces[..., m, :]
    return (weights * said).sum(axis=-2)


def _guarded_by_epsilon(spectrum, window, *, hop_length):
    total, seen = _adding_up(spectrum, window, hop_length, synthesis=window, divisor=window**2)
    return (total / (seen + 1e-9)).tolist()


EXERCISE = Exercise(
    title="overlap-add, mended",
    stars=2,
    kind="repair",
    task=r"""
The function below goes back from an STFT to sound, with a mistake of the lecture's section 10: it windows twice and divides by nothing. At a hop of half a window its level beats at the rate of the frames. **Mend it**, so that it returns the signal whose STFT is nearest,

$$x[n] = \frac{\sum_m w[n - mH]\; x_m[n - mH]}{\sum_m w^2[n - mH]}$$

where $x_m$ is the inverse DFT of frame $m$. Samples at which the sum below is 0 become 0.

Spectra are `(…, freq, time)`, one-sided, without centring: frame 0 begins at sample 0, and `(n_frames − 1) · hop_length + n_fft` samples come out. `n_fft` is `len(window)`, even **or odd**. The hop is at most `n_fft`. Not every array that comes is the STFT of a signal: it may have been edited.
""",
    given='''import numpy as np

import course_utils as cu


def published_resynthesis(spectrum, window, *, hop_length):
    """As published: transform each frame back, window it, add it where it came from."""
    n_frames = spectrum.shape[1]
    n_fft = 2 * (len(spectrum) - 1)
    x = np.zeros((n_frames - 1) * hop_length + n_fft)
    for m in range(n_frames):
        x[m * hop_length : m * hop_length + n_fft] += window * np.fft.irfft(spectrum[:, m])
    return x


hann = cu.dft.window("hann", 512)
ones = cu.stft.stft(np.ones(4096), n_fft=512, hop_length=256, center=False)
out = published_resynthesis(ones, hann, hop_length=256)[512:-512]  # without the ends
print(f"ones in; out comes something between {out.min():.2f} and {out.max():.2f}")''',
    form="Spectra (…, freq, time) and a window (n_fft,) in, signals (…, time) out.",
    answer="resynthesise",
    spec=Function(
        cases=_spectra,
        expected=_each_sample_by_itself,
        tolerance=1e-5,  # an epsilon of 1e-9 in the divisor is no mistake
    ),
    reference=resynthesise,
    hints=(
        "Put ones in. What have the windows of all frames added up to at a sample, when each was applied twice?",
        "Keep a second array of the same length: add the squared window to it wherever a frame is added, and divide "
        "at the end.",
        "For odd lengths tell irfft the length: np.fft.irfft(…, n=len(window)). For batches the frames are "
        "spectrum[..., m]. Where the divisor is 0, divide by anything else.",
    ),
    wrongs=(
        Wrong(
            "not divided",
            "Nothing is divided yet: each sample is multiplied by the sum of the squared windows that lie over it, "
            "and that sum ripples with the hop.",
            _not_divided,
        ),
        Wrong(
            "divided by the sum of the windows",
            "It is divided by the sum of the windows. Each frame was windowed twice, once before and once after, so the squares "
            "must be summed.",
            _divided_by_windows,
        ),
        Wrong(
            "not windowed again",
            "An STFT that nobody has edited comes back exactly; one that was edited does not come back as the signal "
            "whose STFT is nearest: for that each frame is windowed once more, and the squares are summed.",
            _without_second_window,
        ),
        Wrong(
            "second window missing",
            "The squares are summed below, but above the frames are added without the second window.",
            _first_window_divided,
        ),
        Wrong(
            "one factor for all samples",
            "It is divided by one number, the mean of the summed squares. That is right where their sum is constant; "
            "at the ends, where fewer frames overlap, and at hops where the sum ripples, it is not.",
            _one_factor_for_all,
        ),
        Wrong(
            "dual window at the ends",
            "With the dual window it is right in the middle. The dual window counts on as many frames as overlap there; at the "
            "ends there are fewer: divide by what has been added up at each sample.",
            _dual_window_for_all,
        ),
        Wrong(
            "one signal only",
            "It is right for one signal. In a batch the second axis is not that of the frames: frame m is spectrum[..., m], "
            "and the leading axes stay.",
            _one_signal_only,
        ),
        Wrong(
            "0 divided by 0",
            "The first sample lies under a zero of the Hann window only: 0 divided by 0 is not a number, "
            "and 0 is asked there.",
            _divided_by_zero,
        ),
        Wrong(
            "even lengths only",
            "It is right for even lengths. From five bins alone irfft cannot know whether the frame had 8 samples or 9, and "
            "takes 8: tell it the length.",
            _even_only,
        ),
    ),
    also_right=(_by_dual_windows, _guarded_by_epsilon),
)
