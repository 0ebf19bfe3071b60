"""The discrete Fourier transform, from its definition to a fast algorithm, on one page.

Each rung computes the same numbers: two loops, a matrix, radix-2, any length, one bin.
Forward transforms are unscaled, inverses divide by N. Lecture: dft
"""

import cmath

import numpy as np

from ._checks import dft as _checks


def dft(x: np.ndarray) -> np.ndarray:
    """The definition as two loops: ``X[k] = Σ_n x[n] e^(−2πi k n / N)``.

    Parameters
    ----------
    x : array_like, shape (time,)
        Real or complex samples, N of them.

    Returns
    -------
    ndarray, shape (freq,), complex128
        N bins; takes N² steps.

    Lecture: dft
    """
    x = _checks.summable(_checks.array(x, one_axis=True)).tolist()
    n_points = len(x)
    spectrum = []
    for k in range(n_points):
        total = 0j
        for n in range(n_points):
            total += x[n] * cmath.exp(-2j * cmath.pi * (k * n % n_points) / n_points)
        spectrum.append(total)
    return np.array(spectrum)


def idft(spectrum: np.ndarray) -> np.ndarray:
    """The inverse as two loops: ``x[n] = 1/N Σ_k X[k] e^(+2πi k n / N)``.

    ``idft(dft(x))`` returns x: the 1/N stands here, and only here.

    Parameters
    ----------
    spectrum : array_like, shape (freq,)

    Returns
    -------
    ndarray, shape (time,), complex128
        Complex even where the signal was real: take ``.real``.

    Lecture: dft
    """
    spectrum = _checks.summable(_checks.array(spectrum, "spectrum", one_axis=True), "spectrum")
    return dft(spectrum.conj()).conj() / len(spectrum)


def dft_matrix(n_points: int) -> np.ndarray:
    """All N phasors as rows: ``F[k, n] = e^(−2πi k n / N)``, so that ``dft(x) = F @ x``.

    Parameters
    ----------
    n_points : int
        N, at most 8192: the matrix takes 16 N² bytes.

    Returns
    -------
    ndarray, shape (freq, time), complex128
        ``F @ F.conj().T = N · I``: rows are orthogonal.

    Lecture: dft
    """
    n_points = _checks.count(n_points, "n_points", maximum=8192)
    n = np.arange(n_points)
    return np.exp(-2j * np.pi * (np.outer(n, n) % n_points) / n_points)


def _spread(x: np.ndarray, *, real: bool = False) -> np.ndarray:
    """Numbers (…, time); a column of them would be taken for many signals of one sample."""
    x = _checks.array(x, real=real)
    _checks.time_last(x.shape, "x", most_channels=2)
    is_halved = x.shape[-1] & (x.shape[-1] - 1) == 0
    return _checks.summable(x, by_chirps=not is_halved)


def _complex_type(x: np.ndarray) -> type:
    return np.complex64 if x.dtype in (np.float32, np.complex64) else np.complex128


def fft_radix2(x: np.ndarray) -> np.ndarray:
    """Even and odd samples apart, then joined: N log₂ N steps for N a power of two.

    ``X[k] = E[k] + e^(−2πi k / N) O[k]`` and ``X[k + N/2] = E[k] − e^(−2πi k / N) O[k]``,
    where E and O are the DFTs of ``x[0::2]`` and ``x[1::2]``.

    Parameters
    ----------
    x : array_like, shape (…, time)
        N a power of two.

    Returns
    -------
    ndarray, shape (…, freq), complex64 for float32 input, else complex128

    Raises
    ------
    ValueError
        If N is not a power of two.

    Source: Cooley & Tukey 1965, Mathematics of Computation 19.
    Lecture: dft
    """
    x = _spread(x)
    n_points = _checks.power_of_two(x.shape[-1], "the length of x")
    # Row r of the table holds x[r::rows]: after all halvings each row is a DFT of one sample, which is itself.
    table = x.astype(_complex_type(x)).reshape(*x.shape[:-1], n_points, 1)
    while table.shape[-2] > 1:
        half = table.shape[-2] // 2
        even, odd = table[..., :half, :], table[..., half:, :]
        size = table.shape[-1]
        turned = odd * np.exp(-1j * np.pi * np.arange(size) / size).astype(table.dtype)
        table = np.concatenate([even + turned, even - turned], axis=-1)
    return table[..., 0, :]


