"""Filters: convolution, biquads, what their poles and zeros say, and resampling by a windowed sinc.

Signals are ``(…, time)``; a filter is a pair of coefficient lists, ``b`` for the input and ``a`` for the output:
``H(z) = Σ_k b[k] z^(−k) / Σ_k a[k] z^(−k)``. An FIR filter has ``a = [1]``. Lecture: filters
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ._checks import filters as _checks
from .dft import convolve as convolve  # an FIR filter is a convolution: taught in lecture 03, used here
from .dft import window as make_window
from .sound import chirp
from .stft import frame

# ------------------------------------------------------------------------------------------ designs


def fir_lowpass(
    cutoff_hz: float, *, sample_rate: float, n_taps: int, window: str = "hann", beta: float = 8.6
) -> np.ndarray:
    """A low-pass filter as a windowed sinc: ``h[n] = w[n] sinc(2 f_c / f_s · (n − (N − 1) / 2))``, scaled to sum 1.

    The ideal low-pass filter is a sinc without end; the window ends it, and its leakage becomes the stop band.

    Parameters
    ----------
    cutoff_hz : float, Hz
        f_c, where the response has fallen to about one half (−6 dB).
    sample_rate : float, Hz
    n_taps : int
        N, at least 3; the filter delays by ``(N − 1) / 2`` samples.
    window : {"rectangular", "hann", "hamming", "blackman", "kaiser"}
    beta : float
        Kaiser only.

    Returns
    -------
    ndarray, shape (time,), float64
        Symmetric, gain 1 at 0 Hz; equal to ``scipy.signal.firwin(n_taps, cutoff_hz, window=window, fs=sample_rate)``.

    Raises
    ------
    ValueError
        If the cut-off is 0, the Nyquist frequency, or beyond.

    Lecture: filters
    """
    sample_rate, n_taps = _checks.sample_rate(sample_rate), _checks.count(n_taps, "n_taps", minimum=3)
    cutoff_hz = _checks.cutoff(cutoff_hz, sample_rate, "cutoff_hz")
    taper = make_window(window, n_taps, periodic=False, beta=beta)
    n = np.arange(n_taps) - (n_taps - 1) / 2
    h = taper * np.sinc(2 * cutoff_hz / sample_rate * n)
    return h / h.sum()


BUTTERWORTH_Q = math.sqrt(0.5)
BIQUADS = ("lowpass", "highpass", "bandpass", "notch", "peaking", "lowshelf", "highshelf")


def biquad(
    kind: str, *, frequency_hz: float, sample_rate: float, q: float = BUTTERWORTH_Q, gain_db: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """A filter with two poles and two zeros, the building block of equalisers.

    With ``ω = 2π f / f_s``, ``α = sin ω / (2 Q)`` and ``A = 10^(gain/40)``; the low-pass filter is
    ``b = [(1 − cos ω)/2, 1 − cos ω, (1 − cos ω)/2]``, ``a = [1 + α, −2 cos ω, 1 − α]``, all divided by ``1 + α``.

    Parameters
    ----------
    kind : {"lowpass", "highpass", "bandpass", "notch", "peaking", "lowshelf", "highshelf"}
        The band-pass filter has gain 1 at its centre.
    frequency_hz : float, Hz
        Corner, centre, or middle of the shelf's slope.
    sample_rate : float, Hz
    q : float
        Sharpness Q; ``√½`` is the Butterworth filter, −3 dB at its corner and flat before it.
    gain_db : float, dB
        Height of a peak or a shelf; the other kinds do not use it.

    Returns
    -------
    b, a : ndarray, shape (3,), float64
        With ``a[0] = 1``.

    Raises
    ------
    ValueError
        If the frequency is 0, the Nyquist frequency, or beyond.

    Source: Bristow-Johnson, *Cookbook formulae for audio EQ biquad filter coefficients*.
    Lecture: filters
    """
    _checks.choice(kind, "kind", BIQUADS)
    sample_rate = _checks.sample_rate(sample_rate)
    frequency_hz = _checks.cutoff(frequency_hz, sample_rate)
    q = _checks.number(q, "q", at_least=1e-4, at_most=1e6)
    gain = 10 ** (_checks.number(gain_db, "gain_db", at_least=-200, at_most=200) / 40)  # A, half of it in dB
    cos, alpha = math.cos(2 * math.pi * frequency_hz / sample_rate), math.sin(2 * math.pi * frequency_hz / sample_rate)
    alpha /= 2 * q
    if kind in ("lowshelf", "highshelf"):
        turn = 1 if kind == "lowshelf" else -1  # z → −z swaps low and high frequencies
        up, down, slope = gain + 1, (gain - 1) * turn * cos, 2 * math.sqrt(gain) * alpha
        b = [gain * (up - down + slope), 2 * gain * (turn * (gain - 1) - up * cos), gain * (up - down - slope)]
        a = [up + down + slope, -2 * (turn * (gain - 1) + up * cos), up + down - slope]
        return _checks.coefficients(b, a)
    width = alpha * gain if kind == "peaking" else alpha
    b = {
        "lowpass": [(1 - cos) / 2, 1 - cos, (1 - cos) / 2],
        "highpass": [(1 + cos) / 2, -1 - cos, (1 + cos) / 2],
        "bandpass": [alpha, 0.0, -alpha],
        "notch": [1.0, -2 * cos, 1.0],
        "peaking": [1 + width, -2 * cos, 1 - width],
    }[kind]
    if kind == "peaking":
        alpha /= gain
    return _checks.coefficients(b, [1 + alpha, -2 * cos, 1 - alpha])


# ------------------------------------------------------------------------------- running and reading


def lfilter_loop(b: np.ndarray, a: np.ndarray, signal: np.ndarray) -> np.ndarray:
    """The difference equation as it is written: ``a[0] y[n] = Σ_k b[k] x[n − k] − Σ_(k≥1) a[k] y[n − k]``.

    Everything before the first sample is 0.

    Parameters
    ----------
    b, a : array_like, shape (order + 1,), real
        An unstable filter is run all the same: this is the place to watch it grow.
    signal : array_like, shape (time,)

    Returns
    -------
    ndarray, shape (time,), float64

    Lecture: filters
    """
    b, a = (part.tolist() for part in _checks.coefficients(b, a))
    x, y = _checks.signal(signal, mono=True).tolist(), []
    for n in range(len(x)):
        total = sum(b[k] * x[n - k] for k in range(len(b)) if k <= n)
        total -= sum(a[k] * y[n - k] for k in range(1, len(a)) if k <= n)
        y.append(total)
    return np.array(y)


def lfilter(b: np.ndarray, a: np.ndarray, signal: np.ndarray) -> np.ndarray:
    """A filter along time: the same numbers as ``lfilter_loop``, from scipy's compiled loop.

    Parameters
    ----------
    b, a : array_like, shape (order + 1,), real
        ``a = [1]`` is an FIR filter.
    signal : ndarray, shape (…, time)

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``
        As long as the signal: the tail of the response is cut off, pad the signal to keep it.

    Raises
    ------
    ValueError
        If a pole lies on or outside the unit circle.

    Lecture: filters
    """
    import scipy.signal

    b, a = _checks.coefficients(b, a)
    signal = _checks.signal(signal)
    _checks.stable(is_stable(a), float(np.abs(poles(a)).max(initial=0)))
    return scipy.signal.lfilter(b, a, signal, axis=-1).astype(signal.dtype)


def zeros(b: np.ndarray) -> np.ndarray:
    """Where the numerator vanishes: the roots z of ``Σ_k b[k] z^(−k) = 0``.

    A zero on the unit circle at angle ω silences the frequency ``ω f_s / 2π``.

    Parameters
    ----------
    b : array_like, shape (order + 1,), real

    Returns
    -------
    ndarray, shape (order,), complex128
        One fewer for each leading zero of ``b``, which is a pure delay.

    Lecture: filters
    """
    return np.roots(_checks.array(b, "b", real=True, one_axis=True)).astype(complex)


def poles(a: np.ndarray) -> np.ndarray:
    """Where the denominator vanishes: the roots z of ``Σ_k a[k] z^(−k) = 0``.

    A pole of radius r and angle ω is an echo ``r^n cos(ω n)``: near the circle it rings long.

    Parameters
    ----------
    a : array_like, shape (order + 1,), real

    Returns
    -------
    ndarray, shape (order,), complex128

    Lecture: filters
    """
    return np.roots(_checks.coefficients([1.0], a)[1]).astype(complex)


def is_stable(a: np.ndarray) -> bool:
    """Whether every echo dies away: all poles strictly inside the unit circle.

    By stepping down from order m to m − 1, ``a'[k] = (a[k] − r a[m − k]) / (1 − r²)`` with ``r = a[m]``: stable if
    and only if every ``|r| < 1``. No root is computed: a pole exactly on the circle is not taken for one inside.

    Parameters
    ----------
    a : array_like, shape (order + 1,), real

    Returns
    -------
    bool

    Source: Schur 1918; Durbin 1960.
    Lecture: filters
    """
    a = _checks.coefficients([1.0], a)[1]
    while len(a) > 1:
        last = a[-1]
        if abs(last) >= 1:
            return False
        a = (a - last * a[::-1])[:-1] / (1 - last**2)
    return True


def _polynomial(coefficients: np.ndarray, omega: np.ndarray) -> np.ndarray:
    """``Σ_k c[k] e^(−iωk)``, by Horner's rule."""
    total = np.zeros_like(omega, complex)
    for value in coefficients[::-1]:
        total = total * np.exp(-1j * omega) + value
    return total


