import cmath

import numpy as np

from ...dft import window
from ...practice.model import Case, Exercise, Function, Wrong, case
from ._overlap_add import (
    _added,
    _adding_up,
    _by_dual_windows,
    _dual_window_for_all,
    _even_only,
    _guarded,
    _one_signal_only,
)
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


def _small_sums(random) -> list[Case]:
    """Soft windows, the foot of a window, a faint signal."""
    return [
        case(
            np.fft.rfft(np.full(8, 3e-5))[:, np.newaxis],
            np.full(8, 3e-5),
            hop_length=4,
            says="weights of 0.00003",
            gives=np.ones(8),
        ),
        case(random(5, 4), np.full(8, 3e-5), hop_length=3, says="an edited STFT, weights of 0.00003"),
        case(
            np.fft.rfft(window("hann", 64))[:, np.newaxis] * np.ones(2),
            window("hann", 64),
            hop_length=32,
            says="the STFT of ones, and a Hann window of 64",
            gives=[0] + 95 * [1],
        ),
        case(1e-6 * random(9, 4), window("hann", 16), hop_length=8, says="an edited STFT at −120 dB"),
    ]


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
        case(random(9, 3), hann, hop_length=16, says="Hann windows end to end, each with a weight of 0"),
        case(
            random(1, 5, 4),
            np.array([0.03, -0.2, 0.5, 1, 1, 0.5, -0.2, 0.03]),
            hop_length=6,
            says="negative and small weights",
        ),
        case(random(9, 5) * [1, 0, 1, 1, 0], hann, hop_length=4, says="two frames of zeros among five"),
        *_small_sums(random),
    ]


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


def _by_ifft_of_half(times):
    """ifft of the one-sided bins, filled up with zeros; times 2 the mean and the bin at half the rate are too large."""

    def resynthesis(spectrum, window, *, hop_length):
        pieces = np.fft.ifft(spectrum, len(window), axis=-2).real * times
        return resynthesise(np.fft.rfft(pieces, axis=-2), window, hop_length=hop_length)

    return resynthesis


def _even_throughout(spectrum, window, *, hop_length):
    """The length from the number of bins, and the window cut to it."""
    n_fft = 2 * (np.shape(spectrum)[-2] - 1)
    return resynthesise(np.asarray(spectrum), window[:n_fft], hop_length=hop_length)


def _zero_frames_left_out(spectrum, window, *, hop_length):
    sounds = np.any(np.asarray(spectrum) != 0, axis=-2, keepdims=True)
    total, _ = _adding_up(spectrum, window, hop_length, synthesis=window, divisor=0)
    ones = np.fft.rfft(np.ones(len(window)))[:, np.newaxis] * sounds
    seen, _ = _adding_up(ones, window, hop_length, synthesis=window**2, divisor=0)
    return total / np.where(seen < 1e-14, np.inf, seen)


LEAST = (1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1)


def _without_last_frame(seen_of):
    """The last frame is not added; ``seen_of(its squared window)`` is counted below."""

    def resynthesis(spectrum, window, *, hop_length):
        spectrum = np.asarray(spectrum)
        silent = np.concatenate([spectrum[..., :-1], 0 * spectrum[..., -1:]], axis=-1)
        total, seen = _adding_up(silent, window, hop_length, synthesis=window, divisor=window**2)
        seen[-len(window) :] -= window**2 - seen_of(window**2)
        return np.divide(total, seen, out=np.zeros_like(total), where=np.broadcast_to(seen > 1e-12, total.shape))

    return resynthesis