def fft_bluestein(x: np.ndarray) -> np.ndarray:
    """Any length N in N log N: the DFT rewritten as a convolution with a chirp.

    From ``k n = (k² + n² − (k − n)²) / 2`` follows
    ``X[k] = c[k] Σ_n (x[n] c[n]) c*[k − n]`` with the chirp ``c[n] = e^(−πi n² / N)``;
    the sum is a convolution, done by radix-2 at the first power of two from 2N − 1 on.

    Parameters
    ----------
    x : array_like, shape (…, time)

    Returns
    -------
    ndarray, shape (…, freq), complex64 for float32 input, else complex128

    Source: Bluestein 1970, IEEE Transactions on Audio and Electroacoustics 18.
    Lecture: dft
    """
    x = _checks.summable(_spread(x), by_chirps=True)
    n_points = x.shape[-1]
    n = np.arange(n_points)
    chirp = np.exp(-1j * np.pi * (n**2 % (2 * n_points)) / n_points)  # n² reduced first: exact for long signals
    n_padded = 1 << (2 * n_points - 2).bit_length()
    padded = np.zeros((*x.shape[:-1], n_padded), complex)
    padded[..., :n_points] = x * chirp
    kernel = np.zeros(n_padded, complex)
    kernel[:n_points] = chirp.conj()
    kernel[n_padded - n_points + 1 :] = chirp.conj()[:0:-1]  # lags −1, −2, … wrap to the end
    product = fft_radix2(padded) * fft_radix2(kernel)
    convolved = fft_radix2(product.conj()).conj() / n_padded
    return (convolved[..., :n_points] * chirp).astype(_complex_type(x))


def fft(x: np.ndarray) -> np.ndarray:
    """The DFT of any length in N log N steps: radix-2 where N is a power of two, Bluestein elsewhere.

    Equal to ``dft`` and to ``numpy.fft.fft`` up to rounding.

    Parameters
    ----------
    x : array_like, shape (…, time)

    Returns
    -------
    ndarray, shape (…, freq), complex64 for float32 input, else complex128

    Lecture: dft
    """
    x = _spread(x)
    is_power_of_two = x.shape[-1] & (x.shape[-1] - 1) == 0
    return fft_radix2(x) if is_power_of_two else fft_bluestein(x)


def ifft(spectrum: np.ndarray) -> np.ndarray:
    """The inverse DFT through the forward one: ``x = conj(fft(conj(X))) / N``.

    Parameters
    ----------
    spectrum : array_like, shape (…, freq)

    Returns
    -------
    ndarray, shape (…, time), complex
        Complex even where the signal was real: take ``.real``.

    Lecture: dft
    """
    spectrum = _checks.array(spectrum, "spectrum")
    _checks.summable(spectrum, "spectrum", by_chirps=spectrum.shape[-1] & (spectrum.shape[-1] - 1) != 0)
    return fft(spectrum.conj()).conj() / spectrum.shape[-1]