def _radians(frequency_hz: np.ndarray, sample_rate: float) -> np.ndarray:
    frequency_hz = _checks.not_below_zero(frequency_hz, "frequency_hz").astype(float)
    sample_rate = _checks.sample_rate(sample_rate)
    _checks.frequency(float(frequency_hz.max()), sample_rate)
    return 2 * np.pi * frequency_hz / sample_rate


def frequency_response(b: np.ndarray, a: np.ndarray, *, frequency_hz: np.ndarray, sample_rate: float) -> np.ndarray:
    """What a filter does to a steady tone: ``H(f) = Σ b[k] e^(−iωk) / Σ a[k] e^(−iωk)``, ``ω = 2π f / f_s``.

    Parameters
    ----------
    b, a : array_like, shape (order + 1,), real
    frequency_hz : ndarray or float, Hz
        From 0 to the Nyquist frequency.
    sample_rate : float, Hz

    Returns
    -------
    ndarray or scalar, shape of ``frequency_hz``, complex128
        ``abs`` is the gain, ``numpy.angle`` the phase in rad.

    Raises
    ------
    ValueError
        If a pole lies on the unit circle at one of the frequencies.

    Lecture: filters
    """
    b, a = _checks.coefficients(b, a)
    omega = _radians(frequency_hz, sample_rate)
    denominator = _polynomial(a, omega)
    _checks.off_the_zeros(denominator, np.asarray(frequency_hz), "a", "response")
    return _polynomial(b, omega) / denominator