EXERCISE = Exercise(
    title="overlap-add, mended",
    stars=2,
    kind="repair",
    task=r"""
The function below goes back from an STFT to sound, with a mistake of the lecture's section 10 (deeper): it windows twice and divides by nothing. At a hop of half a window its level beats at the rate of the frames. **Mend it**, so that it returns the signal whose STFT is nearest,

$$x[n] = \frac{\sum_m w[n - mH]\; y_m[n - mH]}{\sum_m w^2[n - mH]}$$

where $y_m$ is the inverse DFT of frame $m$. Samples at which the sum below is 0 become 0; one of 10⁻⁹ is not 0, and occurs: at sample 1 of a Hann window of 512.

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
        tolerance=1e-5,  # an epsilon of 1e-15 in the divisor is no mistake
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
            "Nothing is divided yet: each sample is multiplied by the sum of the squared windows that lie over it. At a hop "
            "of half a Hann window that sum ripples, and at a quarter it is 1.5.",
            _added(divide=lambda total, seen: total),
        ),
        Wrong(
            "divided by the sum of the windows",
            "It is divided by the sum of the windows. Each frame was windowed twice, once before and once after, so the squares "
            "must be summed.",
            (_added(weights=lambda window: window), _added(weights=np.abs)),
        ),
        Wrong(
            "not windowed again",
            "An STFT that nobody has edited comes back exactly; one that was edited does not come back as the signal "
            "whose STFT is nearest: for that each frame is windowed once more, and the squares are summed.",
            _added(lambda window: 1, lambda window: window),
        ),
        Wrong(
            "second window missing",
            "The squares are summed below, but above the frames are added without the second window.",
            (
                _added(lambda window: 1),
                _added(lambda window: 1, divide=lambda total, seen: total / np.where(seen == 0, 1, seen)),
            ),
        ),
        Wrong(
            "one factor for all samples",
            "It is divided by one number for all samples. That is right where their sum is constant; "
            "at the ends, where fewer frames overlap, and at hops where the sum ripples, it is not.",
            (
                _guarded(np.mean),
                _guarded(np.max),
                lambda spectrum, window, *, hop_length: _guarded(lambda seen: np.sum(window**2) / hop_length)(
                    spectrum, window, hop_length=hop_length
                ),
            ),
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
            _guarded(lambda seen: seen),
        ),
        Wrong(
            "even lengths only",
            "It is right for even lengths. From five bins alone irfft cannot know whether the frame had 8 samples or 9, and "
            "takes 8: tell it the length.",
            (_even_only, _even_throughout),
        ),
        Wrong(
            "small weights dropped",
            "Where the sum below is small it is replaced by something else, as if it were 0: that is asked only where it **is** 0. Small sums belong to real samples.",
            (
                *(_guarded(lambda seen, least=least: np.maximum(seen, least)) for least in LEAST),
                *(_guarded(lambda seen, least=least: np.where(seen > least, seen, np.inf)) for least in LEAST),
                *(_guarded(lambda seen, least=least: np.where(seen > least, seen, 1)) for least in LEAST),
            ),
        ),
        Wrong(
            "constant added below",
            "A constant is added to the sum below, against a division by 0, and where that sum is small the sample comes out too small: only where the sum **is** 0 is something else asked.",
            tuple(_guarded(lambda seen, least=least: seen + least) for least in (1e-12, 1e-10, *LEAST)),
        ),
        Wrong(
            "bins above the half left out",
            "The half spectrum goes into an inverse transform that asks for all the bins: those above the half count as 0, where a "
            "real signal has their mirror image, and all that swings in between comes out half as large.",
            _by_ifft_of_half(1),
        ),
        Wrong(
            "mean taken twice",
            "The bins above the half are replaced by a factor of 2, which doubles the mean of a frame, too, and half the rate where "
            "n_fft is even: these have no mirror image.",
            _by_ifft_of_half(2),
        ),
        Wrong(
            "root of the sum",
            "It is divided by the root of the summed squares: the windows stand twice above, so they must stand twice below.",
            _guarded(lambda seen: np.sqrt(np.where(seen == 0, np.inf, seen))),
        ),
        Wrong(
            "magnitudes of the window",
            "The second window is taken without its signs: a negative weight above needs the same negative weight again, to become a square.",
            _added(np.abs),
        ),
        Wrong(
            "window squared above",
            "The window stands above twice over: y_m has the first window in it already, and one more is asked.",
            _added(np.square),
        ),
        Wrong(
            "window turned round",
            "The second window runs backwards: an asymmetric one is then another window.",
            _added(lambda window: window[::-1]),
        ),
        Wrong(
            "plain mean",
            "What the frames say is averaged without weights: near its ends a frame knows little, and must count little.",
            _added(lambda window: 1, lambda window: 1),
        ),
        Wrong(
            "divided by the number of frames",
            "It is divided by how many frames lie over a sample: what they add up to there is their squared windows.",
            _added(weights=lambda window: 1),
        ),
        Wrong(
            "half a window cut off",
            "Half a window is cut off at both ends, as for frames that are centred: here frame 0 begins at sample 0, and all samples "
            "come out.",
            lambda spectrum, window, *, hop_length: resynthesise(spectrum, window, hop_length=hop_length)[
                ..., len(window) // 2 : (spectrum.shape[-1] - 1) * hop_length + len(window) - len(window) // 2
            ],
        ),
        Wrong(
            "frames backwards",
            "Each frame is turned round in time, as a conjugate or the forward transform does.",
            lambda spectrum, window, *, hop_length: _guarded(lambda seen: np.where(seen == 0, np.inf, seen))(
                np.conj(spectrum), window, hop_length=hop_length
            ),
        ),
        Wrong(
            "frames of zeros left out",
            "A frame of zeros says that there is silence: it adds nothing above, and its window counts below all the same.",
            _zero_frames_left_out,
        ),
        Wrong(
            "last frame left out",
            "The last frame is left out: range(n − 1) ends at n − 2, and the frames are those from 0 to n − 1.",
            (_without_last_frame(lambda last: 0 * last), _without_last_frame(lambda last: last)),
        ),
    ),
    after="With a hop as long as the frame nothing overlaps: near a frame's ends an edit is then divided by a weight close to 0, at sample 1 of a Hann window of 512 by 0.00004; leave at least half a window of overlap.",
    also_right=(
        _by_dual_windows,
        lambda *spectra, **hop: _guarded(lambda seen: seen + 1e-15)(*spectra, **hop).tolist(),
    ),
)