def rfft(x: np.ndarray) -> np.ndarray:
    """The one-sided spectrum of a real signal: bins 0 … N//2, since ``X[N − k] = X*[k]``.

    Parameters
    ----------
    x : array_like, shape (…, time), real

    Returns
    -------
    ndarray, shape (…, freq), complex
        ``N // 2 + 1`` bins.

    Lecture: dft
    """
    x = _spread(x, real=True)
    return fft(x)[..., : x.shape[-1] // 2 + 1]


def goertzel(x: np.ndarray, frequency_hz: float, *, sample_rate: float) -> np.ndarray:
    """One bin without the others, by a resonator: ``s[n] = x[n] + 2 cos(ω) s[n−1] − s[n−2]``.

    ``X(f) = Σ_n x[n] e^(−iωn) = e^(−iω(N−1)) (s[N−1] − e^(−iω) s[N−2])`` with ``ω = 2π f / f_s``;
    N multiplications and no table. Any frequency, not only bins.

    Parameters
    ----------
    x : array_like, shape (…, time), real
    frequency_hz : float, Hz
        From 0 to the Nyquist frequency.
    sample_rate : float, Hz

    Returns
    -------
    complex scalar or ndarray, shape (…), complex128
        Equal to ``fft(x)[k]`` at ``frequency_hz = k · sample_rate / N``.

    Source: Goertzel 1958, American Mathematical Monthly 65.
    Lecture: dft
    """
    x = _spread(x, real=True)
    sample_rate = _checks.sample_rate(sample_rate)
    omega = 2 * np.pi * _checks.frequency(frequency_hz, sample_rate) / sample_rate
    previous = before_previous = np.zeros(x.shape[:-1])
    for sample in np.moveaxis(x, -1, 0):
        previous, before_previous = sample + 2 * np.cos(omega) * previous - before_previous, previous
    return np.exp(-1j * omega * (x.shape[-1] - 1)) * (previous - np.exp(-1j * omega) * before_previous)


def frequencies_hz(n_fft: int, *, sample_rate: float) -> np.ndarray:
    """Where the one-sided bins lie: ``f[k] = k · f_s / N`` for k = 0 … N//2.

    Parameters
    ----------
    n_fft : int
        N.
    sample_rate : float, Hz

    Returns
    -------
    ndarray, shape (freq,), Hz

    Lecture: dft
    """
    n_fft, sample_rate = _checks.count(n_fft, "n_fft"), _checks.sample_rate(sample_rate)
    return np.arange(n_fft // 2 + 1) * sample_rate / n_fft


# Cosine windows: w[n] = Σ_m (−1)^m a_m cos(2π m n / M).
_COSINE_TERMS = {"rectangular": (1.0,), "hann": (0.5, 0.5), "hamming": (0.54, 0.46), "blackman": (0.42, 0.5, 0.08)}
WINDOWS = (*_COSINE_TERMS, "kaiser")


def window(name: str, length: int, *, periodic: bool = True, beta: float = 8.6) -> np.ndarray:
    """A window: ``w[n] = Σ_m (−1)^m a_m cos(2π m n / M)``, or Kaiser's ``I₀(β √(1 − (2n/M − 1)²)) / I₀(β)``.

    ``M = length`` (periodic, for analysis: the next sample would be ``w[0]`` again) or
    ``M = length − 1`` (symmetric, for filter design).

    Parameters
    ----------
    name : {"rectangular", "hann", "hamming", "blackman", "kaiser"}
    length : int, samples
    periodic : bool
    beta : float, 0…700
        Kaiser only: larger means lower side lobes and a wider main lobe.

    Returns
    -------
    ndarray, shape (time,), float64
        Equal to ``scipy.signal.get_window(name, length, fftbins=periodic)``; Kaiser is ``("kaiser", beta)`` there.

    Source: Harris 1978, Proceedings of the IEEE 66(1).
    Lecture: dft
    """
    _checks.choice(name, "window", WINDOWS)
    beta = _checks.number(beta, "beta", at_least=0, at_most=700)  # I₀ overflows beyond
    length, periodic = _checks.count(length, "length"), _checks.switch(periodic, "periodic")
    if length == 1:
        return np.ones(1)
    _checks.fits_memory(40 * length, f"a window of {length:,} samples", "make it shorter")
    n, span = np.arange(length), length if periodic else length - 1
    if name == "kaiser":
        position = 2 * n / span - 1
        return np.i0(beta * np.sqrt(1 - position**2)) / np.i0(beta)
    return sum((-1) ** m * a * np.cos(2 * np.pi * m * n / span) for m, a in enumerate(_COSINE_TERMS[name]))


def leakage_db(window: np.ndarray, offset_bins: np.ndarray) -> np.ndarray:
    """How strongly a tone is seen ``offset_bins`` bins away: ``20 log₁₀ |W(δ)| / |W(0)|``.

    ``W(δ) = Σ_n w[n] e^(−2πi δ n / N)``, the window's own spectrum at fractional bins δ: a tone half way
    between two bins is half a bin from both, and bins beyond the main lobe see it through the side lobes.

    Parameters
    ----------
    window : array_like, shape (time,), real
    offset_bins : ndarray or float, bins of ``len(window)``

    Returns
    -------
    ndarray, shape of ``offset_bins``, dB re the main lobe's peak
        At least −200.

    Lecture: dft
    """
    window = _checks.sum_not_zero(_checks.array(window, "window", real=True, one_axis=True), "window")
    offsets = _checks.array(offset_bins, "offset_bins", real=True, scalar=True)
    table = f"a table of {offsets.size:,} offsets and {len(window):,} samples"
    _checks.fits_memory(48 * offsets.size * len(window), table, "pass fewer offsets at once")
    _checks.number(np.abs(offsets).max(), "the largest of offset_bins", at_most=1e9)
    n = np.arange(len(window))
    response = np.abs(np.exp(-2j * np.pi * offsets[..., np.newaxis] * n / len(window)) @ window)
    return 20 * np.log10(np.maximum(response / abs(window.sum()), 1e-10))


def convolve(x: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Full convolution as a product of spectra: ``y[n] = Σ_m h[m] x[n − m]  ⇔  Y[k] = H[k] X[k]``.

    Both are zero-padded first, to a power of two from ``len(x) + len(h) − 1`` on; without it the end wraps onto the
    beginning.

    Parameters
    ----------
    x : array_like, shape (…, time), real
    h : array_like, shape (time,), real
        Impulse response.

    Returns
    -------
    ndarray, shape (…, len(x) + len(h) − 1), real
        Equal to ``numpy.convolve(x, h)``.

    Lecture: dft
    """
    x, h = _spread(x, real=True), _checks.summable(_checks.array(h, "h", real=True, one_axis=True), "h")
    n_full = x.shape[-1] + h.shape[-1] - 1
    n_padded = 1 << (n_full - 1).bit_length()

    def spectrum_of(signal):
        padding = [(0, 0)] * (signal.ndim - 1) + [(0, n_padded - signal.shape[-1])]
        return fft(np.pad(signal, padding))

    with np.errstate(over="ignore", invalid="ignore"):
        product = _checks.product(spectrum_of(x) * spectrum_of(h))
    return ifft(product).real[..., :n_full].copy()  # a view would keep all of it