def group_delay(b: np.ndarray, a: np.ndarray, *, frequency_hz: np.ndarray, sample_rate: float) -> np.ndarray:
    """By how much the envelope of a tone is late: ``τ(ω) = −dφ/dω``, in samples.

    ``τ = Re(Σ k b[k] e^(−iωk) / Σ b[k] e^(−iωk)) − Re(Σ k a[k] e^(−iωk) / Σ a[k] e^(−iωk))``: no derivative is taken.

    Parameters
    ----------
    b, a : array_like, shape (order + 1,), real
    frequency_hz : ndarray or float, Hz
        From 0 to the Nyquist frequency.
    sample_rate : float, Hz

    Returns
    -------
    ndarray or scalar, shape of ``frequency_hz``, samples
        ``(N − 1) / 2`` at every frequency for a symmetric FIR filter.

    Raises
    ------
    ValueError
        Where the response is 0 or has a pole: there is no phase.

    Source: Smith, *Introduction to Digital Filters*, section “Numerical computation of group delay”.
    Lecture: filters
    """
    omega = _radians(frequency_hz, sample_rate)
    delays = []
    for name, part in zip("ba", _checks.coefficients(b, a), strict=True):
        value = _polynomial(part, omega)
        _checks.off_the_zeros(value, np.asarray(frequency_hz), name, "group delay")
        delays.append((_polynomial(part * np.arange(len(part)), omega) / value).real)
    return delays[0] - delays[1]


# --------------------------------------------------------------------------------------- resampling


