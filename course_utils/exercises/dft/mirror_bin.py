import numpy as np

from ...practice.model import Exercise, Value, Wrong


def _mirror_truth():
    n = np.arange(1200)
    magnitude = np.abs(np.fft.fft(np.cos(2 * np.pi * 3000 * n / 16_000)))
    return 601 + int(magnitude[601:].argmax())  # measured on such a tone


def mirror_bin():
    n_fft, sample_rate, frequency_hz = 1200, 16_000, 3000
    k = frequency_hz * n_fft / sample_rate  # turns in the piece
    return n_fft - k  # X[N − k] = X*[k]


EXERCISE = Exercise(
    title="where the mirror image stands",
    stars=1,
    kind="predict",
    task="""
A cosine of 3,000 Hz is sampled at 16 kHz for 1,200 samples. Two of the 1,200 bins of its DFT are not zero. One is in the lower half. **Which is the number of the other?** (Bins are counted from 0.)
""",
    answer="mirror_bin",
    spec=Value(truth=_mirror_truth, absolute=0.01),
    reference=mirror_bin,
    hints=(
        "How many turns does the tone make in the 1,200 samples?",
        "Bins are f_s/N apart: 13.33 Hz. Divide 3,000 by that for the lower one.",
        "For a real signal X[N − k] is the conjugate of X[k].",
    ),
    wrongs=(
        Wrong("the lower bin", "That is the bin in the lower half; the other is its mirror image.", lambda: 225),
        Wrong(
            "mirrored at N − 1",
            "One too low: bin 0 is its own mirror image, so bin k faces bin N − k, not N − 1 − k.",
            lambda: 974,
        ),
        Wrong(
            "mirrored at N/2",
            "That counts back from bin N/2 = 600; the mirror image of k is N − k.",
            lambda: 600 - 225,
        ),
        Wrong(
            "bins of the half",
            "That divides the sampling rate by the 601 bins that are kept of a real signal; "
            "the bins are f_s/N apart, with N = 1,200.",
            lambda: 1200 - 3000 / (16_000 / 601),
        ),
        Wrong(
            "mirrored at N + 1",
            "One too high: bin 0 is its own mirror image, so bin k faces bin N − k.",
            lambda: 976,
        ),
        Wrong(
            "a bin below 0",
            "It may be called that, since bin −k and bin N − k hold the same; count from 0: add N.",
            lambda: -225,
        ),
        Wrong(
            "in hertz",
            "That is a frequency; asked is the number of a bin. Bins are 13.33 Hz apart.",
            (lambda: 3000, lambda: 13_000, lambda: 5000),
        ),
        Wrong(
            "the middle",
            "Bin 600 is half the rate. The image lies as far below the top as the tone lies above 0.",
            (lambda: 600, lambda: 825),
        ),
        Wrong(
            "added",
            "k is added to N; bins end at 1,199. Count back from N.",
            lambda: 1425,
        ),
        Wrong(
            "hertz per bin wrong",
            "The tone's own bin is wrong: 3,000 Hz is divided by f_s/N, 16,000/1,200.",
            (lambda: 1012, lambda: 1012.5, lambda: 1200 - 187),
        ),
    ),
    after="Whoever changes one of the two must change the other to match, or the sound comes back complex; `rfft` keeps the lower 601 of the 1,200 bins and spares you that.",
    also_right=(lambda: np.float32(975), lambda: 1200 * (1 - 3 / 16)),
)
