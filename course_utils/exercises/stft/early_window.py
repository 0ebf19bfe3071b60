import numpy as np

from ... import stft as package
from ...dft import window
from ...practice.model import Design, Exercise, Property, Wrong

N_FRAME, HOP, RATE = 512, 64, 16_000


def _latency_ms(weights):
    """How long a sample waits for the end of the last frame that adds to it."""
    weights = np.abs(np.asarray(weights, float))
    first = np.flatnonzero(weights > 1e-6 * weights.max())[0]
    return 1000 * (N_FRAME - first) / RATE


def _noise_db(weights):
    """Error out re signal, for white error in the spectra that is as strong as they are."""
    energies = np.sum(window("hann", N_FRAME) ** 2) * np.sum(np.square(weights, dtype=float))
    return 10 * np.log10(energies / (N_FRAME * HOP))


def _not_weights(weights):
    weights = np.asarray(weights)
    if weights.shape != (N_FRAME,) or weights.dtype.kind not in "iuf":
        return f"{N_FRAME} real weights are asked, got shape {weights.shape} and dtype {weights.dtype}."
    return None if np.isfinite(weights).all() and weights.any() else "The weights must be finite, and not all 0."


def _not_inverse(weights):
    total = (window("hann", N_FRAME) * weights).reshape(-1, HOP).sum(axis=0)
    worst = np.abs(total - 1).max()
    if worst > 1e-6:
        return (
            "The sound does not come back: the products of the two windows, summed over all frames, are between "
            f"{total.min():.7g} and {total.max():.7g}, and 1 is needed at each of the 64 places of a hop."
        )
    return None


def _too_late(weights):
    latency_ms = _latency_ms(weights)
    if latency_ms > 16:
        return f"A sample waits {latency_ms:.4g} ms; at most 16 ms are accepted: which weights must then be 0?"
    return None


def _too_noisy(weights):
    noise_db = _noise_db(weights)
    if noise_db > 0:
        return f"An error in the spectra comes out {noise_db:.1f} dB stronger than it went in; at most 0 dB is asked."
    return None


def _least_noise(n_kept):
    """For the last ``n_kept`` weights: Cauchy and Schwarz, at each place of the hop by itself.

    From Σ w v = 1 follows Σ v² ≥ 1 / Σ w², with equality where v is proportional to w.
    """
    energy = np.where(np.arange(N_FRAME) >= N_FRAME - n_kept, window("hann", N_FRAME) ** 2, 0)
    needed = np.sum(1 / energy.reshape(-1, HOP).sum(axis=0))
    return 10 * np.log10(np.sum(window("hann", N_FRAME) ** 2) * needed / (N_FRAME * HOP))


SHORTEST_MS = 1000 / RATE * next(n for n in range(HOP, N_FRAME + 1) if _least_noise(n) <= 0)


def early_window():
    hann = window("hann", N_FRAME)
    for n_kept in range(HOP, N_FRAME):
        late = np.where(np.arange(N_FRAME) < N_FRAME - n_kept, 0, hann)
        folded = (late**2).reshape(N_FRAME // HOP, HOP).sum(axis=0)
        weights = late / np.resize(folded, N_FRAME)  # the dual window of the part that is kept
        if np.sum(hann**2) * np.sum(weights**2) <= N_FRAME * HOP:  # noise comes out no stronger than it went in
            break
    return weights


def _normalised(n_kept, power):
    """Weights of some shape on the last samples, divided so that the sound comes back."""
    shape = np.where(np.arange(N_FRAME) >= N_FRAME - n_kept, window("hann", N_FRAME) ** power, 0)
    return shape / np.tile((shape * window("hann", N_FRAME)).reshape(-1, HOP).sum(axis=0), N_FRAME // HOP)


EXERCISE = Exercise(
    title="a way back for a hearing aid",
    stars=3,
    kind="design",
    task=r"""
A hearing aid works at 16 kHz: frames of 512 samples under a periodic Hann window $w$, a hop of 64, an edit of each spectrum, the way back. The dual window (section 6 of the lecture, deeper) returns the sound exactly, and too late. A sample can be played when the last frame that adds something to it has been recorded to its end; with the dual window that takes 31.9 ms.

The dual is not the only window $v$ that undoes $w$: all that is needed is $\sum_m w[n-mH]\,v[n-mH] = 1$ for every $n$. So design 512 real weights $v$, applied after the inverse DFT and added up without a division,

- that return an unedited sound **exactly** (the sum is 1 within $10^{-6}$);
- that do not make errors larger: white noise in the spectra comes out, re the signal, by $10 \log_{10} \frac{\sum w^2 \sum v^2}{N H}$ dB stronger than it went in, and that is **at most 0 dB** (the dual has −9 dB);
- with a **latency** as low as you can make it. If the first weight that is not 0 is number $n_0$, it is $(512 - n_0) / 16$ ms; at most 16 ms are accepted. (Not 0: more than a millionth of the largest.)
""",
    given='''import numpy as np

import course_utils as cu

hann = cu.dft.window("hann", 512)


def describe(weights):
    """How far the sum is from 1, what becomes of noise, and the latency."""
    worst = np.abs((hann * weights).reshape(-1, 64).sum(axis=0) - 1).max()
    noise_db = 10 * np.log10(np.sum(hann**2) * np.sum(weights**2) / (512 * 64))
    first = np.flatnonzero(np.abs(weights) > 1e-6 * np.abs(weights).max())[0]
    return f"sum off by {worst:.1e}, noise {noise_db:+.1f} dB, latency {(512 - first) / 16:.4g} ms"


dual = cu.stft.dual_window(hann, hop_length=64)
print("dual window:                ", describe(dual))
print("its second half, nothing else:", describe(np.where(np.arange(512) < 256, 0, dual)))''',
    answer="early_window",
    spec=Design(
        properties=(
            Property("512 real weights", _not_weights),
            Property("sound does not come back", _not_inverse),
            Property("noise amplified", _too_noisy),
            Property("too late", _too_late),
        ),
        score=_latency_ms,
        unit="ms of latency",
        best=SHORTEST_MS,  # derived in _least_noise
    ),
    reference=early_window,
    hints=(
        "Only the last weights of a frame may differ from 0. What do products of w and v have to add up to, at each of "
        "the 64 places of a hop?",
        "Take any shape on the last L samples, fold its product with w into 64 sums, and divide each weight by the sum "
        "at its place: the sound comes back. Now L can shrink until the noise is at 0 dB.",
        "For a given L the shape with the least noise is w itself, cut off: the dual window of the part that is kept "
        "(Cauchy and Schwarz, at each of the 64 places).",
    ),
    wrongs=(
        Wrong("too late", "", lambda: package.dual_window(window("hann", N_FRAME), hop_length=HOP)),
        Wrong("noise amplified", "", lambda: _normalised(HOP, 0)),
        Wrong(
            "sound does not come back",
            "",
            lambda: package.dual_window(window("hann", N_FRAME), hop_length=HOP) * (np.arange(N_FRAME) >= 256),
        ),
        Wrong("512 real weights", "", lambda: _normalised(256, 1)[256:]),
    ),
    after="Latency is paid for with noise: the dual window takes 31.9 ms and has −9 dB, the second half of Hann's, divided so that the sound comes back, 16 ms and −6 dB, and your last millisecond was the dearest.",
    also_right=(lambda: _normalised(256, 1), lambda: _normalised(200, 0).tolist()),
)