def sine_sweep(
    start_hz: float, end_hz: float, *, duration_s: float, sample_rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """A logarithmic sweep and its frequency at each sample: ``f(t) = f₀ (f₁/f₀)^(t/T)``.

    Parameters
    ----------
    start_hz, end_hz : float, Hz
        f₀ and f₁, above 0 and at most the Nyquist frequency.
    duration_s : float, s
        T.
    sample_rate : float, Hz

    Returns
    -------
    signal : ndarray, shape (time,), float64
        ``chirp(…, shape="logarithmic")``, amplitude 1.
    frequency_hz : ndarray, shape (time,), Hz

    Lecture: filters
    """
    signal = chirp(start_hz, end_hz, duration_s=duration_s, sample_rate=sample_rate, shape="logarithmic")
    t = np.arange(len(signal)) / sample_rate
    return signal, start_hz * (end_hz / start_hz) ** (t / duration_s)


class _Resampler(NamedTuple):
    """A pair of rates and the windowed sinc between them; times in samples of the input."""

    old: int  # the rates divided by their greatest common divisor
    new: int
    cutoff: float  # in zero crossings of the sinc for each ``old`` samples of the input
    width: int  # zero crossings of the sinc on either side
    window: str
    beta: float

    @property
    def reach(self) -> float:
        """Half the length of the filter."""
        return self.width * self.old / self.cutoff

    def weights(self, ahead: np.ndarray) -> np.ndarray:
        """The filter at ``ahead / new`` samples of the input from its centre, scaled to gain 1."""
        t = ahead * (self.cutoff / (self.old * self.new))
        inside = np.clip(t / self.width, -1, 1)
        if self.window == "hann":
            taper = np.cos(np.pi * inside / 2) ** 2
        else:
            taper = np.i0(self.beta * np.sqrt(1 - inside**2)) / np.i0(self.beta)
        return np.where(np.abs(t) < self.width, np.sinc(t) * taper * self.cutoff / self.old, 0.0)


_LARGEST_FILTER = 2**24  # values: 128 MB in float64
_BLOCK = 2**15  # input samples that pass all phases before the next ones do: they stay in the cache
_MOST_TOGETHER = 32  # phases in one product of matrices: with more, most of its weights are zeros


def _resampler(
    from_rate: int, to_rate: int, lowpass_filter_width: int, rolloff: float, window: str, beta: float
) -> _Resampler:
    from_rate, to_rate = _checks.count(from_rate, "from_rate"), _checks.count(to_rate, "to_rate")
    width = _checks.count(lowpass_filter_width, "lowpass_filter_width", maximum=10_000)
    rolloff = _checks.number(rolloff, "rolloff", at_least=0.01, at_most=1)
    _checks.choice(window, "window", ("hann", "kaiser"))
    beta = _checks.number(beta, "beta", at_least=0, at_most=700)
    divisor = math.gcd(from_rate, to_rate)
    old, new = from_rate // divisor, to_rate // divisor
    resampler = _Resampler(old, new, min(old, new) * rolloff, width, window, beta)
    n_values = new * (2 * math.ceil(resampler.reach) + 1)
    _checks.filter_size(n_values, _LARGEST_FILTER, from_rate, to_rate)
    return resampler


def resample_kernel(
    *,
    from_rate: int,
    to_rate: int,
    lowpass_filter_width: int = 6,
    rolloff: float = 0.99,
    window: str = "hann",
    beta: float = 14.769656459379492,
) -> np.ndarray:
    """The filter of ``resample`` as a bank of phases: one row for each output sample of a period.

    With both rates divided by their greatest common divisor, ``new`` output samples fall on ``old`` input samples,
    and the pattern repeats. Row p holds ``h(j / old − p / new)`` for j = −W … W + old − 1, where, with
    ``t = τ · min(old, new) · rolloff``, ``h(τ) = sinc(t) w(t / lowpass_filter_width) · min(old, new) · rolloff / old``
    and ``W = ⌈lowpass_filter_width · old / (min(old, new) · rolloff)⌉``.

    Parameters
    ----------
    from_rate, to_rate : int, Hz
    lowpass_filter_width : int
        Zero crossings of the sinc on either side: longer is steeper and slower.
    rolloff : float, 0.01…1
        Cut-off as a part of the lower Nyquist frequency.
    window : {"hann", "kaiser"}
        ``w(u) = cos²(π u / 2)``, or ``I₀(β √(1 − u²)) / I₀(β)``.
    beta : float, 0…700
        Kaiser only: larger means less leakage and a wider transition.

    Returns
    -------
    ndarray, shape (n_phases, n_taps), float64
        ``(new, 2 W + old)``, mostly zeros; as ``torchaudio.functional.resample`` builds it.

    Raises
    ------
    ValueError
        If the rates have so small a common divisor that the bank would not fit into memory.

    Lecture: filters
    """
    bank = _resampler(from_rate, to_rate, lowpass_filter_width, rolloff, window, beta)
    width = math.ceil(bank.reach)
    _checks.filter_size(bank.new * (2 * width + bank.old), _LARGEST_FILTER, int(from_rate), int(to_rate))
    j = np.arange(-width, width + bank.old)
    return bank.weights(j * bank.new - np.arange(bank.new)[:, np.newaxis] * bank.old)


def resample_loop(
    signal: np.ndarray,
    *,
    from_rate: int,
    to_rate: int,
    lowpass_filter_width: int = 6,
    rolloff: float = 0.99,
    window: str = "hann",
    beta: float = 14.769656459379492,
) -> np.ndarray:
    """The definition: ``y[n] = Σ_j x[j] h(j / f_old − n / f_new)``, each output sample by itself.

    Parameters
    ----------
    signal : ndarray, shape (time,)
    from_rate, to_rate : int, Hz
    lowpass_filter_width, rolloff, window, beta : as in ``resample_kernel``

    Returns
    -------
    ndarray, shape (⌈time · to_rate / from_rate⌉,), float64

    Lecture: filters
    """
    x = _checks.signal(signal, mono=True)
    bank = _resampler(from_rate, to_rate, lowpass_filter_width, rolloff, window, beta)
    _checks.resampled_fits(x.shape, int(from_rate), int(to_rate), 8)
    if bank.old == bank.new:
        return x.astype(float)
    y = np.empty(-(-len(x) * bank.new // bank.old))
    for n in range(len(y)):
        centre = n * bank.old / bank.new
        j = np.arange(max(0, math.ceil(centre - bank.reach)), min(len(x), math.floor(centre + bank.reach) + 1))
        y[n] = x[j] @ bank.weights(j * bank.new - n * bank.old)
    return y


def resample(
    signal: np.ndarray,
    *,
    from_rate: int,
    to_rate: int,
    lowpass_filter_width: int = 6,
    rolloff: float = 0.99,
    window: str = "hann",
    beta: float = 14.769656459379492,
) -> np.ndarray:
    """Another sampling rate: reconstruct with a sinc, remove what the lower rate cannot carry, sample again.

    Equal to ``resample_loop``. The phases of ``resample_kernel`` repeat with every period, so that one product of
    matrices, pieces of the signal times a few neighbouring phases, makes those samples of all periods at once.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    from_rate, to_rate : int, Hz
        Any two whole numbers; the fewer common factors, the more phases.
    lowpass_filter_width : int
        Zero crossings of the sinc on either side: longer is steeper and slower.
    rolloff : float, 0.01…1
        Cut-off as a part of the lower Nyquist frequency.
    window : {"hann", "kaiser"}
    beta : float, 0…700
        Kaiser only.

    Returns
    -------
    ndarray, shape (…, ⌈time · to_rate / from_rate⌉), dtype of ``signal``
        Equal to ``torchaudio.functional.resample``; output sample n lies at the time ``n / to_rate``, without delay.

    Raises
    ------
    ValueError
        If the pair of rates needs an enormous filter.

    Source: Smith, *Digital Audio Resampling*; the names of the parameters are torchaudio's.
    Lecture: filters
    """
    x = _checks.signal(signal)
    bank = _resampler(from_rate, to_rate, lowpass_filter_width, rolloff, window, beta)
    _checks.resampled_fits(x.shape, int(from_rate), int(to_rate), x.itemsize)
    if bank.old == bank.new:
        return x.copy()
    n_out, reach = -(-x.shape[-1] * bank.new // bank.old), math.ceil(bank.reach)
    together = min(max(1, 2 * reach * bank.new // bank.old), _MOST_TOGETHER)  # phases centred on neighbouring samples
    n_taps = 2 * reach + 1 + math.ceil(together * bank.old / bank.new)
    repeats = -(-n_taps // bank.old)  # several periods in one, so that pieces of the signal do not overlap
    hop, n_phases = repeats * bank.old, repeats * bank.new
    n_hops = -(-n_out // n_phases)
    padding = [(0, 0)] * (x.ndim - 1) + [(reach, n_hops * hop + n_taps + reach - x.shape[-1])]
    pieces = np.lib.stride_tricks.sliding_window_view(np.pad(x, padding), n_taps, axis=-1)
    groups = []
    for first in range(0, min(n_phases, n_out), together):
        phases = np.arange(first, min(first + together, n_phases))
        start = first * bank.old // bank.new  # the input sample before the first centre; the padding shifts by reach
        j = start - reach + np.arange(n_taps)
        weights = bank.weights(j[:, np.newaxis] * bank.new - phases * bank.old).astype(x.dtype)
        groups.append((slice(first, phases[-1] + 1), start, weights))
    y = np.empty((*x.shape[:-1], n_hops, n_phases), x.dtype)
    n_block = max(1, _BLOCK // hop)
    for first in range(0, n_hops, n_block):
        hops = slice(first, min(first + n_block, n_hops))
        for phases, start, weights in groups:
            y[..., hops, phases] = pieces[..., start + hops.start * hop : start + hops.stop * hop : hop, :] @ weights
    return y.reshape(*x.shape[:-1], -1)[..., :n_out]


class ResamplingQuality(NamedTuple):
    """What a resampler does to a log sweep."""

    ripple_db: float  # how far apart the loudest and the softest pass-band tone lie
    image_rejection_db: float  # how far below a tone its worst image or alias lies


def resampling_quality(
    resampler: Callable, *, from_rate: int, to_rate: int, pass_band: float = 0.8
) -> ResamplingQuality:
    """A resampler measured on a logarithmic sweep: how even its pass band is, and how weak its images are.

    Where the sweep is within the pass band, all power away from its own frequency is images. Where it lies so high
    that it folds into the pass band, all power that is left is aliases. Powers are those of frames, re that of a sine.

    Parameters
    ----------
    resampler : callable
        Takes a signal at ``from_rate`` and returns it at ``to_rate``.
    from_rate, to_rate : int, Hz
    pass_band : float, 0.1…0.95
        What is asked to be kept, as a part of the lower Nyquist frequency.

    Returns
    -------
    ResamplingQuality
        ``ripple_db`` and ``image_rejection_db``, both positive; the latter up to about 160, the floor of the analysis.
        An image that lands beside its own tone, as from 8000 to 7999 Hz, counts as ripple.

    Lecture: filters
    """
    from_rate, to_rate = _checks.count(from_rate, "from_rate"), _checks.count(to_rate, "to_rate")
    pass_band = _checks.number(pass_band, "pass_band", at_least=0.1, at_most=0.95)
    _checks.resampler(resampler)
    lower, start_hz, end_hz = min(from_rate, to_rate), min(from_rate, to_rate) / 1000, from_rate / 2
    edge_hz = pass_band * lower / 2
    guard_hz = lower / 2 - edge_hz  # half-way from the highest tone kept to its nearest image
    duration_s = 2**17 / lower
    _checks.sweep_fits(from_rate, to_rate, 2**17 * from_rate // lower)
    sweep, _ = sine_sweep(start_hz, end_hz, duration_s=duration_s, sample_rate=from_rate)
    y = _checks.resampled(resampler(sweep), -(-len(sweep) * to_rate // from_rate))
    n_frame = round(60 * to_rate / guard_hz)
    taper = make_window("kaiser", n_frame, beta=20.0)
    frames = frame(y, frame_length=n_frame, hop_length=n_frame // 8)[:, 8:-8]  # the ends of the sweep click
    power = np.abs(np.fft.rfft(frames * taper[:, np.newaxis], axis=0)) ** 2 / (n_frame * np.sum(taper**2) / 4)
    times_s = (n_frame / 2 + n_frame // 8 * np.arange(8, 8 + frames.shape[1])) / to_rate
    tone_hz = start_hz * (end_hz / start_hz) ** (times_s / duration_s)
    bins_hz = np.arange(len(power))[:, np.newaxis] * to_rate / n_frame
    own = (np.abs(bins_hz - tone_hz) < guard_hz) & (tone_hz <= edge_hz)
    kept = (tone_hz > guard_hz / 4) & (tone_hz <= edge_hz)  # below, a tone and its mirror at −f overlap
    folded = tone_hz >= lower - edge_hz
    gain_db = 10 * np.log10(np.sum(power * own, axis=0)[kept])
    images = np.sum(power * ~own, axis=0)[kept | folded].max()
    return ResamplingQuality(float(np.ptp(gain_db)), float(-10 * np.log10(max(images, 1e-18))))
